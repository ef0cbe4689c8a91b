package link

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/peer"
)

// socket is the realtime connection; there is at most one.
//
//	openSocket ─▶ dialling ─ SocketOpened ─▶ connection_init ─ connection_ack ─▶ starting
//	    ▲                                                                          │ start_ack each
//	    └─ backoff ◀─ closed, connection_error, silent ◀──────────────────────── live
//
// When every subscription is live or given up, a round of pulls begins. After a reconnect it fetches what was missed.
type socket struct {
	id          uint64 // of OpenSocket, 0 for none
	generation  uint64
	wanted      bool   // it waits for credentials before it is opened
	mode        string // the auth mode of the connection itself
	token       uint64
	refused     bool // its credentials were refused; the next ones have to be fresh
	told        bool // the app was told that the credentials are not accepted
	acked       bool
	settled     bool // pull was told that all subscriptions are settled
	attempts    int
	timeoutMs   int64
	dialledMs   int64
	heardMs     int64 // when the last frame came
	notBeforeMs int64 // when the next attempt may begin, unless a hint comes before
	subs        []*subscription
	multiplexed bool                     // the server delivers everything about a model over one subscription
	starts      int                      // number of start frames sent on this connection
	fields      map[string]*subscription // multiplexed subscriptions, by the field of their events
	endedAtMs   int64                    // when the connection was last made anew because a subscription ended
	refusals    refusals
}

// subscription is one of the three of a model, or all of them (multiplex.go).
type subscription struct {
	id        string
	model     *schema.Model
	operation conflict.Operation
	state     subscriptionState
	filter    record.Value
	timedOut  bool
	mode      string   // the auth mode
	token     uint64   // the number of the credentials it was started with
	tried     []string // auth modes by which the server refused it
	refused   bool     // its credentials were refused once
}

type subscriptionState uint8

const (
	starting subscriptionState = iota
	listening
	givenUp
	waiting // waits for credentials
)

func (l *Link) openSocket() {
	if !l.Connected() || l.socket.id != 0 {
		return
	}
	s := &l.socket
	s.wanted, s.acked, s.settled, s.subs, s.multiplexed = false, false, false, nil, false
	generation := strconv.FormatUint(s.generation+1, 10)
	for _, model := range l.setup.Syncable {
		sent, _ := l.setup.Config.SentFilter(model.Name)
		for _, op := range []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete} {
			if !model.Offers(appsync.SubscriptionOperation(op)) {
				continue
			}
			s.subs = append(s.subs, &subscription{
				id:    generation + "-" + strconv.Itoa(len(s.subs)+1),
				model: model, operation: op, filter: sent})
		}
	}
	if len(s.subs) == 0 {
		s.settled = true
		l.pulls.Begin()
		return
	}
	if !l.socketMode() {
		return
	}
	s.id, s.dialledMs = l.out.NextID(), l.clock.NowMs()
	s.generation++
	l.out.Emit(effect.OpenSocket{ID: s.id, URL: appsync.RealtimeURL(l.setup.Config.Endpoint),
		Protocols: appsync.Protocols(l.auth.Authorization(s.mode))})
	l.clock.After("socket", socketAckMs, func() { l.breakSocket(0) })
}

func (l *Link) Opened(id uint64) {
	if id == 0 || id != l.socket.id {
		return
	}
	l.write(appsync.Frame{Type: "connection_init"})
}

func (l *Link) write(f appsync.Frame) {
	l.out.Emit(effect.WriteSocket{ID: l.socket.id, Text: f.Text()})
}

func (l *Link) Heard(id uint64, text []byte) {
	s := &l.socket
	if id == 0 || id != s.id {
		return
	}
	f, err := appsync.ParseFrame(text)
	if err != nil {
		return // a frame that can't be read can't be trusted; the next delta brings what it said
	}
	l.heard()
	if s.acked {
		l.keepAlive()
	}
	switch f.Type {
	case "connection_ack":
		l.connectionAck(f)
	case "connection_error":
		l.connectionError(f)
	case "start_ack":
		l.acknowledged(f)
	case "error":
		errors := f.ErrorsIn()
		l.eachOf(f.ID, func(sub *subscription) { l.subscriptionFailed(sub, errors) })
	case "complete":
		l.eachOf(f.ID, func(sub *subscription) {
			if sub.state != givenUp {
				sub.state, sub.timedOut = givenUp, true
				l.pulls.PollSoon()
				l.subscribed()
			}
		})
	case "data":
		if sub, field := l.heardOf(f); sub != nil {
			l.subscriptionData(sub, field, f)
		}
	}
}

