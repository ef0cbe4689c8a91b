package sim

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// pullRequest is one page that an engine asks for.
type pullRequest struct {
	model  string
	token  string // nextToken, "" on the first page
	cursor bool   // the request speaks of cursors: our own protocol
	began  int64  // position of the server at the run's first page
}

func newPullRequest(model string, variables, ours record.Value) *pullRequest {
	return &pullRequest{model: model, token: variables.Field("nextToken").Str(), cursor: ours.Field("cursors").Exists()}
}

// pulling notes where the server is when a run begins.
func (o *oracle) pulling(r *pullRequest) {
	r.began = o.seq
	if r.token != "" {
		r.began = o.tokens[r.token]
	}
}

// pulled notes which position a page's cursor stands for, and that every row in it is one that the
// server has or had.
func (o *oracle) pulled(x *exchange, answer record.Value) {
	r := x.pull
	alias := "sync" + modelShapes[r.model].plural
	page := answer.Field("data").Field(alias)
	if token := page.Field("nextToken").Str(); token != "" {
		o.tokens[token] = r.began
	}
	page.Field("items").Elements(func(_ int, row record.Value) bool {
		if row.Kind() != record.Object {
			return true
		}
		if v := o.find(key{r.model, oracleID(r.model, row)}, row); v == nil || !o.trueTo(v, row) {
			o.fail("merge", "", "a page holds a row that the server never had: %s", row.Text())
		}
		return true
	})
	mine := answer.Field("extensions").Field("deltabase").Field("cursors").Field(alias)
	if cursor := mine.Field("cursor").Str(); cursor != "" {
		// A base run reads for some time; what changed behind its back comes with the next delta.
		at := o.seq
		if mine.Field("base").Bool() {
			at = r.began
		}
		o.cursors[r.model+" "+cursor] = at
	}
}

// rowsAnswered notes which rows reach an engine by an answer.
func (o *oracle) rowsAnswered(p *process, x *exchange, answer record.Value) {
	w := o.watching(p)
	note := func(model string, row record.Value) {
		if row.Kind() != record.Object {
			return
		}
		if v := o.find(key{model, oracleID(model, row)}, row); v != nil {
			w.came[v] |= byAnswer
			o.looked(x, v)
		}
	}
	if x.pull != nil {
		answer.Field("data").Field("sync" + modelShapes[x.pull.model].plural).Field("items").Elements(
			func(_ int, row record.Value) bool {
				note(x.pull.model, row)
				return true
			})
		return
	}
	for _, m := range x.mutations {
		note(m.key.model, answer.Field("data").Field(m.alias))
	}
	answer.Field("errors").Elements(func(_ int, e record.Value) bool {
		for _, m := range x.mutations {
			note(m.key.model, e.Field("data"))
		}
		return true
	})
	for _, model := range modelNames {
		note(model, answer.Field("data").Field("get"+model))
	}
}

// looked notes what a read shows of the mutation that it was sent for.
func (o *oracle) looked(x *exchange, v *version) {
	if x.get != v.key || v.mutation == nil {
		return
	}
	if known := o.wire[v.mutation.id]; known != nil {
		known.rows = append(known.rows, v)
		o.of(x.process.device).answer[v.key] = v
	}
}

// published checks the frames of a connection (rule 7): events come in the order of the log. It
// returns the version that an event tells, nil for other frames.
func (o *oracle) published(c *connection, text []byte) *version {
	v := o.event(text)
	if v == nil {
		return nil
	}
	w := o.watching(c.process)
	if v.seq < w.heardSeq[c] {
		o.fail("order", c.process.device.name, "%s at position %d is published after position %d", v.key, v.seq, w.heardSeq[c])
	}
	w.heardSeq[c] = v.seq
	return v
}

// turnedAway notes that a subscription was refused: its models are polled.
func (o *oracle) turnedAway(p *process, frame string) {
	w := o.watching(p)
	if w.refused == nil {
		w.refused = map[string]bool{}
	}
	for _, model := range modelNames {
		if strings.Contains(frame, "onCreate"+model) || strings.Contains(frame, "onUpdate"+model) || strings.Contains(frame, "onDelete"+model) {
			w.refused[model] = true
		}
	}
}

// heard notes which rows reach an engine by a message.
func (o *oracle) heard(p *process, v *version) {
	if v != nil && !p.dead {
		o.watching(p).came[v] |= byMessage
	}
}

// event is the row of a data frame.
func (o *oracle) event(text []byte) *version {
	frame := record.Trust(text)
	if frame.Field("type").Str() != "data" {
		return nil
	}
	var found *version
	frame.Field("payload").Field("data").Fields(func(name string, row record.Value) bool {
		model := name[len("onCreate"):]
		if row.Kind() != record.Object {
			return true
		}
		found = o.find(key{model, oracleID(model, row)}, row)
		if found == nil || !o.trueTo(found, row) {
			o.fail("merge", "", "a message holds a row that the server never had: %s", row.Text())
		}
		return true
	})
	return found
}

// scope is what a device wants of a model.
func (d *Device) scope(model string) criteria {
	return scopeOf(model, d.least)
}

func scopeOf(model string, least int) criteria {
	if least > 0 && (model == "Post" || model == "Note") {
		return criteria{operator: "ge", rank: least}
	}
	return criteria{}
}

