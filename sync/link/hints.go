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
// After every event the engine decides whether a probe is due, so that an unreachable server is always probed again.

// probing finds out whether the server can be reached, by a request that needs nothing else.
type probing struct {
	request  uint64 // the one under way, 0 for none
	failures int
	askedMs  int64 // when the last probe left
}

// SetOffline notes what the browser says. When it says offline, the engine checks that at once, because browsers are
// often wrong.
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

// Hinted makes an attempt at everything that waits for the network, at most once in hintPauseMs. moved says that the
// device may be on another network now: an open connection is then trusted again only after the server has answered
// over it.
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

// PauseSince is what is left of a pause of hintPauseMs that began at a moment.
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

// Doubt checks a connection over which something has failed.
func (l *Link) Doubt() {
	if l.Connected() && !l.unreachable {
		l.checkSocket()
	}
}

// Nudge ends the pause between two attempts, because the app wants something sent.
func (l *Link) Nudge() {
	if !l.Connected() {
		return
	}
	l.probeSoon(max(l.probing.askedMs, l.socket.dialledMs))
	l.pushes.Nudge()
}

// probeSoon probes an unreachable server, but no sooner than hintPauseMs after lastMs.
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

// PlanProbe sets the time of the next probe as long as the server can't be reached.
func (l *Link) PlanProbe() {
	p := &l.probing
	switch {
	case !l.Connected() || !l.unreachable:
		l.clock.Forget("probe")
	case p.request == 0 && !l.clock.Has("probe"):
		// Not at once, because a new realtime connection tells more. The delay includes the time that the last probe
		// waited for its answer, so that two probes are never more than a minute apart.
		waited := max(l.clock.NowMs()-p.askedMs, 0)
		if p.failures == 0 {
			waited = 0
		}
		l.clock.After("probe", max(probeFirstMs, l.clock.Backoff(2*probeFirstMs, probeCapMs, p.failures+1)-waited), l.probe)
	}
}

// probe sends the smallest query there is. Any GraphQL answer, even a refusal, means that the server is there.
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
			return // Answered has noted that the server is there
		}
		p.failures++
		l.misses++
		l.Reached(false)
	})
}

// recovered ends every wait for the server.
func (l *Link) recovered() {
	l.probing.failures = 0
	l.toldForeign = false
	l.pushes.Wake()
	l.pulls.Wake()
	s := &l.socket
	if s.id == 0 && l.clock.Has("socket") {
		// soon, but not at once: perhaps only the socket keeps failing
		delay := l.clock.Backoff(socketFirstRetryMs, socketFirstRetryMs, 1)
		l.clock.Sooner("socket", max(delay, s.notBeforeMs-l.clock.NowMs()), l.openSocket)
	}
}

// doubtful reports whether a request may be travelling on a connection that died when the network changed. Browsers
// keep such connections in their pool and notice nothing. A change that left for plain AppSync after the network
// changed is never doubtful: sent twice, it would be in conflict with itself.
func (l *Link) doubtful(r *openRequest) bool {
	endMs := l.doubtMs + doubtfulMs
	if r.name == "push" && l.peer.IsPlain() {
		endMs = l.doubtMs
	}
	return r.name != "probe" && l.doubtMs > 0 && r.sentMs < endMs
}

// PlanStale sets the time at which doubtful requests are given up: soon, when the server answers over the socket but
// not to them.
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

// failRequests gives up some of the requests under way, as if the network had failed them.
func (l *Link) failRequests(which func(*openRequest) bool) {
	for _, id := range l.openRequests() {
		if r := l.requests[id]; r != nil && which(r) {
			l.out.Emit(effect.Cancel{ID: id})
			l.Answered(id, Answer{Failed: "network", Message: "The connection was lost."})
		}
	}
}

// checkSocket checks the connection: the server has to acknowledge another connection_init.
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

// heard notes that a frame of the server has come.
func (l *Link) heard() {
	l.socket.heardMs = l.clock.NowMs()
	l.clock.Forget("check")
}

// redial connects now instead of later. It leaves an attempt alone that has only just begun.
func (l *Link) redial() {
	s := &l.socket
	if s.acked || s.wanted || s.id != 0 && l.clock.NowMs()-s.dialledMs < socketDialPatienceMs || s.id == 0 && !l.clock.Has("socket") {
		return
	}
	l.dropSocket()
	l.openSocket()
}
