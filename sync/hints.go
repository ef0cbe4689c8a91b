package sync

import "github.com/deltabase/deltabase/appsync"

// What the platform says about network, visibility and time is a hint: it hastens an attempt and never
// forbids one (rule 16). Chromium gives no online event to a worker, VPN adapters and kiosks say
// offline on a network that works, and a laptop that slept says nothing at all.
//
//	reachable ── doubt ─▶ asked, over the socket or by a probe ── no answer ──▶ unreachable
//	    ▲ └──────── an answer ◀┘                                                   │
//	    └── an answer ◀── probed, with backoff; at once by a hint, a save, the app ┘
//
// Whether a probe is due is decided after every event, so no state is left without one.

// probing asks whether the server is there, by a request that needs nothing else.
type probing struct {
	request  uint64 // the one under way, 0 for none
	failures int
	askedMs  int64 // when the last one left
}

// setOffline notes the browser's word. That it is offline is looked into at once, for it is often wrong.
func (e *Engine) setOffline(offline bool) {
	repeated := offline && e.link.offline && e.link.probing.request != 0
	e.link.offline = offline
	switch {
	case !e.connected() || repeated:
	case !offline:
		e.auth.Wake()
		e.hinted(true)
	case !e.link.unreachable:
		e.checkSocket()
		e.probe()
	}
}

// hinted makes an attempt at everything that waits for the network, at most one each hintPauseMs.
// moved: the network may be another one than before, so that a connection that was made over it is
// not believed until it has answered.
func (e *Engine) hinted(moved bool) {
	if !e.connected() {
		return
	}
	e.link.moved = e.link.moved || moved
	if wait := e.pauseSince(e.link.hintedMs); wait > 0 {
		e.clock.After("hint", wait, e.attempt)
		return
	}
	e.attempt()
}

// pauseSince is what is left of hintPauseMs since a moment.
func (e *Engine) pauseSince(ms int64) int64 {
	return min(max(ms+hintPauseMs-e.clock.NowMs(), 0), hintPauseMs)
}

func (e *Engine) attempt() {
	if !e.connected() {
		return
	}
	e.clock.Forget("hint")
	e.link.hintedMs = e.clock.NowMs()
	moved := e.link.moved
	e.link.moved = false
	s := &e.socket
	switch {
	case e.link.unreachable:
		e.failRequests(func(r *openRequest) bool { return e.doubtful(r) && r.sentMs < e.link.doubtMs })
		e.link.doubtMs = e.clock.NowMs()
		e.wakePush()
		e.wakePulls()
		e.redial()
		e.probe()
	case !s.acked:
		e.redial()
	case moved || e.clock.NowMs()-s.heardMs > socketSilentMs:
		e.link.doubtMs = e.clock.NowMs()
		e.checkSocket()
	}
	if moved && !e.link.unreachable {
		e.wakePush()
		e.wakePulls()
	}
}

// doubt looks into a connection over which something failed.
func (e *Engine) doubt() {
	if e.connected() && !e.link.unreachable {
		e.checkSocket()
	}
}

// nudge ends the pause between two attempts when the app wants something sent.
func (e *Engine) nudge() {
	if !e.connected() {
		return
	}
	e.probeSoon(max(e.link.probing.askedMs, e.socket.dialledMs))
	if p := &e.push; p.paused && p.cutOff {
		e.clock.Sooner("push", e.pauseSince(p.failedMs), func() { p.paused = false })
	}
}

// probeSoon probes a server that can't be reached, at least hintPauseMs after the last attempt.
func (e *Engine) probeSoon(lastMs int64) {
	if !e.link.unreachable || e.link.probing.request != 0 {
		return
	}
	if wait := e.pauseSince(lastMs); wait > 0 {
		e.clock.Sooner("probe", wait, e.probe)
		return
	}
	e.probe()
}

// callNudges is nudge for the calls by which an app wants something to go out, or to begin.
func (e *Engine) callNudges(event Event) {
	switch event.(type) {
	case Save, Delete, Retry, Edit, Restore, Start, Configure, Gate:
		e.nudge()
	}
}

// planProbe sets the time of the next probe while the server can't be reached.
func (e *Engine) planProbe() {
	p := &e.link.probing
	switch {
	case !e.connected() || !e.link.unreachable:
		e.clock.Forget("probe")
	case p.request == 0 && !e.clock.Has("probe"):
		// Not at once: a connection that can be made again is the better answer. The time that the last
		// one waited for its answer counts, so that they leave a minute apart at most.
		waited := max(e.clock.NowMs()-p.askedMs, 0)
		if p.failures == 0 {
			waited = 0
		}
		e.clock.After("probe", max(probeFirstMs, e.clock.Backoff(2*probeFirstMs, probeCapMs, p.failures+1)-waited), e.probe)
	}
}

