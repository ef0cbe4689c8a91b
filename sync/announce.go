package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
)

func (e *Engine) announceNetwork() { e.line.Announce(app.HubNetwork, e.networkStatus()) }

func (e *Engine) networkStatus() []byte {
	var b record.Builder
	b.SetBool("active", !e.link.closed && !e.link.unreachable)
	return b.Object().Text()
}

// announceReady is said once per start.
func (e *Engine) announceReady() {
	if e.pull.announcedReady {
		return
	}
	e.pull.announcedReady = true
	e.line.Announce(app.HubReady, nil)
}

// announceCurrent brings a tab that starts later to where the others are.
func (e *Engine) announceCurrent(name string) {
	if e.line.Greeting() {
		return // it hears all of it with the others
	}
	say := func(event string, data []byte) { e.out.Emit(Announce{Tab: name, Event: event, Data: data}) }
	if e.setup.Config().Endpoint != "" {
		say(app.HubNetwork, e.networkStatus())
	}
	say(app.HubSubscribed, nil)
	if e.storage.ephemeral || e.storage.full {
		say(app.HubStorage, e.storageStatus())
	}
	say(app.HubOutbox, e.line.OutboxStatus())
	if e.pull.established {
		say(app.HubEstablished, nil)
	}
	if e.pull.active || e.pull.settled {
		say(app.HubSyncStarted, modelNames(e.pull.list))
	}
	for _, mp := range e.pull.list {
		if mp.synced {
			say(app.HubModelSynced, mp.told)
		}
	}
	if e.pull.settled && !e.pull.active && !e.pull.owesReady {
		say(app.HubSyncReady, nil)
	}
	if e.pull.announcedReady {
		say(app.HubReady, nil)
	}
}
