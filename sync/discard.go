package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// discard ends a change that nobody wants to send any more. Discarding a create asks what becomes
// of the changes that need it (rule 5).
func (e *Engine) discard(ev Discard) {
	m := e.queued(ev.Call, ev.MutationID)
	if m == nil {
		return
	}
	doomed := []*store.Mutation{m}
	if m.Operation == conflict.Create {
		own, others := e.outbox.Dependants(m)
		doomed = append(doomed, own...)
		switch {
		case len(others) == 0 || ev.Dependants == "keep":
		case ev.Dependants == "discard":
			doomed = append(doomed, others...)
		default:
			e.line.Fail(ev.Call, outbox.NeedsChoice(others, "Say what becomes of them: dependants 'discard' or 'keep'."))
			return
		}
	}
	c := &store.Commit{Name: "discard", Strict: true}
	if len(doomed) == 1 && m.Remote.Kind() == record.Object {
		c.Mutations = e.outbox.RebasedBehind(m)
	}
	seen := map[string]bool{}
	for _, d := range doomed {
		if d.State == store.Sent && !e.outbox.Stranded(d) {
			e.line.Fail(ev.Call, outbox.InFlight(d))
			return
		}
		if !seen[d.ID] {
			seen[d.ID] = true
			c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
				End: store.DiscardedByUser, Fields: record.Names(d.Fields), AtMs: e.clock.NowMs()})
		}
	}
	for id := range seen {
		e.decide.CloseQuestion(id)
	}
	e.door.Commit(c, func() {
		e.line.Reply(ev.Call, nil)
		e.line.Outbox()
	}, func(problem *app.Error) {
		e.line.Fail(ev.Call, problem)
		e.decide.AskWaiting()
	})
}
