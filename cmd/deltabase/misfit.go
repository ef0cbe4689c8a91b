package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

const rowsCompared = 1_000 // of each model at the start: by id, and as many that changed last

// fits refuses a schema that the stored rows are not of: they would be read as something else. It looks
// at some rows of each model; `deltabase migrate --plan` looks at all.
func (w *site) fits(s *schema.Schema, force bool, out io.Writer) error {
	found, err := server.Misfits(s, w.tables, rowsCompared)
	if err != nil || len(found) == 0 {
		return err
	}
	lines := "  " + strings.Join(misfitLines(s, found), "\n  ")
	if force {
		fmt.Fprintf(out, "note: stored rows do not fit the schema, and are served as they are:\n%s\n", lines)
		return nil
	}
	return fmt.Errorf("the rows of %s do not fit %s:\n%s\nRestore the schema that they were written with, or change the rows; `deltabase migrate --plan` lists all of them. --force serves them as they are",
		w.config.database, w.config.schema, lines)
}

// misfitLines tells fields, counts and ids, never what a record holds.
func misfitLines(s *schema.Schema, found []server.Misfit) []string {
	var lines []string
	for _, one := range found {
		m := s.Model(one.Model)
		what := "the key is not " + strings.Join(m.Key, ", ")
		if f := m.Field(one.Field); f != nil {
			what = fmt.Sprintf("%s is no %s", one.Field, f.Type.Name())
			if f.Array {
				what = fmt.Sprintf("%s is no list of %s", one.Field, f.Type.Name())
			}
			if mustHave(f) {
				what += ", or is missing and must not be"
			}
		} else if one.Field != "" {
			what = one.Field + " does not fit"
		}
		lines = append(lines, fmt.Sprintf("%s: %s in %d of the rows, such as %q", one.Model, what, one.Rows, one.Record))
	}
	return lines
}

// migrateCommand is `deltabase migrate --plan`: what of the stored rows does not fit the schema.
func migrateCommand() *cobra.Command {
	var o listenOptions
	var plan bool
	command := &cobra.Command{
		Use:   "migrate --plan",
		Short: "List what of the stored rows does not fit the schema",
		Long: `Reads all rows of the database that the configuration names, while servers may run, and lists the
fields and keys that do not fit the schema, with counts and the first record of each. It changes
nothing. Exits with an error when something does not fit.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if !plan {
				return fmt.Errorf("rows are not rewritten by this version; write `deltabase migrate --plan` to see which do not fit, and change them through the API with a schema that has both fields")
			}
			c, s, err := o.load()
			if err != nil {
				return err
			}
			if _, err := os.Stat(c.database); err != nil {
				return fmt.Errorf("there is no database %s; pass the file that the server uses", c.database)
			}
			tables, err := sqlite.Open(c.database, sqlite.Options{PagesMax: c.maxPageCount})
			if err != nil {
				return err
			}
			defer tables.Close()
			found, err := server.Misfits(s, tables, 0)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				fmt.Fprintf(command.OutOrStdout(), "All rows of %s fit %s.\n", c.database, c.schema)
				return nil
			}
			return fmt.Errorf("rows that do not fit %s:\n  %s", c.schema, strings.Join(misfitLines(s, found), "\n  "))
		},
	}
	command.Flags().BoolVar(&plan, "plan", false, "only list")
	command.Flags().StringVar(&o.config, "config", "deltabase.json", "the project's configuration")
	command.Flags().StringVar(&o.database, "database", "", "SQLite file, instead of the configuration's")
	return command
}
