package pull

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/peer"
)

// What others tell the pull, and ask it.

// Settled reports that the first round since connecting is over.
func (p *Pull) Settled() bool { return p.settled }

// Active reports a round under way.
func (p *Pull) Active() bool { return p.active }

// Synced reports that a model was fetched once since the app has started.
func (p *Pull) Synced(model string) bool {
	mp := p.models[model]
	return mp != nil && mp.synced
}

// Interrupted ends all work for the network.
func (p *Pull) Interrupted() {
	p.Reset()
	p.clock.Forget("interval")
	p.clock.Forget("poll")
}

// Subscribed begins the round that misses nothing from here on.
func (p *Pull) Subscribed() {
	p.polls = 0
	p.clock.Forget("poll")
	if !p.established {
		p.established = true
		p.line.Announce(app.HubEstablished, nil)
	}
	for _, mp := range p.list {
		mp.live = false // a pull before the acks missed what came between
		if p.peer.Kind() == peer.Deltabase {
			mp.buffer = nil // our server's pull tells it; and it may have been restored since an earlier connection told it
		}
	}
	p.Begin()
}

// Unsubscribed notes that messages are missed from here on.
func (p *Pull) Unsubscribed() {
	for _, mp := range p.list {
		mp.live = canary.StaysLive && mp.live
	}
}

// Again asks for a run of one model.
func (p *Pull) Again(model string) { p.askAgain(p.models[model]) }

// Missed is Again for a model whose messages are not to be trusted before.
func (p *Pull) Missed(model string) {
	p.models[model].live = false
	p.Again(model)
}

// Started is a start of the app: models are told to be synced once more.
func (p *Pull) Started() {
	p.announcedReady = false
	p.Cleared()
}

// Cleared notes that no record is here.
func (p *Pull) Cleared() {
	for _, mp := range p.list {
		mp.synced = false
	}
}

// Release lets what is queued go before the pulls that found no room: pushing it makes room.
func (p *Pull) Release() {
	for _, mp := range p.list {
		p.settleModel(mp)
	}
}

// SettingsChanged plans the next base run by another syncInterval.
func (p *Pull) SettingsChanged() {
	if p.settled {
		p.planInterval()
	}
}

// SayReady is said once per start.
func (p *Pull) SayReady() {
	if p.announcedReady {
		return
	}
	p.announcedReady = true
	p.line.Announce(app.HubReady, nil)
}

// Tell says where the pulls are, to a tab that starts later.
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
