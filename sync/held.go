package sync

import (
	"bytes"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/peer"
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
	case peer.IsUnauthorized(err.Type):
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
	e.door.Commit(c, func() { e.line.Processed(m.Key.Model, m.Base) }, nil)
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
	}
	if known := g.Base(m.Key); remote.Exists() && !bytes.Equal(known.Text(), remote.Text()) {
		g.Row(e.setup.Schema().Model(m.Key.Model), m.Key, remote)
	}
	if e.outbox.Corrected(g.Draft(), &next) {
		e.merger.Finish(g, e.line.Outbox, func(*app.Error) { e.askLater(m.ID) })
		return
	}
	g.Draft().Keep(&next)
	e.merger.Finish(g, func() { e.line.Held(&next) }, func(*app.Error) { e.askLater(m.ID) })
}

// refusedResend decides about a strict resend that met an old version. Nobody is asked: under
// AUTOMERGE the server's value wins where somebody changed it. It reports whether this was one.
func (e *Engine) refusedResend(m *store.Mutation, remote record.Value) bool {
	if !m.Resent || m.Operation != conflict.Update || remote.Kind() != record.Object ||
		conflict.StampOf(remote).Deleted || outbox.Exhausted(m) {
		return false
	}
	again, lost := e.outbox.RefusedFields(m, remote)
	next := outbox.ResendOf(m, remote, again)
	g := e.merger.Begin("conflict decided", merge.Answer)
	g.Draft().Strict = true
	g.Row(e.setup.Schema().Model(m.Key.Model), m.Key, remote)
	if len(again) > 0 && len(lost) == 0 {
		next.ID = m.ID // nothing of it was applied: it is the same change, with another wire id
	} else {
		ended := store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Acknowledged,
			Version: conflict.StampOf(remote).Version, AtMs: e.clock.NowMs()}
		if len(lost) > 0 {
			ended.End, ended.Fields = store.SupersededEnd, lost
		}
		g.Draft().End(&ended)
	}
	if len(again) > 0 {
		g.Draft().Keep(&next)
		e.push.troubled[next.ID] = &backing{attempts: next.Attempts,
			untilMs: e.clock.NowMs() + e.clock.Backoff(conflictBaseMs, conflictCapMs, next.Attempts)}
	}
	e.merger.Finish(g, func() {
		if len(lost) > 0 {
			e.line.Superseded(m, lost, remote)
		}
		if len(again) == 0 {
			e.line.Processed(m.Key.Model, remote)
		}
	}, nil)
	return true
}
