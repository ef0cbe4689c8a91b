package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
)

// Conflicts wait for a decision of the app:
//
//	ConflictUnhandled ─▶ "conflict noted" ─ backoff ─▶ asked ─ decision ─▶ pending, or discarded
//	                           ▲                        │ thrown
//	                           └────────────────────────┘ after 10 attempts: held

// noteConflict keeps what the server answered before anybody is asked: a closed tab loses nothing.
func (e *Engine) noteConflict(m *store.Mutation, remote record.Value) {
	if remote.Kind() != record.Object {
		e.push.looking[m.ID] = true
		retry := func() {
			delete(e.push.looking, m.ID)
			e.troubleWith(m.ID)
		}
		e.read(m, func(row record.Value) {
			delete(e.push.looking, m.ID)
			if row.Exists() {
				e.noteConflict(m, row)
			} else {
				e.hold(m, app.CauseRejected, "The server reports a conflict, but has no such record.", row)
			}
		}, func(answer) { retry() }, retry)
		return
	}
	if outbox.Exhausted(m) {
		e.hold(m, app.CauseAttempts, attemptsMessage, remote)
		return
	}
	g := e.merger.Begin("conflict noted", merge.Answer)
	g.Draft().Strict = true
	g.Row(e.setup.Schema().Model(m.Key.Model), m.Key, remote)
	next := *m
	next.State, next.Remote = store.Conflicted, remote
	next.Cause = &store.Cause{Code: app.CodeConflict, Message: "Somebody else changed the record first."}
	g.Draft().Keep(&next)
	e.merger.Finish(g, func() { e.askSoon(&next) }, nil)
}

const attemptsMessage = "The conflict was not solved in 10 attempts. Look at both sides, then retry, edit or " +
	"discard the change."

// askSoon opens the question, after a backoff when it was asked before.
func (e *Engine) askSoon(m *store.Mutation) {
	id, attempts := m.ID, outbox.Attempt(m)
	if attempts == 0 {
		e.ask(id)
		return
	}
	e.clock.After("ask "+id, e.clock.Backoff(conflictBaseMs, conflictCapMs, attempts), func() { e.ask(id) })
}

// askLater asks again about what a failed commit left in conflict.
func (e *Engine) askLater(id string) {
	e.clock.After("ask "+id, e.clock.Backoff(conflictCapMs, conflictCapMs, 1), func() { e.ask(id) })
}

// askWaiting asks what is in conflict and nobody was asked about: after a load, and when a tab
// that can answer has come.
func (e *Engine) askWaiting() {
	for _, m := range e.door.Image().Outbox() {
		if m.State == store.Conflicted && e.conflicts.With(m.ID) == "" {
			e.ask(m.ID)
		}
	}
}

// ask puts the question to the next tab in the order of rule 4: the one that saved, else any with a
// handler that was not asked yet. When those are used up, the default decides if a started tab has no
// handler; else the question waits, for a late answer or a tab to come.
func (e *Engine) ask(id string) {
	e.clock.Forget("ask " + id)
	m, ok := e.door.Image().Mutation(id)
	if !ok || m.State != store.Conflicted || e.door.Touched(id) {
		return
	}
	t := e.conflicts.Next(id, m.Tab, func(t *ask.Tab) bool { return t.Handler })
	switch {
	case t != nil:
		effect := e.out.NextID()
		e.out.Emit(AskHandler{ID: effect, Tab: t.Name, Conflict: e.describe(m)})
		e.conflicts.Put(id, t, effect, func() { e.passOn(id) })
	case e.tabs.Unhandled():
		e.decide(m, e.setup.Config().ConflictDefault, record.Value{})
	}
}

