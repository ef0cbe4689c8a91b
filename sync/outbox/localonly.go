package outbox

import (
	"slices"

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

// LocalOnly reports a model of the schema that is never queued.
func (o *Outbox) LocalOnly(model string) bool {
	m := o.setup.Schema.Model(model)
	return m != nil && !m.Syncable
}

// keepLocal writes a change of a local-only record; the id of the change is remembered, so that a
// repeated save is answered.
func (o *Outbox) keepLocal(c *store.Commit, id string, key store.Key, operation conflict.Operation, fields record.Value) {
	if operation == conflict.Delete {
		c.Removed = append(c.Removed, key)
	} else {
		o.PutLocal(c, key, record.Overlay(o.localView(c, key), fields))
	}
	c.End(&store.Ended{MutationID: id, Key: key, Operation: operation, End: store.KeptLocal, AtMs: o.clock.NowMs()})
}

// localView is a record as a commit leaves it so far.
func (o *Outbox) localView(c *store.Commit, key store.Key) record.Value {
	for _, row := range slices.Backward(c.Rows) {
		if row.Key() == key {
			return Bare(row.Base)
		}
	}
	return Bare(o.door.Stage.View(key))
}

// BringBack puts a parked change back into the outbox, or into the record where that is local-only now;
// it reports whether it is queued.
func (o *Outbox) BringBack(c *store.Commit, m *store.Mutation) bool {
	if o.LocalOnly(m.Key.Model) {
		fields := m.Fields
		if m.Operation == conflict.Update && !o.localView(c, m.Key).Exists() { // clear() has removed what it changes
			key, _ := o.setup.Schema.Model(m.Key.Model).KeyFields(m.Key.ID)
			fields = record.Overlay(record.Overlay(key, Bare(m.Base)), fields)
		}
		o.keepLocal(c, m.ID, m.Key, m.Operation, fields)
		return false
	}
	c.Keep(m)
	return true
}

// PutLocal makes a row the record itself, in the place that it has.
func (o *Outbox) PutLocal(c *store.Commit, key store.Key, base record.Value) {
	row := store.Row{Model: key.Model, ID: key.ID, Base: base}
	if known, ok := o.door.Stage.Row(key); ok {
		row.Order = known.Order
	}
	c.Rows = append(c.Rows, row)
}

// Bare is a row without what a server says about it.
func Bare(row record.Value) record.Value {
	return record.Without(row, conflict.VersionField, conflict.ChangedAtField, conflict.DeletedField)
}

// LocalModels are the local-only models of the schema, sorted.
func (o *Outbox) LocalModels() []string {
	var names []string
	for _, m := range o.setup.Schema.Models {
		if !m.Syncable {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// CreatesOfLocal takes the records of models that are syncable now and that no server knows, and
// returns a create of each.
func (o *Outbox) CreatesOfLocal(c *store.Commit, was []string) []store.Mutation {
	var creates []store.Mutation
	for _, name := range was {
		if m := o.setup.Schema.Model(name); m == nil || !m.Syncable {
			continue
		}
		o.door.Image.EachRow(name, func(row store.Row) bool {
			if conflict.StampOf(row.Base).Version == 0 && len(o.door.Stage.Mutations(row.Key())) == 0 {
				c.Removed = append(c.Removed, row.Key())
				creates = append(creates, store.Mutation{ID: o.MutationID(""), Key: row.Key(), Operation: conflict.Create,
					State: store.Pending, Fields: WithoutNulls(row.Base), Order: row.Order, SavedAtMs: o.clock.NowMs(), SchemaHash: o.setup.Hash})
			}
			return true
		})
	}
	return creates
}
