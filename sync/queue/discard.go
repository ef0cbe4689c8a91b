package queue

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// Discard ends a change that the app no longer wants to send. When it is a create, the app has to say what becomes of
// the changes that need it (rule 5).
func (q *Queue) Discard(call app.Call, mutationID, dependants string) {
	m := q.queued(call, mutationID)
	if m == nil {
		return
	}
	doomed := []*store.Mutation{m}
	if m.Operation == conflict.Create {
		own, others := q.outbox.Dependants(m)
		doomed = append(doomed, own...)
		switch {
		case len(others) == 0 || dependants == "keep":
		case dependants == "discard":
			doomed = append(doomed, others...)
		default:
			q.line.Fail(call, outbox.NeedsChoice(others, "Say what becomes of them: dependants 'discard' or 'keep'."))
			return
		}
	}
	c := &store.Commit{Name: "discard", Strict: true}
	if len(doomed) == 1 && m.Remote.Kind() == record.Object {
		c.Mutations = q.outbox.RebasedBehind(m)
	}
	seen := map[string]bool{}
	for _, d := range doomed {
		if d.State == store.Sent && !q.outbox.Stranded(d) {
			q.line.Fail(call, outbox.InFlight(d))
			return
		}
		if !seen[d.ID] {
			seen[d.ID] = true
			c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
				End: store.DiscardedByUser, Fields: record.Names(d.Fields), AtMs: q.clock.NowMs()})
		}
	}
	for id := range seen {
		q.decide.CloseQuestion(id)
	}
	q.door.Commit(c, func() {
		q.line.Reply(call, nil)
		q.line.Outbox()
	}, func(problem *app.Error) {
		q.line.Fail(call, problem)
		q.decide.AskWaiting()
	})
}
