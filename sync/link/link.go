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

// Host is the engine, which knows whether the app wants network work.
type Host interface {
	Working() bool // the database is there, and some tab has started
}

// Pulls is what the link tells those who fetch (sync/pull).
type Pulls interface {
	Reset()        // another connection begins: runs and rounds are forgotten
	Interrupted()  // network work is over, so are its timers
	Subscribed()   // every subscription is live or given up, so that no change is missed from here on
	Unsubscribed() // the realtime connection is gone
	Begin()        // without realtime: everything is to be fetched
	Settled() bool // the first round since connecting is over
	Active() bool  // a round is under way
	Again(string)  // what a model has is not what the server has
	Missed(string) // the same, and the messages of it are not to be trusted before
	PollSoon()     // some models are not heard of
	Poll()         // now
	Wake()         // what failed for want of a network may go on
	SayReady()     // the first sync is not waited for
	Message(model string, row record.Value)
}

// Pushes is what the link tells those who send (sync/push).
type Pushes interface {
	Interrupted() // what was sent and not answered counts as unanswered
	Wake()        // the server is there: delays are over
	Nudge()       // the app wants something sent
}

// Link is the way to the server: what is known about it, the requests under way, and the socket.
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

	closed bool // the app's own gate: the only thing that forbids
	// unreachable: the realtime connection ended or, without one, a request failed, and the server has
	// not answered since. Until it does, what is saved stays editable in the outbox; the next
	// connection, probe or pull finds out.
	unreachable bool
	offline     bool   // the browser says so (hints.go)
	moved       bool   // of the hint that waits for its turn
	misses      uint64 // probes that found nobody
	hintedMs    int64  // when a hint was acted on
	doubtMs     int64  // what was sent before may travel on a connection that is dead
	probing     probing
	toldForeign bool   // the app knows that somebody else answers
	toldNetwork bool   // the unreachable server was reported since a page last came
	generation  uint64 // of the network work; each Disconnect begins another
	requests    map[uint64]*openRequest
	socket      socket
}

// New makes a link that is not connected; Serve comes before anything else.
func New(host Host, out *effect.Out, line *tell.Line, c *clock.Clock, setup *config.Setup, a *auth.Auth, p *peer.Peer) *Link {
	return &Link{host: host, out: out, line: line, clock: c, setup: setup, auth: a, peer: p,
		requests: map[uint64]*openRequest{}}
}

// Serve names who is told.
func (l *Link) Serve(pulls Pulls, pushes Pushes) { l.pulls, l.pushes = pulls, pushes }

// ClockSetBack moves the points in time along.
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

// IsUnreachable reports that nothing was heard of the server since something failed.
func (l *Link) IsUnreachable() bool { return l.unreachable }

// Misses is how many probes have found nobody so far.
func (l *Link) Misses() uint64 { return l.misses }

// SetUnheard notes that the server was not heard of yet: when it is, that is told.
func (l *Link) SetUnheard() {
	l.unreachable = true
	l.announceNetwork()
}

// ToldNetwork reports, and TellNetwork decides, whether the app knows that the server can't be reached.
func (l *Link) ToldNetwork() bool    { return l.toldNetwork }
func (l *Link) TellNetwork(yes bool) { l.toldNetwork = yes }

// Lost is Doubt for those who ask for pages: without a socket they find out what there is to know.
func (l *Link) Lost() {
	if l.socket.acked {
		l.Doubt()
		return
	}
	l.Reached(false)
}

// IsSubscribed reports that every subscription is live or given up.
func (l *Link) IsSubscribed() bool { return l.socket.settled }

// Connected reports whether network work may go on.
func (l *Link) Connected() bool {
	return l.host.Working() && l.setup.Config.Endpoint != "" && !l.closed &&
		!(canary.HintWalls && l.offline)
}

// Reached notes whether the server could be reached, and tells when that changes.
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

// SetGate closes or opens the app's gate, and reports whether that moved it.
func (l *Link) SetGate(closed bool) (moved bool) {
	moved = l.closed != closed
	l.closed = closed
	return moved
}

// IsClosed reports that the app forbids network work.
func (l *Link) IsClosed() bool { return l.closed }

// GateMoved begins or ends network work, as the gate now says.
func (l *Link) GateMoved() {
	if !l.closed {
		l.unreachable = true // until it is heard of: then that is told
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

// OfConnection binds what follows a transaction to the connection that it was planned on. A transaction may
// outlast that; the next connection has plans of its own, and would send twice what both carry on.
func (l *Link) OfConnection(then func()) func() {
	generation := l.generation
	return func() {
		if l.generation == generation {
			then()
		}
	}
}

// Disconnect stops all network work. What was sent and not answered counts as unanswered.
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
