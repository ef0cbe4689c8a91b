package decide

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// asked finds the open question that an answer belongs to.
func (dec *Decider) asked(number uint64) *store.Mutation {
	id, ok := dec.conflicts.Asked(number)
	if !ok {
		return nil
	}
	m, ok := dec.door.Image.Mutation(id)
	if !ok || m.State != store.Conflicted || dec.door.Touched(id) {
		return nil
	}
	return m
}

// Answered takes what a page's conflictHandler, or its migrate callback, has decided.
func (dec *Decider) Answered(number uint64, decision string, model record.Value) {
	if dec.migrated(number, decision, model) {
		return
	}
	m := dec.asked(number)
	if m == nil {
		return
	}
	d := conflict.Decision(decision)
	switch {
	case d == conflict.ApplyRemote, d == conflict.RetryLocal,
		d == conflict.RetryModel && model.Kind() == record.Object:
		dec.decide(m, d, model)
	default:
		dec.failedAttempt(m, "The conflictHandler gave no decision that the engine knows: "+
			strconv.Quote(decision)+".")
	}
}

// Failed is a conflictHandler or a migrate callback that threw.
func (dec *Decider) Failed(number uint64, message string) {
	if dec.migrationFailed(number, message) {
		return
	}
	if m := dec.asked(number); m != nil {
		dec.failedAttempt(m, "The conflictHandler failed: "+message)
	}
}

// passOn asks the next tab. When all were asked, their answers are still awaited: a person may
// take longer over a dialog than 30 s, and that is no attempt.
func (dec *Decider) passOn(id string) {
	m, ok := dec.door.Image.Mutation(id)
	if !dec.conflicts.Open(id) || !ok || m.State != store.Conflicted {
		return
	}
	dec.conflicts.Release(id)
	dec.Ask(id)
}

// Again asks about a change in conflict once more, those that never answered too; not while an answer is awaited.
func (dec *Decider) Again(id string) {
	if dec.conflicts.With(id) == "" {
		dec.conflicts.Anew(id)
		dec.Ask(id)
	}
}

// TabGone passes on what a tab was asked that is gone.
func (dec *Decider) TabGone(name string) {
	dec.passOnFrom(name)
	dec.passMigrationsOn(name)
}

// TabStopped passes on what a tab was asked that stopped. It may answer all the same, and is asked
// again when it starts again, by the handler that it has then.
func (dec *Decider) TabStopped(name string) {
	dec.conflicts.AnewBy(name)
	dec.passOnFrom(name)
}

// passOnFrom passes on every question that a tab which is gone was asked.
func (dec *Decider) passOnFrom(name string) {
	if dec.door.Image == nil {
		return
	}
	for _, m := range dec.door.Image.Outbox() {
		if with := dec.conflicts.With(m.ID); dec.conflicts.Open(m.ID) && (with == name || with == "") {
			dec.passOn(m.ID)
		}
	}
}

// CloseQuestion forgets a question; later answers to it are ignored.
func (dec *Decider) CloseQuestion(id string) {
	if dec.conflicts.Close(id) {
		dec.clock.Forget("ask " + id)
	}
}

// failedAttempt counts an attempt without a decision; after the last one the mutation is held.
func (dec *Decider) failedAttempt(m *store.Mutation, reason string) {
	dec.CloseQuestion(m.ID)
	next := *m
	next.Attempts++
	if outbox.Exhausted(&next) {
		dec.Hold(&next, app.CauseAttempts, attemptsMessage+" "+reason, record.Value{})
		return
	}
	c := &store.Commit{Name: "conflict noted", Strict: true, Mutations: []store.Mutation{next}}
	dec.door.Commit(c, func() { dec.askSoon(&next) }, func(*app.Error) { dec.askLater(m.ID) })
}
