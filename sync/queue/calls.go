package queue

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
)

// What the app does with queued changes. It can't change one that was sent and not answered: the server may have
// applied it already (rule 2).

// queued finds the mutation that a call is about. When there is none, it answers the call with an error.
func (q *Queue) queued(call app.Call, id string) *store.Mutation {
	m, ok := q.door.Stage.Mutation(id)
	if !ok {
		q.line.Fail(call, app.NewError(app.CodeNotFound, "There is no change "+strconv.Quote(id)+
			" in the outbox; it may have ended meanwhile. Look at outbox.list()."))
		return nil
	}
	return m
}

// Retry sends a held change again. A change that waits for its next attempt is sent at once; a conflict that waits for
// its question is asked about at once.
func (q *Queue) Retry(call app.Call, mutationID string) {
	m := q.queued(call, mutationID)
	switch {
	case m == nil:
	case m.State == store.Parked:
		q.line.Fail(call, outbox.ParkedChange(m))
	case m.State == store.Held:
		q.sendHeld(call, m)
	case q.outbox.Stranded(m):
		q.line.Fail(call, outbox.ModelGone(m))
	case m.State == store.Conflicted:
		q.decide.Again(m.ID)
		q.line.Reply(call, nil)
	default:
		q.push.Wake()
		q.line.Reply(call, nil)
	}
}

// Edit changes fields of a change that is not being sent. A held change is then sent again; a conflict is asked about
// anew.
func (q *Queue) Edit(call app.Call, mutationID string, fields record.Value) {
	m := q.queued(call, mutationID)
	if m == nil {
		return
	}
	edited, problem := q.outbox.Edited(m, fields)
	switch {
	case problem != nil:
		q.line.Fail(call, problem)
	case m.State == store.Held:
		q.sendHeld(call, edited)
	default:
		q.decide.CloseQuestion(m.ID)
		q.requeue(call, edited, func() {
			if edited.State == store.Conflicted {
				q.decide.Ask(m.ID)
			}
		})
	}
}

func (q *Queue) sendHeld(call app.Call, m *store.Mutation) {
	next, problem := q.outbox.Again(m)
	if problem != nil {
		q.line.Fail(call, problem)
		return
	}
	q.push.Wake()
	q.requeue(call, &next, func() {})
}

// requeue commits a mutation as the app has changed it, and answers the call.
func (q *Queue) requeue(call app.Call, m *store.Mutation, then func()) {
	c := &store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{*m}}
	q.door.Commit(c, func() {
		q.line.Reply(call, nil)
		q.line.Outbox()
		then()
	}, func(problem *app.Error) {
		q.line.Fail(call, problem)
		q.decide.AskWaiting()
	})
}
