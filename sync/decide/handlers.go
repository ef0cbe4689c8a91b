package decide

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// asked finds the change in conflict that an answer is about; nil when its question is closed.
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

// Answered takes the answer of a page's conflictHandler or migrate callback.
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

// Failed notes that a conflictHandler or a migrate callback threw.
func (dec *Decider) Failed(number uint64, message string) {
	if dec.migrationFailed(number, message) {
		return
	}
	if m := dec.asked(number); m != nil {
		dec.failedAttempt(m, "The conflictHandler failed: "+message)
	}
}

// passOn asks the next tab. When all tabs were asked, the engine still waits for their answers: a person may take
// longer than 30 s over a dialog. A handler that gives no answer uses up no attempt.
func (dec *Decider) passOn(id string) {
	m, ok := dec.door.Image.Mutation(id)
	if !dec.conflicts.Open(id) || !ok || m.State != store.Conflicted {
		return
	}
	dec.conflicts.Release(id)
	dec.Ask(id)
}

// Again asks once more about a change in conflict, including tabs that never answered. While a tab is being asked, it
// does nothing.
func (dec *Decider) Again(id string) {
	if dec.conflicts.With(id) == "" {
		dec.conflicts.Anew(id)
		dec.Ask(id)
	}
}

// TabGone asks other tabs what a tab that is gone was being asked.
func (dec *Decider) TabGone(name string) {
	dec.passOnFrom(name)
	dec.passMigrationsOn(name)
}

// TabStopped asks other tabs what a tab that stopped was being asked. The stopped tab may still answer. When it starts
// again, it is asked again, by the handler that it then has.
func (dec *Decider) TabStopped(name string) {
	dec.conflicts.AnewBy(name)
	dec.passOnFrom(name)
}

// passOnFrom asks the next tab about each conflict that the given tab, or no tab, was being asked about.
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

// CloseQuestion forgets a question. Later answers to it are ignored.
func (dec *Decider) CloseQuestion(id string) {
	if dec.conflicts.Close(id) {
		dec.clock.Forget("ask " + id)
	}
}

// failedAttempt counts an attempt that gave no decision. After the last one it holds the mutation.
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
