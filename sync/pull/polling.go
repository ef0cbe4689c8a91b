package pull

import "slices"

// The engine polls deltas where the realtime connection can't be opened (some proxies don't let WebSockets through),
// and for models whose subscriptions the server refuses. The first poll comes after pollFirstMs; the pause doubles
// after each poll without news, up to pollCapMs. Attempts to connect go on meanwhile. The first one that succeeds ends
// the polling, and its round fetches what was missed.

// planPoll sets the time of the next poll; none when every model is delivered live.
func (p *Pull) planPoll() {
	p.clock.Forget("poll")
	if !slices.ContainsFunc(p.list, p.deaf) {
		return
	}
	most := pollCapMs
	if n := p.polls; n < 8 {
		most = min(most, pollFirstMs<<n)
	}
	// half of it at random, so that clients behind one proxy do not poll in step
	p.clock.After("poll", int64(most/2)+int64(p.clock.Random()%uint64(most/2+1)), p.Poll)
}

// PollSoon is planPoll, but leaves a planned poll where it is. While a round is under way it does nothing: the round
// plans a poll when it ends.
func (p *Pull) PollSoon() {
	if !p.clock.Has("poll") && p.settled && !p.active {
		p.planPoll()
	}
}

// Poll pulls the models that are not delivered live. Models that failed have a delay of their own.
func (p *Pull) Poll() {
	if !p.link.Connected() {
		return
	}
	if p.link.IsUnreachable() {
		p.planPoll() // probes find out whether the server can be reached
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
