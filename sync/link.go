package sync

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/sync/app"
)

// link is what is known about the way to the server.
type link struct {
	closed bool // the app's own gate: the only thing that forbids
	// unreachable: the realtime connection ended or, without one, a request failed, and the server has
	// not answered since. Until it does, what is saved stays editable in the outbox; the next
	// connection, probe or pull finds out.
	unreachable bool
	offline     bool  // the browser says so (hints.go)
	moved       bool  // of the hint that waits for its turn
	hintedMs    int64 // when a hint was acted on
	doubtMs     int64 // what was sent before may travel on a connection that is dead
	probing     probing
	toldForeign bool   // the app knows that somebody else answers
	generation  uint64 // of the network work; each disconnect() begins another
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

// openRequest is one that is not answered.
type openRequest struct {
	name   string
	sentMs int64
	done   func(answer)
}

// foreign reports that something else answered in the server's place: the sign-in page of a network
// says 200 to everything. It is no answer to anything.
func (a answer) foreign() bool {
	return a.failed == "" && a.status < 400 && !bytes.HasPrefix(bytes.TrimLeft(a.body, " \t\r\n"), []byte("{"))
}

func foreignMessage(a answer) string {
	return "Something else answered in the server's place (status " + strconv.Itoa(a.status) + ", and no GraphQL)"
}

// tellForeign tells so once, until the server is heard of again.
func (e *Engine) tellForeign(a answer) {
	if e.link.toldForeign {
		return
	}
	e.link.toldForeign, e.pull.toldNetwork = true, true
	e.line.Report(app.Trouble{Process: "sync", Code: app.CodeNetwork, Kind: "Transient", Message: foreignMessage(a) +
		"; perhaps the sign-in page of this network. The changes are kept and sent when the server answers."})
}

func (l *link) clockSetBack(byMs int64) {
	l.hintedMs -= byMs
	l.doubtMs -= byMs
	l.probing.askedMs -= byMs
}

// connected reports whether network work may go on.
func (e *Engine) connected() bool {
	return e.running && e.phase == ready && !e.clearing && e.setup.Config().Endpoint != "" && !e.link.closed &&
		!(canary.HintWalls && e.link.offline)
}

// reached notes whether the server could be reached, and tells when that changes.
func (e *Engine) reached(yes bool) {
	was := !e.link.unreachable
	if e.line.Greeting() {
		e.greeted(yes)
	} else if e.link.unreachable = !yes; was != yes && e.connected() {
		e.announceNetwork()
	}
	if was && !yes {
		e.link.doubtMs = e.clock.NowMs()
	}
	if yes && !was && e.connected() {
		e.recovered()
		if !e.socket.acked && e.pull.settled {
			e.clock.After("poll", 0, e.poll) // only sockets are blocked
		}
	}
}

func (e *Engine) gate(ev Gate) {
	changed := e.link.closed != ev.Closed
	e.link.closed = ev.Closed
	e.out.Emit(SetGate{Closed: ev.Closed})
	if changed {
		e.gateMoved()
	}
	e.line.Reply(ev.Call, nil)
}

func (e *Engine) gateMoved() {
	if !e.running || e.phase != ready || e.setup.Config().Endpoint == "" {
		return
	}
	if !e.link.closed {
		e.link.unreachable = true // until it is heard of: then that is told
		e.connect()
		return
	}
	if e.line.Greeting() {
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
	e.peer.Reconnected()
	e.wakePush()
	e.pull.reset()
	e.auth.Wake()
	e.socket.refused, e.socket.told = false, false
	e.openSocket()
}

// ofConnection binds what follows a transaction to the connection that it was planned on. A transaction may
// outlast that; the next connection has plans of its own, and would send twice what both carry on.
func (e *Engine) ofConnection(then func()) func() {
	generation := e.link.generation
	return func() {
		if e.link.generation == generation {
			then()
		}
	}
}

// disconnect stops all network work. What was sent and not answered counts as unanswered.
func (e *Engine) disconnect() {
	e.link.generation++
	for _, id := range e.openRequests() {
		e.out.Emit(Cancel{ID: id})
		delete(e.requests, id)
	}
	e.link.probing = probing{}
	e.dropSocket()
	e.push.interrupted()
	e.pull.reset()
	for _, name := range []string{"push", "pull", "socket", "interval", "poll", "probe", "hint", "stale"} {
		e.clock.Forget(name)
	}
}

// openRequests are the ids of what is under way, oldest first.
func (e *Engine) openRequests() []uint64 {
	return slices.Sorted(maps.Keys(e.requests))
}

// request posts a document by an auth mode that has credentials. done hears its answer, unless it is
// cancelled before.
func (e *Engine) request(name, mode string, body []byte, timeoutMs int64, done func(answer)) uint64 {
	id := e.out.NextID()
	token := e.auth.Number(mode)
	e.requests[id] = &openRequest{name: name, sentMs: e.clock.NowMs(), done: func(a answer) {
		a.mode, a.token = mode, token
		done(a)
	}}
	headers := append([][2]string{{"Content-Type", "application/json; charset=UTF-8"}}, e.auth.Headers(mode)...)
	e.out.Emit(Send{ID: id, Name: name, URL: e.setup.Config().Endpoint, Headers: headers, Body: body,
		TimeoutMs: timeoutMs})
	return id
}

func (e *Engine) answered(id uint64, a answer) {
	r := e.requests[id]
	if r == nil {
		return
	}
	delete(e.requests, id)
	if a.foreign() {
		e.tellForeign(a)
		a = answer{failed: "network", message: foreignMessage(a)}
	}
	if a.failed == "" {
		e.reached(true)
	}
	r.done(a)
}

func (e *Engine) cancel(id uint64) {
	if e.requests[id] != nil {
		delete(e.requests, id)
		e.out.Emit(Cancel{ID: id})
	}
}
