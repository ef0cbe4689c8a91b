package sync

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/peer"
)

// socket is the realtime connection; there is at most one.
//
//	openSocket ─▶ dialling ─ SocketOpened ─▶ connection_init ─ connection_ack ─▶ starting
//	    ▲                                                                          │ start_ack each
//	    └─ backoff ◀─ closed, connection_error, silent ◀──────────────────────── live
//
// When every subscription is live or given up, a round of pulls begins: after a reconnect it
// closes the gap.
type socket struct {
	id          uint64 // of OpenSocket, 0 for none
	generation  uint64
	wanted      bool   // it waits for credentials
	mode        string // of auth, of the connection itself
	token       uint64
	refused     bool // its credentials were; the next ones are fresh
	told        bool // the app knows that they are not accepted
	acked       bool
	settled     bool // the pulls were told
	attempts    int
	timeoutMs   int64
	dialledMs   int64
	heardMs     int64 // when the last frame came
	notBeforeMs int64 // the next attempt, unless somebody hints at it
	subs        []*subscription
	multiplexed bool                     // the server delivers all of a model over one
	starts      int                      // start frames of this connection
	fields      map[string]*subscription // of multiplexed ones, by the field of their events
	endedAtMs   int64                    // when a live subscription ended with an error and the connection was made anew
	refusals    refusals
}

// subscription is one of the three of a model, or all of them (multiplex.go).
type subscription struct {
	id        string
	model     *modelPull
	operation conflict.Operation
	state     subscriptionState
	filter    record.Value
	timedOut  bool
	mode      string   // of auth
	token     uint64   // the number of the credentials it was started with
	tried     []string // modes that may not listen
	refused   bool     // its credentials were, once
}

type subscriptionState uint8

const (
	starting subscriptionState = iota
	listening
	givenUp
	waiting // for credentials
)

func (e *Engine) openSocket() {
	if !e.connected() || e.socket.id != 0 {
		return
	}
	s := &e.socket
	s.wanted, s.acked, s.settled, s.subs, s.multiplexed = false, false, false, nil, false
	generation := strconv.FormatUint(s.generation+1, 10)
	for _, mp := range e.pull.list {
		sent, _ := e.setup.Config().SentFilter(mp.model.Name)
		for _, op := range []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete} {
			if !mp.model.Offers(appsync.SubscriptionOperation(op)) {
				continue
			}
			s.subs = append(s.subs, &subscription{
				id:    generation + "-" + strconv.Itoa(len(s.subs)+1),
				model: mp, operation: op, filter: sent})
		}
	}
	if len(s.subs) == 0 {
		s.settled = true
		e.beginRound()
		return
	}
	if !e.socketMode() {
		return
	}
	s.id, s.dialledMs = e.out.NextID(), e.clock.NowMs()
	s.generation++
	e.out.Emit(OpenSocket{ID: s.id, URL: appsync.RealtimeURL(e.setup.Config().Endpoint),
		Protocols: appsync.Protocols(e.auth.Authorization(s.mode))})
	e.clock.After("socket", socketAckMs, func() { e.breakSocket(0) })
}

func (e *Engine) socketOpened(id uint64) {
	if id == 0 || id != e.socket.id {
		return
	}
	e.write(appsync.Frame{Type: "connection_init"})
}

func (e *Engine) write(f appsync.Frame) { e.out.Emit(WriteSocket{ID: e.socket.id, Text: f.Text()}) }

