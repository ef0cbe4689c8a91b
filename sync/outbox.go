package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// change is a local edit on its way into the outbox.
type change struct {
	id        string
	key       store.Key
	operation conflict.Operation
	fields    record.Value
	condition record.Value
	source    record.Value // of a create: what the record was when the app copied it; Missing for a new one
	newID     bool         // of a create: the id was made for it
	tab       string
}

// enqueue puts a change into the outbox, folded into the last mutation of its record where that
// has never been sent (E: the earlier, N: the new one; both without condition):
//
//	E       N        becomes
//	create  update   the create, with N's fields
//	create  delete   nothing; both are cancelled, with what lies between them; a create that is
//	                 held because the server refused it ends as discarded
//	update  update   one update; the first one's base and version
//	update  delete   the delete; the first one's base and version
//	delete  create   one update with all fields, absent ones null
//	held    any      with N's fields; tried again where N changes what was refused (triesAgain)
//
// Everything else is appended: after what was sent or is in conflict, where either has a
// condition (conditions are never lost, but see onlyCopy), after an update whose base has moved since (the newer
// edit was made on the newer row, or on an older one, see unseen.go), and where a create would come to wait for one that waits for
// it. It returns the place in c.Mutations, -1 when nothing is left to send.
func (e *Engine) enqueue(c *store.Commit, n change) int {
	if e.localOnly(n.key.Model) {
		e.keepLocal(c, n.id, n.key, n.operation, n.fields)
		return -1
	}
	next, unseen := e.mutationOf(n)
	alone := func() int {
		c.Keep(&next)
		return len(c.Mutations) - 1
	}
	queued := e.door.Stage().Mutations(n.key)
	if len(queued) == 0 {
		return alone()
	}
	if n.operation == conflict.Delete {
		if from := e.unsentCreate(queued); from >= 0 {
			e.cancelCreate(c, n, queued[from:])
			return -1
		}
	}
	last := queued[len(queued)-1]
	base, _ := e.door.Stage().Row(n.key)
	moved := last.State == store.Pending &&
		conflict.StampOf(base.Base).Version != conflict.StampOf(last.Base).Version
	if unseen {
		moved = !sameGround(last, &next)
	}
	folds := last.State == store.Pending && !(moved && n.operation == conflict.Update &&
		last.Operation == conflict.Update) || last.State == store.Held ||
		canary.FoldSent && last.State == store.Sent
	if !folds || !canary.ConditionLost &&
		(last.Condition.Exists() && n.operation != conflict.Create || n.condition.Exists() && !onlyCopy(last)) {
		return alone()
	}
	folded := *last
	if !e.fold(&folded, n) || e.setup.Shape(n.key.Model).Points(n.fields) && e.circular(&folded) {
		return alone()
	}
	if last.State == store.Held && triesAgain(last, n.operation) {
		if retried, problem := e.again(&folded); problem == nil {
			folded, folded.Tab = retried, n.tab
		}
	}
	c.Keep(&folded)
	c.End(&store.Ended{MutationID: n.id, Key: n.key, Operation: n.operation,
		End: store.Folded, Into: last.ID, AtMs: e.clock.NowMs()})
	return len(c.Mutations) - 1
}

// fold brings a change into an unsent mutation, if the two go together.
func (e *Engine) fold(m *store.Mutation, n change) bool {
	switch {
	case n.operation == conflict.Update && m.Operation != conflict.Delete:
		m.Fields = record.Overlay(m.Fields, n.fields)
	case n.operation == conflict.Delete && m.Operation == conflict.Update:
		m.Operation, m.Fields = conflict.Delete, n.fields
	case n.operation == conflict.Delete && m.Operation == conflict.Create:
		m.Operation, m.Fields = conflict.Delete, n.fields // held, and the server has such a row
		if row, ok := e.door.Stage().Row(n.key); ok {
			m.Base, m.Version = row.Base, conflict.StampOf(row.Base).Version
		}
	case n.operation == conflict.Create && m.Operation == conflict.Delete:
		m.Operation, m.Fields = conflict.Update, e.allFields(n)
	default:
		return false
	}
	m.Resent, m.SchemaHash = false, e.setup.Hash()
	if m.State == store.Pending {
		m.Tab = n.tab
	}
	return true
}

// allFields is a new record as an update of the one it replaces: what it does not set is null.
func (e *Engine) allFields(n change) record.Value {
	sh := e.setup.Shape(n.key.Model)
	var nulls record.Builder
	for _, f := range sh.Model.Stored() {
		if sh.Fields[f.Name] != nil && !sh.Model.IsKey(f.Name) {
			nulls.SetNull(f.Name)
		}
	}
	return record.Overlay(nulls.Object(), record.Without(n.fields, sh.Model.Key...))
}

// unsentCreate finds the place from which on everything queued for a record is a life of it that
// the server never had: a create that was not sent, or refused, and what follows; -1 when there is
// none.
func (e *Engine) unsentCreate(queued []*store.Mutation) int {
	for i := len(queued) - 1; i >= 0; i-- {
		m := queued[i]
		if m.State != store.Pending && (m.State != store.Held || e.onServer(m.Key)) {
			return -1
		}
		if m.Operation == conflict.Create {
			return i
		}
	}
	return -1
}

// onServer reports whether the server has a live row of a record, as far as it is known here.
func (e *Engine) onServer(key store.Key) bool {
	row, ok := e.door.Stage().Row(key)
	return ok && !conflict.StampOf(row.Base).Deleted
}

func (e *Engine) cancelCreate(c *store.Commit, n change, life []*store.Mutation) {
	for _, m := range life {
		ended := store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Cancelled,
			AtMs: e.clock.NowMs()}
		if m.State == store.Held && m.Operation == conflict.Create {
			ended.End, ended.Fields = store.DiscardedByUser, record.Names(m.Fields)
		}
		c.End(&ended)
	}
	c.End(&store.Ended{MutationID: n.id, Key: n.key, Operation: n.operation,
		End: store.Cancelled, AtMs: e.clock.NowMs()})
}

// mutationOf is a change that stands for itself in the outbox.
func (e *Engine) mutationOf(n change) (m store.Mutation, unseen bool) {
	m = store.Mutation{ID: n.id, Key: n.key, Operation: n.operation, State: store.Pending,
		Fields: n.fields, Base: n.source, Condition: n.condition, NewID: n.newID, SavedAtMs: e.clock.NowMs(),
		SchemaHash: e.setup.Hash(), Tab: n.tab}
	if n.operation != conflict.Create {
		unseen = e.madeOn(&m)
	}
	return m, unseen
}
