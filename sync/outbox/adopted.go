package outbox

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Adopted is a change that another store on this device made and did not see answered.
type Adopted struct {
	ID        string
	Model     string
	RecordID  string // where the schema no longer has the model
	Operation conflict.Operation
	Fields    record.Value // with the key, and with the version that it was made on
	Condition record.Value // filter input; Missing for none
	NewID     bool         // as in store.Mutation
	Sent      bool         // the other store may have sent it
	// Unqueued: that store queued nothing, but has a record which no server knows. It is taken as a create, unless
	// there is such a record here.
	Unqueued bool
}

// Adopt queues a change of another store behind what is queued already. base gives the server's row as far as it is
// known. A change that does not fit the schema is held and returned.
//
//	delete, then create, both unsent    one update with all fields, absent ones null (rule 5)
//	of a local-only model               the record itself
//	everything else                     as it is: that store has folded what goes together
func (o *Outbox) Adopt(c *store.Commit, a Adopted, tab string, base func(store.Key) record.Value) (misfit *store.Mutation) {
	m := store.Mutation{ID: a.ID, Key: store.Key{Model: a.Model, ID: a.RecordID}, Operation: a.Operation, State: store.Pending,
		Condition: a.Condition, NewID: a.NewID, Adopted: true, SavedAtMs: o.clock.NowMs(), Tab: tab}
	sh := o.setup.Shape(a.Model)
	if sh != nil {
		if id, err := sh.Model.RecordID(a.Fields); err == nil {
			m.Key.ID = id
		}
	}
	if o.door.Known(a.ID) || a.Unqueued && (o.door.Stage.View(m.Key).Exists() || len(o.door.Stage.Mutations(m.Key)) > 0) {
		return nil
	}
	m.Version = conflict.StampOf(a.Fields).Version
	m.Fields = Bare(a.Fields)
	if sh != nil {
		if o.LocalOnly(a.Model) {
			o.keepLocal(c, m.ID, m.Key, m.Operation, sh.Settable(m.Fields))
			return nil
		}
		m.Fields = adoptedFields(sh.Model, sh.Settable(m.Fields), m.Fields)
		if a.Operation != conflict.Create {
			if m.Base = base(m.Key); !m.Base.Exists() { // it is shown all the same
				m.Base = record.Pick(a.Fields, append(slices.Clone(sh.Model.Key), conflict.VersionField)...)
			}
		}
		switch a.Operation {
		case conflict.Update:
			if m.Version == 0 {
				m.Version = conflict.StampOf(m.Base).Version
			}
			m.Fields = sh.Whole(record.Without(m.Fields, sh.Model.Key...), m.Base)
			m.Base = record.Without(m.Base, record.Names(m.Fields)...)
		case conflict.Delete:
			m.Fields = record.Pick(m.Fields, sh.Model.Key...)
		case conflict.Create:
			if last := o.lastQueued(c, m.Key); last != nil && last.State == store.Pending && last.Operation == conflict.Delete {
				m.ID, m.Order, m.Version, m.Base = last.ID, last.Order, last.Version, last.Base
				m.Operation, m.NewID = conflict.Update, false
				m.Fields = o.allFields(Change{Key: m.Key, Fields: m.Fields})
			}
		}
	}
	if a.Sent {
		m.State, m.SentElsewhere = store.Sent, true
	}
	m, misfit = o.Refitted(m)
	c.Mutations = slices.DeleteFunc(c.Mutations, func(q store.Mutation) bool { return q.ID == m.ID })
	c.Keep(&m)
	return misfit
}

// adoptedFields keeps the settable fields, and those that the schema of today has not: a change with these is held.
func adoptedFields(model *schema.Model, settable, all record.Value) record.Value {
	var b record.Builder
	all.Fields(func(name string, v record.Value) bool {
		if !v.IsNull() && model.Field(name) == nil && !settable.Field(name).Exists() {
			b.Set(name, v)
		}
		return true
	})
	return record.Overlay(settable, b.Object())
}

// lastQueued is the last change of a record, in a commit that is being made or queued before.
func (o *Outbox) lastQueued(c *store.Commit, key store.Key) *store.Mutation {
	for i := len(c.Mutations) - 1; i >= 0; i-- {
		if c.Mutations[i].Key == key {
			return &c.Mutations[i]
		}
	}
	if queued := o.door.Stage.Mutations(key); len(queued) > 0 {
		return queued[len(queued)-1]
	}
	return nil
}