// probe asks the smallest question there is. Whatever GraphQL answers, a refusal too, the server is there.
func (e *Engine) probe() {
	e.clock.Forget("probe")
	if !e.connected() {
		return
	}
	p := &e.link.probing
	e.cancel(p.request)
	p.askedMs = e.clock.NowMs()
	timeoutMs := min(probeTimeoutMs<<min(p.failures, 8), pushTimeoutMs)
	body := appsync.Request{Query: "query operation{__typename}"}.Body()
	p.request = e.request("probe", e.auth.Usable(), body, int64(timeoutMs), func(a answer) {
		p.request = 0
		if a.failed == "" {
			return // answered() has told
		}
		p.failures++
		e.reached(false)
	})
}

// recovered ends what waited for the server to be there.
func (e *Engine) recovered() {
	e.link.probing.failures = 0
	e.link.toldForeign = false
	e.wakePush()
	e.wakePulls()
	s := &e.socket
	if s.id == 0 && e.clock.Has("socket") {
		// Soon, but not at once: it may be the socket alone that does not stay.
		delay := e.clock.Backoff(socketFirstRetryMs, socketFirstRetryMs, 1)
		e.clock.Sooner("socket", max(delay, s.notBeforeMs-e.clock.NowMs()), e.openSocket)
	}
}

// doubtful reports that a request may travel on a connection that died when the network moved: browsers
// keep some open, and nothing tells them. A change that left for plain AppSync after that is waited for:
// sent twice it would meet itself.
func (e *Engine) doubtful(r *openRequest) bool {
	endMs := e.link.doubtMs + doubtfulMs
	if r.name == "push" && e.peer.IsPlain() {
		endMs = e.link.doubtMs
	}
	return r.name != "probe" && e.link.doubtMs > 0 && r.sentMs < endMs
}

// planStale sets the time at which doubtful requests are given up: when they are not answered soon
// although the server speaks.
func (e *Engine) planStale() {
	if !e.connected() || e.link.unreachable || !e.socket.acked || e.clock.Has("check") {
		e.clock.Forget("stale")
		return
	}
	for _, r := range e.requests {
		if e.doubtful(r) {
			e.clock.Sooner("stale", max(r.sentMs, e.link.doubtMs, e.socket.dialledMs)+staleRequestMs-e.clock.NowMs(), e.giveUpStale)
		}
	}
}

func (e *Engine) giveUpStale() {
	e.failRequests(func(r *openRequest) bool {
		return e.doubtful(r) && r.sentMs <= e.clock.NowMs()-staleRequestMs
	})
}

// failRequests gives up some of what is under way, as if the network had said so.
func (e *Engine) failRequests(which func(*openRequest) bool) {
	for _, id := range e.openRequests() {
		if r := e.requests[id]; r != nil && which(r) {
			e.out.Emit(Cancel{ID: id})
			e.answered(id, answer{failed: "network", message: "The connection was lost."})
		}
	}
}

// checkSocket asks for a sign of life: a connection_init is acknowledged again.
func (e *Engine) checkSocket() {
	if !e.socket.acked || e.clock.Has("check") {
		return
	}
	e.write(appsync.Frame{Type: "connection_init"})
	e.clock.After("check", socketCheckMs, func() {
		e.reached(false)
		e.breakSocket(0)
	})
}

// heard notes a frame of the server.
func (e *Engine) heard() {
	e.socket.heardMs = e.clock.NowMs()
	e.clock.Forget("check")
}

// redial makes a connection now instead of later. One that is just being made is left to it.
func (e *Engine) redial() {
	s := &e.socket
	if s.acked || s.wanted || s.id != 0 && e.clock.NowMs()-s.dialledMs < socketDialPatienceMs || s.id == 0 && !e.clock.Has("socket") {
		return
	}
	e.dropSocket()
	e.openSocket()
}

// wakePulls lets pulls that failed for want of a network go on.
func (e *Engine) wakePulls() {
	for _, mp := range e.pull.list {
		if mp.state == pullBackingOff && mp.cutOff {
			mp.state = pullWaiting
			e.clock.Forget("pull " + mp.model.Name)
		}
	}
}
