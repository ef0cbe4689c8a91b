// Package http serves the core over HTTP and WebSocket: requests, the realtime protocol,
// deadlines, logs, shutdown. Importers name it serverhttp, because it shadows net/http.
package http

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
)

// Options of a host. The zero value is ready.
type Options struct {
	Path      string          // of the endpoint; default "/graphql"; realtime is below it
	Origins   []string        // origins that browsers may call from; none, or "*" alone, means all of them
	Names     Names           // what the server is called; an origin of its own may call, too
	KeepAlive time.Duration   // between "ka" messages; default 60 s
	Deadline  time.Duration   // of a request; default 10 s
	Functions Functions       // asks conflict functions; default: every question fails
	Prepare   Prepare         // default: nothing has to be loaded
	Rates     Rates           // default: no bounds
	Proxies   []netip.Prefix  // whose X-Forwarded-For and Forwarded are believed; default: nobody's
	Metrics   *Metrics        // default: of its own
	Private   bool            // keeps /metrics closed
	Log       *slog.Logger    // default: nothing is logged
	Other     nethttp.Handler // answers all other paths; default: not found
}

// Host is the http.Handler of one server. Run must be running while it serves.
type Host struct {
	server   *server.Server
	options  Options
	kick     chan struct{} // something was committed
	closing  chan struct{}
	close    sync.Once
	buckets  *buckets
	underWay underWay
	compress func(nethttp.HandlerFunc) nethttp.Handler
	state    state

	mu      sync.Mutex // over hub and sockets, and over the order in their queues
	hub     *server.Hub
	sockets map[server.ConnID]*socket
	open    atomic.Int64   // how many they are
	from    map[string]int // sockets by their address
	serving sync.WaitGroup // sockets
}

// New makes a host.
func New(s *server.Server, options Options) *Host {
	if slices.Equal(options.Origins, []string{"*"}) {
		options.Origins = nil
	}
	if options.Path == "" {
		options.Path = "/graphql"
	}
	if options.KeepAlive == 0 {
		options.KeepAlive = server.KeepAliveIntervalMsDefault * time.Millisecond
	}
	if options.Deadline == 0 {
		options.Deadline = server.DeadlineMsDefault * time.Millisecond
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Metrics == nil {
		options.Metrics = NewMetrics()
	}
	if options.Other == nil {
		options.Other = nethttp.NotFoundHandler()
	}
	return &Host{server: s, options: options, hub: s.NewHub(), sockets: map[server.ConnID]*socket{}, from: map[string]int{},
		underWay: underWay{of: map[string]held{}},
		kick:     make(chan struct{}, 1), closing: make(chan struct{}), buckets: newBuckets(options.Rates), compress: compressing()}
}

// ServeHTTP serves POST and OPTIONS on the endpoint, WebSocket upgrades on it and below it, and
// leaves the rest to Options.Other.
func (h *Host) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	below, ours := strings.CutPrefix(r.URL.Path, h.options.Path)
	ours = ours && (below == "" || below[0] == '/')
	switch {
	case !ours && h.beside(w, r):
	case !ours:
		h.options.Other.ServeHTTP(w, r)
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		h.realtime(w, r, below == "" || below == "/realtime")
	case below != "" && below != "/":
		nethttp.NotFound(w, r)
	default:
		h.endpoint(w, r)
	}
}

// endpoint answers the GraphQL endpoint.
func (h *Host) endpoint(w nethttp.ResponseWriter, r *nethttp.Request) {
	if !h.cross(w, r) {
		refuse(w, nethttp.StatusForbidden, "UnauthorizedException", "This origin may not call the server.")
		return
	}
	switch r.Method {
	case nethttp.MethodOptions:
		w.WriteHeader(nethttp.StatusNoContent)
	case nethttp.MethodPost:
		h.compress(h.post).ServeHTTP(w, r)
	case nethttp.MethodGet:
		h.compress(h.counted(h.get)).ServeHTTP(w, r)
	default:
		w.Header().Set("Allow", "POST, GET, OPTIONS")
		refuse(w, nethttp.StatusMethodNotAllowed, "BadRequestException",
			"This is a GraphQL endpoint: send requests by POST, or queries by GET.")
	}
}

