package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

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
	parked := e.queue.Park(c, ev.DiscardUnsent)
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
		e.queue.TellParked(parked, "clear() kept changes that had not reached the server. Call outbox.restore() to "+
			"send them, or clear({discardUnsent: true}) to drop them.")
	}
	e.line.Outbox()
	e.line.Reply(ev.Call, nil)
	e.resumeWaiting()
	e.link.Connect()
}
