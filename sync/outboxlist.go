package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// listOutbox answers what is queued, held and parked:
// [{id, model, recordId, operation, state, cause, fields, attempts, savedAt}], in save order, id
// being the mutation's. state: pending, sent, conflicted, blocked, held, parked.
func (e *Engine) listOutbox(ev Outbox) {
	var list record.ListBuilder
	stopped := map[store.Key]*store.Mutation{}
	for _, m := range e.image.Outbox() {
		state, cause := e.standing(m, stopped[m.Key])
		list.Add(outboxEntry(m, state, cause))
		if stopped[m.Key] == nil && (m.State == store.Held || m.State == store.Conflicted) {
			stopped[m.Key] = m
		}
	}
	for _, m := range e.image.Parked() {
		list.Add(outboxEntry(m, "parked", nil))
	}
	e.reply(ev.Call, list.List().Text())
}

// standing is a mutation's state as the app sees it. earlier is a stopped mutation of the same
// record before it.
func (e *Engine) standing(m, earlier *store.Mutation) (string, *store.Cause) {
	switch m.State {
	case store.Sent:
		if e.stranded(m) {
			return string(store.Held), strandedCause(m)
		}
		return string(store.Sent), e.authCause(m)
	case store.Pending:
		if earlier != nil {
			return "blocked", &store.Cause{Code: "blocked", Message: "It waits for the change " +
				earlier.ID + " of the same record, which is " + string(earlier.State) + "."}
		}
		if waits := e.blockers(m); len(waits) > 0 {
			return "blocked", &store.Cause{Code: "blocked", Message: "It points at " +
				waits[0].Key.Model + " " + waits[0].Key.ID + ", whose create (" + waits[0].ID +
				") is " + string(waits[0].State) + "."}
		}
		if cause := e.authCause(m); cause != nil {
			return string(store.Pending), cause
		}
	}
	return string(m.State), m.Cause
}

func outboxEntry(m *store.Mutation, state string, cause *store.Cause) record.Value {
	var b record.Builder
	b.SetString("id", m.ID)
	b.SetString("model", m.Key.Model)
	b.SetString("recordId", m.Key.ID)
	b.SetString("operation", string(m.Operation))
	b.SetString("state", state)
	if cause == nil {
		b.SetNull("cause")
	} else {
		var c record.Builder
		c.SetString("code", cause.Code)
		c.SetString("message", cause.Message)
		b.Set("cause", c.Object())
	}
	b.Set("fields", m.Fields)
	b.SetInt("attempts", int64(m.Attempts%attemptRound))
	b.SetInt("savedAt", m.SavedAtMs)
	return b.Object()
}
