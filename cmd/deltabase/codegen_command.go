package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/cmd/deltabase/codegen"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
)

// codegenCommand is `deltabase codegen`: models for the app from the GraphQL schema.
func codegenCommand() *cobra.Command {
	var project, file, out string
	command := &cobra.Command{
		Use:   "codegen",
		Short: "Write schema.js and index.js, with their declarations, from the GraphQL schema",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if file == "" {
				var err error
				if file, err = schemaFile(project); err != nil {
					return err
				}
			}
			s, err := readSchema(file, command.ErrOrStderr())
			if err != nil {
				return err
			}
			return writeModels(command, s, out)
		},
	}
	command.Flags().StringVar(&project, "config", "deltabase.json", "the project's configuration, which names the schema")
	command.Flags().StringVar(&file, "schema", "", "the GraphQL schema (default: the one that the configuration names)")
	command.Flags().StringVar(&out, "out", filepath.FromSlash("src/models"), "the folder for the generated files")
	return command
}

// readSchema reads a schema file; what is read in another form, or not served, is written to told.
func readSchema(file string, told io.Writer) (*schema.Schema, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no schema %s: write one, or name it with --schema", file)
	}
	if err != nil {
		return nil, fmt.Errorf("the schema cannot be read: %w", err)
	}
	return parseSchema(file, text, told)
}

// parseSchema refuses a schema without models: nobody can do anything with it, and the usual
// reason is a forgotten @model.
func parseSchema(file string, text []byte, told io.Writer) (*schema.Schema, error) {
	r, err := sdl.Read(file, text)
	if err != nil {
		return nil, err
	}
	s := r.Schema
	if len(s.Models) == 0 {
		return nil, fmt.Errorf("%s has no model: write @model after the name of a type, such as type Post @model { title: String! }", file)
	}
	for _, notice := range r.Notices {
		fmt.Fprintln(told, "note:", notice)
	}
	if err := server.Servable(s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

func writeModels(command *cobra.Command, s *schema.Schema, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("the folder for the models cannot be made: %w", err)
	}
	files := codegen.Generate(s)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return fmt.Errorf("the models cannot be written: %w", err)
		}
		fmt.Fprintln(command.OutOrStdout(), "wrote", path)
	}
	return nil
}

// schemaFile reads from the project's configuration which schema it has; the path is relative to
// the configuration. Without a configuration it is schema.graphql.
func schemaFile(project string) (string, error) {
	var named struct {
		Schema string `json:"schema"`
	}
	text, err := os.ReadFile(project)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("the configuration cannot be read: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(text, &named); err != nil {
			return "", fmt.Errorf("%s is not JSON: %w", project, err)
		}
	}
	if named.Schema == "" {
		named.Schema = "schema.graphql"
	}
	if filepath.IsAbs(named.Schema) {
		return named.Schema, nil
	}
	return filepath.Join(filepath.Dir(project), named.Schema), nil
}
