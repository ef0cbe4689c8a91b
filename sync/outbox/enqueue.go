package outbox

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Change is a local edit on its way into the outbox.
type Change struct {
	ID        string
	Key       store.Key
	Operation conflict.Operation
	Fields    record.Value
	Condition record.Value
	Source    record.Value // of a create: what the record was when the app copied it; Missing for a new one
	NewID     bool         // of a create: the id was made for it
	Upsert    bool         // where the server has a record that is not here, that is changed
	Tab       string
}

// Enqueue puts a change into the outbox, folded into the last mutation of its record where that
// has never been sent (E: the earlier, N: the new one; both without condition):
//
//	E       N        becomes
//	create  update   the create, with N's fields
//	create  delete   nothing; both are cancelled, with what lies between them; a create that is
//	                 held because the server refused it ends as discarded
//	update  update   one update; the first one's base and version
//	update  delete   the delete; the base and version of the one that was made on the older row
//	delete  create   one update with all fields, absent ones null
//	held    any      with N's fields; tried again where N changes what was refused (triesAgain)
//
// Everything else is appended: after what was sent or is in conflict, where either has a
// condition (conditions are never lost, but see onlyCopy), after an update whose base has moved since (the newer
// edit was made on the newer row, or on an older one, see unseen.go), after a restored change that somebody else
// made, and where a create would come to wait for one that waits for it. It returns the place in c.Mutations, -1 when nothing is left to send.
func (o *Outbox) Enqueue(c *store.Commit, n Change) int {
	if o.LocalOnly(n.Key.Model) {
		o.keepLocal(c, n.ID, n.Key, n.Operation, n.Fields)
		return -1
	}
	next, unseen := o.mutationOf(n)
	alone := func() int {
		c.Keep(&next)
		return len(c.Mutations) - 1
	}
	queued := o.door.Stage.Mutations(n.Key)
	if len(queued) == 0 {
		return alone()
	}
	if n.Operation == conflict.Delete {
		if from := o.unsentCreate(queued); from >= 0 && !slices.ContainsFunc(queued[from:], o.somebodyElses) {
			o.cancelCreate(c, n, queued[from:])
			return -1
		}
	}
	last := queued[len(queued)-1]
	base, _ := o.door.Stage.Row(n.Key)
	moved := last.State == store.Pending &&
		conflict.StampOf(base.Base).Version != conflict.StampOf(last.Base).Version
	if unseen {
		moved = !sameGround(last, &next)
	}
	folds := last.State == store.Pending && !(moved && n.Operation == conflict.Update &&
		last.Operation == conflict.Update) || last.State == store.Held ||
		canary.FoldSent && last.State == store.Sent
	if !folds || o.somebodyElses(last) || !canary.ConditionLost &&
		(last.Condition.Exists() && n.Operation != conflict.Create || n.Condition.Exists() && !onlyCopy(last)) {
		return alone()
	}
	folded := *last
	if unseen && n.Operation == conflict.Delete && next.Version < last.Version {
		folded.Base, folded.Version = next.Base, next.Version
	}
	if last.State == store.Held && !unseen {
		o.standOnEffect(&folded)
	}
	if !o.fold(&folded, n) || o.setup.Shape(n.Key.Model).Points(n.Fields) && o.circular(&folded) {
		return alone()
	}
	if last.State == store.Held && (triesAgain(last, n.Operation) || n.Upsert && HeldByRecord(last)) {
		if retried, problem := o.Again(&folded); problem == nil {
			folded, folded.Tab = retried, n.Tab
		}
	}
	c.Keep(&folded)
	c.End(&store.Ended{MutationID: n.ID, Key: n.Key, Operation: n.Operation,
		End: store.Folded, Into: last.ID, AtMs: o.clock.NowMs()})
	return len(c.Mutations) - 1
}

// fold brings a change into an unsent mutation, if the two go together.
func (o *Outbox) fold(m *store.Mutation, n Change) bool {
	switch {
	case n.Operation == conflict.Update && m.Operation != conflict.Delete:
		m.Fields = record.Overlay(m.Fields, n.Fields)
	case n.Operation == conflict.Delete && m.Operation == conflict.Update:
		m.Operation, m.Fields = conflict.Delete, n.Fields
	case n.Operation == conflict.Delete && m.Operation == conflict.Create:
		m.Operation, m.Fields = conflict.Delete, n.Fields // held, and the server has such a row
		if row, ok := o.door.Stage.Row(n.Key); ok {
			m.Base, m.Version = row.Base, conflict.StampOf(row.Base).Version
		}
	case n.Operation == conflict.Create && m.Operation == conflict.Delete:
		m.Operation, m.Fields = conflict.Update, o.allFields(n)
	default:
		return false
	}
	m.Resent, m.SchemaHash = false, o.setup.Hash
	m.Upsert = m.Operation == conflict.Create && (m.Upsert || n.Upsert)
	if m.State == store.Pending {
		m.Tab = n.Tab
	}
	return true
}

// allFields is a new record as an update of the one it replaces: what it does not set is null.
func (o *Outbox) allFields(n Change) record.Value {
	sh := o.setup.Shape(n.Key.Model)
	var nulls record.Builder
	for _, f := range sh.Model.Stored() {
		if sh.Fields[f.Name] != nil && !sh.Model.IsKey(f.Name) {
			nulls.SetNull(f.Name)
		}
	}
	return record.Overlay(nulls.Object(), record.Without(n.Fields, sh.Model.Key...))
}

// unsentCreate finds the place from which on everything queued for a record is a life of it that
// the server never had: a create that was not sent, or refused, and what follows; -1 when there is
// none.
func (o *Outbox) unsentCreate(queued []*store.Mutation) int {
	for i := len(queued) - 1; i >= 0; i-- {
		m := queued[i]
		if m.State != store.Pending && (m.State != store.Held || o.onServer(m.Key)) {
			return -1
		}
		if m.Operation == conflict.Create {
			return i
		}
	}
	return -1
}

// onServer reports whether the server has a live row of a record, as far as it is known here.
func (o *Outbox) onServer(key store.Key) bool {
	row, ok := o.door.Stage.Row(key)
	return ok && !conflict.StampOf(row.Base).Deleted
}

func (o *Outbox) cancelCreate(c *store.Commit, n Change, life []*store.Mutation) {
	for _, m := range life {
		ended := store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Cancelled,
			AtMs: o.clock.NowMs()}
		if m.State == store.Held && m.Operation == conflict.Create {
			ended.End, ended.Fields = store.DiscardedByUser, record.Names(m.Fields)
		}
		c.End(&ended)
	}
	c.End(&store.Ended{MutationID: n.ID, Key: n.Key, Operation: n.Operation,
		End: store.Cancelled, AtMs: o.clock.NowMs()})
}

// mutationOf is a change that stands for itself in the outbox.
func (o *Outbox) mutationOf(n Change) (m store.Mutation, unseen bool) {
	m = store.Mutation{ID: n.ID, Key: n.Key, Operation: n.Operation, State: store.Pending,
		Fields: n.Fields, Base: n.Source, Condition: n.Condition, NewID: n.NewID, SavedAtMs: o.clock.NowMs(),
		SchemaHash: o.setup.Hash, Tab: n.Tab}
	m.Upsert = n.Upsert && n.Operation == conflict.Create && !n.NewID
	if n.Operation != conflict.Create {
		unseen = o.madeOn(&m)
	}
	return m, unseen
}
