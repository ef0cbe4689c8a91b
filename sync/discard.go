package sync

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
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
		own, others := e.dependants(m)
		doomed = append(doomed, own...)
		switch {
		case len(others) == 0 || ev.Dependants == "keep":
		case ev.Dependants == "discard":
			doomed = append(doomed, others...)
		default:
			e.fail(ev.Call, needsChoice(others, "Say what becomes of them: dependants 'discard' or 'keep'."))
			return
		}
	}
	c := &store.Commit{Name: "discard", Strict: true}
	if len(doomed) == 1 && m.Remote.Kind() == record.Object {
		c.Mutations = e.rebasedBehind(m)
	}
	seen := map[string]bool{}
	for _, d := range doomed {
		if d.State == store.Sent && !e.stranded(d) {
			e.fail(ev.Call, inFlight(d))
			return
		}
		if !seen[d.ID] {
			seen[d.ID] = true
			c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
				End: store.DiscardedByUser, Fields: record.Names(d.Fields), AtMs: e.clock.NowMs()})
		}
	}
	for id := range seen {
		e.closeQuestion(id)
	}
	e.door.Commit(c, func() {
		e.reply(ev.Call, nil)
		e.announceOutbox()
	}, func(problem *app.Error) {
		e.fail(ev.Call, problem)
		e.askWaiting()
	})
}

// dependants of a create: the later changes of its own record, and the changes of others that
// point at it, directly or over a further create, with all changes of that one's record. Those of a
// parked one are parked as well: what was saved after the clear() did not know the record.
func (e *Engine) dependants(create *store.Mutation) (own, others []*store.Mutation) {
	doomed := map[store.Key]bool{create.Key: true}
	list := e.door.Stage().Outbox()
	if create.State == store.Parked {
		list = slices.DeleteFunc(slices.Clone(e.door.Image().Parked()), func(q *store.Mutation) bool { return e.door.Touched(q.ID) })
	}
	for _, q := range list {
		if q.Key == create.Key {
			if q.ID != create.ID {
				own = append(own, q)
			}
			continue
		}
		if doomed[q.Key] || slices.ContainsFunc(e.setup.Shape(q.Key.Model).Needs(q), func(key store.Key) bool { return doomed[key] }) {
			others = append(others, q)
			if q.Operation == conflict.Create {
				doomed[q.Key] = true
			}
		}
	}
	return own, others
}

// needsChoice lists the changes that need a created record. ask is the sentence that says what to do.
func needsChoice(others []*store.Mutation, ask string) *app.Error {
	var list record.ListBuilder
	text := ""
	for i, q := range others {
		if i == reportedDependantsMax {
			break
		}
		var b record.Builder
		b.SetString("id", q.ID)
		b.SetString("model", q.Key.Model)
		b.SetString("recordId", q.Key.ID)
		b.SetString("operation", string(q.Operation))
		list.Add(b.Object())
		if i > 0 {
			text += ", "
		}
		text += q.ID
	}
	problem := app.NewError(app.CodeNeedsChoice, strconv.Itoa(len(others))+" changes need the record that this one "+
		"creates: "+text+". "+ask)
	problem.Detail = list.List().Text()
	return problem
}
