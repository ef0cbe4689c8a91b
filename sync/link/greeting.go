package link

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
)

// The first events of a start are networkStatus, storageSubscribed and outboxStatus, in this order
// (Amplify's). The browser's word that it is online says little about the server, so these wait for
// the first contact: an answer of the server, or a failure, or greetingMs without either. What else
// is announced meanwhile waits behind them.

func (l *Link) Greet() {
	l.line.Greet()
	l.clock.After("greeting", greetingMs, func() { l.Reached(false) })
}

// Greeted ends the wait: the server was reached or not.
func (l *Link) Greeted(reached bool) {
	if !l.line.Greeting() {
		return
	}
	l.clock.Forget("greeting")
	l.unreachable = !reached
	l.line.Greeted(l.NetworkStatus())
	if !reached && l.offline && l.Connected() {
		l.pulls.SayReady() // browser and network agree: the first sync is not waited for
	}
}

func (l *Link) NetworkStatus() []byte {
	var b record.Builder
	b.SetBool("active", !l.closed && !l.unreachable)
	return b.Object().Text()
}

func (l *Link) announceNetwork() { l.line.Announce(app.HubNetwork, l.NetworkStatus()) }
