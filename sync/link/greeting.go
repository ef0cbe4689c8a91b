package link

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
)

// The first events of a start are networkStatus, storageSubscribed and outboxStatus, in this order (Amplify's). The
// browser may say that it is online although the server can't be reached, so the engine holds these events back until
// the first contact: an answer of the server, a failure, or greetingMs without either. Everything else that is
// announced meanwhile waits behind them.

func (l *Link) Greet() {
	l.line.Greet()
	l.clock.After("greeting", greetingMs, func() { l.Reached(false) })
}

// Greeted ends the wait. yes says that the server was reached.
func (l *Link) Greeted(reached bool) {
	if !l.line.Greeting() {
		return
	}
	l.clock.Forget("greeting")
	l.unreachable = !reached
	l.line.Greeted(l.NetworkStatus())
	if !reached && l.offline && l.Connected() {
		l.pulls.SayReady() // browser and network agree that there is none, so ready does not wait for the first sync
	}
}

func (l *Link) NetworkStatus() []byte {
	var b record.Builder
	b.SetBool("active", !l.closed && !l.unreachable)
	return b.Object().Text()
}

func (l *Link) announceNetwork() { l.line.Announce(app.HubNetwork, l.NetworkStatus()) }
