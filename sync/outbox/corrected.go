package outbox

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// Corrected folds what was saved while a mutation was under way into it, now that it is about to be
// held, as enqueue does with what is saved later. It reports whether the mutation therefore is not
// held: it goes again, or a refused create and its delete end together.
func (o *Outbox) Corrected(c *store.Commit, m *store.Mutation) bool {
	queued := o.door.Stage.Mutations(m.Key)
	at := slices.IndexFunc(queued, func(q *store.Mutation) bool { return q.ID == m.ID })
	if at < 0 || at+1 == len(queued) || m.Condition.Exists() {
		return false
	}
	later := queued[at+1]
	if more := deletedLife(queued[at+1:]); more > 0 && m.Operation == conflict.Create && !o.onServer(m.Key) &&
		(m.Remote.IsNull() || conflict.StampOf(m.Remote).Deleted) {
		if _, others := o.Dependants(m); len(others) > 0 {
			return false // what becomes of them is the app's choice (rule 5)
		}
		life, last := append([]*store.Mutation{m}, queued[at+1:at+more]...), queued[at+more]
		o.cancelCreate(c, Change{ID: last.ID, Key: m.Key, Operation: last.Operation}, life)
		return true
	}
	if later.State != store.Pending || later.Condition.Exists() && !onlyCopy(m) {
		return false
	}
	n := Change{ID: later.ID, Key: m.Key, Operation: later.Operation, Fields: later.Fields, Tab: later.Tab}
	folded := *m
	if row, ok := o.door.Stage.Row(m.Key); ok && later.Version == conflict.StampOf(row.Base).Version {
		o.standOnEffect(&folded)
	}
	if !triesAgain(m, n.Operation) || !o.fold(&folded, n) ||
		o.setup.Shape(m.Key.Model).Points(n.Fields) && o.circular(&folded) {
		return false
	}
	next, problem := o.Again(&folded)
	if problem != nil {
		return false
	}
	next.Tab = n.Tab
	c.Keep(&next)
	c.End(&store.Ended{MutationID: n.ID, Key: n.Key, Operation: n.Operation, End: store.Folded, Into: m.ID,
		AtMs: o.clock.NowMs()})
	return true
}

// standOnEffect moves a refused update onto the newest row that has come when that has all its values: an earlier
// attempt did arrive, and only its answer was lost. The correction is an edit of what the page sees there. On
// the older version it would meet this page's own value as if it were somebody else's (rule 3).
func (o *Outbox) standOnEffect(m *store.Mutation) {
	row, ok := o.door.Stage.Row(m.Key)
	if !ok || m.Operation != conflict.Update || conflict.StampOf(row.Base).Version <= m.Version {
		return
	}
	model, there := o.setup.Schema.Model(m.Key.Model), true
	m.Fields.Fields(func(name string, value record.Value) bool {
		there = model.Field(name) != nil && conflict.SameValue(model.Field(name), value, row.Base.Field(name))
		return there
	})
	if there {
		m.Base, m.Version = row.Base, conflict.StampOf(row.Base).Version
	}
}

// deletedLife is how many unsent mutations end with the first delete among them, 0 when there is none. An edit with
// a condition stands between a create and its delete, because it is folded into nothing.
func deletedLife(queued []*store.Mutation) int {
	for i, q := range queued {
		if q.State != store.Pending {
			break
		}
		if q.Operation == conflict.Delete {
			return i + 1
		}
	}
	return 0
}

// onlyCopy reports a create that the server refused: the condition of an edit of it was checked here,
// on the only copy that there is, and a create has none.
func onlyCopy(held *store.Mutation) bool {
	return held.State == store.Held && held.Operation == conflict.Create && triesAgain(held, conflict.Update)
}

// HeldByRecord reports a create that is held because the server has a record of its id: an upsert goes on with it.
func HeldByRecord(m *store.Mutation) bool {
	return m.State == store.Held && m.Operation == conflict.Create && m.Cause != nil && m.Cause.Code == app.CauseCondition
}

// triesAgain reports whether a held mutation goes to the server once more when an edit of its record
// is folded into it. The server does not say which field it refused, so any edit may be the
// correction; refused again, the mutation is held again and told again. A delete asks for something
// else than the update that it replaces, whatever that was held for. An edit solves neither a conflict
// that ten attempts did not solve, nor that the server has another record or a tombstone under the id:
// these wait for a person. What the schema holds goes on when it fits, by an edit or a delete.
func triesAgain(held *store.Mutation, edit conflict.Operation) bool {
	if edit == conflict.Delete && held.Operation == conflict.Update {
		return true
	}
	if held.Cause == nil {
		return false
	}
	switch held.Cause.Code {
	case app.CauseSchema, app.CauseRejected, app.CodeUnauthorized:
		return true
	}
	return false
}