// isIn recognises a scope in the sync expression that a cursor was made for.
func (c criteria) isIn(expression record.Value) bool {
	if c.operator == "" {
		return !expression.Exists()
	}
	return strings.Contains(expression.String(), `"ge":`+text(int64(c.rank))+`}`)
}

// left reports whether a row is outside of a scope that the device has or had.
func (d *Device) left(model string, row record.Value) bool {
	return slices.ContainsFunc(d.scopes, func(least int) bool { return !scopeOf(model, least).match(row) })
}

// cursorAhead checks a cursor against the rows beside it on the disk (rule 7): whatever the server
// had at the cursor's position is there, in that version or a newer one.
func (o *oracle) cursorAhead(d *Device, disk moment, model string, cursor record.Value) {
	if d.setup.MaxRecords > 0 || !d.scope(model).isIn(cursor.Field("expression")) {
		return // it need not have everything; or it is of another scope, and of no use any more
	}
	at, known := o.cursors[model+" "+cursor.Field("cursor").Str()]
	before := number(cursor.Field("lastSync"))
	if !known && (before == 0 || o.world.restores > 0) {
		return // or the server that gave it is no more
	}
	for _, k := range o.keys[model] {
		var wanted *version
		if known {
			wanted = o.at(k, at)
		} else {
			wanted = o.before(k, before)
		}
		if missing := o.missing(d, disk, wanted, true); missing != "" {
			o.fail("cursor", d.name, "the cursor of %s stands at position %d, but %s", model, at, missing)
			return
		}
	}
}

// before is the newest version of a record that was changed before a time.
func (o *oracle) before(k key, ms int64) *version {
	list := o.history[k]
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].changedAt < ms {
			return list[n]
		}
	}
	return nil
}

// missing says what a disk lacks of a version that it should know of, "" when nothing. Only a pull
// tells of what left the scope; messages about that are not sent.
func (o *oracle) missing(d *Device, disk moment, wanted *version, pulled bool) string {
	if wanted == nil {
		return ""
	}
	row := disk.row(wanted.key)
	inScope := d.scope(wanted.key.model).match(wanted.row)
	switch {
	case row == nil && (wanted.deleted || !inScope):
		return ""
	case row == nil:
		last := o.history[wanted.key][len(o.history[wanted.key])-1] // wanted is one of them
		if last.seq > wanted.seq && o.wentAway(d, wanted) {
			return "" // it has left since
		}
		return wanted.key.String() + " version " + text(wanted.number) + " is not here"
	case (!inScope || wanted.purged || o.wentAway(d, wanted)) && len(disk.view.byKey[wanted.key]) > 0:
		return "" // it left the scope, or is forgotten; a change of this page keeps what was here
	case row.at != nil && row.at.lost && (wanted.deleted || !inScope) && (row.hidden || row.left || row.at.deleted):
		return "" // nobody is shown it
	case row.at != nil && row.at.lost && pulled:
		return wanted.key.String() + " is here as the server had it before it was restored: " + row.base.String() + ", restored to " + wanted.row.String()
	case row.at != nil && row.at.lost:
		return ""
	case row.at != nil && (wanted.deleted || !inScope) && (row.hidden || row.left || row.at.changedAt == wanted.changedAt):
		return "" // it is not shown; or a base run can't tell it from a row that changed since
	case row.at != nil && pulled && o.wentAway(d, wanted):
		// It left while a base run read: in the millisecond in which that began, which the run can't tell (story
		// base_run_ties), or while a message about it waited for the run. The next delta tells that it has left.
		return ""
	case row.at != nil && row.at.seq < wanted.seq && (inScope || wanted.deleted && pulled):
		return wanted.key.String() + " is here in version " + text(row.at.number) + ", not " + text(wanted.number)
	}
	return ""
}

// wentAway reports whether a record was deleted or left the device's scope after a version.
func (o *oracle) wentAway(d *Device, since *version) bool {
	return d.went(o.history[since.key], since)
}

// wentBeforeRestore is wentAway by a version that a restored server lost: an answer that was on its way told of it.
func (o *oracle) wentBeforeRestore(d *Device, since *version) bool {
	return d.went(o.lost[since.key], since)
}

func (d *Device) went(versions []*version, since *version) bool {
	for _, v := range versions {
		if v.seq > since.seq && (v.deleted || !d.scope(v.key.model).match(v.row)) {
			return true
		}
	}
	return false
}

// wentOnce is wentAway by any scope that the device has or had: what left one of them stays a tombstone
// under a change until the next run, by a wider scope too.
func (o *oracle) wentOnce(d *Device, since *version) bool {
	for _, v := range o.history[since.key] {
		if v.seq > since.seq && (v.deleted || d.left(v.key.model, v.row)) {
			return true
		}
	}
	return false
}

// gap checks a row that came by a message alone (rule 7, reconnect): messages are applied when
// their model has been pulled since the subscriptions are up, so everything before is here.
func (o *oracle) gap(d *Device, after moment, v *version) {
	if d.setup.MaxRecords > 0 {
		return
	}
	for _, k := range o.keys[v.key.model] {
		if missing := o.missing(d, after, o.at(k, v.seq-1), false); k != v.key && missing != "" {
			o.fail("gap", d.name, "%s of position %d was applied from a message, but %s", v.key, v.seq, missing)
			return
		}
	}
}
