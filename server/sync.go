package server

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// touch brings the time of the position row near the clock before a first page. startedAt is that time (rule 7), and a
// client that finds it half an hour old would begin with a base run again. It costs a commit a minute while clients
// sync and nothing is written.
func (x *execution) touch(fields []*selection) error {
	syncs := false
	for _, f := range fields {
		root, ok := x.server.api.fields[f.name]
		syncs = syncs || ok && root.kind == syncRoot
	}
	if !syncs {
		return nil
	}
	var p Position
	err := x.server.tablesFor(x.call).View(func(r Reader) (err error) {
		p, err = r.Position()
		return err
	})
	if err != nil || p.ChangedAt+TouchAfterMs > x.call.NowMs {
		return err
	}
	// When nothing can be written, an older time is still correct.
	x.server.tablesFor(x.call).Update(func(w Writer) error {
		_, err := w.Touch(x.call.NowMs)
		return err
	})
	return nil
}

// syncRun is one page of a sync.
type syncRun struct {
	token    pageToken // where this page begins
	position Position  // of the snapshot that the page reads
	bound    string
	rights   []byte // what the reader's rights allow to see, as text
	cursor   bool   // a client of ours, which wants a cursor at the end

	// Results of the page.
	rows      []Row
	left      []string // ids of records that changed and do not match
	evaluated int
	more      bool
	index     *index // the index that a base run reads, nil for none
	// Of each of these: the time of the change and the version.
	leftAt, leftVersions []int64
}

// sync answers one page of syncXs.
func (x *execution) sync(r Reader, f *selection, root rootField) error {
	m := root.model
	may := x.server.rightsOf(x.call.Caller, m, syncAccess)
	if may.nothing() {
		return notAuthorized(f.name, "Query")
	}
	a, err := pageArgumentsOf(f, m)
	if err != nil {
		return err
	}
	lastSync := f.arguments["lastSync"]
	seen := x.server.sightOf(x.call.Caller, m, syncAccess)
	run, err := x.openRun(r, f, a, lastSync, seen.appendText(may.appendText(nil)))
	if err != nil {
		return err
	}
	if err := x.readable(r, run.position, m); err != nil {
		return err
	}
	if err := run.read(x, r, m, a, lastSync, may, seen); err != nil {
		return err
	}
	base := run.token.mode == baseRun || run.token.mode == cursorBaseRun
	x.result.Trace = append(x.result.Trace, Trace{Field: f.name, Kind: "sync", Model: m.Name,
		Evaluated: run.evaluated, Items: len(run.rows), Base: base})
	p := page{rows: run.rows, startedAt: run.token.startedAt, token: run.nextToken()}
	if run.cursor {
		reply := appsync.CursorReply{Base: base, Left: run.left, LeftAt: run.leftAt, LeftVersions: run.leftVersions}
		if base && run.more && a.token == "" && a.predicate == nil {
			reply.Total = estimate(r, m)
		}
		if !run.more {
			reply.Cursor = cursor{run.position.Generation, run.tip(), scopeHash(a.filter, run.rights)}.text()
		}
		if x.result.Response.Cursors == nil {
			x.result.Response.Cursors = map[string]appsync.CursorReply{}
		}
		x.result.Response.Cursors[f.key] = reply
	}
	return x.answerPage(r, f, m, syncAccess, p)
}

// openRun begins a run, or continues that of a token. A continued run keeps its mode and lower bound, whatever the
// clock shows.
func (x *execution) openRun(r Reader, f *selection, a pageArguments, lastSync record.Value, rights []byte) (*syncRun, error) {
	position, err := r.Position()
	if err != nil {
		return nil, err
	}
	text, wantsCursor := x.extensions.Cursors[f.key]
	run := &syncRun{position: position, rights: rights, cursor: wantsCursor, bound: binding(f.name, a.filter, lastSync)}
	if a.token != "" {
		run.token, err = parseToken(position.Secret, run.bound, a.token)
		if err != nil {
			return nil, err
		}
		t := run.token
		if t.mode == deltaRun && position.LogFrom > t.after+1 || t.mode == cursorDeltaRun && position.PurgedSeq > t.after {
			return nil, refuse("BadRequest", "nextToken is too old: what it leads to was purged. Begin the run again.")
		}
		ours := t.mode == cursorBaseRun || t.mode == cursorDeltaRun
		if ours != wantsCursor {
			return nil, refuse("BadRequest", "nextToken belongs to a run %s a cursor; go on as the run began.",
				map[bool]string{true: "with", false: "without"}[ours])
		}
		return run, nil
	}
	run.token = pageToken{startedAt: position.ChangedAt, seq: position.Seq}
	if wantsCursor {
		run.fromCursor(text, a.filter)
	} else {
		run.fromTime(lastSync, x.call.NowMs-x.server.deltaWindowMs())
	}
	return run, nil
}

