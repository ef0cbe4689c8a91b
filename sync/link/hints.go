package link

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/effect"
)

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

// SetOffline notes the browser's word. That it is offline is looked into at once, for it is often wrong.
func (l *Link) SetOffline(offline bool) {
	repeated := offline && l.offline && l.probing.request != 0
	l.offline = offline
	switch {
	case !l.Connected() || repeated:
	case !offline:
		l.auth.Wake()
		l.Hinted(true)
	case !l.unreachable:
		l.checkSocket()
		l.probe()
	}
}

// Hinted makes an attempt at everything that waits for the network, at most one each hintPauseMs.
// moved: the network may be another one than before, so that a connection that was made over it is
// not believed until it has answered.
func (l *Link) Hinted(moved bool) {
	if !l.Connected() {
		return
	}
	l.moved = l.moved || moved
	if wait := l.PauseSince(l.hintedMs); wait > 0 {
		l.clock.After("hint", wait, l.attempt)
		return
	}
	l.attempt()
}

// PauseSince is what is left of hintPauseMs since a moment.
func (l *Link) PauseSince(ms int64) int64 {
	return min(max(ms+hintPauseMs-l.clock.NowMs(), 0), hintPauseMs)
}

func (l *Link) attempt() {
	if !l.Connected() {
		return
	}
	l.clock.Forget("hint")
	l.hintedMs = l.clock.NowMs()
	moved := l.moved
	l.moved = false
	s := &l.socket
	switch {
	case l.unreachable:
		l.failRequests(func(r *openRequest) bool { return l.doubtful(r) && r.sentMs < l.doubtMs })
		l.doubtMs = l.clock.NowMs()
		l.pushes.Wake()
		l.pulls.Wake()
		l.redial()
		l.probe()
	case !s.acked:
		l.redial()
	case moved || l.clock.NowMs()-s.heardMs > socketSilentMs:
		l.doubtMs = l.clock.NowMs()
		l.checkSocket()
	}
	if moved && !l.unreachable {
		l.pushes.Wake()
		l.pulls.Wake()
	}
}

// Doubt looks into a connection over which something failed.
func (l *Link) Doubt() {
	if l.Connected() && !l.unreachable {
		l.checkSocket()
	}
}

// Nudge ends the pause between two attempts when the app wants something sent.
func (l *Link) Nudge() {
	if !l.Connected() {
		return
	}
	l.probeSoon(max(l.probing.askedMs, l.socket.dialledMs))
	l.pushes.Nudge()
}

// probeSoon probes a server that can't be reached, at least hintPauseMs after the last attempt.
func (l *Link) probeSoon(lastMs int64) {
	if !l.unreachable || l.probing.request != 0 {
		return
	}
	if wait := l.PauseSince(lastMs); wait > 0 {
		l.clock.Sooner("probe", wait, l.probe)
		return
	}
	l.probe()
}

// PlanProbe sets the time of the next probe while the server can't be reached.
func (l *Link) PlanProbe() {
	p := &l.probing
	switch {
	case !l.Connected() || !l.unreachable:
		l.clock.Forget("probe")
	case p.request == 0 && !l.clock.Has("probe"):
		// Not at once: a connection that can be made again is the better answer. The time that the last
		// one waited for its answer counts, so that they leave a minute apart at most.
		waited := max(l.clock.NowMs()-p.askedMs, 0)
		if p.failures == 0 {
			waited = 0
		}
		l.clock.After("probe", max(probeFirstMs, l.clock.Backoff(2*probeFirstMs, probeCapMs, p.failures+1)-waited), l.probe)
	}
}

// probe asks the smallest question there is. Whatever GraphQL answers, a refusal too, the server is there.
func (l *Link) probe() {
	l.clock.Forget("probe")
	if !l.Connected() {
		return
	}
	p := &l.probing
	l.Cancel(p.request)
	p.askedMs = l.clock.NowMs()
	timeoutMs := min(probeTimeoutMs<<min(p.failures, 8), RequestTimeoutMs)
	body := appsync.Request{Query: "query operation{__typename}"}.Body()
	p.request = l.Request("probe", l.auth.Usable(), body, int64(timeoutMs), func(a Answer) {
		p.request = 0
		if a.Failed == "" {
			return // answered() has told
		}
		p.failures++
		l.misses++
		l.Reached(false)
	})
}

// recovered ends what waited for the server to be there.
func (l *Link) recovered() {
	l.probing.failures = 0
	l.toldForeign = false
	l.pushes.Wake()
	l.pulls.Wake()
	s := &l.socket
	if s.id == 0 && l.clock.Has("socket") {
		// Soon, but not at once: it may be the socket alone that does not stay.
		delay := l.clock.Backoff(socketFirstRetryMs, socketFirstRetryMs, 1)
		l.clock.Sooner("socket", max(delay, s.notBeforeMs-l.clock.NowMs()), l.openSocket)
	}
}

// doubtful reports that a request may travel on a connection that died when the network moved: browsers
// keep some open, and nothing tells them. A change that left for plain AppSync after that is waited for:
// sent twice it would meet itself.
func (l *Link) doubtful(r *openRequest) bool {
	endMs := l.doubtMs + doubtfulMs
	if r.name == "push" && l.peer.IsPlain() {
		endMs = l.doubtMs
	}
	return r.name != "probe" && l.doubtMs > 0 && r.sentMs < endMs
}

// PlanStale sets the time at which doubtful requests are given up: when they are not answered soon
// although the server speaks.
func (l *Link) PlanStale() {
	if !l.Connected() || l.unreachable || !l.socket.acked || l.clock.Has("check") {
		l.clock.Forget("stale")
		return
	}
	for _, r := range l.requests {
		if l.doubtful(r) {
			l.clock.Sooner("stale", max(r.sentMs, l.doubtMs, l.socket.dialledMs)+staleRequestMs-l.clock.NowMs(), l.giveUpStale)
		}
	}
}

func (l *Link) giveUpStale() {
	l.failRequests(func(r *openRequest) bool {
		return l.doubtful(r) && r.sentMs <= l.clock.NowMs()-staleRequestMs
	})
}

// failRequests gives up some of what is under way, as if the network had said so.
func (l *Link) failRequests(which func(*openRequest) bool) {
	for _, id := range l.openRequests() {
		if r := l.requests[id]; r != nil && which(r) {
			l.out.Emit(effect.Cancel{ID: id})
			l.Answered(id, Answer{Failed: "network", Message: "The connection was lost."})
		}
	}
}

// checkSocket asks for a sign of life: a connection_init is acknowledged again.
func (l *Link) checkSocket() {
	if !l.socket.acked || l.clock.Has("check") {
		return
	}
	l.write(appsync.Frame{Type: "connection_init"})
	l.clock.After("check", socketCheckMs, func() {
		l.Reached(false)
		l.breakSocket(0)
	})
}

// heard notes a frame of the server.
func (l *Link) heard() {
	l.socket.heardMs = l.clock.NowMs()
	l.clock.Forget("check")
}

// redial makes a connection now instead of later. One that is just being made is left to it.
func (l *Link) redial() {
	s := &l.socket
	if s.acked || s.wanted || s.id != 0 && l.clock.NowMs()-s.dialledMs < socketDialPatienceMs || s.id == 0 && !l.clock.Has("socket") {
		return
	}
	l.dropSocket()
	l.openSocket()
}