// describe is a conflict as the handler gets it.
func (e *Engine) describe(m *store.Mutation) []byte {
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
		local = e.door.Image().View(m.Key)
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

// changedByApp are the fields that the app itself changed. The create of a copy, of a record that is not
// here any more, brings all others as they were when it was copied: on top of the server's row those
// would undo what somebody else has made of them.
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

// asked finds the open question that an answer belongs to.
func (e *Engine) asked(effect uint64) *store.Mutation {
	id, ok := e.conflicts.Asked(effect)
	if !ok {
		return nil
	}
	m, ok := e.door.Image().Mutation(id)
	if !ok || m.State != store.Conflicted || e.door.Touched(id) {
		return nil
	}
	return m
}

func (e *Engine) handlerAnswered(ev HandlerAnswered) {
	m := e.asked(ev.Effect)
	if m == nil {
		return
	}
	d := conflict.Decision(ev.Decision)
	switch {
	case d == conflict.ApplyRemote, d == conflict.RetryLocal,
		d == conflict.RetryModel && ev.Model.Kind() == record.Object:
		e.decide(m, d, ev.Model)
	default:
		e.failedAttempt(m, "The conflictHandler gave no decision that the engine knows: "+
			strconv.Quote(ev.Decision)+".")
	}
}

func (e *Engine) handlerFailed(ev HandlerFailed) {
	if m := e.asked(ev.Effect); m != nil {
		e.failedAttempt(m, "The conflictHandler failed: "+ev.Message)
	}
}

// passOn asks the next tab. When all were asked, their answers are still awaited: a person may
// take longer over a dialog than 30 s, and that is no attempt.
func (e *Engine) passOn(id string) {
	m, ok := e.door.Image().Mutation(id)
	if !e.conflicts.Open(id) || !ok || m.State != store.Conflicted {
		return
	}
	e.conflicts.Release(id)
	e.ask(id)
}

// tabStopped passes on what a tab was asked that stopped. It may answer all the same, and is asked
// again when it starts again, by the handler that it has then.
func (e *Engine) tabStopped(name string) {
	e.conflicts.AnewBy(name)
	e.passOnFrom(name)
}

// passOnFrom passes on every question that a tab which is gone was asked.
func (e *Engine) passOnFrom(name string) {
	if e.door.Image() == nil {
		return
	}
	for _, m := range e.door.Image().Outbox() {
		if with := e.conflicts.With(m.ID); e.conflicts.Open(m.ID) && (with == name || with == "") {
			e.passOn(m.ID)
		}
	}
}

// closeQuestion forgets a question; later answers to it are ignored.
func (e *Engine) closeQuestion(id string) {
	if e.conflicts.Close(id) {
		e.clock.Forget("ask " + id)
	}
}

// failedAttempt counts an attempt without a decision; after the last one the mutation is held.
func (e *Engine) failedAttempt(m *store.Mutation, reason string) {
	e.closeQuestion(m.ID)
	next := *m
	next.Attempts++
	if outbox.Exhausted(&next) {
		e.hold(&next, app.CauseAttempts, attemptsMessage+" "+reason, record.Value{})
		return
	}
	c := &store.Commit{Name: "conflict noted", Strict: true, Mutations: []store.Mutation{next}}
	e.door.Commit(c, func() { e.askSoon(&next) }, func(*app.Error) { e.askLater(m.ID) })
}

// decide turns a decision into what is sent, or ends the change.
func (e *Engine) decide(m *store.Mutation, d conflict.Decision, model record.Value) {
	e.closeQuestion(m.ID)
	again := func(*app.Error) { e.askLater(m.ID) }
	resend, reason := conflict.Resolve(e.setup.Schema().Model(m.Key.Model), m.Operation, changedByApp(m), m.Remote, d, model)
	if reason != "" {
		e.hold(m, app.CodeTombstone, "The record was deleted on the server, so the change has no place there. "+
			"Discard it, or save it under a new id.", record.Value{})
		return
	}
	if resend.None {
		c := &store.Commit{Name: "discard", Strict: true, Ended: []store.Ended{{MutationID: m.ID, Key: m.Key,
			Operation: m.Operation, End: store.DiscardedByHandler, Fields: record.Names(m.Fields),
			AtMs: e.clock.NowMs()}}, Mutations: e.outbox.RebasedBehind(m)}
		e.door.Commit(c, func() { e.line.Processed(m.Key.Model, m.Remote) }, again)
		return
	}
	next := *m
	next.State, next.Cause, next.Remote = store.Pending, nil, record.Value{}
	next.Operation, next.Fields, next.Version = resend.Operation, resend.Fields, resend.Version
	next.Base = m.Remote
	next.Attempts++
	c := &store.Commit{Name: "conflict decided", Strict: true, Mutations: []store.Mutation{next}}
	asked := e.alsoInConflict(m, resend.Fields)
	c.Mutations = append(c.Mutations, asked...)
	e.door.Commit(c, func() {
		for i := range asked {
			e.askSoon(&asked[i])
		}
	}, again)
}

// alsoInConflict are the edits behind a change in conflict that set a field to which the decision gave
// another value than the change had: they were made before it, and would overwrite it and what it kept of
// somebody else's.
func (e *Engine) alsoInConflict(m *store.Mutation, sent record.Value) []store.Mutation {
	var asked []store.Mutation
	for _, q := range e.outbox.Behind(m) {
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
