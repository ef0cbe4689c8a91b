package link

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/peer"
	"github.com/deltabase/deltabase/sync/tell"
)

// Host is the engine. It knows whether the app wants network work.
type Host interface {
	Working() bool // the database is there, and some tab has started
}

// Pulls is what the link tells pull about the connection and its messages.
type Pulls interface {
	Reset()        // a new connection begins: forget runs and rounds
	Interrupted()  // network work has ended: cancel its timers
	Subscribed()   // every subscription is live or given up, so no change is missed from here on
	Unsubscribed() // the realtime connection is gone
	Begin()        // fetch everything, without realtime
	Settled() bool // the first round since connecting is over
	Active() bool  // a round is under way
	Again(string)  // the records of a model here differ from the server's
	Missed(string) // the same, and messages of the model can't be trusted before they were fetched
	PollSoon()     // no subscription reports on some models
	Poll()         // poll now
	Wake()         // pulls that failed because of the network may go on
	SayReady()     // ready does not wait for the first sync
	Message(model string, row record.Value)
}

// Pushes is what the link tells push about the connection.
type Pushes interface {
	Interrupted() // requests that were sent and not answered are given up
	Wake()        // the server is there: end delays
	Nudge()       // the app wants something sent
}

// Link is the connection to the server: what is known about it, the requests under way, and the socket.
type Link struct {
	host   Host
	out    *effect.Out
	line   *tell.Line
	clock  *clock.Clock
	setup  *config.Setup
	auth   *auth.Auth
	peer   *peer.Peer
	pulls  Pulls
	pushes Pushes

	closed bool // the app's own gate, the only thing that forbids network work
	// unreachable: the realtime connection ended or, without one, a request failed, and the server has not answered
	// since. Until it does, saved changes stay editable in the outbox. The next connection, probe or pull finds out.
	unreachable bool
	offline     bool   // the browser says so (hints.go)
	moved       bool   // the hint that waits for its turn said that the network has changed
	misses      uint64 // failed probes
	hintedMs    int64  // when a hint was acted on
	doubtMs     int64  // requests sent before this time may be on a connection that died
	probing     probing
	toldForeign bool   // the app was told that something else answers in the server's place
	toldNetwork bool   // the unreachable server was reported since a page last came
	generation  uint64 // number of the network work; each Disconnect begins another
	requests    map[uint64]*openRequest
	socket      socket
}

// New makes a link that is not connected. Call Serve before anything else.
func New(host Host, out *effect.Out, line *tell.Line, c *clock.Clock, setup *config.Setup, a *auth.Auth, p *peer.Peer) *Link {
	return &Link{host: host, out: out, line: line, clock: c, setup: setup, auth: a, peer: p,
		requests: map[uint64]*openRequest{}}
}

// Serve sets the rooms that the link tells.
func (l *Link) Serve(pulls Pulls, pushes Pushes) { l.pulls, l.pushes = pulls, pushes }

// ClockSetBack moves all points in time back with the clock.
func (l *Link) ClockSetBack(byMs int64) {
	l.hintedMs -= byMs
	l.doubtMs -= byMs
	l.probing.askedMs -= byMs
	l.socket.dialledMs -= byMs
	l.socket.heardMs -= byMs
	l.socket.notBeforeMs -= byMs
	for _, r := range l.requests {
		r.sentMs -= byMs
	}
}

// IsUnreachable reports whether something failed and the server has not answered since.
func (l *Link) IsUnreachable() bool { return l.unreachable }

// Misses is how many probes have failed so far.
func (l *Link) Misses() uint64 { return l.misses }

// SetUnheard notes that the server has not answered yet, so that its first answer is announced.
func (l *Link) SetUnheard() {
	l.unreachable = true
	l.announceNetwork()
}

// ToldNetwork reports whether the app was told that the server can't be reached; TellNetwork notes whether it was.
func (l *Link) ToldNetwork() bool    { return l.toldNetwork }
func (l *Link) TellNetwork(yes bool) { l.toldNetwork = yes }

// Lost is Doubt for pulls. Without a socket, the failed pull itself shows that the server can't be reached.
func (l *Link) Lost() {
	if l.socket.acked {
		l.Doubt()
		return
	}
	l.Reached(false)
}

// IsSubscribed reports whether every subscription is live or given up.
func (l *Link) IsSubscribed() bool { return l.socket.settled }

// Connected reports whether network work may go on.
func (l *Link) Connected() bool {
	return l.host.Working() && l.setup.Config.Endpoint != "" && !l.closed &&
		!(canary.HintWalls && l.offline)
}

// Reached notes whether the server can be reached, and announces it when that changes.
func (l *Link) Reached(yes bool) {
	was := !l.unreachable
	if l.line.Greeting() {
		l.Greeted(yes)
	} else if l.unreachable = !yes; was != yes && l.Connected() {
		l.announceNetwork()
	}
	if was && !yes {
		l.doubtMs = l.clock.NowMs()
	}
	if yes && !was && l.Connected() {
		l.recovered()
		if !l.socket.acked && l.pulls.Settled() {
			l.clock.After("poll", 0, l.pulls.Poll) // only sockets are blocked
		}
	}
}

// SetGate closes or opens the app's gate, and reports whether that changed it.
func (l *Link) SetGate(closed bool) (moved bool) {
	moved = l.closed != closed
	l.closed = closed
	return moved
}

// IsClosed reports whether the app forbids network work.
func (l *Link) IsClosed() bool { return l.closed }

// GateMoved begins or ends network work after the gate was changed.
func (l *Link) GateMoved() {
	if !l.closed {
		l.unreachable = true // until the server answers, which is then announced
		l.Connect()
		return
	}
	if l.line.Greeting() {
		l.Greeted(false)
	} else {
		l.announceNetwork()
	}
	l.Disconnect()
}

// Connect begins network work: subscriptions first, then the pulls, then the outbox.
func (l *Link) Connect() {
	if !l.Connected() {
		return
	}
	l.peer.Reconnected()
	l.pushes.Wake()
	l.pulls.Reset()
	l.auth.Wake()
	l.socket.refused, l.socket.told = false, false
	l.openSocket()
}

// OfConnection binds a function that runs after a transaction to the connection on which it was planned. The
// transaction may outlast that connection. The next connection makes plans of its own, so running both would send
// changes twice.
func (l *Link) OfConnection(then func()) func() {
	generation := l.generation
	return func() {
		if l.generation == generation {
			then()
		}
	}
}

// Disconnect stops all network work. Requests that were sent and not answered are given up.
func (l *Link) Disconnect() {
	l.generation++
	for _, id := range l.openRequests() {
		l.out.Emit(effect.Cancel{ID: id})
		delete(l.requests, id)
	}
	l.probing = probing{}
	l.dropSocket()
	l.pushes.Interrupted()
	l.pulls.Interrupted()
	for _, name := range []string{"socket", "probe", "hint", "stale"} {
		l.clock.Forget(name)
	}
}
