package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// serveCommand is `deltabase serve`: the server without what only development needs.
func serveCommand() *cobra.Command {
	var o listenOptions
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve /graphql and /graphql/realtime in production",
		Long: `Serves the GraphQL endpoint and its realtime half until SIGTERM or an interrupt: then /readyz
answers 503, requests under way are finished and sockets are closed.

Unlike dev it closes models without @auth, has no page, no introspection and no knobs, and does not
watch the schema. /healthz and /readyz are beside the endpoint; /metrics (Prometheus) is closed unless
deltabase.json says "metrics": true, because whoever reaches the endpoint reaches it, too. The log
goes to the standard error, one JSON object a line, without records or tokens.

The port is open from the start. While the database is opened, and its rows are compared with a schema
that they were not compared with before, /healthz answers 200 and everything else 503. When the server
answers requests it prints one line "ready http://HOST:PORT/" on the standard output.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("port") {
				if err := o.portFromEnvironment(); err != nil {
					return err
				}
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serveProduction(ctx, o, os.Stdout, os.Stderr)
		},
	}
	o.flags(command.Flags(), "0.0.0.0")
	return command
}

// serveProduction opens the port first: to open a database that an earlier release left, or that was not
// closed, may take a minute, in which balancers and clients hear that the server is starting.
func serveProduction(ctx context.Context, o listenOptions, out, log io.Writer) error {
	c, s, err := o.load()
	if err != nil {
		return err
	}
	listener, err := o.listen(c)
	if err != nil {
		return err
	}
	lines := newLogWriter(log)
	defer lines.Close()
	logger := slog.New(slog.NewJSONHandler(lines, nil))
	gate := &gate{}
	web := listening(listener, serverhttp.Names(c.hosts).Only(gate), logger)
	made := make(chan opened, 1)
	go func() { made <- open(ctx, o, c, s, logger) }()
	var one opened
	select {
	case err := <-web.failed:
		return err
	case <-ctx.Done(): // what was begun is left, as by a crash: it begins anew at the next start
		return web.Close()
	case one = <-made:
	}
	if one.err != nil {
		return errors.Join(one.err, web.Close())
	}
	defer one.site.close()
	gate.site.Store(one.site)
	go one.site.collecting.run(ctx)
	for _, m := range s.Models {
		if len(m.Auth) == 0 {
			fmt.Fprintf(out, "note: %s has no @auth, so nobody may use it; write a rule such as @auth(rules: [{allow: owner}])\n", m.Name)
		}
	}
	fmt.Fprintf(out, "ready %s/\n", o.address(listener))
	return one.site.finish(ctx, web)
}

type opened struct {
	site *site
	err  error
}

// open makes the site that is served.
func open(ctx context.Context, o listenOptions, c *config, s *schema.Schema, log *slog.Logger) opened {
	w, err := openSite(ctx, c, false, http.HandlerFunc(noPage), log)
	for tries := 1; busy(err) && tries < openTriesMax && ctx.Err() == nil; tries++ {
		w, err = openSite(ctx, c, false, http.HandlerFunc(noPage), log)
	}
	if err != nil {
		return opened{nil, err}
	}
	w.convert, w.unfit = o.migrate, o.force
	if err := w.take(s); err != nil {
		return opened{nil, errors.Join(err, w.close())}
	}
	return opened{w, nil}
}

// busy reports whether another process writes to the database, so that it could not be opened within some seconds.
func busy(err error) bool {
	var storage *server.StorageError
	return errors.As(err, &storage) && storage.Code == server.StorageBusy
}

// gate answers until there is a site, and from then on by it.
type gate struct{ site atomic.Pointer[site] }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if there := g.site.Load(); there != nil {
		there.ServeHTTP(w, r)
		return
	}
	serverhttp.Starting(w, r)
}