func (s *socket) find(id string) *subscription {
	for _, sub := range s.subs {
		if sub.id == id {
			return sub
		}
	}
	return nil
}

// keepAlive waits for the next frame. A server sends one each minute, so a longer silence means that the network may
// have died.
func (l *Link) keepAlive() {
	l.clock.After("silence", socketSilentMs, l.checkSocket)
	l.clock.After("socket", l.socket.timeoutMs, func() {
		l.Reached(false)
		l.breakSocket(0)
	})
}

func (l *Link) connectionAck(f appsync.Frame) {
	s := &l.socket
	if s.acked {
		return
	}
	s.acked, s.refused, s.told = true, false, false
	l.Reached(true)
	l.auth.Accepted(s.mode, s.token)
	s.timeoutMs = socketKeepaliveMs
	if ms, ok := f.Payload.Field("connectionTimeoutMs").Int(); ok && ms > 0 {
		s.timeoutMs = min(max(ms, socketKeepaliveMinMs), socketKeepaliveCapMs)
	}
	l.keepAlive()
	if f.Multiplexes() {
		s.multiplex()
	}
	l.startSubscriptions()
	l.awaitAcks()
}

// startSubscriptions starts subscriptions of whole models, for as many models as a connection carries. The other models
// are polled.
func (l *Link) startSubscriptions() {
	if l.socket.multiplexed {
		l.startEach(l.socket.subs)
		return
	}
	of, refused := map[*schema.Model]int{}, map[*schema.Model]bool{}
	for _, sub := range l.socket.subs {
		of[sub.model]++
	}
	room := subscriptionsMax
	for _, sub := range l.socket.subs {
		if n := of[sub.model]; n > room {
			refused[sub.model] = true
		} else {
			room -= n
		}
		of[sub.model] = 0 // the model is counted
		if refused[sub.model] {
			sub.state = givenUp
			l.subscriptionRefused(sub, tooManyForSocket())
			continue
		}
		l.startSubscription(sub)
	}
	l.subscribed()
}

func (l *Link) awaitAcks() {
	l.clock.After("acks", socketAckMs, func() {
		for _, sub := range l.socket.subs {
			if sub.state == starting {
				sub.state, sub.timedOut = givenUp, true
			}
		}
		l.pulls.PollSoon()
		l.subscribed()
	})
}

func (l *Link) startSubscription(sub *subscription) { l.startEach([]*subscription{sub}) }

// mayStart chooses by whom a subscription is started, and reports whether there are credentials.
func (l *Link) mayStart(sub *subscription) bool {
	if sub.mode = l.auth.ModeFor(sub.model, config.OperationRead, sub.tried); sub.mode == "" {
		sub.tried = nil // the auth modes that were left have no credentials any more
		sub.mode = l.auth.ModeFor(sub.model, config.OperationRead, nil)
	}
	if !l.auth.Have(sub.mode) {
		sub.state = waiting
		l.subscribed()
		return false
	}
	sub.state, sub.token = starting, l.auth.Number(sub.mode)
	if l.socket.settled {
		l.awaitAcks()
	}
	return true
}

func (l *Link) started(sub *subscription) {
	late := sub.timedOut || l.socket.settled && sub.state == starting
	sub.state, sub.timedOut, sub.refused = listening, false, false
	l.auth.Accepted(sub.mode, sub.token)
	if late {
		l.pulls.Missed(sub.model.Name) // the server did not deliver what happened before the late ack
	}
	l.subscribed()
}

