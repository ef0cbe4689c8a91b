package sync

import "github.com/deltabase/deltabase/sync/app"

// The first events of a start are networkStatus, storageSubscribed and outboxStatus, in this order
// (Amplify's). The browser's word that it is online says little about the server, so these wait for
// the first contact: an answer of the server, or a failure, or greetingMs without either. What else
// is announced meanwhile waits behind them.
type greeting struct {
	open    bool
	outbox  []byte // outboxStatus as of the start
	waiting []Announce
}

func (e *Engine) greet() {
	e.greeting = greeting{open: true, outbox: e.outboxStatus()}
	e.clock.After("greeting", greetingMs, func() { e.reached(false) })
}

// greeted ends the wait: the server was reached or not.
func (e *Engine) greeted(reached bool) {
	if !e.greeting.open {
		return
	}
	g := e.greeting
	e.greeting = greeting{}
	e.clock.Forget("greeting")
	e.link.unreachable = !reached
	e.announceNetwork()
	e.announce(app.HubSubscribed, nil)
	e.announce(app.HubOutbox, g.outbox)
	for _, a := range g.waiting {
		e.emit(a)
	}
	if !reached && e.link.offline && e.connected() {
		e.announceReady() // browser and network agree: the first sync is not waited for
	}
}
