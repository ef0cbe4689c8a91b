package sync

import "github.com/deltabase/deltabase/sync/app"

// line is the engine as its rooms speak with the app through it.
type line struct{ e *Engine }

func (l line) Reply(call app.Call, body []byte)       { l.e.reply(call, body) }
func (l line) Fail(call app.Call, problem *app.Error) { l.e.fail(call, problem) }
func (l line) Report(t app.Trouble)                   { l.e.report(t) }
func (l line) Announce(event string, data []byte)     { l.e.announce(event, data) }

// liveHostOf is what observers need of the engine (sync/live).
type liveHostOf struct{ e *Engine }

func (h liveHostOf) Notify(tab string, observer uint32, body []byte) {
	h.e.emit(Notify{Tab: tab, Observer: observer, Body: body})
}

func (h liveHostOf) Synced(model string) bool {
	mp := h.e.pull.models[model]
	return mp != nil && mp.synced
}

// authHostOf is what credentials need of the engine (sync/auth).
type authHostOf struct{ e *Engine }

func (h authHostOf) AskToken(tab, mode string, refresh bool) uint64 {
	id := h.e.nextID()
	h.e.emit(AskToken{ID: id, Tab: tab, Mode: mode, Refresh: refresh})
	return id
}

func (h authHostOf) Ready() bool   { return h.e.phase == ready }
func (h authHostOf) Running() bool { return h.e.running }
func (h authHostOf) Reconnect()    { h.e.reconnect() }