// cross writes the CORS headers; false means that the request's origin is not allowed.
func (h *Host) cross(w nethttp.ResponseWriter, r *nethttp.Request) bool {
	origin := r.Header.Get("Origin")
	allow := "*"
	if len(h.options.Origins) > 0 {
		w.Header().Add("Vary", "Origin")
		if origin == "" {
			return true
		}
		if !h.allowed(r, origin) {
			return false
		}
		allow = origin
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", allow)
	header.Set("Access-Control-Expose-Headers",
		"x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,Retry-After,x-amz-schema-version")
	if r.Method == nethttp.MethodOptions {
		header.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
		header.Set("Access-Control-Allow-Headers", allowedHeaders(r.Header.Get("Access-Control-Request-Headers")))
		header.Set("Access-Control-Max-Age", "86400")
	}
	return true
}

const plainHeaders = "content-type,authorization,x-api-key,x-amz-date,x-amz-security-token,x-amz-user-agent,x-deltabase-engine"

// allowedHeaders are the known headers and those that a preflight names.
func allowedHeaders(requested string) string {
	if requested == "" || len(requested) > AskedHeadersMax {
		return plainHeaders
	}
	for _, c := range requested {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ", c) {
			return plainHeaders
		}
	}
	return plainHeaders + "," + requested
}

func refuse(w nethttp.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("x-amzn-ErrorType", kind)
	body := appsync.ErrorBody
	switch status {
	case nethttp.StatusRequestTimeout, nethttp.StatusTooManyRequests, nethttp.StatusServiceUnavailable:
		body = appsync.RetryBody
	}
	w.WriteHeader(status)
	w.Write(body(kind, message))
}

// post reads the body of a request and answers it.
func (h *Host) post(w nethttp.ResponseWriter, r *nethttp.Request) {
	began := time.Now()
	comes := &coming{Reader: nethttp.MaxBytesReader(w, r.Body, server.BodyBytesMax+1), underWay: &h.underWay, address: h.addressOf(r)}
	defer comes.give()
	body, err := io.ReadAll(comes)
	switch {
	case errors.Is(err, errTooMuchComing):
		w.Header().Set("Connection", "close") // the rest of the body is not the next request
		h.options.Metrics.limited.Inc()
		h.refuseForNow(w, nethttp.StatusTooManyRequests)
	case err != nil && len(body) <= server.BodyBytesMax:
		h.brokenOff(w, err)
	default:
		h.counted(func(w nethttp.ResponseWriter, r *nethttp.Request) { h.respond(w, r, began, body, false) })(w, r)
	}
}

// respond answers a request whose body has come.
func (h *Host) respond(w nethttp.ResponseWriter, r *nethttp.Request, began time.Time, body []byte, readOnly bool) {
	deadline := began.Add(h.options.Deadline)
	ctx, cancel := context.WithDeadline(r.Context(), deadline)
	defer cancel()
	credentials := server.Credentials{
		APIKey:        r.Header.Get("x-api-key"),
		Authorization: r.Header.Get("Authorization"),
	}
	h.prepare(r.Context(), credentials)
	if h.limited(w, r, credentials) {
		return
	}
	call := callWithin(ctx, began, h.queueOf(r, credentials))
	call.ReadOnly = readOnly
	call.Expired = func() bool { return time.Now().After(deadline) || r.Context().Err() != nil }
	answer := h.decide(r.Context(), began, call.Queue, h.server.Handle(call, credentials, body))
	if answer.Committed {
		h.Committed()
	}
	header := w.Header()
	header.Set("Content-Type", "application/json;charset=UTF-8")
	id := requestID()
	header.Set("x-amzn-RequestId", id)
	header.Set("x-amzn-appsync-TokensConsumed", "1")
	header.Set("Cache-Control", "no-store")
	if answer.ErrorType != "" {
		header.Set("x-amzn-ErrorType", answer.ErrorType)
	}
	if answer.Status == nethttp.StatusServiceUnavailable {
		header.Set("Retry-After", "1")
	}
	w.WriteHeader(answer.Status)
	w.Write(answer.Body)
	took := time.Since(began)
	h.options.Metrics.answered(answer, took)
	h.logAnswer(r, id, answer, took)
}

