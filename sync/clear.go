package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// clear removes all records. It parks unsent mutations, or ends them when the app asks for that. The app is told which
// ones, in either case (rule 12).
func (e *Engine) clear(ev Clear) {
	e.clearing = true
	e.link.Greeted(false)
	e.link.Disconnect()
	e.stageClear(ev, clearAttemptsMax)
}

// stageClear stages the clear once more after a failure: the transaction that failed may have been an earlier one.
func (e *Engine) stageClear(ev Clear, attempts int) {
	c := &store.Commit{Name: "clear", Strict: true, Clear: true}
	parked := e.queue.Park(c, ev.DiscardUnsent)
	if !canary.KeptTokens {
		e.auth.Reset() // whoever starts next may be another user, so pages are asked for credentials again
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
