package sync

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Models with syncable: false stay on this device: a save writes the record itself and queues nothing,
// and clear() removes it with everything else.
//
// A model that becomes local-only keeps its records as they are shown; what was queued of them ends.
// One that becomes syncable has its records queued as creates, because no server knows them. Another
// app that comes with a syncable model of the same name does not get them: they are parked.

// localKey names the meta entry with the models that were local-only, separated by spaces.
const localKey = "db/local"

func (e *Engine) localOnly(model string) bool {
	m := e.setup.Schema().Model(model)
	return m != nil && !m.Syncable
}

// keepLocal writes a change of a local-only record; the id of the change is remembered, so that a
// repeated save is answered.
func (e *Engine) keepLocal(c *store.Commit, id string, key store.Key, operation conflict.Operation, fields record.Value) {
	if operation == conflict.Delete {
		c.Removed = append(c.Removed, key)
	} else {
		e.putLocal(c, key, record.Overlay(e.localView(c, key), fields))
	}
	c.End(&store.Ended{MutationID: id, Key: key, Operation: operation, End: store.KeptLocal, AtMs: e.clock.NowMs()})
}

// localView is a record as a commit leaves it so far.
func (e *Engine) localView(c *store.Commit, key store.Key) record.Value {
	for _, row := range slices.Backward(c.Rows) {
		if row.Key() == key {
			return bare(row.Base)
		}
	}
	return bare(e.door.Stage().View(key))
}

// bringBack puts a parked change back into the outbox, or into the record where that is local-only now;
// it reports whether it is queued.
func (e *Engine) bringBack(c *store.Commit, m *store.Mutation) bool {
	if e.localOnly(m.Key.Model) {
		fields := m.Fields
		if m.Operation == conflict.Update && !e.localView(c, m.Key).Exists() { // clear() has removed what it changes
			key, _ := e.setup.Schema().Model(m.Key.Model).KeyFields(m.Key.ID)
			fields = record.Overlay(record.Overlay(key, bare(m.Base)), fields)
		}
		e.keepLocal(c, m.ID, m.Key, m.Operation, fields)
		return false
	}
	c.Keep(m)
	return true
}

func (e *Engine) putLocal(c *store.Commit, key store.Key, base record.Value) {
	row := store.Row{Model: key.Model, ID: key.ID, Base: base}
	if known, ok := e.door.Stage().Row(key); ok {
		row.Order = known.Order
	}
	c.Rows = append(c.Rows, row)
}

// bare is a row without what a server says about it.
func bare(row record.Value) record.Value {
	return record.Without(row, conflict.VersionField, conflict.ChangedAtField, conflict.DeletedField)
}

// noteLocal remembers which models are local-only, and returns which were before.
func (e *Engine) noteLocal(c *store.Commit) []string {
	now := e.localModels()
	was := strings.Fields(e.door.Stage().Meta(localKey).Str())
	if !slices.Equal(was, now) {
		c.Set(localKey, record.OfString(strings.Join(now, " ")))
	}
	for _, model := range now { // when it is synced again, a delta would miss what changes here until then
		for _, key := range []string{cursorKey(model), progressKey(model)} {
			if e.door.Stage().Meta(key).Exists() {
				c.Set(key, record.Value{})
			}
		}
	}
	return was
}

// localModels are the local-only models of the schema, sorted.
func (e *Engine) localModels() []string {
	var names []string
	for _, m := range e.setup.Schema().Models {
		if !m.Syncable {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// changeLocal follows a schema in which models became local-only, or are no longer.
func (e *Engine) changeLocal(c *store.Commit, was []string) {
	done := map[store.Key]bool{}
	for _, q := range e.door.Stage().Outbox() {
		if !e.localOnly(q.Key.Model) {
			continue
		}
		e.closeQuestion(q.ID)
		if view := e.door.Stage().View(q.Key); !done[q.Key] && view.Exists() {
			e.putLocal(c, q.Key, bare(view))
		} else if !done[q.Key] {
			c.Removed = append(c.Removed, q.Key)
		}
		done[q.Key] = true
		c.End(&store.Ended{MutationID: q.ID, Key: q.Key, Operation: q.Operation, End: store.KeptLocal,
			Fields: record.Names(q.Fields), AtMs: e.clock.NowMs()})
	}
	for _, m := range e.createsOfLocal(c, was) {
		c.Keep(&m)
	}
}

// createsOfLocal takes the records of models that are syncable now and that no server knows, and
// returns a create of each.
func (e *Engine) createsOfLocal(c *store.Commit, was []string) []store.Mutation {
	var creates []store.Mutation
	for _, name := range was {
		if m := e.setup.Schema().Model(name); m == nil || !m.Syncable {
			continue
		}
		e.door.Image().EachRow(name, func(row store.Row) bool {
			if conflict.StampOf(row.Base).Version == 0 && len(e.door.Stage().Mutations(row.Key())) == 0 {
				c.Removed = append(c.Removed, row.Key())
				creates = append(creates, store.Mutation{ID: e.mutationID(""), Key: row.Key(), Operation: conflict.Create,
					State: store.Pending, Fields: withoutNulls(row.Base), Order: row.Order, SavedAtMs: e.clock.NowMs(), SchemaHash: e.setup.Hash()})
			}
			return true
		})
	}
	return creates
}
