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
	"strings"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/cmd/deltabase/importer"
	"github.com/deltabase/deltabase/schema"
)

type importOptions struct {
	config, schema, model, endpoint, apiKey string
	mapping                                 []string
	coerce, skipBad                         bool
}

// importCommand is `deltabase import`: JSON and JSON Lines into a model.
func importCommand() *cobra.Command {
	var o importOptions
	command := &cobra.Command{
		Use:   "import [MODEL] FILE",
		Short: "Import a JSON or JSON Lines file into a model",
		Long: `Reads the rows of a file (a JSON array, or one JSON object a line) and creates a record of each.

A column goes to the field of its name in camel case: 'US Gross' to usGross. All rows are checked
before the first is written: one that does not fit is named by its index (from 0) or its line, and
nothing is imported, unless --skip-bad leaves such rows out. Ids are made from the rows, so that
importing a file again changes nothing.

With --endpoint the records go to a server that is running. Without it they go into the database
that the configuration names; clients of a server on that database get them with their next sync.`,
		Example: `  deltabase import Film movies.json --coerce
  deltabase import --model Film movies.jsonl --map 'US Gross=gross' --map 'Comment=' \
    --endpoint http://127.0.0.1:8080/graphql --api-key da2-demo`,
		Args: func(_ *cobra.Command, args []string) error { return o.arguments(args) },
		RunE: func(command *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return importFile(ctx, o, args[len(args)-1], command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.config, "config", "deltabase.json", "configuration file")
	flags.StringVar(&o.model, "model", "", "the model to import into, instead of MODEL")
	flags.StringVar(&o.schema, "schema", "", "the GraphQL schema (default: the one that the configuration names)")
	flags.StringArrayVar(&o.mapping, "map", nil, "send a column to a field: 'US Gross=usGross'; 'Comment=' leaves a column out")
	flags.BoolVar(&o.coerce, "coerce", false, "turn numbers into text where a field wants text")
	flags.BoolVar(&o.skipBad, "skip-bad", false, "leave out rows that do not fit, and name them")
	flags.StringVar(&o.endpoint, "endpoint", "", "the GraphQL endpoint of a running server")
	flags.StringVar(&o.apiKey, "api-key", "", "the key for the endpoint (default: the configuration's first)")
	return command
}

// arguments accepts FILE with --model, or MODEL FILE.
func (o *importOptions) arguments(args []string) error {
	switch {
	case len(args) == 2 && o.model == "":
		o.model = args[0]
	case len(args) == 1 && o.model != "":
	case len(args) == 1:
		return errors.New("the model is missing: deltabase import Film movies.json")
	default:
		return errors.New("name a model and one file: deltabase import Film movies.json")
	}
	return nil
}

func importFile(ctx context.Context, o importOptions, file string, out, log io.Writer) error {
	s, err := o.readSchema()
	if err != nil {
		return err
	}
	model := s.Model(o.model)
	if model == nil {
		return fmt.Errorf("the schema has no model %s; it has %s", o.model, modelNames(s))
	}
	mapping, err := mappingOf(o.mapping)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	plan, err := importer.Read(filepath.Base(file), text, importer.Options{Schema: s, Model: model, Map: mapping,
		Coerce: o.coerce, SkipBad: o.skipBad})
	if err != nil {
		return err
	}
	for _, bad := range plan.Skipped {
		fmt.Fprintf(log, "skipped %s: %s\n", bad.Where, bad.Reason)
	}
	report, err := o.write(ctx, s, model, plan.Records)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "imported %d, already there %d, skipped %d\n", report.Imported, report.AlreadyThere, plan.SkippedCount)
	return nil
}

func (o *importOptions) readSchema() (*schema.Schema, error) {
	if o.schema != "" {
		return readSchema(o.schema, os.Stderr)
	}
	c, err := loadConfig(o.config)
	if err != nil {
		return nil, err
	}
	return loadSchema(c.schema)
}

func modelNames(s *schema.Schema) string {
	var names []string
	for _, m := range s.Models {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

func mappingOf(flags []string) (map[string]string, error) {
	mapping := map[string]string{}
	for _, flag := range flags {
		i := strings.LastIndexByte(flag, '=') // a column may hold a =, a field cannot
		if i < 1 {
			return nil, fmt.Errorf("--map '%s' is not of the form 'column=field'", flag)
		}
		mapping[flag[:i]] = flag[i+1:]
	}
	return mapping, nil
}

// write sends the records to the endpoint, or to a server of our own on the configured database.
func (o *importOptions) write(ctx context.Context, s *schema.Schema, m *schema.Model, records []importer.Record) (importer.Report, error) {
	to := importer.Target{Endpoint: o.endpoint, APIKey: o.apiKey, Client: http.DefaultClient}
	if o.endpoint != "" && o.apiKey != "" {
		return importer.Write(ctx, s, m, records, to)
	}
	c, err := loadConfig(o.config)
	if err != nil {
		if o.endpoint != "" {
			err = errors.New("the endpoint needs a key: name it with --api-key")
		}
		return importer.Report{}, err
	}
	if to.APIKey == "" {
		if len(c.apiKeys) == 0 {
			return importer.Report{}, errors.New("the configuration has no API key; import needs one: add \"apiKeys\", or name one with --api-key")
		}
		to.APIKey = c.apiKeys[0]
	}
	if o.endpoint != "" {
		return importer.Write(ctx, s, m, records, to)
	}
	w, err := openSite(ctx, c, true, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if err != nil {
		return importer.Report{}, err
	}
	defer w.close()
	if err := w.take(s); err != nil {
		return importer.Report{}, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return importer.Report{}, fmt.Errorf("no port can be opened on this machine: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.serve(serving, listener, w) }()
	to.Endpoint = "http://" + listener.Addr().String() + "/graphql"
	to.Client = &http.Client{Transport: &http.Transport{}}
	report, err := importer.Write(ctx, s, m, records, to)
	to.Client.CloseIdleConnections()
	stop()
	return report, errors.Join(err, <-ended)
}