// subscribed begins the round of pulls when no subscription is open any more.
func (l *Link) subscribed() {
	s := &l.socket
	if s.settled {
		return
	}
	for _, sub := range s.subs {
		if sub.state == starting {
			return
		}
	}
	s.settled, s.attempts = true, 0
	l.tellRefusals()
	l.pushes.Wake() // the server is there
	l.clock.Forget("acks")
	l.pulls.Subscribed()
}

func (l *Link) subscriptionFailed(sub *subscription, errors []appsync.Error) {
	var first appsync.Error
	if len(errors) > 0 {
		first = errors[0]
	}
	if sub.filter.Exists() {
		for _, refusal := range filterRefusals {
			if strings.Contains(first.Message, refusal) {
				sub.filter = record.Value{}
				l.startAgain(sub)
				return
			}
		}
	}
	if l.otherCredentials(sub, errors) {
		return
	}
	wasLive := sub.state == listening
	sub.state = givenUp // the model is polled instead
	l.subscriptionRefused(sub, first)
	s := &l.socket
	if wasLive && !peer.IsUnauthorized(first.Type) && (s.endedAtMs == 0 || l.clock.NowMs()-s.endedAtMs >= subscriptionEndedMs) {
		s.endedAtMs = l.clock.NowMs()
		l.breakSocket(0)
		return
	}
	l.pulls.PollSoon()
	l.subscribed()
}

func (l *Link) subscriptionData(sub *subscription, field string, f appsync.Frame) {
	if f.IsResync() {
		l.pulls.Again(sub.model.Name)
		return
	}
	row := f.Payload.Field("data").Field(field)
	if row.Kind() != record.Object || len(f.ErrorsIn()) > 0 ||
		conflict.StampOf(row).Version == 0 {
		l.pulls.Again(sub.model.Name) // the row can't be used as it came; a delta fetches it
		return
	}
	l.pulls.Message(sub.model.Name, row)
}

// connectionError handles a refusal of the whole connection. After a refusal of the credentials, the next attempt waits
// longer.
func (l *Link) connectionError(f appsync.Frame) {
	errors := f.ErrorsIn()
	if len(errors) == 0 {
		l.breakSocket(0)
		return
	}
	if !peer.IsUnauthorized(errors[0].Type) && errors[0].Type != "BadRequestException" {
		l.breakSocket(0)
		return
	}
	l.connectionRefused(errors[0].Message)
}

func (l *Link) Closed(id uint64) {
	if id == 0 || id != l.socket.id {
		return
	}
	l.socket.id = 0
	if l.socket.acked || l.offline {
		l.Reached(false)
	}
	l.breakSocket(0)
}

// breakSocket closes the connection and plans the next one, no sooner than leastMs from now.
func (l *Link) breakSocket(leastMs int64) {
	s := &l.socket
	told := s.settled
	attempts := s.attempts
	l.dropSocket()
	s.attempts = attempts + 1
	delay := l.clock.Backoff(socketFirstRetryMs, socketRetryCapMs, s.attempts)
	s.notBeforeMs = l.clock.NowMs() + leastMs
	l.clock.After("socket", max(delay, leastMs), func() { l.openSocket() })
	l.pulls.Unsubscribed()
	switch {
	case told || l.pulls.Active():
	case !l.pulls.Settled() && !(l.offline && l.unreachable):
		l.pulls.Begin() // without subscriptions; the next connection begins another round
	default:
		l.probeSoon(l.probing.askedMs) // perhaps only sockets are blocked
	}
	l.pulls.PollSoon()
}

// dropSocket closes the connection without planning the next.
func (l *Link) dropSocket() {
	s := &l.socket
	if s.id != 0 {
		l.out.Emit(effect.CloseSocket{ID: s.id, Code: 1000})
	}
	s.id, s.wanted, s.acked, s.settled, s.subs, s.attempts = 0, false, false, false, nil, 0
	l.clock.Forget("socket")
	l.clock.Forget("acks")
	l.clock.Forget("check")
	l.clock.Forget("silence")
}

// IsDeaf reports whether changes of a model are not delivered live.
func (l *Link) IsDeaf(model string) bool {
	if !l.socket.settled {
		return true
	}
	for _, sub := range l.socket.subs {
		if sub.model.Name == model && sub.state != listening {
			return true
		}
	}
	return false
}
