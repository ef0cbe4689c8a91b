package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/function"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/identity"
)

// site is what a configuration stands for while it is served. Its schema can be replaced while it
// runs.
type site struct {
	config    *config
	log       *slog.Logger
	page      http.Handler
	tables    server.Tables
	functions *function.Runner
	tokens    *identity.Verifier // nil when only API keys are configured
	develops  bool               // `deltabase dev`
	drain     time.Duration      // from SIGTERM until the listener closes
	names     serverhttp.Names   // what the server is called; none under `serve` means any
	disturb   func() bool        // of `dev`: whether to force a conflict; nil for never
	convert   bool               // --migrate
	unfit     bool               // --force

	collecting collecting

	swapping sync.Mutex
	current  atomic.Pointer[serving]
}

// serving is one schema's host.
type serving struct {
	schema *schema.Schema
	host   *serverhttp.Host
	stop   context.CancelFunc // ends host.Run
}

// openSite opens everything that a configuration names. close must follow.
func openSite(ctx context.Context, c *config, develops bool, page http.Handler, log *slog.Logger) (*site, error) {
	w := &site{config: c, log: log, page: page, develops: develops, names: c.hosts}
	if !develops {
		w.drain = time.Duration(c.drainSeconds) * time.Second
	}
	if develops { // a page of the web may have a name that leads to this machine
		w.names = append(serverhttp.Names{"localhost"}, c.hosts...)
	}
	var err error
	if len(c.issuers) > 0 {
		if w.tokens, err = identity.New(c.issuers, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", c.file, err)
		}
	}
	if w.tables, err = openTables(c); err != nil {
		return nil, err
	}
	if w.functions, err = openFunctions(ctx, c, log); err != nil {
		w.tables.Close()
		return nil, err
	}
	if w.tokens != nil {
		go w.tokens.Run(ctx, func(err error) { log.Error("issuer", "error", err.Error()) })
	}
	return w, nil
}

func (w *site) close() error {
	w.functions.Close()
	return w.tables.Close()
}

// take serves a schema from now on. What an earlier one was asked is finished, its sockets are
// closed with "going away": clients connect again.
func (w *site) take(s *schema.Schema) error {
	w.swapping.Lock()
	defer w.swapping.Unlock()
	core, err := server.New(s, w.settings(), w.tables)
	var wrong *server.ConfigError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("%s: %w", w.config.file, err)
	}
	err = w.explained(err)
	if err != nil {
		return err
	}
	options := serverhttp.Options{Origins: w.config.origins, Names: w.names, Other: w.page, Log: w.log, Functions: w.functions,
		Rates: w.config.ratesOf(w.develops), Proxies: w.config.proxies, Private: !w.develops}
	if w.config.metrics != nil {
		options.Private = !*w.config.metrics
	}
	if w.tokens != nil {
		options.Prepare = w.tokens.Prepare
	}
	running, stop := context.WithCancel(context.Background())
	next := &serving{schema: s, host: serverhttp.New(core, options), stop: stop}
	go next.host.Run(running)
	if before := w.current.Swap(next); before != nil {
		within, cancel := context.WithTimeout(context.Background(), swapWithin)
		defer cancel()
		err = before.host.Shutdown(within)
		before.stop()
	}
	return err
}

func (w *site) settings() server.Options {
	c := w.config
	options := server.Options{
		APIKeys: c.apiKeys, Sandbox: c.sandbox && w.develops, Strategy: c.strategy, Strategies: c.strategies, Unversioned: c.unversioned,
		Function: c.function, Functions: c.functions, Disturb: w.disturb, Introspection: w.develops,
		Convert: w.convert, Unfit: w.unfit,
		DeltaTTLMinutes: c.deltaTTLMinutes, TombstoneTTLMinutes: c.tombstoneTTLMinutes,
	}
	if w.tokens != nil {
		options.Tokens = w.tokens
	}
	return options
}

func (w *site) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	if request.Method == http.MethodPost {
		w.collecting.posts.Add(1)
	}
	w.current.Load().host.ServeHTTP(response, request)
}

// serve answers on a listener until ctx ends: then no new requests are taken, those under way are
// finished, sockets are closed with "going away".
func (w *site) serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	return w.finish(ctx, listening(listener, w.names.Only(handler), w.log))
}

// web is a listener that is served.
type web struct {
	http.Server
	failed chan error // why it ended by itself
}

// listening serves a listener from now on.
func listening(listener net.Listener, handler http.Handler, log *slog.Logger) *web {
	one := &web{failed: make(chan error, 1), Server: http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderWithin,
		ReadTimeout:       readWithin,
		WriteTimeout:      writeWithin,
		IdleTimeout:       idleWithin,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	go func() { one.failed <- one.Serve(listener) }()
	return one
}

// finish waits until ctx ends, and drains.
func (w *site) finish(ctx context.Context, web *web) error {
	select {
	case err := <-web.failed:
		return err
	case <-ctx.Done():
	}
	now := w.current.Load()
	now.host.Drain()
	if err := w.stay(web.failed); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	sockets := make(chan error, 1)
	go func() { sockets <- now.host.Shutdown(within) }()
	err := web.Shutdown(within)
	if err != nil {
		web.Close() // ends the requests that are left: their work stops when their connections are gone
	}
	err = errors.Join(err, <-sockets)
	now.stop()
	return err
}

// stay serves on while balancers learn from /readyz that the server goes away: as long as the configuration
// says, and no longer than the listener lives.
func (w *site) stay(failed <-chan error) error {
	if w.drain == 0 {
		return nil
	}
	enough := time.NewTimer(w.drain)
	defer enough.Stop()
	select {
	case err := <-failed:
		return err
	case <-enough.C:
		return nil
	}
}
