package sync_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// ledger is what an onlooker knows of a run: what was asked and answered, what every transaction
// wrote. From that, and from what the server has in the end, it says which promise was broken.
// It shares no code with the engine.
type ledger struct {
	host     *host
	problems []string

	calls    map[uint32]*asked
	order    []uint32
	tabs     []string // that are there, in order
	configs  map[string]engine.Configure
	starts   map[string]engine.Start
	settings record.Value // of the configuration that counts
	halted   bool         // the engine was fenced

	planned map[string]bool                // ids of mutations that some transaction was to write
	stamps  map[store.Key]conflict.Stamp   // of the rows on the disk
	cursors map[string]record.Value        // on the disk, by model
	flying  map[uint64]*store.Commit       // under way
	saves   map[string]engine.Save         // by mutation id, its first call
	ids     []string                       // of saves, in order
	taken   map[string]bool                // saves and deletes that were answered well
	notLast map[string]bool                // "Post/p1": what became of its values was decided otherwise
	heard   map[observerKey]engine.Observe // observers
}

type observerKey struct {
	tab string
	id  uint32
}

// asked is a call and what became of it.
type asked struct {
	call    engine.Call
	event   engine.Event
	replies int
	body    record.Value
	err     *engine.Error
	excused bool // its tab is gone, or its engine
}

func newLedger(h *host) *ledger {
	return &ledger{host: h, calls: map[uint32]*asked{}, configs: map[string]engine.Configure{},
		starts: map[string]engine.Start{}, planned: map[string]bool{}, stamps: map[store.Key]conflict.Stamp{},
		cursors: map[string]record.Value{}, flying: map[uint64]*store.Commit{}, saves: map[string]engine.Save{},
		taken: map[string]bool{}, notLast: map[string]bool{}, heard: map[observerKey]engine.Observe{}}
}

func (l *ledger) broken(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// event notes what is asked.
func (l *ledger) event(event engine.Event) {
	switch ev := event.(type) {
	case engine.TabJoined:
		l.join(ev.Tab)
	case engine.TabGone:
		l.gone(ev.Tab)
	case engine.Unobserve:
		delete(l.heard, observerKey{ev.Tab, ev.Observer})
	case engine.Loaded:
		l.loaded(ev.Image)
	case engine.Committed:
		l.committed(ev.Effect)
	case engine.CommitFailed:
		delete(l.flying, ev.Effect)
	case engine.HandlerAnswered:
		if ev.Model.Exists() {
			l.forgetValues("")
		}
	}
	call, is := callIn(event)
	if !is {
		return
	}
	l.join(call.Tab)
	l.calls[call.ID] = &asked{call: call, event: event}
	l.order = append(l.order, call.ID)
	switch ev := event.(type) {
	case engine.Start:
		l.starts[call.Tab] = ev
	case engine.Stop:
		delete(l.starts, call.Tab)
	case engine.Observe:
		l.heard[observerKey{call.Tab, ev.Observer}] = ev
	case engine.Save:
		if _, known := l.saves[ev.MutationID]; !known && ev.MutationID != "" {
			l.saves[ev.MutationID] = ev
			l.ids = append(l.ids, ev.MutationID)
		}
	case engine.Delete:
		l.forgetValues(ev.Model + "/" + ev.ID)
		if ev.ID == "" || ev.Model != "Post" {
			l.forgetValues("") // what it takes along is not looked into
		}
	case engine.Edit, engine.Discard, engine.Clear:
		l.forgetValues("")
	}
}

func (l *ledger) join(tab string) {
	if !slices.Contains(l.tabs, tab) {
		l.tabs = append(l.tabs, tab)
	}
}

func (l *ledger) gone(tab string) {
	l.tabs = slices.DeleteFunc(l.tabs, func(name string) bool { return name == tab })
	delete(l.starts, tab)
	for key := range l.heard {
		if key.tab == tab {
			delete(l.heard, key)
		}
	}
	for _, c := range l.calls {
		if c.call.Tab == tab {
			c.excused = true
		}
	}
}

func (l *ledger) excuseAll() {
	for _, c := range l.calls {
		c.excused = true
	}
}

// forgetValues takes the values saved so far out of the final comparison, "" those of all records.
func (l *ledger) forgetValues(place string) {
	for _, id := range l.ids {
		at := l.placeOf(id)
		if place == "" || at == place {
			l.notLast[id] = true
		}
	}
}

func (l *ledger) placeOf(id string) string {
	save := l.saves[id]
	if m := l.host.schema.Model(save.Model); m != nil {
		if key, err := m.RecordID(save.Record); err == nil {
			return save.Model + "/" + key
		}
	}
	return save.Model + "/?"
}

// effect notes what the engine wants and answers.
func (l *ledger) effect(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.Commit:
		l.flying[e.ID] = e.Commit
		for i := range e.Commit.Mutations {
			l.planned[e.Commit.Mutations[i].ID] = true
		}
		for i := range e.Commit.Ended {
			l.planned[e.Commit.Ended[i].MutationID] = true
		}
	case engine.Reply:
		l.replied(e)
	case engine.Halt:
		l.halted = true
	}
}

