package decide

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
)

// Conflicts wait for a decision of the app:
//
//	ConflictUnhandled ─▶ "conflict noted" ─ backoff ─▶ asked ─ decision ─▶ pending, or discarded
//	                           ▲                        │ thrown
//	                           └────────────────────────┘ after 10 attempts: held

// Conflicted stores what the server answered before a tab is asked, so that closing the tab loses nothing.
func (dec *Decider) Conflicted(m *store.Mutation, remote record.Value) {
	if outbox.Exhausted(m) {
		dec.Hold(m, app.CauseAttempts, attemptsMessage, remote)
		return
	}
	g := dec.merger.Begin("conflict noted", merge.Answer)
	g.Draft().Strict = true
	g.Row(dec.setup.Schema.Model(m.Key.Model), m.Key, remote)
	next := *m
	next.State, next.Remote = store.Conflicted, remote
	next.Cause = &store.Cause{Code: app.CodeConflict, Message: "Somebody else changed the record first."}
	g.Draft().Keep(&next)
	dec.merger.Finish(g, func() { dec.askSoon(&next) }, nil)
}

const attemptsMessage = "The conflict was not solved in 10 attempts. Look at both sides, then retry, edit or " +
	"discard the change."

// askSoon asks a tab about a conflict, after a backoff when an earlier attempt gave no decision.
func (dec *Decider) askSoon(m *store.Mutation) {
	id, attempts := m.ID, outbox.Attempt(m)
	if attempts == 0 {
		dec.Ask(id)
		return
	}
	dec.clock.After("ask "+id, dec.BackoffMs(attempts), func() { dec.Ask(id) })
}

// askLater asks again about a change that stayed in conflict because a commit failed.
func (dec *Decider) askLater(id string) {
	dec.clock.After("ask "+id, dec.clock.Backoff(conflictCapMs, conflictCapMs, 1), func() { dec.Ask(id) })
}

// AskWaiting asks about every change in conflict that no tab is being asked about: after a load, and when a tab comes
// that can answer.
func (dec *Decider) AskWaiting() {
	for _, m := range dec.door.Image.Outbox() {
		if m.State == store.Conflicted && dec.conflicts.With(m.ID) == "" {
			dec.Ask(m.ID)
		}
	}
}

// Ask asks the next tab in the order of rule 4: first the one that saved the change, then each with a handler that was
// not asked yet. When all of them were asked, the default decides if a started tab has no handler. Otherwise the
// conflict waits for a late answer or for another tab.
func (dec *Decider) Ask(id string) {
	dec.clock.Forget("ask " + id)
	m, ok := dec.door.Image.Mutation(id)
	if !ok || m.State != store.Conflicted || dec.door.Touched(id) {
		return
	}
	t := dec.conflicts.Next(id, m.Tab, func(t *ask.Tab) bool { return t.Handler })
	switch {
	case t != nil:
		number := dec.out.NextID()
		dec.out.Emit(effect.AskHandler{ID: number, Tab: t.Name, Conflict: dec.describe(m)})
		dec.conflicts.Put(id, t, number, func() { dec.passOn(id) })
	case dec.tabs.Unhandled():
		dec.decide(m, dec.setup.Config.ConflictDefault, record.Value{})
	}
}

// describe is a conflict in the form that the handler gets.
func (dec *Decider) describe(m *store.Mutation) []byte {
	var b record.Builder
	b.SetString("mutationId", m.ID)
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("operation", opTypeOf(m.Operation))
	row := func(name string, v record.Value) {
		if v.Exists() {
			b.Set(name, v)
		} else {
			b.SetNull(name)
		}
	}
	local := m.Base
	switch {
	case m.Operation == conflict.Update && m.Base.Exists():
		local = record.Overlay(m.Base, m.Fields)
	case m.Operation != conflict.Delete:
		local = dec.door.Image.View(m.Key)
	}
	row("base", m.Base)
	row("local", local)
	row("remote", m.Remote)
	var changed record.ListBuilder
	if m.Operation != conflict.Delete {
		for _, name := range record.Names(changedByApp(m)) {
			changed.AddString(name)
		}
	}
	b.Set("changed", changed.List())
	b.SetInt("attempts", int64(outbox.Attempt(m)+1))
	return b.Object().Text()
}

