package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
)

// gate is the app's own switch for network work: pause() and resume().
func (e *Engine) gate(ev Gate) {
	moved := e.link.SetGate(ev.Closed)
	e.out.Emit(SetGate{Closed: ev.Closed})
	if moved && e.running {
		e.line.Announce(app.HubPaused, e.pausedStatus())
	}
	if moved && e.running && e.phase == ready && e.setup.Config.Endpoint != "" {
		e.link.GateMoved()
	}
	e.line.Reply(ev.Call, nil)
}

// pausedStatus is {paused}.
func (e *Engine) pausedStatus() []byte {
	var b record.Builder
	b.SetBool("paused", e.link.IsClosed())
	return b.Object().Text()
}

// reconnect ends network work and begins it anew.
func (e *Engine) reconnect() {
	if e.phase == ready && e.running {
		e.link.Disconnect()
		e.link.Connect()
	}
}

// callWakes tries paused auth modes again when the app makes a call.
func (e *Engine) callWakes(event Event) {
	switch event.(type) {
	case Save, Delete, WriteAll, Clear, Retry, Edit, Restore, Sync:
		e.auth.WakeSoon()
	}
}

// callNudges ends waits for the network when the app wants something sent, or wants network work to begin.
func (e *Engine) callNudges(event Event) {
	switch event.(type) {
	case Save, Delete, WriteAll, Retry, Edit, Restore, Start, Configure, Gate, Sync:
		e.link.Nudge()
	}
}
