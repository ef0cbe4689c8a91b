package http

import (
	"context"
	"fmt"
	nethttp "net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
)

// socket is one accepted WebSocket: a reading goroutine, and a writing one while its bounded queue holds
// something. An idle socket has the one and little else; there may be ten thousand of them.
type socket struct {
	id      server.ConnID
	conn    *websocket.Conn
	bucket  string // that its messages count in
	line    string // that its reads wait in
	address string
	// speaks graphql-transport-ws; nil for AppSync's own protocol.
	transport *transport

	ctx    context.Context // ends with the socket
	cancel context.CancelFunc

	mu      sync.Mutex
	queue   [][]byte
	bytes   int
	code    int // close code once it is to be closed
	reason  string
	writing bool
}

// realtime accepts a WebSocket and serves it until one side ends it. Credentials come from the
// subprotocol, the query or plain headers, in this order; what is wrong with them is told in band.
func (h *Host) realtime(w nethttp.ResponseWriter, r *nethttp.Request, known bool) {
	if origin := r.Header.Get("Origin"); len(h.options.Origins) > 0 && origin != "" && !h.allowed(r, origin) {
		refuse(w, nethttp.StatusForbidden, "UnauthorizedException", "This origin may not connect.")
		return
	}
	credentials, refusal := credentialsOf(r)
	h.prepare(r.Context(), credentials)
	if h.limited(w, r, credentials) {
		return
	}
	address := h.addressOf(r)
	h.mu.Lock()
	many := h.from[address] >= SocketsPerAddressMax
	h.mu.Unlock()
	if many {
		h.refuseForNow(w, nethttp.StatusTooManyRequests)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{appsync.Subprotocol, transportSubprotocol},
		InsecureSkipVerify: true, // origins were checked above, by our own list
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // answered by Accept
	}
	conn.SetReadLimit(server.FrameBytesMax)
	if !known {
		refusal = &appsync.RequestError{Type: "HttpNotFoundException", Message: "There is no realtime endpoint at this path."}
	}
	s := &socket{conn: conn, line: h.queueOf(r, credentials), address: address}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if conn.Subprotocol() == transportSubprotocol {
		s.transport = newTransport(credentials)
	}
	if !h.join(s, credentials, refusal) {
		select {
		case <-h.closing:
			conn.Close(server.CloseShutdown, "the server is shutting down")
		default:
			conn.Close(server.CloseResync, "too many connections; try again later")
		}
		return
	}
	go h.serve(s) // the request ends here, with its buffers and its stack
}

// serve reads from a socket that has joined until it ends.
func (h *Host) serve(s *socket) {
	defer h.leave(s)
	defer s.cancel()
	defer h.recovered(s)
	old := time.AfterFunc(SocketLifetime, func() {
		s.shut(server.CloseShutdown, "the connection is a day old; connect again")
	})
	defer old.Stop()
	h.read(s.ctx, s)
}

func credentialsOf(r *nethttp.Request) (server.Credentials, *appsync.RequestError) {
	entry, found := "", false
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for _, one := range strings.Split(line, ",") {
			if one = strings.TrimSpace(one); strings.HasPrefix(one, "header-") && one != "header-" {
				entry, found = one, true
			}
		}
	}
	if query := r.URL.Query().Get("header"); !found && query != "" {
		entry, found = query, true
	}
	if !found {
		return server.Credentials{
			APIKey:        r.Header.Get("x-api-key"),
			Authorization: r.Header.Get("Authorization"),
		}, nil
	}
	object, err := appsync.ParseProtocol(strings.ReplaceAll(entry, " ", "+")) // "+" of an unescaped query
	if err != nil {
		return server.Credentials{}, &appsync.RequestError{Type: "BadRequestException", Message: err.Error()}
	}
	return server.CredentialsOf(object), nil
}

func (h *Host) join(s *socket, credentials server.Credentials, refusal *appsync.RequestError) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.closing:
		return false
	default:
	}
	if len(h.sockets) >= SocketsMax || h.from[s.address] >= SocketsPerAddressMax {
		return false
	}
	h.from[s.address]++
	s.id = h.hub.Connect(credentials, refusal)
	s.bucket = "socket " + strconv.FormatUint(uint64(s.id), 10)
	h.sockets[s.id] = s
	h.open.Store(int64(len(h.sockets)))
	h.options.Metrics.sockets.Inc()
	h.serving.Add(1)
	return true
}

func (h *Host) leave(s *socket) {
	h.mu.Lock()
	h.hub.Disconnect(s.id)
	delete(h.sockets, s.id)
	h.open.Store(int64(len(h.sockets)))
	if h.from[s.address]--; h.from[s.address] == 0 {
		delete(h.from, s.address)
	}
	h.options.Metrics.sockets.Dec()
	h.mu.Unlock()
	s.conn.CloseNow()
	h.serving.Done()
}

