package sync

import "slices"

// Where the realtime connection can't be opened (some proxies don't let WebSockets through), and for
// models that the server does not let listen, for whatever reason, the engine asks for deltas every now
// and then: first after pollFirstMs, each time without news after twice the time, at most after
// pollCapMs. The attempts to connect go on; the first one that succeeds ends the polling and closes
// the gap.

// deaf reports that changes of a model are not heard of as they happen.
func (e *Engine) deaf(mp *modelPull) bool {
	if !e.socket.settled {
		return true
	}
	for _, sub := range e.socket.subs {
		if sub.model == mp && sub.state != listening {
			return true
		}
	}
	return false
}

// planPoll sets the time of the next poll, or none when everything is heard live.
func (e *Engine) planPoll() {
	e.clock.Forget("poll")
	if !slices.ContainsFunc(e.pull.list, e.deaf) {
		return
	}
	most := pollCapMs
	if n := e.pull.polls; n < 8 {
		most = min(most, pollFirstMs<<n)
	}
	// Half of it by chance, so that clients behind one proxy do not ask in step.
	e.clock.After("poll", int64(most/2)+int64(e.clock.Random()%uint64(most/2+1)), e.poll)
}

// pollSoon is planPoll, but leaves a poll that is planned where it is. A round that is under way
// plans one when it ends.
func (e *Engine) pollSoon() {
	if !e.clock.Has("poll") && e.pull.settled && !e.pull.active {
		e.planPoll()
	}
}

// poll pulls the models that are not heard of. Those that failed have a time of their own.
func (e *Engine) poll() {
	if !e.connected() {
		return
	}
	if e.link.unreachable {
		e.planPoll() // probes find out whether there is anybody to ask
		return
	}
	var deaf []*modelPull
	for _, mp := range e.pull.list {
		if mp.state == pullDone && e.deaf(mp) {
			deaf = append(deaf, mp)
		}
	}
	if e.pull.active || len(deaf) == 0 {
		e.planPoll()
		return
	}
	e.pull.polls++
	e.beginRoundOf(deaf)
}
