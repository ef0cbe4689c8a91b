package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
)

// schemaCommand is `deltabase schema`: the API that the server makes of the models.
func schemaCommand() *cobra.Command {
	var project, file, out string
	var upgrade bool
	command := &cobra.Command{
		Use:   "schema",
		Short: "Print the GraphQL API schema that the server generates from the models",
		Long: `Prints the API as GraphQL schema language: queries, mutations, subscriptions, inputs and filters, as
AppSync would generate them. Tools for typed clients read it.

With --upgrade it rewrites the schema file instead: @key and @connection of Amplify's first transformer
become @primaryKey, @index, @hasMany, @hasOne and @belongsTo, and the foreign keys that the first transformer
kept without a declaration are declared under their names. The models stay the same.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if file == "" {
				var err error
				if file, err = schemaFile(project); err != nil {
					return err
				}
			}
			if upgrade {
				return upgradeSchema(command.OutOrStdout(), file)
			}
			s, err := readSchema(file, command.ErrOrStderr())
			if err != nil {
				return err
			}
			text, err := server.APISchema(s)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = io.WriteString(command.OutOrStdout(), text)
				return err
			}
			if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
				return fmt.Errorf("the API schema cannot be written: %w", err)
			}
			return nil
		},
	}
	command.Flags().StringVar(&project, "config", "deltabase.json", "the project's configuration, which names the schema")
	command.Flags().StringVar(&file, "schema", "", "the GraphQL schema (default: the one that the configuration names)")
	command.Flags().StringVar(&out, "out", "", "a file to write instead of the standard output")
	command.Flags().BoolVar(&upgrade, "upgrade", false, "rewrite @key and @connection in the schema file to the directives of today")
	return command
}

// upgradeSchema rewrites a file in place; its contents before stay beside it.
func upgradeSchema(out io.Writer, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("the schema cannot be read: %w", err)
	}
	r, err := sdl.Read(file, text)
	if err != nil {
		return err
	}
	if r.Upgraded == nil {
		fmt.Fprintln(out, file, "has no directives of the first transformer")
		return nil
	}
	for _, write := range []struct {
		file string
		text []byte
	}{{file + ".before", text}, {file, r.Upgraded}} {
		if err := os.WriteFile(write.file, write.text, 0o644); err != nil {
			return fmt.Errorf("the schema cannot be written: %w", err)
		}
	}
	fmt.Fprintf(out, "rewrote %s; what it was is in %s.before\n", file, file)
	return nil
}
