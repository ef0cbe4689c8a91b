package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/server"
)

// schemaCommand is `deltabase schema`: the API that the server makes of the models.
func schemaCommand() *cobra.Command {
	var project, file, out string
	command := &cobra.Command{
		Use:   "schema",
		Short: "Print the GraphQL API schema that the server generates from the models",
		Long: `Prints the API as GraphQL schema language: queries, mutations, subscriptions, inputs and filters, as
AppSync would generate them. Tools for typed clients read it.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if file == "" {
				var err error
				if file, err = schemaFile(project); err != nil {
					return err
				}
			}
			s, err := readSchema(file)
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
	return command
}
