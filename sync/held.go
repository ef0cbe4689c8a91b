package sync

import (
	"slices"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
)

// refuse handles what the server refused for good. The mutation is held, so that the app can look
// at it; the others go on.
func (e *Engine) refuse(m *store.Mutation, err appsync.Error) {
	message := err.Message
	if message == "" {
		message = "The server refused the change."
	}
	switch {
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Create:
		e.refuseCreate(m, message)
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Delete && !m.Condition.Exists():
		e.alreadyGone(m)
	case err.Type == appsync.ConditionalCheckFailed:
		e.hold(m, app.CauseCondition, message, record.Value{})
	case isUnauthorized(err.Type):
		e.hold(m, app.CodeUnauthorized, message, record.Value{})
	default:
		e.hold(m, app.CauseRejected, message, record.Value{})
	}
}

// refuseCreate finds out what stands in the way of a create: a tombstone or a row.
func (e *Engine) refuseCreate(m *store.Mutation, message string) {
	holdBy := func(row record.Value) {
		switch stamp := conflict.StampOf(row); {
		case stamp.Deleted:
			e.hold(m, app.CodeTombstone, "A record with this id was deleted on the server. Discard the "+
				"change, or save it under a new id.", row)
		case row.Exists():
			e.hold(m, app.CauseCondition, "The server has a record with this id already. Discard the change, "+
				"or save it under a new id.", row)
		default:
			e.hold(m, app.CauseCondition, message, row)
		}
	}
	if row, ok := e.door.Stage().Row(m.Key); ok {
		holdBy(row.Base)
		return
	}
	e.push.looking[m.ID] = true
	done := func(row record.Value) {
		delete(e.push.looking, m.ID)
		holdBy(row)
	}
	nothing := func() { done(record.Value{}) }
	e.read(m, done, func(answer) { nothing() }, nothing)
}

// alreadyGone ends a delete of a record that the server does not have: there is nothing to do.
func (e *Engine) alreadyGone(m *store.Mutation) {
	c := &store.Commit{Name: "acknowledge", Strict: true, Removed: []store.Key{m.Key},
		Ended: []store.Ended{{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
			End: store.Acknowledged, AtMs: e.clock.NowMs()}}}
	e.door.Commit(c, func() { e.announceProcessed(m.Key.Model, m.Base) }, nil)
}

// hold stops a mutation until somebody decides. remote is a row that the server has just shown: it
// becomes the base. The row of an earlier conflict is none: it may be gone from here since.
func (e *Engine) hold(m *store.Mutation, code, message string, remote record.Value) {
	if canary.HeldDropped {
		e.alreadyGone(m)
		return
	}
	g := e.merger.Begin("hold", merge.Answer)
	g.Draft().Strict = true
	next := *m
	next.State, next.Cause = store.Held, &store.Cause{Code: code, Message: message}
	if remote.Exists() {
		next.Remote = remote
		g.Row(e.setup.Schema().Model(m.Key.Model), m.Key, remote)
	}
	if e.corrected(g.Draft(), &next) {
		e.merger.Finish(g, e.announceOutbox, func(*app.Error) { e.askLater(m.ID) })
		return
	}
	g.Draft().Keep(&next)
	e.merger.Finish(g, func() { e.announceHeld(&next) }, func(*app.Error) { e.askLater(m.ID) })
}

// corrected folds what was saved while a mutation was under way into it, now that it is about to be
// held, as enqueue does with what is saved later. It reports whether the mutation therefore is not
// held: it goes again, or a refused create and its delete end together.
func (e *Engine) corrected(c *store.Commit, m *store.Mutation) bool {
	queued := e.door.Stage().Mutations(m.Key)
	at := slices.IndexFunc(queued, func(q *store.Mutation) bool { return q.ID == m.ID })
	if at < 0 || at+1 == len(queued) || m.Condition.Exists() {
		return false
	}
	later := queued[at+1]
	if more := deletedLife(queued[at+1:]); more > 0 && m.Operation == conflict.Create && !e.onServer(m.Key) &&
		(m.Remote.IsNull() || conflict.StampOf(m.Remote).Deleted) {
		if _, others := e.dependants(m); len(others) > 0 {
			return false // what becomes of them is the app's choice (rule 5)
		}
		life, last := append([]*store.Mutation{m}, queued[at+1:at+more]...), queued[at+more]
		e.cancelCreate(c, change{id: last.ID, key: m.Key, operation: last.Operation}, life)
		return true
	}
	if later.State != store.Pending || later.Condition.Exists() && !onlyCopy(m) {
		return false
	}
	n := change{id: later.ID, key: m.Key, operation: later.Operation, fields: later.Fields, tab: later.Tab}
	folded := *m
	if !triesAgain(m, n.operation) || !e.fold(&folded, n) ||
		e.setup.Shape(m.Key.Model).Points(n.fields) && e.circular(&folded) {
		return false
	}
	next, problem := e.again(&folded)
	if problem != nil {
		return false
	}
	next.Tab = n.tab
	c.Keep(&next)
	c.End(&store.Ended{MutationID: n.id, Key: n.key, Operation: n.operation, End: store.Folded, Into: m.ID,
		AtMs: e.clock.NowMs()})
	return true
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
