package http

import (
	"context"
	"sync/atomic"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// transportSubprotocol is the protocol of the graphql-ws library, which Apollo and urql use.
const transportSubprotocol = "graphql-transport-ws"

// Close codes of graphql-transport-ws.
const (
	closeBadMessage = 4400
	closeNotReady   = 4401
	closeForbidden  = 4403
	closeSecondInit = 4429
)

// transport speaks graphql-transport-ws on a socket. It turns what a client says into AppSync's protocol,
// which the hub understands, and what the hub says back:
//
//	connection_init {payload: {"x-api-key"}}  ->  the credentials of the socket, connection_init
//	subscribe {id, payload: {query}}          ->  start with these credentials
//	complete {id}                             ->  stop
//	ping                                      ->  pong, at once
//	connection_ack, data, error, ka           <-  connection_ack, next, error, ping
type transport struct {
	authorization record.Value // an object: of connection_init, else of the upgrade; of the reading goroutine
	greeted       bool         // of the reading goroutine
	ready         atomic.Bool
}

func newTransport(upgrade server.Credentials) *transport {
	var b record.Builder
	if upgrade.APIKey != "" {
		b.SetString("x-api-key", upgrade.APIKey)
	}
	if upgrade.Authorization != "" {
		b.SetString("Authorization", upgrade.Authorization)
	}
	return &transport{authorization: b.Object()}
}

// heard is what becomes of a client's message: a frame for the hub, a reply, or the end.
type heard struct {
	frame  *appsync.Frame
	reply  []byte
	close  int
	reason string
}

func (t *transport) hear(text []byte) heard {
	f, err := appsync.ParseFrame(text)
	if err != nil {
		return heard{close: closeBadMessage, reason: "Invalid message received"}
	}
	switch f.Type {
	case appsync.TypeConnectionInit:
		return t.init(f)
	case "ping":
		return heard{reply: appsync.Frame{Type: "pong", Payload: f.Payload}.Text()}
	case "pong":
		return heard{}
	case "subscribe":
		return t.subscribe(f)
	case appsync.TypeComplete:
		return heard{frame: &appsync.Frame{Type: appsync.TypeStop, ID: f.ID}}
	}
	return heard{close: closeBadMessage, reason: "Invalid message received"}
}

// init takes the credentials from the payload, or from "headers" in it, as Apollo's examples send them.
func (t *transport) init(f appsync.Frame) heard {
	if t.greeted {
		return heard{close: closeSecondInit, reason: "Too many initialisation requests"}
	}
	t.greeted = true
	for _, given := range []record.Value{f.Payload, f.Payload.Field("headers")} {
		if server.CredentialsOf(given) != (server.Credentials{}) {
			t.authorization = given
		}
	}
	return heard{frame: &appsync.Frame{Type: appsync.TypeConnectionInit}}
}

func (t *transport) subscribe(f appsync.Frame) heard {
	if !t.ready.Load() {
		return heard{close: closeNotReady, reason: "Unauthorized"}
	}
	if f.ID == "" {
		return heard{close: closeBadMessage, reason: "A subscription needs an id"}
	}
	var extensions, payload record.Builder
	extensions.Set("authorization", t.authorization)
	payload.Set("data", f.Payload)
	payload.Set("extensions", extensions.Object())
	return heard{frame: &appsync.Frame{Type: appsync.TypeStart, ID: f.ID, Payload: payload.Object()}}
}

// say translates a message of the hub for the client; nil when the client gets none.
func (t *transport) say(text []byte) []byte {
	f, err := appsync.ParseFrame(text)
	if err != nil {
		return nil
	}
	switch f.Type {
	case appsync.TypeConnectionAck:
		t.ready.Store(true)
		return appsync.Frame{Type: appsync.TypeConnectionAck}.Text()
	case appsync.TypeKeepAlive:
		return appsync.Frame{Type: "ping"}.Text()
	case appsync.TypeData:
		return appsync.Frame{Type: "next", ID: f.ID, Payload: f.Payload}.Text()
	case appsync.TypeError:
		return appsync.Frame{Type: appsync.TypeError, ID: f.ID, Payload: f.Payload.Field("errors")}.Text()
	}
	return nil // start_ack and complete have no counterpart, a refusal is told by the close code
}

// translate hands a client's message to its transport and returns the frame for the hub, nil when there
// is none.
func (h *Host) translate(ctx context.Context, s *socket, text []byte) []byte {
	said := s.transport.hear(text)
	switch {
	case said.close != 0:
		s.shut(websocket.StatusCode(said.close), said.reason)
	case said.reply != nil:
		s.queueUp(said.reply)
	case said.frame == nil:
	case said.frame.Type == appsync.TypeConnectionInit:
		credentials := server.CredentialsOf(s.transport.authorization)
		h.prepare(ctx, credentials)
		h.mu.Lock()
		h.hub.Introduce(s.id, credentials)
		h.mu.Unlock()
		return said.frame.Text()
	default:
		return said.frame.Text()
	}
	return nil
}

// closing is the close code that the client of a socket expects.
func (s *socket) closing(code int, reason string) (websocket.StatusCode, string) {
	if s.transport != nil && code == server.CloseRefused {
		return closeForbidden, "Forbidden"
	}
	return websocket.StatusCode(code), reason
}