func (l *ledger) replied(r engine.Reply) {
	c := l.calls[r.Call.ID]
	if c == nil {
		l.broken("reply to call %d, which nobody made", r.Call.ID)
		return
	}
	if c.replies++; c.replies > 1 {
		l.broken("call %d (%T) was answered %d times", r.Call.ID, c.event, c.replies)
	}
	c.body, c.err = record.Trust(r.Body), r.Err
	if r.Err != nil {
		return
	}
	switch ev := c.event.(type) {
	case engine.Configure:
		l.configs[c.call.Tab] = ev
		l.settings = ev.Config
	case engine.Save:
		l.saved(ev, c.body)
	case engine.Delete:
		if c.body.Len() > 0 {
			l.taken[ev.MutationID] = true
		}
	}
}

// saved: a save without a mutation may only be one that changed nothing.
func (l *ledger) saved(ev engine.Save, row record.Value) {
	if ev.MutationID == "" {
		return
	}
	if l.planned[ev.MutationID] {
		l.taken[ev.MutationID] = true
		return
	}
	ev.Fields.Fields(func(name string, v record.Value) bool {
		if v.Kind() != record.Object && !record.Equal(v, row.Field(name)) {
			l.broken("save %s was answered without a mutation, and %s is %s, not %s",
				ev.MutationID, name, row.Field(name), v)
		}
		return true
	})
}

// loaded takes over what a new engine finds on the disk.
func (l *ledger) loaded(image *store.Image) {
	l.stamps, l.cursors, l.flying = map[store.Key]conflict.Stamp{}, map[string]record.Value{}, map[uint64]*store.Commit{}
	for _, model := range image.Models() {
		image.EachRow(model, func(row store.Row) bool {
			l.stamps[row.Key()] = conflict.StampOf(row.Base)
			return true
		})
	}
	for _, key := range image.MetaKeys() {
		l.meta(store.MetaEntry{Key: key, Value: image.Meta(key)})
	}
	l.checkCursors("a load")
}

func (l *ledger) meta(entry store.MetaEntry) {
	if model, is := strings.CutPrefix(entry.Key, "cursor/"); is {
		l.cursors[model] = entry.Value
	}
}

// committed applies a transaction that is on the disk, by the order that store.Commit states.
func (l *ledger) committed(effect uint64) {
	c := l.flying[effect]
	if c == nil {
		return
	}
	delete(l.flying, effect)
	if c.Clear {
		l.stamps, l.cursors = map[store.Key]conflict.Stamp{}, map[string]record.Value{}
	}
	for _, key := range c.Removed {
		delete(l.stamps, key)
	}
	for _, row := range c.Rows {
		known, incoming := l.stamps[row.Key()], conflict.StampOf(row.Base)
		// A story may let the server say what it never had.
		restored := incoming == conflict.StampOf(l.host.server.rows[row.Model+"/"+row.ID]) &&
			(l.host.server.restored || !l.had(row.Key(), known))
		if !l.host.schema.Model(row.Model).Syncable { // it has no versions, also when it had some in an earlier release
			l.stamps[row.Key()] = incoming
			continue
		}
		if incoming.Version < known.Version && incoming.ChangedAt <= known.ChangedAt && !restored {
			l.broken("commit %d %q takes %s/%s from version %d back to %d", c.Seq, c.Name, row.Model, row.ID,
				known.Version, incoming.Version)
		}
		// The same version can't be both: what was deleted under it was only hidden with its owner.
		if known.Deleted && !incoming.Deleted && incoming.Version < known.Version && incoming.ChangedAt <= known.ChangedAt && !restored {
			l.broken("commit %d %q brings %s/%s back to life", c.Seq, c.Name, row.Model, row.ID)
		}
		l.stamps[row.Key()] = incoming
	}
	for _, entry := range c.Meta {
		l.meta(entry)
	}
	if len(c.Meta)+len(c.Removed) > 0 {
		l.checkCursors(fmt.Sprintf("commit %d %q", c.Seq, c.Name))
	}
}

