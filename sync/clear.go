package sync

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// sentBefore marks a parked mutation that may have reached the server already.
const sentBefore = "sent"

// clear removes all records. Unsent mutations are parked, or ended when the app says so; either
// way they are told (rule 12).
func (e *Engine) clear(ev Clear) {
	e.clearing = true
	e.greeted(false)
	e.disconnect()
	e.stageClear(ev, clearAttemptsMax)
}

// stageClear tries again after a failure: the transaction that failed may have been one before it.
func (e *Engine) stageClear(ev Clear, attempts int) {
	c := &store.Commit{Name: "clear", Strict: true, Clear: true}
	var parked record.ListBuilder
	for _, m := range e.stage.Outbox() {
		e.closeQuestion(m.ID)
		if ev.DiscardUnsent {
			c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
				End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: e.nowMs})
			continue
		}
		next := *m
		if m.State == store.Sent {
			next.Cause = &store.Cause{Code: sentBefore, Message: "It was sent and not answered."}
		}
		if m.Operation == conflict.Create {
			next.Base = e.formerLife(m)
		}
		next.State = store.Parked
		c.Keep(&next)
		parked.Add(outboxEntry(&next, "parked", m.Cause))
	}
	if ev.DiscardUnsent {
		for _, m := range e.image.Parked() { // by a clear() before
			if e.commits.touched[m.ID] == 0 {
				c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
					End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: e.nowMs})
			}
		}
	}
	e.commit(c, func() { e.cleared(ev, parked) }, func(problem *Error) {
		if attempts > 1 && e.halted == nil {
			e.stageClear(ev, attempts-1)
			return
		}
		e.clearing = false
		e.fail(ev.Call, problem)
		e.resumeWaiting()
		e.askWaiting()
		e.connect()
	})
}

func (e *Engine) cleared(ev Clear, parked record.ListBuilder) {
	e.clearing = false
	if t := e.tab(ev.Call.Tab); t != nil {
		t.started = false
	}
	e.running = e.anyStarted()
	if parked.Len() > 0 {
		var b record.Builder
		b.SetInt("count", int64(parked.Len()))
		b.Set("mutations", parked.List())
		e.announce("unsent_parked", b.Object().Text())
		e.report(trouble{process: "mutate", code: CodeUnsentParked, kind: "Unknown",
			message: "clear() kept changes that had not reached the server. Call outbox.restore() to " +
				"send them, or clear({discardUnsent: true}) to drop them."})
	}
	e.announceOutbox()
	e.reply(ev.Call, nil)
	e.resumeWaiting()
	e.connect()
}

// restore brings parked mutations back into the outbox, in save order.
func (e *Engine) restore(ev Restore) {
	c := &store.Commit{Name: "save+outbox", Strict: true}
	var misfits []*store.Mutation
	for _, m := range e.image.Parked() {
		if e.commits.touched[m.ID] > 0 {
			continue
		}
		next := *m
		switch {
		case m.Cause == nil:
			next.State = store.Pending
		case m.Cause.Code == sentBefore:
			next.State, next.Cause = store.Sent, nil
		case m.Cause.Code == CodeConflict && m.Remote.Kind() == record.Object:
			next.State = store.Conflicted
		default:
			next.State = store.Held
		}
		next, told := e.refitted(next)
		if told != nil {
			misfits = append(misfits, told)
		}
		c.Keep(&next)
	}
	count := record.OfInt(int64(len(c.Mutations)))
	if c.Empty() {
		e.reply(ev.Call, count.Text())
		return
	}
	restored := slices.Clone(c.Mutations)
	e.commit(c, func() {
		e.reply(ev.Call, count.Text())
		for i := range restored {
			e.announceEnqueued(&restored[i])
		}
		e.tellMisfits(misfits)
		e.askWaiting()
	}, func(problem *Error) { e.fail(ev.Call, problem) })
}