// read hands the client's messages to the hub until the socket ends.
func (h *Host) read(ctx context.Context, s *socket) {
	// A read cannot be given a new deadline while it waits, so silence before connection_init is
	// ended by a timer.
	silence := time.AfterFunc(InitWithin, func() {
		s.shut(websocket.StatusPolicyViolation, "connection_init did not come")
	})
	defer silence.Stop()
	for {
		kind, text, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		silence.Stop()
		if kind != websocket.MessageText {
			s.shut(websocket.StatusUnsupportedData, "messages are text")
			continue
		}
		if _, ok := h.buckets.take([]string{s.bucket}, time.Now()); !ok {
			s.shut(server.CloseResync, "too many messages; connect again later")
			continue
		}
		if s.transport != nil {
			if text = h.translate(ctx, s, text); text == nil {
				continue
			}
		}
		h.receiveApart(ctx, s, text)
	}
}

// recovered ends a socket whose message made the server panic, and nothing else.
func (h *Host) recovered(s *socket) {
	if r := recover(); r != nil {
		h.options.Log.Error("panic", "connection", uint64(s.id), "error", fmt.Sprint(r), "stack", string(debug.Stack()))
		s.shut(websocket.StatusInternalError, "the server failed; connect again")
	}
}

// receiveApart receives on a goroutine of its own: what reads a document needs a large stack, which the
// one that goes on to wait for the next message would keep.
func (h *Host) receiveApart(ctx context.Context, s *socket, text []byte) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer h.recovered(s)
		h.receive(ctx, s, text)
	}()
	<-done
}

// receive reads a message without the lock, so that nobody waits for what it takes to read it.
func (h *Host) receive(ctx context.Context, s *socket, text []byte) {
	now := time.Now()
	ctx, cancel := context.WithDeadline(ctx, now.Add(h.options.Deadline))
	defer cancel()
	h.mu.Lock()
	ready := h.hub.Ready(s.id)
	h.mu.Unlock()
	if ready {
		h.prepareFrame(ctx, text)
	}
	message := h.server.Read(callWithin(ctx, now, s.line), text, ready)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(h.hub.Take(s.id, now.UnixMilli(), message))
}

// send queues what the hub returned. The caller holds h.mu, so that the order stays.
func (h *Host) send(out []server.Out) {
	for _, o := range out {
		s := h.sockets[o.Conn]
		if s == nil {
			continue
		}
		if o.Text != nil {
			h.options.Metrics.events.Inc()
		}
		if o.Text != nil && !s.enqueue(o.Text) {
			h.options.Metrics.slow.Inc()
			h.options.Log.Info("slow consumer", "connection", uint64(o.Conn))
			h.hub.Disconnect(o.Conn)
		}
		if o.Close != 0 {
			s.shut(s.closing(o.Close, o.Reason))
		}
	}
}

// enqueue adds a message. A client that does not read fast enough is cut off: it connects again
// and reads what it missed from the log.
func (s *socket) enqueue(text []byte) bool {
	if s.transport != nil {
		if text = s.transport.say(text); text == nil {
			return true
		}
	}
	return s.queueUp(text)
}

// queueUp adds a message as it goes out.
func (s *socket) queueUp(text []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.code != 0 {
		return true
	}
	if len(s.queue) >= QueueFramesMax || s.bytes+len(text) > QueueBytesMax {
		s.queue, s.bytes = nil, 0
		s.code, s.reason = server.CloseResync, "too slow; sync again"
		s.signal()
		return false
	}
	s.queue = append(s.queue, text)
	s.bytes += len(text)
	s.signal()
	return true
}

// shut closes the socket when its queue is empty.
func (s *socket) shut(code websocket.StatusCode, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.code == 0 {
		s.code, s.reason = int(code), reason
		s.signal()
	}
}

// signal makes somebody write. The caller holds s.mu.
func (s *socket) signal() {
	if s.ctx != nil && !s.writing {
		s.writing = true
		go s.write()
	}
}

// write empties the queue. After a failure nobody writes any more.
func (s *socket) write() {
	for {
		s.mu.Lock()
		batch, code, reason := s.queue, s.code, s.reason
		s.queue, s.bytes = nil, 0
		s.writing = len(batch) > 0 || code != 0
		s.mu.Unlock()
		for _, text := range batch {
			within, cancel := context.WithTimeout(s.ctx, WriteWithin)
			err := s.conn.Write(within, websocket.MessageText, text)
			cancel()
			if err != nil {
				s.cancel()
				return
			}
		}
		if code != 0 {
			s.conn.Close(websocket.StatusCode(code), reason)
			s.cancel()
			return
		}
		if len(batch) == 0 {
			return
		}
	}
}
