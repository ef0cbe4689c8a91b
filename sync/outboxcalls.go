package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// What the app does with queued changes. One that was sent and not answered is nobody's to change:
// the server may have it already (rule 2).

// queued finds the mutation that a call is about and answers the call when there is none.
func (e *Engine) queued(call app.Call, id string) *store.Mutation {
	m, ok := e.door.Stage.Mutation(id)
	if !ok {
		e.line.Fail(call, app.NewError(app.CodeNotFound, "There is no change "+strconv.Quote(id)+
			" in the outbox; it may have ended meanwhile. Look at outbox.list()."))
		return nil
	}
	return m
}

// retry sends a held change again. One that waits for its next attempt, or for its question, is
// attended to at once.
func (e *Engine) retry(ev Retry) {
	m := e.queued(ev.Call, ev.MutationID)
	switch {
	case m == nil:
	case m.State == store.Parked:
		e.line.Fail(ev.Call, outbox.ParkedChange(m))
	case m.State == store.Held:
		e.sendHeld(ev.Call, m)
	case e.outbox.Stranded(m):
		e.line.Fail(ev.Call, outbox.ModelGone(m))
	case m.State == store.Conflicted:
		e.decide.Again(m.ID)
		e.line.Reply(ev.Call, nil)
	default:
		e.push.Wake()
		e.line.Reply(ev.Call, nil)
	}
}

// edit changes fields of a change that is not under way. A held one is sent again, one in conflict
// is asked about anew.
func (e *Engine) edit(ev Edit) {
	m := e.queued(ev.Call, ev.MutationID)
	if m == nil {
		return
	}
	edited, problem := e.outbox.Edited(m, ev.Fields)
	switch {
	case problem != nil:
		e.line.Fail(ev.Call, problem)
	case m.State == store.Held:
		e.sendHeld(ev.Call, edited)
	default:
		e.decide.CloseQuestion(m.ID)
		e.requeue(ev.Call, edited, func() {
			if edited.State == store.Conflicted {
				e.decide.Ask(m.ID)
			}
		})
	}
}

func (e *Engine) sendHeld(call app.Call, m *store.Mutation) {
	next, problem := e.outbox.Again(m)
	if problem != nil {
		e.line.Fail(call, problem)
		return
	}
	e.push.Wake()
	e.requeue(call, &next, func() {})
}

// requeue commits a mutation as the app wants it, and answers.
func (e *Engine) requeue(call app.Call, m *store.Mutation, then func()) {
	c := &store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{*m}}
	e.door.Commit(c, func() {
		e.line.Reply(call, nil)
		e.line.Outbox()
		then()
	}, func(problem *app.Error) {
		e.line.Fail(call, problem)
		e.decide.AskWaiting()
	})
}
