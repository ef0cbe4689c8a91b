package server

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// Hub keeps the realtime connections of one node. It is a state machine without sockets: the host tells it what
// arrived, and sends what it returns, in order. It is not safe for concurrent use. The host holds one lock around a
// call and the queueing of what the call returned, so that a start_ack leaves before the events that follow it.
//
//	Connect -> (connection_init) -> ready -> start/stop ... -> Disconnect
//	        \-> refused: connection_init is answered by connection_error and a close
//
// A subscription delivers what the delta log gets after its start_ack. Publish alone reads the log for all of them.
type Hub struct {
	server      *Server
	connections map[ConnID]*connected
	last        ConnID
	topics      map[topic][]*subscription // in the order of their start
	count       int                       // subscriptions in all
	shared      map[string]*sharing       // by subscription.shared
	published   int64                     // position up to which the log was published
}

// ConnID names a connection.
type ConnID uint64

// Out is something for the host to do on a connection: send Text, then close if Close is set.
type Out struct {
	Conn   ConnID
	Text   []byte
	Close  int // WebSocket close code, 0 to stay open
	Reason string
}

// Close codes that the server uses.
const (
	CloseRefused  = 1008 // bad credentials or a wrong path; connection_error has said which
	CloseResync   = 1013 // events were missed: the client has to connect again and sync
	CloseShutdown = 1001
	CloseExpired  = 4401 // the token has expired: the client has to connect again with a new one
)

type topic struct {
	model     string
	operation conflict.Operation
}

type connected struct {
	id            ConnID
	credentials   Credentials
	refusal       *appsync.RequestError
	ready         bool
	expiresMs     int64                    // when the first of its tokens expires; 0 for never
	user          string                   // of a signed-in user
	subscriptions map[string]*subscription // by the client's id
	bytes         int                      // bytes that its subscriptions keep
}

// NewHub makes a hub without connections.
func (s *Server) NewHub() *Hub {
	return &Hub{server: s, connections: map[ConnID]*connected{}, topics: map[topic][]*subscription{}, shared: map[string]*sharing{}}
}

// Connect registers an accepted socket. A client learns of bad credentials only by the answer to its connection_init,
// because a browser can't see why an upgrade was refused. refusal, when not nil, refuses the connection for another
// reason (a wrong path).
func (h *Hub) Connect(credentials Credentials, refusal *appsync.RequestError) ConnID {
	h.last++
	c := &connected{id: h.last, credentials: credentials, refusal: refusal, subscriptions: map[string]*subscription{}}
	h.connections[c.id] = c
	return c.id
}

// Introduce gives a connection credentials that came after its upgrade. They count for the connection_init that
// follows.
func (h *Hub) Introduce(id ConnID, credentials Credentials) {
	if c := h.connections[id]; c != nil && !c.ready {
		c.credentials = credentials
	}
}

// Disconnect forgets a connection and its subscriptions.
func (h *Hub) Disconnect(id ConnID) {
	c := h.connections[id]
	if c == nil {
		return
	}
	for _, s := range c.subscriptions {
		h.drop(s)
	}
	delete(h.connections, id)
}

// KeepAlive makes a "ka" for every connection. The host calls it every minute.
func (h *Hub) KeepAlive() []Out {
	var out []Out
	for _, id := range h.connected() {
		if c := h.connections[id]; c.ready {
			out = append(out, c.send(appsync.Frame{Type: appsync.TypeKeepAlive}))
		}
	}
	return out
}

// connected lists the connections in the order in which they came, so that the same calls give the same frames in the
// same order.
func (h *Hub) connected() []ConnID { return slices.Sorted(maps.Keys(h.connections)) }

// Subscriptions counts the live ones.
func (h *Hub) Subscriptions() int { return h.count }

func (c *connected) send(f appsync.Frame) Out { return Out{Conn: c.id, Text: f.Text()} }

// Message is a message of a client, prepared without the lock that the host holds around the hub. It is parsed; when it
// starts a subscription, it is also measured, validated, authorized and compiled. It keeps nothing of the text.
type Message struct {
	kind, id string
	digest   [sha256.Size]byte // of the text, to recognise a repeat
	start    *subscription     // nil when it starts no subscription
	errs     []appsync.Error   // why it can't start one
}

// Ready reports whether a connection may start subscriptions.
func (h *Hub) Ready(id ConnID) bool {
	c := h.connections[id]
	return c != nil && c.ready
}

// Read prepares a text message for Take. It prepares a start only when the connection is ready. Its work is bounded by
// the text and ends at the call's deadline. Hosts call it for each connection one message at a time, and without their
// lock.
func (s *Server) Read(call Call, text []byte, ready bool) *Message {
	f, err := appsync.ParseFrame(text)
	if err != nil {
		return &Message{} // Take answers it like an unknown message
	}
	m := &Message{kind: strings.Clone(f.Type), id: strings.Clone(f.ID), digest: sha256.Sum256(text)}
	if f.Type == appsync.TypeStart && ready {
		m.start, m.errs = s.prepare(call, f)
	}
	return m
}

// Receive is Read and Take at once, for hosts without locks.
func (h *Hub) Receive(id ConnID, nowMs int64, text []byte) []Out {
	return h.Take(id, nowMs, h.server.Read(Call{NowMs: nowMs}, text, h.Ready(id)))
}