// had reports a change of a record that the server has or had.
func (l *ledger) had(key store.Key, at conflict.Stamp) bool {
	for _, change := range l.host.server.changed {
		if id, err := l.host.schema.Model(key.Model).RecordID(change.row); err == nil && change.model == key.Model && id == key.ID &&
			conflict.StampOf(change.row) == at {
			return true
		}
	}
	return false
}

// checkCursors: everything that the server had at a cursor is on the disk with it.
func (l *ledger) checkCursors(when string) {
	server := l.host.server
	for _, m := range l.host.schema.Models {
		at := l.cursors[m.Name]
		if at.Kind() != record.Object || at.Field("expression").Exists() {
			continue
		}
		lastSync, _ := at.Field("lastSync").Int()
		position := 0
		if text := at.Field("cursor").Str(); text != "" {
			fmt.Sscan(text, &position)
		}
		if server.restored || l.limited(len(server.rows)) {
			continue
		}
		newest := map[store.Key]int64{}
		for i, change := range server.changed {
			stamp := conflict.StampOf(change.row)
			id, err := m.RecordID(change.row)
			if change.model == m.Name && err == nil && (i < position || position == 0 && stamp.ChangedAt < lastSync) {
				newest[store.Key{Model: m.Name, ID: id}] = stamp.ChangedAt
			}
		}
		for key, changedAt := range newest {
			_, there := server.rows[key.Model+"/"+key.ID]
			if stamp := l.stamps[key]; there && stamp.ChangedAt < changedAt {
				l.broken("%s: the cursor of %s is %s, and %s is missing or older", when, m.Name, at, key.ID)
			}
		}
	}
}

// limited reports that syncMaxRecords may have cut a run off.
func (l *ledger) limited(rows int) bool {
	for _, name := range []string{"syncMaxRecords", "maxRecordsToSync"} {
		if most, ok := l.settings.Field(name).Int(); ok && int64(rows) >= most {
			return true
		}
	}
	return false
}

// unanswered lists the calls that still wait, in order.
func (l *ledger) unanswered() []*asked {
	var open []*asked
	for _, id := range l.order {
		if c := l.calls[id]; c.replies == 0 && !c.excused {
			open = append(open, c)
		}
	}
	return open
}

// callIn finds the call in an event that has one.
func callIn(event engine.Event) (engine.Call, bool) {
	switch ev := event.(type) {
	case engine.Configure:
		return ev.Call, true
	case engine.Start:
		return ev.Call, true
	case engine.Stop:
		return ev.Call, true
	case engine.Clear:
		return ev.Call, true
	case engine.Save:
		return ev.Call, true
	case engine.Delete:
		return ev.Call, true
	case engine.Query:
		return ev.Call, true
	case engine.WriteAll:
		return ev.Call, true
	case engine.Sync:
		return ev.Call, true
	case engine.Adopt:
		return ev.Call, true
	case engine.Aggregate:
		return ev.Call, true
	case engine.Observe:
		return ev.Call, true
	case engine.Outbox:
		return ev.Call, true
	case engine.Status:
		return ev.Call, true
	case engine.Retry:
		return ev.Call, true
	case engine.Edit:
		return ev.Call, true
	case engine.Discard:
		return ev.Call, true
	case engine.Restore:
		return ev.Call, true
	case engine.Dump:
		return ev.Call, true
	case engine.Gate:
		return ev.Call, true
	}
	return engine.Call{}, false
}