func (e *Engine) socketMessage(id uint64, text []byte) {
	s := &e.socket
	if id == 0 || id != s.id {
		return
	}
	f, err := appsync.ParseFrame(text)
	if err != nil {
		return // nothing in it can be trusted; what it said comes with the next delta
	}
	e.heard()
	if s.acked {
		e.keepAlive()
	}
	switch f.Type {
	case "connection_ack":
		e.connectionAck(f)
	case "connection_error":
		e.connectionError(f)
	case "start_ack":
		e.acknowledged(f)
	case "error":
		errors := f.ErrorsIn()
		e.eachOf(f.ID, func(sub *subscription) { e.subscriptionFailed(sub, errors) })
	case "complete":
		e.eachOf(f.ID, func(sub *subscription) {
			if sub.state != givenUp {
				sub.state, sub.timedOut = givenUp, true
				e.pollSoon()
				e.subscribed()
			}
		})
	case "data":
		if sub, field := e.heardOf(f); sub != nil {
			e.subscriptionData(sub, field, f)
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

// keepAlive waits for the next frame. Servers send one each minute, and a network may die without a word.
func (e *Engine) keepAlive() {
	e.clock.After("silence", socketSilentMs, e.checkSocket)
	e.clock.After("socket", e.socket.timeoutMs, func() {
		e.reached(false)
		e.breakSocket(0)
	})
}

func (e *Engine) connectionAck(f appsync.Frame) {
	s := &e.socket
	if s.acked {
		return
	}
	s.acked, s.refused, s.told = true, false, false
	e.reached(true)
	e.auth.Accepted(s.mode, s.token)
	s.timeoutMs = socketKeepaliveMs
	if ms, ok := f.Payload.Field("connectionTimeoutMs").Int(); ok && ms > 0 {
		s.timeoutMs = min(max(ms, socketKeepaliveMinMs), socketKeepaliveCapMs)
	}
	e.keepAlive()
	if f.Multiplexes() {
		s.multiplex()
	}
	e.startSubscriptions()
	e.awaitAcks()
}

// startSubscriptions starts those of as many whole models as a connection carries; the others are
// polled.
func (e *Engine) startSubscriptions() {
	if e.socket.multiplexed {
		e.startEach(e.socket.subs)
		return
	}
	of, refused := map[*modelPull]int{}, map[*modelPull]bool{}
	for _, sub := range e.socket.subs {
		of[sub.model]++
	}
	room := subscriptionsMax
	for _, sub := range e.socket.subs {
		if n := of[sub.model]; n > room {
			refused[sub.model] = true
		} else {
			room -= n
		}
		of[sub.model] = 0 // the model is counted
		if refused[sub.model] {
			sub.state = givenUp
			e.subscriptionRefused(sub, tooManyForSocket())
			continue
		}
		e.startSubscription(sub)
	}
	e.subscribed()
}

func (e *Engine) awaitAcks() {
	e.clock.After("acks", socketAckMs, func() {
		for _, sub := range e.socket.subs {
			if sub.state == starting {
				sub.state, sub.timedOut = givenUp, true
			}
		}
		e.pollSoon()
		e.subscribed()
	})
}

func (e *Engine) startSubscription(sub *subscription) { e.startEach([]*subscription{sub}) }

// mayStart chooses by whom a subscription is started, and reports whether there are credentials.
func (e *Engine) mayStart(sub *subscription) bool {
	if sub.mode = e.auth.ModeFor(sub.model.model, config.OperationRead, sub.tried); sub.mode == "" {
		sub.tried = nil // what is left has no credentials any more
		sub.mode = e.auth.ModeFor(sub.model.model, config.OperationRead, nil)
	}
	if !e.auth.Have(sub.mode) {
		sub.state = waiting
		e.subscribed()
		return false
	}
	sub.state, sub.token = starting, e.auth.Number(sub.mode)
	if e.socket.settled {
		e.awaitAcks()
	}
	return true
}

func (e *Engine) started(sub *subscription) {
	late := sub.timedOut || e.socket.settled && sub.state == starting
	sub.state, sub.timedOut, sub.refused = listening, false, false
	e.auth.Accepted(sub.mode, sub.token)
	if late {
		sub.model.live = false // what happened before the late ack was not delivered
		e.pullAgain(sub.model)
	}
	e.subscribed()
}

// subscribed begins the round when no subscription is open any more.
func (e *Engine) subscribed() {
	s := &e.socket
	if s.settled {
		return
	}
	for _, sub := range s.subs {
		if sub.state == starting {
			return
		}
	}
	s.settled, s.attempts = true, 0
	e.tellRefusals()
	e.pull.polls = 0
	e.clock.Forget("poll")
	e.wakePush() // the server is there
	e.clock.Forget("acks")
	if !e.pull.established {
		e.pull.established = true
		e.line.Announce(app.HubEstablished, nil)
	}
	for _, mp := range e.pull.list {
		mp.live = false // a pull before the acks missed what came between
	}
	e.beginRound()
}

func (e *Engine) subscriptionFailed(sub *subscription, errors []appsync.Error) {
	var first appsync.Error
	if len(errors) > 0 {
		first = errors[0]
	}
	if sub.filter.Exists() {
		for _, refusal := range filterRefusals {
			if strings.Contains(first.Message, refusal) {
				sub.filter = record.Value{}
				e.startAgain(sub)
				return
			}
		}
	}
	if e.otherCredentials(sub, errors) {
		return
	}
	wasLive := sub.state == listening
	sub.state = givenUp // what it would say is polled
	e.subscriptionRefused(sub, first)
	s := &e.socket
	if wasLive && !peer.IsUnauthorized(first.Type) && (s.endedAtMs == 0 || e.clock.NowMs()-s.endedAtMs >= subscriptionEndedMs) {
		s.endedAtMs = e.clock.NowMs()
		e.breakSocket(0)
		return
	}
	e.pollSoon()
	e.subscribed()
}

func (e *Engine) subscriptionData(sub *subscription, field string, f appsync.Frame) {
	if f.IsResync() {
		e.pullAgain(sub.model)
		return
	}
	row := f.Payload.Field("data").Field(field)
	if row.Kind() != record.Object || len(f.ErrorsIn()) > 0 ||
		conflict.StampOf(row).Version == 0 {
		e.pullAgain(sub.model) // the row can't be used as it came; the delta has it
		return
	}
	e.message(sub.model, row)
}

// connectionError is a refusal of the whole connection. Wrong credentials are not tried again
// soon.
func (e *Engine) connectionError(f appsync.Frame) {
	errors := f.ErrorsIn()
	if len(errors) == 0 {
		e.breakSocket(0)
		return
	}
	if !peer.IsUnauthorized(errors[0].Type) && errors[0].Type != "BadRequestException" {
		e.breakSocket(0)
		return
	}
	e.connectionRefused(errors[0].Message)
}

func (e *Engine) socketClosed(id uint64) {
	if id == 0 || id != e.socket.id {
		return
	}
	e.socket.id = 0
	if e.socket.acked || e.link.offline {
		e.reached(false)
	}
	e.breakSocket(0)
}

// breakSocket closes the connection and plans the next one, no sooner than leastMs from now.
func (e *Engine) breakSocket(leastMs int64) {
	s := &e.socket
	told := s.settled
	attempts := s.attempts
	e.dropSocket()
	s.attempts = attempts + 1
	delay := e.clock.Backoff(socketFirstRetryMs, socketRetryCapMs, s.attempts)
	s.notBeforeMs = e.clock.NowMs() + leastMs
	e.clock.After("socket", max(delay, leastMs), func() { e.openSocket() })
	for _, mp := range e.pull.list {
		mp.live = canary.StaysLive && mp.live
	}
	switch {
	case told || e.pull.active:
	case !e.pull.settled && !(e.link.offline && e.link.unreachable):
		e.beginRound() // without subscriptions; the next connection brings another round
	default:
		e.probeSoon(e.link.probing.askedMs) // perhaps only sockets are blocked
	}
	e.pollSoon()
}

func (s *socket) clockSetBack(byMs int64) {
	s.dialledMs -= byMs
	s.heardMs -= byMs
	s.notBeforeMs -= byMs
}

// dropSocket closes the connection for now.
func (e *Engine) dropSocket() {
	s := &e.socket
	if s.id != 0 {
		e.out.Emit(CloseSocket{ID: s.id, Code: 1000})
	}
	s.id, s.wanted, s.acked, s.settled, s.subs, s.attempts = 0, false, false, false, nil, 0
	e.clock.Forget("socket")
	e.clock.Forget("acks")
	e.clock.Forget("check")
	e.clock.Forget("silence")
}
