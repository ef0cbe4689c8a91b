package queue

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// sentBefore marks a parked mutation that the server may already have applied.
const sentBefore = "sent"

// Park takes unsent changes out of the outbox, in the commit of a clear. With discard it ends those that may be
// discarded here. It returns the entries of those that it parked, as the app is told of them.
func (q *Queue) Park(c *store.Commit, discard bool) (parked record.ListBuilder) {
	discards := q.discardable(discard)
	for _, m := range q.door.Stage.Outbox() {
		q.decide.CloseQuestion(m.ID)
		if discards(m) {
			c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
				End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: q.clock.NowMs()})
			continue
		}
		next := q.parked(m)
		c.Keep(&next)
		parked.Add(outboxEntry(&next, "parked", m.Cause))
	}
	if discard {
		for _, m := range q.door.Image.Parked() { // parked by an earlier clear()
			if !q.door.Touched(m.ID) && discards(m) {
				c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
					End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: q.clock.NowMs()})
			}
		}
	}
	return parked
}

// discardable says which changes a clear may discard: those of this person and app. It spares a create whose record
// another person has edited, because without the create that edit could not be sent.
func (q *Queue) discardable(discard bool) func(*store.Mutation) bool {
	if !discard {
		return func(*store.Mutation) bool { return false }
	}
	edited := map[store.Key]bool{}
	for _, list := range [][]*store.Mutation{q.door.Stage.Outbox(), q.door.Image.Parked()} {
		for _, m := range list {
			edited[m.Key] = edited[m.Key] || q.foreign(m) != nil
		}
	}
	return func(m *store.Mutation) bool {
		return q.foreign(m) == nil && !(m.Operation == conflict.Create && edited[m.Key])
	}
}

// Restore brings parked mutations back into the outbox, in save order, and answers with their number. Those of another
// person or another app stay parked, and the app is told so.
func (q *Queue) Restore(call app.Call) {
	if q.auth.IsRebinding() {
		q.door.WhenDurable(func() { q.Restore(call) }, func(problem *app.Error) { q.line.Fail(call, problem) })
		return
	}
	c := &store.Commit{Name: "save+outbox", Strict: true}
	var misfits []*store.Mutation
	var restored []store.Mutation
	back := 0
	var staying record.ListBuilder
	unborn := map[store.Key]*store.Cause{} // records whose creates stay parked
	for _, m := range q.door.Image.Parked() {
		if q.door.Touched(m.ID) {
			continue
		}
		if cause := q.foreign(m); cause != nil {
			if m.Operation == conflict.Create {
				unborn[m.Key] = cause
			}
			staying.Add(outboxEntry(withoutValues(m), string(store.Parked), cause))
			continue
		}
		if cause := unborn[m.Key]; cause != nil && m.Operation != conflict.Create && !m.Base.Exists() {
			staying.Add(outboxEntry(m, string(store.Parked), cause))
			continue
		}
		next, told := q.unparked(m)
		if told != nil {
			misfits = append(misfits, told)
		}
		back++
		if q.outbox.BringBack(c, &next) {
			restored = append(restored, next)
		}
	}
	count := record.OfInt(int64(back))
	if staying.Len() > 0 {
		q.TellParked(staying, "Changes of somebody else or of another app stay parked. They can be restored when that "+
			"person is signed in, or by that app.")
	}
	if c.Empty() {
		q.line.Reply(call, count.Text())
		return
	}
	q.door.Commit(c, func() {
		q.line.Reply(call, count.Text())
		for i := range restored {
			q.line.Enqueued(&restored[i])
		}
		q.decide.TellMisfits(misfits)
		q.decide.AskWaiting()
	}, func(problem *app.Error) { q.line.Fail(call, problem) })
}

// TellParked reports changes that were taken out of the outbox, or stay out of it.
func (q *Queue) TellParked(entries record.ListBuilder, message string) {
	var b record.Builder
	b.SetInt("count", int64(entries.Len()))
	b.Set("mutations", entries.List())
	q.line.Announce(app.HubUnsentParked, b.Object().Text())
	q.line.Report(app.Trouble{Process: "mutate", Code: app.CodeUnsentParked, Kind: "Unknown", Message: message})
}

// parked is the form in which a mutation is parked. It notes whose the change is, and its former state.
func (q *Queue) parked(m *store.Mutation) store.Mutation {
	next := *m
	if m.State == store.Sent {
		next.Cause = &store.Cause{Code: sentBefore, Message: "It was sent and not answered."}
	}
	if m.Operation == conflict.Create {
		next.Base = q.outbox.FormerLife(m)
	}
	next.State, next.App, next.Owner = store.Parked, q.app().text(), q.ownerOf(m)
	return next
}

// unparked is the form in which a parked mutation goes on; misfit is set when it no longer fits the schema.
func (q *Queue) unparked(m *store.Mutation) (next store.Mutation, misfit *store.Mutation) {
	next = *m
	next.App, next.Away = "", false
	switch {
	case m.Cause == nil:
		next.State = store.Pending
	case m.Cause.Code == sentBefore:
		next.State, next.Cause = store.Sent, nil
	case m.Cause.Code == app.CodeConflict && m.Remote.Kind() == record.Object:
		next.State = store.Conflicted
	default:
		next.State = store.Held
	}
	return q.outbox.Refitted(next)
}
