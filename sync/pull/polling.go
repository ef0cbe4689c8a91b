package pull

import "slices"

// Where the realtime connection can't be opened (some proxies don't let WebSockets through), and for
// models that the server does not let listen, for whatever reason, the engine asks for deltas every now
// and then: first after pollFirstMs, each time without news after twice the time, at most after
// pollCapMs. The attempts to connect go on; the first one that succeeds ends the polling and closes
// the gap.

// planPoll sets the time of the next poll, or none when everything is heard live.
func (p *Pull) planPoll() {
	p.clock.Forget("poll")
	if !slices.ContainsFunc(p.list, p.deaf) {
		return
	}
	most := pollCapMs
	if n := p.polls; n < 8 {
		most = min(most, pollFirstMs<<n)
	}
	// Half of it by chance, so that clients behind one proxy do not ask in step.
	p.clock.After("poll", int64(most/2)+int64(p.clock.Random()%uint64(most/2+1)), p.Poll)
}

// PollSoon is planPoll, but leaves a poll that is planned where it is. A round that is under way
// plans one when it ends.
func (p *Pull) PollSoon() {
	if !p.clock.Has("poll") && p.settled && !p.active {
		p.planPoll()
	}
}

// Poll pulls the models that are not heard of. Those that failed have a time of their own.
func (p *Pull) Poll() {
	if !p.link.Connected() {
		return
	}
	if p.link.IsUnreachable() {
		p.planPoll() // probes find out whether there is anybody to ask
		return
	}
	var deaf []*modelPull
	for _, mp := range p.list {
		if mp.state == stateDone && p.deaf(mp) {
			deaf = append(deaf, mp)
		}
	}
	if p.active || len(deaf) == 0 {
		p.planPoll()
		return
	}
	p.polls++
	p.beginRound(deaf)
}

func (p *Pull) deaf(mp *modelPull) bool { return p.link.IsDeaf(mp.model.Name) }
