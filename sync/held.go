package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
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
		e.hold(m, "condition", message, record.Value{})
	case isUnauthorized(err.Type):
		e.hold(m, CodeUnauthorized, message, record.Value{})
	default:
		e.hold(m, "rejected", message, record.Value{})
	}
}

// refuseCreate finds out what stands in the way of a create: a tombstone or a row.
func (e *Engine) refuseCreate(m *store.Mutation, message string) {
	holdBy := func(row record.Value) {
		switch stamp := conflict.StampOf(row); {
		case stamp.Deleted:
			e.hold(m, CodeTombstone, "A record with this id was deleted on the server. Discard the "+
				"change, or save it under a new id.", row)
		case row.Exists():
			e.hold(m, "condition", "The server has a record with this id already. Discard the change, "+
				"or save it under a new id.", row)
		default:
			e.hold(m, "condition", message, row)
		}
	}
	if row, ok := e.stage.Row(m.Key); ok {
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
			End: store.Acknowledged, AtMs: e.nowMs}}}
	e.commit(c, func() { e.announceProcessed(m.Key.Model, m.Base) }, nil)
}

// hold stops a mutation until somebody decides. remote is a row that the server has just shown: it
// becomes the base. The row of an earlier conflict is none: it may be gone from here since.
func (e *Engine) hold(m *store.Mutation, code, message string, remote record.Value) {
	if canary.HeldDropped {
		e.alreadyGone(m)
		return
	}
	g := e.newMerge("hold")
	g.commit.Strict = true
	next := *m
	next.State, next.Cause = store.Held, &store.Cause{Code: code, Message: message}
	if remote.Exists() {
		next.Remote = remote
		g.row(e.schema.Model(m.Key.Model), m.Key, remote, true)
	}
	g.commit.Keep(&next)
	e.commitMerge(g, func() { e.announceHeld(&next) }, func(*Error) { e.askLater(m.ID) })
}
