package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// sentBefore marks a parked mutation that may have reached the server already.
const sentBefore = "sent"

// clear removes all records. Unsent mutations are parked, or ended when the app says so; either
// way they are told (rule 12).
func (e *Engine) clear(ev Clear) {
	e.clearing = true
	e.link.Greeted(false)
	e.link.Disconnect()
	e.stageClear(ev, clearAttemptsMax)
}

// stageClear tries again after a failure: the transaction that failed may have been one before it.
func (e *Engine) stageClear(ev Clear, attempts int) {
	c := &store.Commit{Name: "clear", Strict: true, Clear: true}
	var parked record.ListBuilder
	for _, m := range e.door.Stage.Outbox() {
		e.decide.CloseQuestion(m.ID)
		if ev.DiscardUnsent && e.foreign(m) == nil {
			c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
				End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: e.clock.NowMs()})
			continue
		}
		next := e.parked(m)
		c.Keep(&next)
		parked.Add(outboxEntry(&next, "parked", m.Cause))
	}
	if ev.DiscardUnsent {
		for _, m := range e.door.Image.Parked() { // by a clear() before
			if !e.door.Touched(m.ID) && e.foreign(m) == nil {
				c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
					End: store.DiscardedByUser, Fields: record.Names(m.Fields), AtMs: e.clock.NowMs()})
			}
		}
	}
	if !canary.KeptTokens {
		e.auth.Reset() // the next one who starts is asked who it is
	}
	e.door.Commit(c, func() { e.cleared(ev, parked) }, func(problem *app.Error) {
		if attempts > 1 && e.halted == nil {
			e.stageClear(ev, attempts-1)
			return
		}
		e.clearing = false
		e.line.Fail(ev.Call, problem)
		e.resumeWaiting()
		e.decide.AskWaiting()
		e.link.Connect()
	})
}

func (e *Engine) cleared(ev Clear, parked record.ListBuilder) {
	e.clearing = false
	if t := e.tabs.Find(ev.Call.Tab); t != nil {
		t.Started = false
	}
	e.running = e.tabs.AnyStarted()
	if parked.Len() > 0 {
		e.tellParked(parked, "clear() kept changes that had not reached the server. Call outbox.restore() to "+
			"send them, or clear({discardUnsent: true}) to drop them.")
	}
	e.line.Outbox()
	e.line.Reply(ev.Call, nil)
	e.resumeWaiting()
	e.link.Connect()
}

// restore brings parked mutations back into the outbox, in save order, and answers how many. Those of
// somebody else or of another app stay parked, which is told.
func (e *Engine) restore(ev Restore) {
	if e.auth.IsRebinding() {
		e.door.WhenDurable(func() { e.restore(ev) }, func(problem *app.Error) { e.line.Fail(ev.Call, problem) })
		return
	}
	c := &store.Commit{Name: "save+outbox", Strict: true}
	var misfits []*store.Mutation
	var restored []store.Mutation
	back := 0
	var staying record.ListBuilder
	for _, m := range e.door.Image.Parked() {
		if e.door.Touched(m.ID) {
			continue
		}
		if cause := e.foreign(m); cause != nil {
			staying.Add(outboxEntry(withoutValues(m), string(store.Parked), cause))
			continue
		}
		next, told := e.unparked(m)
		if told != nil {
			misfits = append(misfits, told)
		}
		back++
		if e.outbox.BringBack(c, &next) {
			restored = append(restored, next)
		}
	}
	count := record.OfInt(int64(back))
	if staying.Len() > 0 {
		e.tellParked(staying, "Changes of somebody else or of another app stay parked. They can be restored when that "+
			"person is signed in, or by that app.")
	}
	if c.Empty() {
		e.line.Reply(ev.Call, count.Text())
		return
	}
	e.door.Commit(c, func() {
		e.line.Reply(ev.Call, count.Text())
		for i := range restored {
			e.line.Enqueued(&restored[i])
		}
		e.decide.TellMisfits(misfits)
		e.decide.AskWaiting()
	}, func(problem *app.Error) { e.line.Fail(ev.Call, problem) })
}
