package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
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

When it listens it prints one line "ready http://HOST:PORT/" on the standard output.`,
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

func serveProduction(ctx context.Context, o listenOptions, out, log io.Writer) error {
	c, s, err := o.load()
	if err != nil {
		return err
	}
	lines := newLogWriter(log)
	defer lines.Close()
	w, err := openSite(ctx, c, false, http.HandlerFunc(noPage), slog.New(slog.NewJSONHandler(lines, nil)))
	if err != nil {
		return err
	}
	defer w.close()
	go w.collecting.run(ctx)
	w.convert, w.unfit = o.migrate, o.force
	if err := w.take(s); err != nil {
		return err
	}
	listener, err := o.listen(c)
	if err != nil {
		return err
	}
	for _, m := range s.Models {
		if len(m.Auth) == 0 {
			fmt.Fprintf(out, "note: %s has no @auth, so nobody may use it; write a rule such as @auth(rules: [{allow: owner}])\n", m.Name)
		}
	}
	fmt.Fprintf(out, "ready %s/\n", o.address(listener))
	return w.serve(ctx, listener, w)
}
