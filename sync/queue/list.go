package queue

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// List answers with what is queued and held, in save order, and then with what is parked:
//
//	[{id, model, recordId, operation, state, cause, fields, condition, attempts, savedAt, order}]
//
// id is the mutation's; state: pending, sent, conflicted, blocked, held, parked; cause {code,
// message} or null; condition filter input or null; savedAt ms since 1970; order grows with the
// order of saving. With Count it answers {total, pending, sent, conflicted, blocked, held, parked}.
func (q *Queue) List(call app.Call, count bool) {
	var list record.ListBuilder
	counts := map[string]int64{}
	q.eachStanding(q.door.Image.Outbox(), func(m *store.Mutation, state string, cause *store.Cause) {
		counts[state]++
		if !count {
			list.Add(outboxEntry(m, state, cause))
		}
	})
	counts[string(store.Parked)] = int64(len(q.door.Image.Parked()))
	if count {
		q.line.Reply(call, countsValue(counts).Text())
		return
	}
	for _, m := range q.door.Image.Parked() {
		list.Add(q.parkedEntry(m))
	}
	q.line.Reply(call, list.List().Text())
}

func countsValue(counts map[string]int64) record.Value {
	var b record.Builder
	var total int64
	for _, n := range counts {
		total += n
	}
	b.SetInt("total", total)
	for _, state := range []string{"pending", "sent", "conflicted", "blocked", "held", "parked"} {
		b.SetInt(state, counts[state])
	}
	return b.Object()
}

// eachStanding visits mutations in save order, with their states. The list must hold all mutations of a record or none.
func (q *Queue) eachStanding(list []*store.Mutation, f func(*store.Mutation, string, *store.Cause)) {
	stopped := map[store.Key]*store.Mutation{}
	for _, m := range list {
		state, cause := q.standing(m, stopped[m.Key])
		f(m, state, cause)
		if stopped[m.Key] == nil && q.isStopped(m) {
			stopped[m.Key] = m
		}
	}
}

// isStopped reports whether later changes of the same record have to wait: until a person decides about this one, or
// until the person who made it signs in.
func (q *Queue) isStopped(m *store.Mutation) bool {
	return m.State == store.Held || m.State == store.Conflicted || m.State == store.Pending && q.auth.IsSomebodyElses(m)
}

// standing is the state of a mutation as the app sees it. earlier is a stopped mutation that comes before it for the
// same record, or nil.
func (q *Queue) standing(m, earlier *store.Mutation) (string, *store.Cause) {
	switch m.State {
	case store.Parked:
		return string(store.Parked), q.foreign(m)
	case store.Sent:
		if q.outbox.Stranded(m) {
			return string(store.Held), outbox.StrandedCause(m)
		}
		return string(store.Sent), q.auth.Cause(m, q.push.Unsure(m))
	case store.Pending:
		if earlier != nil {
			is := string(earlier.State)
			if earlier.State == store.Pending {
				is = "somebody else's"
			}
			return "blocked", &store.Cause{Code: app.CauseBlocked, Message: "It waits for the change " +
				earlier.ID + " of the same record, which is " + is + "."}
		}
		if waits := q.outbox.BlockersIn(q.door.Image, m); len(waits) > 0 {
			return "blocked", &store.Cause{Code: app.CauseBlocked, Message: "It points at " +
				waits[0].Key.Model + " " + waits[0].Key.ID + ", whose create (" + waits[0].ID +
				") is " + string(waits[0].State) + "."}
		}
		if cause := q.auth.Cause(m, q.push.Unsure(m)); cause != nil {
			return string(store.Pending), cause
		}
	}
	return string(m.State), m.Cause
}

// parkedEntry shows a change of another person or another app without its values.
func (q *Queue) parkedEntry(m *store.Mutation) record.Value {
	cause := q.foreign(m)
	if cause != nil {
		m = withoutValues(m)
	}
	return outboxEntry(m, string(store.Parked), cause)
}

func withoutValues(m *store.Mutation) *store.Mutation {
	shown := *m
	shown.Fields, shown.Condition = record.TrustString("{}"), record.Value{}
	return &shown
}

func outboxEntry(m *store.Mutation, state string, cause *store.Cause) record.Value {
	var b record.Builder
	b.SetString("id", m.ID)
	b.SetString("model", m.Key.Model)
	b.SetString("recordId", m.Key.ID)
	b.SetString("operation", string(m.Operation))
	b.SetString("state", state)
	b.Set("cause", app.CauseValue(cause))
	b.Set("fields", m.Fields)
	if m.Condition.Exists() {
		b.Set("condition", m.Condition)
	} else {
		b.SetNull("condition")
	}
	b.SetInt("attempts", int64(outbox.Attempt(m)))
	b.SetInt("savedAt", m.SavedAtMs)
	b.SetInt("order", int64(m.Order))
	return b.Object()
}

// Entries visits mutations, each with its entry as the app sees it. The list must hold all mutations of a record or
// none.
func (q *Queue) Entries(list []*store.Mutation, each func(*store.Mutation, record.Value)) {
	q.eachStanding(list, func(m *store.Mutation, state string, cause *store.Cause) {
		if m.State == store.Parked {
			each(m, q.parkedEntry(m))
			return
		}
		each(m, outboxEntry(m, state, cause))
	})
}
