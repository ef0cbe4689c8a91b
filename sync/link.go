package sync

import "sort"

// link is whether the network may be used: the browser's word, and the app's own gate.
type link struct {
	online bool
	closed bool // the gate
	// unreachable: the realtime connection ended or, without one, a pull failed, and the server has
	// not answered since. Until it does, what is saved stays editable in the outbox; the next
	// connection or the pull's next attempt finds out.
	unreachable bool
	// refusesExtensions: the server answered a request with extensions by an error.
	refusesExtensions bool
	probed            bool // since connecting, a page showed what kind of server this is
}

// answer is what came of a request: an HTTP status with a body, or failed is set.
type answer struct {
	status       int
	body         []byte
	retryAfterMs int64
	failed       string // network, timeout, cancelled
	message      string
	mode         string // of auth, by which was asked
	token        uint64 // the number of the credentials that went along
}

func (e *Engine) linkUp() bool { return e.link.online && !e.link.closed }

// connected reports whether network work may go on.
func (e *Engine) connected() bool {
	return e.running && e.phase == ready && !e.clearing && e.config.Endpoint != "" && e.linkUp()
}

// reached notes whether the server could be reached, and tells when that changes.
func (e *Engine) reached(yes bool) {
	e.greeted(yes)
	if e.link.unreachable != yes {
		return
	}
	e.link.unreachable = !yes
	if e.connected() {
		e.announceNetwork()
		if yes && !e.socket.acked && e.pull.settled {
			e.after("poll", 0, e.poll) // only sockets are blocked
		}
	}
}

func (e *Engine) setOnline(online bool) {
	before := e.linkUp()
	e.link.online = online
	e.linkChanged(before)
}

func (e *Engine) gate(ev Gate) {
	before := e.linkUp()
	e.link.closed = ev.Closed
	e.emit(SetGate{Closed: ev.Closed})
	e.linkChanged(before)
	e.reply(ev.Call, nil)
}

func (e *Engine) linkChanged(before bool) {
	now := e.linkUp()
	if before == now || !e.running || e.phase != ready || e.config.Endpoint == "" {
		return
	}
	if now {
		e.link.unreachable = true // until it is heard of: then that is told
		e.connect()
		return
	}
	if e.greeting.open {
		e.greeted(false)
	} else {
		e.announceNetwork()
	}
	e.disconnect()
}

// connect begins network work: subscriptions first, then the pulls, then the outbox.
func (e *Engine) connect() {
	if !e.connected() {
		return
	}
	e.link.probed, e.link.refusesExtensions = false, false
	e.wakePush()
	e.pull.reset()
	e.wakeModes()
	e.socket.refused, e.socket.told = false, false
	e.openSocket()
}

// disconnect stops all network work. What was sent and not answered counts as unanswered.
func (e *Engine) disconnect() {
	ids := make([]uint64, 0, len(e.requests))
	for id := range e.requests {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(a, b int) bool { return ids[a] < ids[b] })
	for _, id := range ids {
		e.emit(Cancel{ID: id})
		delete(e.requests, id)
	}
	e.dropSocket()
	e.push.interrupted()
	e.pull.reset()
	for _, name := range []string{"push", "pull", "socket", "interval", "poll"} {
		e.forget(name)
	}
}

// request posts a document by an auth mode that has credentials. done hears its answer, unless it is
// cancelled before.
func (e *Engine) request(name, mode string, body []byte, timeoutMs int64, done func(answer)) uint64 {
	id := e.nextID()
	c := e.auth.of(mode)
	token := c.number
	e.requests[id] = func(a answer) {
		a.mode, a.token = mode, token
		done(a)
	}
	headers := append([][2]string{{"Content-Type", "application/json; charset=UTF-8"}}, c.headers...)
	e.emit(Send{ID: id, Name: name, URL: e.config.Endpoint, Headers: headers, Body: body,
		TimeoutMs: timeoutMs})
	return id
}

func (e *Engine) answered(id uint64, a answer) {
	done := e.requests[id]
	if done == nil {
		return
	}
	delete(e.requests, id)
	if a.failed == "" {
		e.reached(true)
	}
	done(a)
}

func (e *Engine) cancel(id uint64) {
	if e.requests[id] != nil {
		delete(e.requests, id)
		e.emit(Cancel{ID: id})
	}
}
