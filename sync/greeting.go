package sync

// The first events of a start are networkStatus, storageSubscribed and outboxStatus, in this order
// (Amplify's). The browser's word that it is online says little about the server, so these wait for
// the first contact: an answer of the server, or a failure, or greetingMs without either. What else
// is announced meanwhile waits behind them.

func (e *Engine) greet() {
	e.line.Greet()
	e.clock.After("greeting", greetingMs, func() { e.reached(false) })
}

// greeted ends the wait: the server was reached or not.
func (e *Engine) greeted(reached bool) {
	if !e.line.Greeting() {
		return
	}
	e.clock.Forget("greeting")
	e.link.unreachable = !reached
	e.line.Greeted(e.networkStatus())
	if !reached && e.link.offline && e.connected() {
		e.announceReady() // browser and network agree: the first sync is not waited for
	}
}
