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
	"github.com/spf13/pflag"

	"github.com/deltabase/deltabase/schema"
)

// listenOptions say where a command serves.
type listenOptions struct {
	config, host, database string
	port                   int
	force                  bool // serve rows that do not fit the schema
	migrate                bool // convert them
	tls                    tlsOptions
}

func (o *listenOptions) flags(flags *pflag.FlagSet, host string) {
	flags.StringVar(&o.config, "config", "deltabase.json", "configuration file")
	flags.IntVar(&o.port, "port", 8080, "port to listen on; 0 takes any free one (default: PORT, else 8080)")
	flags.StringVar(&o.host, "host", host, "address to listen on")
	flags.StringVar(&o.database, "database", "", "SQLite file, instead of the configuration's")
	flags.BoolVar(&o.migrate, "migrate", false, "convert stored rows to the schema: looks at them first, rewrites them while it serves")
	flags.BoolVar(&o.force, "force", false, "serve stored rows that do not fit the schema as they are")
	flags.StringVar(&o.tls.cert, "tls-cert", "", "certificate (PEM) to serve HTTPS with; needs --tls-key")
	flags.StringVar(&o.tls.key, "tls-key", "", "private key (PEM) of --tls-cert")
}

type devOptions struct {
	listenOptions
	static  string
	knobs   knobs
	latency time.Duration
}

func devCommand() *cobra.Command {
	var o devOptions
	command := &cobra.Command{
		Use:   "dev",
		Short: "Serve the page, /graphql and /graphql/realtime on one port, on an SQLite file",
		Long: `Serves the static page, the GraphQL endpoint and its realtime half on one port, in the
foreground, until it is interrupted. Models without @auth are open to the API keys, unless the
configuration says "sandbox": false. The schema file is watched: what it gains is served at once.

When it listens it prints one line "ready http://HOST:PORT/" on the standard output. The log goes
to the standard error, one JSON object a line.

--latency, --loss and --conflicts make the network worse than it is, to see what an app makes of
it. While it runs they are read and turned at /deltabase/dev:
  curl -H 'Content-Type: application/json' -d '{"latencyMs": 300, "loss": 0.1}' localhost:8080/deltabase/dev`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("port") {
				if err := o.portFromEnvironment(); err != nil {
					return err
				}
			}
			o.knobs.LatencyMs = int(o.latency / time.Millisecond)
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return dev(ctx, o, os.Stdout, os.Stderr)
		},
	}
	flags := command.Flags()
	o.flags(flags, "127.0.0.1")
	flags.StringVar(&o.static, "static", "", "folder of the static page (default: web/dist beside the configuration, if it is there)")
	flags.BoolVar(&o.tls.local, "tls", false, "serve HTTPS with a certificate made on this machine; unmodified Amplify clients need it")
	flags.DurationVar(&o.latency, "latency", 0, "add to every request, such as 300ms")
	flags.Float64Var(&o.knobs.Loss, "loss", 0, "share of requests that are lost, 0 to 1")
	flags.Float64Var(&o.knobs.Conflicts, "conflicts", 0, "share of updates and deletes that meet a newer version, 0 to 1")
	return command
}

func (o *listenOptions) portFromEnvironment() error {
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
	turned := &panel{}
	if err := turned.turn(o.knobs); err != nil {
		return err
	}
	c, s, err := o.load()
	if err != nil {
		return err
	}
	page, folder, err := pageHandler(o, c)
	if err != nil {
		return err
	}
	w, err := openSite(ctx, c, true, page, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		return err
	}
	defer w.close()
	w.disturb = turned.conflict
	if o.host != "" {
		w.names = append(w.names, o.host)
	}
	w.convert, w.unfit = o.migrate, o.force
	if err := w.take(s); err != nil {
		return err
	}
	listener, err := o.listen(c)
	if err != nil {
		return err
	}
	if err := w.watch(ctx, out); err != nil {
		listener.Close()
		return err
	}
	announce(out, o.address(listener), c, s, folder)
	return w.serve(ctx, listener, turned.over(w))
}

// load reads the configuration and the schema that it names.
func (o *listenOptions) load() (*config, *schema.Schema, error) {
	c, err := loadConfig(o.config)
	if err != nil {
		return nil, nil, err
	}
	if o.database != "" {
		c.database = o.database
	}
	s, err := loadSchema(c.schema)
	return c, s, err
}

// loadSchema reads a GraphQL file. All its mistakes are told at once, with file and line.
func loadSchema(file string) (*schema.Schema, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there is no schema file %s; write one, or correct \"schema\" in the configuration", file)
	}
	return parseSchema(file, text, os.Stderr)
}

func (o *listenOptions) listen(c *config) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(o.host, strconv.Itoa(o.port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d is taken by another program; end it, or choose another port with --port or PORT", o.port)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("port %d may not be used by this user; choose one above 1023 with --port or PORT", o.port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s port %d: %w", o.host, o.port, err)
	}
	secured, err := o.tls.wrap(listener, filepath.Join(filepath.Dir(c.file), ".deltabase"), o.host)
	if err != nil {
		listener.Close()
	}
	return secured, err
}

// address is the URL of a listener, without a slash at its end.
func (o *listenOptions) address(listener net.Listener) string {
	if o.tls.wanted() {
		return "https://" + listener.Addr().String()
	}
	return "http://" + listener.Addr().String()
}

// announce prints where to look. The last line is for programs.
func announce(out io.Writer, address string, c *config, s *schema.Schema, folder string) {
	line := func(name, value string) { fmt.Fprintf(out, "  %-9s %s\n", name, value) }
	fmt.Fprintln(out, "Deltabase")
	if folder != "" {
		line("page", address+"/")
	}
	line("endpoint", address+"/graphql")
	line("realtime", "ws"+strings.TrimPrefix(address, "http")+"/graphql/realtime")
	line("API key", strings.Join(c.apiKeys, ", "))
	line("models", modelNames(s))
	line("database", databaseName(c.database))
	fmt.Fprintf(out, "Stop it with Ctrl+C.\nready %s/\n", address)
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