// Take handles a message of a client.
func (h *Hub) Take(id ConnID, nowMs int64, m *Message) []Out {
	c := h.connections[id]
	if c == nil {
		return nil
	}
	if m.kind == appsync.TypeConnectionInit {
		return h.init(c, nowMs)
	}
	if !c.ready {
		return nil
	}
	switch m.kind {
	case appsync.TypeStart:
		return h.start(c, m)
	case appsync.TypeStop:
		return h.stop(c, m.id)
	}
	return []Out{c.send(appsync.ErrorFrame(m.id, unsupported()))}
}

func unsupported() appsync.Error {
	return appsync.Error{Type: "UnsupportedOperation",
		Message: "unknown not supported through the realtime channel"}
}

func (h *Hub) init(c *connected, nowMs int64) []Out {
	if c.refusal == nil && !c.ready {
		caller, err := h.server.Authenticate(c.credentials, nowMs)
		errors.As(err, &c.refusal)
		c.speaksFor(caller)
		c.user, c.credentials = caller.user(), Credentials{}
		if c.user != "" && h.socketsOf(c.user) > SocketsPerUserMax {
			c.refusal = &appsync.RequestError{Type: "LimitExceededError", Message: tooManySockets}
		}
	}
	if c.refusal != nil {
		code := 401
		switch c.refusal.Type {
		case "HttpNotFoundException":
			code = 404
		case "BadRequestException":
			code = 400
		case "LimitExceededError":
			code = 429
		}
		out := c.send(appsync.Frame{Type: appsync.TypeConnectionError, Payload: appsync.ErrorPayload(
			appsync.Error{Type: c.refusal.Type, Message: c.refusal.Message, Code: code})})
		out.Close, out.Reason = CloseRefused, c.refusal.Type
		return []Out{out}
	}
	c.ready = true
	var payload record.Builder
	payload.SetInt("connectionTimeoutMs", ConnectionTimeoutMs)
	payload.Set("extensions", appsync.Announcement())
	return []Out{
		c.send(appsync.Frame{Type: appsync.TypeConnectionAck, Payload: payload.Object()}),
		c.send(appsync.Frame{Type: appsync.TypeKeepAlive}),
	}
}

var tooManySockets = fmt.Sprintf("A user may have %d connections; close one first.", SocketsPerUserMax)

// socketsOf counts the connections of a user, including this one.
func (h *Hub) socketsOf(user string) int {
	n := 0
	for _, c := range h.connections {
		if c.user == user {
			n++
		}
	}
	return n
}

// speaksFor notes how long the connection's credentials are valid.
func (c *connected) speaksFor(caller Caller) {
	if caller.Identity != nil && (c.expiresMs == 0 || caller.Identity.ExpiresMs < c.expiresMs) {
		c.expiresMs = caller.Identity.ExpiresMs
	}
}

// Expire closes the connections whose credentials have expired; their clients connect again with new ones. The host
// calls it about every second.
func (h *Hub) Expire(nowMs int64) []Out {
	var out []Out
	for _, id := range h.connected() {
		if c := h.connections[id]; c.expiresMs != 0 && c.expiresMs <= nowMs {
			out = append(out, Out{Conn: id, Close: CloseExpired, Reason: "Token has expired."})
			h.Disconnect(id)
		}
	}
	return out
}

// stop ends a subscription. It also confirms an unknown id.
func (h *Hub) stop(c *connected, id string) []Out {
	if s := c.subscriptions[id]; s != nil {
		h.drop(s)
		delete(c.subscriptions, id)
	}
	return []Out{c.send(appsync.Frame{Type: appsync.TypeComplete, ID: id})}
}

func (h *Hub) drop(s *subscription) {
	s.connection.bytes -= s.bytes
	if one := h.shared[s.shared]; one != nil {
		if one.count--; one.count == 0 {
			delete(h.shared, s.shared)
		}
	}
	for _, member := range s.members {
		h.drop(member)
	}
	list := h.topics[s.topic]
	for i, other := range list {
		if other == s {
			h.topics[s.topic] = append(list[:i:i], list[i+1:]...)
			h.count--
			return
		}
	}
}

// Publish delivers what was committed since the last call, in log order. After an error nothing is lost: the next call
// continues where this one stopped.
func (h *Hub) Publish() ([]Out, error) {
	var out []Out
	for more := true; more; {
		var next []Out
		var err error
		if next, more, err = h.PublishSome(); err != nil {
			return append(out, next...), err
		}
		out = append(out, next...)
	}
	return out, nil
}

// PublishSome does a bounded part of Publish, after which a host can release its lock. more says that there may be more
// to do.
func (h *Hub) PublishSome() (out []Out, more bool, err error) {
	if h.count == 0 {
		return nil, false, nil
	}
	err = h.server.apart().View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		if p.LogFrom > h.published+1 {
			out, more = h.missed(), false
			h.published = p.Seq
			return nil
		}
		var entries []Entry
		entries, more, err = r.Log(h.published, Span{Rows: PublishEntriesPerRead, Bytes: PublishBytesPerRead})
		if err != nil {
			return err
		}
		l, err := h.server.layoutAt(r, p)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if l.unreadable[e.Model] { // written by another schema, whose server its listeners have to find
				out, more = append(out, h.missed()...), false
				h.published = p.Seq
				return nil
			}
			events, err := h.deliver(r, e)
			if err != nil {
				return err
			}
			out = append(out, events...)
			h.published = e.Seq
		}
		return nil
	})
	return out, more, err
}

// missed closes every connection that listens, because the log was purged before it was delivered.
func (h *Hub) missed() []Out {
	var out []Out
	for _, id := range h.connected() {
		if len(h.connections[id].subscriptions) > 0 {
			out = append(out, Out{Conn: id, Close: CloseResync, Reason: "events were missed; sync again"})
			h.Disconnect(id)
		}
	}
	return out
}
