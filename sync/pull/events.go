package pull

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/peer"
)

// What other rooms tell pull, and what they ask it.

// Settled reports whether the first round since connecting is over.
func (p *Pull) Settled() bool { return p.settled }

// Active reports whether a round is under way.
func (p *Pull) Active() bool { return p.active }

// Synced reports whether a model was fetched completely since the app started.
func (p *Pull) Synced(model string) bool {
	mp := p.models[model]
	return mp != nil && mp.synced
}

// Interrupted ends all pulls, because network work ends.
func (p *Pull) Interrupted() {
	p.Reset()
	p.clock.Forget("interval")
	p.clock.Forget("poll")
}

// Subscribed begins a round. From here on no change is missed.
func (p *Pull) Subscribed() {
	p.polls = 0
	p.clock.Forget("poll")
	if !p.established {
		p.established = true
		p.line.Announce(app.HubEstablished, nil)
	}
	for _, mp := range p.list {
		mp.live = false // a pull before the acks has missed changes in between
		if p.peer.Kind() == peer.Deltabase {
			mp.buffer = nil // our server's pull brings it, unless the server was restored since and has lost it
		}
	}
	p.Begin()
}

// Unsubscribed notes that messages are no longer delivered.
func (p *Pull) Unsubscribed() {
	for _, mp := range p.list {
		mp.live = canary.StaysLive && mp.live
	}
}

// Again asks for a run of one model.
func (p *Pull) Again(model string) { p.askAgain(p.models[model]) }

// Missed is Again for a model whose messages can't be applied before that run.
func (p *Pull) Missed(model string) {
	p.models[model].live = false
	p.Again(model)
}

// Started notes that the app has started: each model is announced as synced once more.
func (p *Pull) Started() {
	p.announcedReady = false
	p.Cleared()
}

// Cleared notes that no record is stored any more.
func (p *Pull) Cleared() {
	for _, mp := range p.list {
		mp.synced = false
	}
}

// Release lets the outbox go before pulls that found no room, because pushing frees room.
func (p *Pull) Release() {
	for _, mp := range p.list {
		p.settleModel(mp)
	}
}

// SettingsChanged plans the next base run by the new syncInterval.
func (p *Pull) SettingsChanged() {
	if p.settled {
		p.planInterval()
	}
}

// SayReady announces ready, once per start.
func (p *Pull) SayReady() {
	if p.announcedReady {
		return
	}
	p.announcedReady = true
	p.line.Announce(app.HubReady, nil)
}

// Tell tells a tab that starts later what the pulls have announced.
func (p *Pull) Tell(say func(event string, data []byte)) {
	if p.established {
		say(app.HubEstablished, nil)
	}
	if p.active || p.settled {
		say(app.HubSyncStarted, modelNames(p.list))
	}
	for _, mp := range p.list {
		if mp.synced {
			say(app.HubModelSynced, mp.told)
		}
	}
	if p.settled && !p.active && !p.owesReady {
		say(app.HubSyncReady, nil)
	}
	if p.announcedReady {
		say(app.HubReady, nil)
	}
}