// fromCursor begins with a cursor. A cursor of another log, filter or set of rights, or from before a deletion that was
// purged, gets a base run.
// a base run.
func (run *syncRun) fromCursor(text string, filter record.Value) {
	run.token.mode = cursorBaseRun
	c, ok := parseCursor(text)
	if ok && c.generation == run.position.Generation && c.scope == scopeHash(filter, run.rights) &&
		c.seq >= run.position.PurgedSeq && c.seq <= run.position.Seq {
		run.token.mode, run.token.after, run.token.seq = cursorDeltaRun, c.seq, c.seq
	}
}

// fromTime begins with a time. Null and 0 ask for everything, and so does a time before the beginning of the log.
func (run *syncRun) fromTime(lastSync record.Value, windowMs int64) {
	run.token.mode = baseRun
	if ms, _ := lastSync.Int(); ms > 0 && ms >= windowMs && ms > run.position.LogPurgedMs &&
		(ms <= run.position.ChangedAt || ms > run.position.JumpedMs) {
		run.token.mode = deltaRun
	}
}

func (run *syncRun) read(x *execution, r Reader, m *schema.Model, a pageArguments, lastSync record.Value, may rights, seen sight) error {
	span := Span{Rows: a.limit, Bytes: PageBytesMax}
	var rows []Row
	var err error
	switch run.token.mode {
	case baseRun, cursorBaseRun:
		rows, run.more, err = run.base(x, r, m, a, seen, span)
	case cursorDeltaRun:
		rows, run.more, err = r.RowsSince(m.Name, run.token.after, span)
	case deltaRun:
		fromMs, _ := lastSync.Int()
		var entries []Entry
		entries, run.more, err = r.ChangesSince(m.Name, fromMs, run.token.after, span)
		for _, e := range entries {
			rows = append(rows, e.Row)
		}
	default:
		return refuse("BadRequest", "nextToken does not belong to a sync query.")
	}
	if err != nil {
		return err
	}
	run.evaluated = len(rows)
	if run.rows, err = x.matching(m, rows, a, may, seen); err != nil {
		return err
	}
	if run.token.mode == cursorDeltaRun {
		run.noteLeft(run.known(rows, may))
	}
	if run.more {
		last := rows[len(rows)-1]
		run.token.after = last.Seq
		run.token.behind(run.index, last)
	}
	return nil
}

// base reads the rows of a base run: those that the filter may match.
func (run *syncRun) base(x *execution, r Reader, m *schema.Model, a pageArguments, seen sight, span Span) (rows []Row, more bool, err error) {
	k, ok := x.server.accelerated(m, a.filter, seen)
	if k.index != nil {
		l, err := x.server.layoutAt(r, run.position)
		if err != nil {
			return nil, false, err
		}
		if begun := run.token.afterKey != "" && run.token.afterIndex == ""; begun || !l.ready(k.index) { // not built yet then
			k, ok = keyArguments{}, false
		}
	}
	if run.token.afterKey != "" && (run.token.afterIndex != "") != (k.index != nil) {
		return nil, false, refuse("BadRequest", "nextToken is of a run in another order. Begin the run again.")
	}
	if !ok {
		return r.RowsByKey(m.Name, run.token.afterKey, span)
	}
	run.index = k.index
	return k.page(x, r, m, run.token, span)
}

// known keeps the rows of which the reader may have a version: those that it may read now, and those that it could read
// when the run's cursor was made. Of other rows not even the ids are revealed (rule 8).
func (run *syncRun) known(rows []Row, may rights) []Row {
	if may.all {
		return rows
	}
	var kept []Row
	for _, row := range rows {
		if may.cover(record.TrustString(row.Text)) || may.covered(row.Past, run.token.seq) {
			kept = append(kept, row)
		}
	}
	return kept
}

// noteLeft notes the rows that are not in the answer, which has the same order.
func (run *syncRun) noteLeft(rows []Row) {
	kept := run.rows
	for _, row := range rows {
		if len(kept) > 0 && kept[0].ID == row.ID {
			kept = kept[1:]
			continue
		}
		run.left = append(run.left, row.ID)
		run.leftAt = append(run.leftAt, row.ChangedAt)
		run.leftVersions = append(run.leftVersions, row.Version)
	}
}

func (run *syncRun) nextToken() string {
	if !run.more {
		return ""
	}
	return run.token.text(run.position.Secret, run.bound)
}

// tip is the position that the client has reached with the run. A base run took some time; the next delta brings what
// changed meanwhile.
func (run *syncRun) tip() int64 {
	if run.token.mode == cursorBaseRun && !canary.LateTip {
		return run.token.seq
	}
	return run.position.Seq
}
