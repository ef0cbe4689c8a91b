package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/sqlite"
)

type devOptions struct {
	config, host, static, database string
	port                           int
}

func devCommand() *cobra.Command {
	var o devOptions
	command := &cobra.Command{
		Use:   "dev",
		Short: "Serve the page, /graphql and /graphql/realtime on one port, on an SQLite file",
		Long: `Serves the static page, the GraphQL endpoint and its realtime half on one port, in the
foreground, until it is interrupted. Models without @auth are open to the API keys, unless the
configuration says "sandbox": false.

When it listens it prints one line "ready http://HOST:PORT/" on the standard output. The log goes
to the standard error, one JSON object a line.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("port") {
				if err := o.portFromEnvironment(); err != nil {
					return err
				}
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return dev(ctx, o, os.Stdout, os.Stderr)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.config, "config", "deltabase.json", "configuration file")
	flags.IntVar(&o.port, "port", 8080, "port to listen on; 0 takes any free one (default: PORT, else 8080)")
	flags.StringVar(&o.host, "host", "127.0.0.1", "address to listen on")
	flags.StringVar(&o.static, "static", "", "folder of the static page (default: web/dist beside the configuration, if it is there)")
	flags.StringVar(&o.database, "database", "", "SQLite file, instead of the configuration's")
	return command
}

func (o *devOptions) portFromEnvironment() error {
	text := os.Getenv("PORT")
	if text == "" {
		return nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 0 || port > 65_535 {
		return fmt.Errorf("PORT is %q; set it to a number from 0 to 65535, or unset it", text)
	}
	o.port = port
	return nil
}

// dev serves until ctx ends, then drains and returns nil.
func dev(ctx context.Context, o devOptions, out, log io.Writer) error {
	c, err := loadConfig(o.config)
	if err != nil {
		return err
	}
	if o.database != "" {
		c.database = o.database
	}
	s, err := loadSchema(c.schema)
	if err != nil {
		return err
	}
	page, folder, err := pageHandler(o, c)
	if err != nil {
		return err
	}
	core, tables, err := openServer(c, s)
	if err != nil {
		return err
	}
	defer tables.Close()
	listener, err := listen(o)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	functions, err := openFunctions(ctx, c, logger)
	if err != nil {
		listener.Close()
		return err
	}
	defer functions.Close()
	host := serverhttp.New(core, serverhttp.Options{
		Origins: c.origins, Other: page, Log: logger, Functions: functions,
	})
	announce(out, "http://"+listener.Addr().String(), c, s, folder)
	return serve(ctx, listener, host)
}

// openServer opens the configured database and makes the core on it.
func openServer(c *config, s *schema.Schema) (*server.Server, *sqlite.Tables, error) {
	tables, err := sqlite.Open(c.database, sqlite.Options{PagesMax: c.maxPageCount})
	if err != nil {
		return nil, nil, err
	}
	core, err := server.New(s, server.Options{
		APIKeys: c.apiKeys, Sandbox: c.sandbox, Strategy: c.strategy, Strategies: c.strategies,
		Function: c.function, Functions: c.functions,
		DeltaTTLMinutes: c.deltaTTLMinutes, TombstoneTTLMinutes: c.tombstoneTTLMinutes,
	}, tables)
	var wrong *server.ConfigError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("%s: %w", c.file, err)
	}
	if err != nil {
		tables.Close()
		return nil, nil, err
	}
	return core, tables, nil
}

// loadSchema reads a GraphQL file. All its mistakes are told at once, with file and line.
func loadSchema(file string) (*schema.Schema, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there is no schema file %s; write one, or correct \"schema\" in the configuration", file)
	}
	return parseSchema(file, text)
}

func listen(o devOptions) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(o.host, strconv.Itoa(o.port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d is taken by another program; end it, or choose another port with --port or PORT", o.port)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("port %d may not be used by this user; choose one above 1023 with --port or PORT", o.port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s port %d: %w", o.host, o.port, err)
	}
	return listener, nil
}

// announce prints where to look. The last line is for programs.
func announce(out io.Writer, address string, c *config, s *schema.Schema, folder string) {
	var models []string
	for _, m := range s.Models {
		models = append(models, m.Name)
	}
	line := func(name, value string) { fmt.Fprintf(out, "  %-9s %s\n", name, value) }
	fmt.Fprintln(out, "Deltabase")
	if folder != "" {
		line("page", address+"/")
	}
	line("endpoint", address+"/graphql")
	line("realtime", "ws"+strings.TrimPrefix(address, "http")+"/graphql/realtime")
	line("API key", strings.Join(c.apiKeys, ", "))
	line("models", strings.Join(models, ", "))
	line("database", c.database)
	fmt.Fprintf(out, "Stop it with Ctrl+C.\nready %s/\n", address)
}

// serve runs the host until ctx ends: then no new requests are taken, those under way are
// finished, sockets are closed with "going away".
func serve(ctx context.Context, listener net.Listener, host *serverhttp.Host) error {
	running, stop := context.WithCancel(context.Background())
	defer stop()
	go host.Run(running)
	web := &http.Server{
		Handler:           host,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := web.Shutdown(within)
	return errors.Join(err, host.Shutdown(within))
}

// pageHandler serves the static page, if there is one.
func pageHandler(o devOptions, c *config) (handler http.Handler, folder string, err error) {
	folder = o.static
	if folder == "" {
		folder = filepath.Join(filepath.Dir(c.file), "web", "dist")
		if _, err := os.Stat(filepath.Join(folder, "index.html")); err != nil {
			return http.HandlerFunc(noPage), "", nil
		}
	}
	page, err := newStaticPage(folder)
	if err != nil {
		return nil, "", err
	}
	return page, folder, nil
}

func noPage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintln(w, "Deltabase is running. The GraphQL endpoint is /graphql; no static page was found: build one, or name its folder with --static.")
}
