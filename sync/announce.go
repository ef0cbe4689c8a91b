package sync

import "github.com/deltabase/deltabase/sync/app"

// announceCurrent tells a tab that starts later what the other tabs have already heard.
func (e *Engine) announceCurrent(name string) {
	if e.line.Greeting() {
		return // the announcements still wait, and this tab will hear them with the others
	}
	say := func(event string, data []byte) { e.out.Emit(Announce{Tab: name, Event: event, Data: data}) }
	if e.setup.Config.Endpoint != "" {
		say(app.HubNetwork, e.link.NetworkStatus())
	}
	say(app.HubSubscribed, nil)
	if e.link.IsClosed() {
		say(app.HubPaused, e.pausedStatus())
	}
	if e.storage.ephemeral || e.storage.full {
		say(app.HubStorage, e.storageStatus())
	}
	say(app.HubOutbox, e.line.OutboxStatus())
	e.pull.Tell(say)
}
