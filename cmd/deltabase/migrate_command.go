package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
)

// explained says what to do about a schema that the stored rows may not fit.
func (w *site) explained(err error) error {
	var misfit *server.SchemaError
	if !errors.As(err, &misfit) {
		return err
	}
	advice := "Restore the schema that they were written with, or change the rows through it; `deltabase migrate --plan` looks at all of them"
	if misfit.Convertible() {
		advice = "`deltabase migrate --plan` looks at them while servers run; then start with --migrate, which converts them while it serves, or run `deltabase migrate`"
	}
	return fmt.Errorf("the rows of %s do not fit %s:\n%s\n%s. --force serves them as they are",
		databaseName(w.config.database), w.config.schema, changeLines(misfit.Changes), advice)
}

// changeLines tells fields, counts and ids, never what a record holds.
func changeLines(changes []server.Change) string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, "  "+c.String())
	}
	return strings.Join(lines, "\n")
}

// migrateCommand is `deltabase migrate`: brings stored rows to the schema.
func migrateCommand() *cobra.Command {
	var o listenOptions
	var plan bool
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring stored rows to a changed schema, or with --plan tell what that would change",
		Long: `Looks at all rows of models whose fields changed, while servers may run, and converts them where
nothing is lost: Int, Float and String into one another, anything to AWSJSON, one value to a list of
one, a missing value to its @default. When a row can't be converted, nothing is changed and it is
named by its id. Enum values are not guessed, and a primary key is not changed: export the rows
and import them under the new one.

From the moment on in which all rows were found to fit, servers with the old schema answer 503: start
those with the new one then. They read rows as the new schema has them at once. The rewriting goes on in
small steps, beside servers; each converted row gets a new version, which clients see. When it
is cut off, the next start of a server or of this command goes on.

--plan changes no row and exits with an error when something can't be converted. It notes what it
looked at: a server that is started with --migrate next looks only at what changed since, so that a
large database is migrated without a pause: --plan beside the old server, then the new one.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, s, err := o.load()
			if err != nil {
				return err
			}
			tables, err := openExistingTables(c)
			if err != nil {
				return err
			}
			defer tables.Close()
			if plan {
				return planMigration(c, s, tables, command.OutOrStdout())
			}
			ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return migrateRows(ctx, c, s, tables, command.OutOrStdout())
		},
	}
	command.Flags().BoolVar(&plan, "plan", false, "only tell what would change")
	command.Flags().StringVar(&o.config, "config", "deltabase.json", "the project's configuration")
	command.Flags().StringVar(&o.database, "database", "", "SQLite file or postgres:// address, instead of the configuration's")
	return command
}

func planMigration(c *config, s *schema.Schema, tables server.Tables, out io.Writer) error {
	found, err := server.Survey(s, tables)
	if err != nil {
		return err
	}
	misfit := &server.SchemaError{}
	for _, one := range found {
		if one.Converts > 0 || one.Unfit > 0 {
			misfit.Changes = append(misfit.Changes, one)
		}
	}
	if !misfit.Convertible() {
		return fmt.Errorf("rows of %s can't be brought to %s:\n%s", databaseName(c.database), c.schema, changeLines(found))
	}
	if len(found) > 0 {
		fmt.Fprintf(out, "Changes of %s:\n%s\n", c.schema, changeLines(found))
	}
	if len(misfit.Changes) > 0 {
		fmt.Fprintln(out, "Start the server with --migrate, or run `deltabase migrate`.")
		return nil
	}
	fmt.Fprintf(out, "All rows of %s fit %s.\n", databaseName(c.database), c.schema)
	return nil
}

func migrateRows(ctx context.Context, c *config, s *schema.Schema, tables server.Tables, out io.Writer) error {
	core, err := server.New(s, server.Options{Convert: true}, tables)
	if err != nil {
		return (&site{config: c}).explained(err)
	}
	fmt.Fprintf(out, "%s has taken over %s. Servers with the old schema answer 503 now where it differs; start those with the new one.\n", c.schema, databaseName(c.database))
	told := time.Now()
	for again := true; again; {
		began := time.Now()
		if again, err = core.Maintain(began.UnixMilli()); err != nil {
			return err
		}
		if time.Since(told) >= migrateTellEvery {
			if err := tell(core, out); err != nil {
				return err
			}
			told = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped; the next start of a server, or `deltabase migrate`, goes on")
		case <-time.After(time.Since(began)): // for other writers
		}
	}
	fmt.Fprintf(out, "All rows of %s fit %s.\n", databaseName(c.database), c.schema)
	return nil
}

func tell(core *server.Server, out io.Writer) error {
	left, err := core.Unfinished()
	if err == nil && len(left) > 0 {
		fmt.Fprintln(out, strings.Join(left, " "))
	}
	return err
}