// brokenOff answers a body that did not come to its end: in time, or at all.
func (h *Host) brokenOff(w nethttp.ResponseWriter, cause error) {
	w.Header().Set("Connection", "close") // the rest of the body is not the next request
	status, kind, message := nethttp.StatusBadRequest, "MalformedHttpRequestException", "The request's body broke off. Send it again."
	if timeout := net.Error(nil); errors.As(cause, &timeout) && timeout.Timeout() {
		status, kind, message = nethttp.StatusRequestTimeout, "RequestTimeoutException", "The request's body did not come in time. Send it again."
	}
	h.options.Log.Info("request", "status", status, "error", cause.Error())
	refuse(w, status, kind, message)
}

// callWithin is a request's Call: its work stops when ctx ends, and it waits for its turns no longer.
func callWithin(ctx context.Context, now time.Time, queue string) server.Call {
	return server.Call{NowMs: now.UnixMilli(), Expired: func() bool { return ctx.Err() != nil }, Context: ctx, Queue: queue}
}

// queueOf names the line that a request waits in: of its token, else of its address. A key is in every
// page and so names nobody.
func (h *Host) queueOf(r *nethttp.Request, c server.Credentials) string {
	if c.Authorization != "" {
		sum := sha256.Sum256([]byte(c.Authorization))
		return "token " + string(sum[:])
	}
	return "address " + h.addressOf(r)
}

// Committed tells the publisher that the log has grown, if anybody may listen: who connects later
// hears of later changes.
func (h *Host) Committed() {
	if h.open.Load() == 0 {
		return
	}
	select {
	case h.kick <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run publishes, keeps connections alive, purges and does what a new schema left to do until ctx ends.
func (h *Host) Run(ctx context.Context) {
	var maintained sync.WaitGroup
	defer maintained.Wait()
	maintained.Go(func() { h.maintain(ctx) })
	alive := time.NewTicker(h.options.KeepAlive)
	defer alive.Stop()
	// Another process on the same database commits without telling us.
	look := time.NewTicker(LookEvery)
	defer look.Stop()
	told := h.server.Told()
	purge, purged := time.NewTicker(PurgeEvery), time.Now()
	defer purge.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.kick:
			h.publish()
		case <-told:
			h.publish()
		case <-look.C:
			h.expire()
			h.publish()
		case <-alive.C:
			h.mu.Lock()
			h.send(h.hub.KeepAlive())
			h.mu.Unlock()
		case <-purge.C:
			now := time.Now()
			h.purge(now, now.Sub(purged)) // by the clock that nobody can set
			purged = now
		}
	}
}

// publish hands out what was committed, and lets go of the lock after each part of it.
func (h *Host) publish() {
	for more := true; more; {
		var out []server.Out
		var err error
		h.mu.Lock()
		out, more, err = h.hub.PublishSome()
		h.send(out)
		h.options.Metrics.listening.Set(float64(h.hub.Subscriptions()))
		h.mu.Unlock()
		if err != nil {
			h.options.Metrics.publication.Inc()
			h.options.Log.Error("publish", "error", err.Error())
			return
		}
	}
}

func (h *Host) purge(now time.Time, ran time.Duration) {
	for again := true; again; ran = 0 {
		var err error
		if again, err = h.server.Purge(now.UnixMilli(), ran.Milliseconds()); err != nil {
			h.options.Log.Error("purge", "error", err.Error())
			return
		}
	}
}

// Shutdown closes every socket with "going away" and waits until they are gone or ctx ends.
func (h *Host) Shutdown(ctx context.Context) error {
	h.close.Do(func() { close(h.closing) })
	h.mu.Lock()
	for _, s := range h.sockets {
		s.shut(server.CloseShutdown, "the server is shutting down")
	}
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		h.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