// changedByApp are the fields that the app itself changed. The create of a copy whose record is no longer here also
// holds every other field, as it was when the app made the copy. Sent on top of the server's row, those fields would
// undo what others have changed since.
func changedByApp(m *store.Mutation) record.Value {
	if m.Operation != conflict.Create || !m.Base.Exists() {
		return m.Fields
	}
	var copied []string
	m.Fields.Fields(func(name string, value record.Value) bool {
		if was := m.Base.Field(name); was.Exists() && record.Equal(was, value) {
			copied = append(copied, name)
		}
		return true
	})
	return record.Without(m.Fields, copied...)
}

func opTypeOf(op conflict.Operation) string {
	switch op {
	case conflict.Create:
		return "INSERT"
	case conflict.Update:
		return "UPDATE"
	}
	return "DELETE"
}

// decide carries out a decision: it queues what is to be sent, or ends the change.
func (dec *Decider) decide(m *store.Mutation, d conflict.Decision, model record.Value) {
	dec.CloseQuestion(m.ID)
	again := func(*app.Error) { dec.askLater(m.ID) }
	resend, reason := conflict.Resolve(dec.setup.Schema.Model(m.Key.Model), m.Operation, changedByApp(m), m.Remote, d, model)
	if reason != "" {
		dec.Hold(m, app.CodeTombstone, "The record was deleted on the server, so the change has no place there. "+
			"Discard it, or save it under a new id.", record.Value{})
		return
	}
	if resend.None {
		c := &store.Commit{Name: "discard", Strict: true, Ended: []store.Ended{{MutationID: m.ID, Key: m.Key,
			Operation: m.Operation, End: store.DiscardedByHandler, Fields: record.Names(m.Fields),
			AtMs: dec.clock.NowMs()}}, Mutations: dec.outbox.RebasedBehind(m)}
		dec.door.Commit(c, func() { dec.line.Processed(m.Key.Model, m.Remote) }, again)
		return
	}
	next := *m
	next.State, next.Cause, next.Remote = store.Pending, nil, record.Value{}
	next.Operation, next.Fields, next.Version = resend.Operation, resend.Fields, resend.Version
	next.Base = m.Remote
	next.Attempts++
	c := &store.Commit{Name: "conflict decided", Strict: true, Mutations: []store.Mutation{next}}
	asked := dec.alsoInConflict(m, resend.Fields)
	c.Mutations = append(c.Mutations, asked...)
	dec.door.Commit(c, func() {
		for i := range asked {
			dec.askSoon(&asked[i])
		}
	}, again)
}

// alsoInConflict are the edits queued behind a change in conflict that would overwrite the decision: they set a field
// to which the decision gave another value than the change had. They were made before the decision, and would undo what
// it kept of another user's change.
func (dec *Decider) alsoInConflict(m *store.Mutation, sent record.Value) []store.Mutation {
	var asked []store.Mutation
	for _, q := range dec.outbox.Behind(m) {
		if q.State != store.Pending || q.Operation != conflict.Update {
			continue
		}
		overwrites := false
		q.Fields.Fields(func(name string, _ record.Value) bool {
			value := sent.Field(name)
			if !value.Exists() {
				value = m.Remote.Field(name)
			}
			was := m.Fields.Field(name)
			overwrites = was.Exists() && !record.Equal(was, value)
			return !overwrites
		})
		if overwrites {
			next := *q
			next.State, next.Remote, next.Cause = store.Conflicted, m.Remote, m.Cause
			asked = append(asked, next)
		}
	}
	return asked
}
