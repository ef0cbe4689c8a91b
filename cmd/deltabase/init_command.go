package main

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/cmd/deltabase/updateapi"
)

//go:embed template/schema.graphql
var firstSchema string

//go:embed template/deltabase.json
var firstConfig string

//go:embed template/functions.md
var firstFunctions string

// initCommand is `deltabase init`: a first schema, configuration and function folder.
func initCommand() *cobra.Command {
	var folder string
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first schema.graphql, deltabase.json and functions folder",
		Long: `Writes schema.graphql, deltabase.json (with an API key of its own) and functions/README.md.
Files that exist are never replaced: then nothing is written at all.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return initProject(c.OutOrStdout(), folder) },
	}
	command.Flags().StringVar(&folder, "dir", ".", "the project's folder; it is made where it does not exist")
	return command
}

func initProject(out io.Writer, folder string) error {
	config := strings.ReplaceAll(firstConfig, "da2-first", "da2-"+strings.ToLower(rand.Text()))
	var files []updateapi.NewFile
	for _, f := range [][2]string{{"schema.graphql", firstSchema}, {"deltabase.json", config}, {"functions/README.md", firstFunctions}} {
		path := filepath.Join(folder, filepath.FromSlash(f[0]))
		files = append(files, updateapi.NewFile{Name: path, Path: path, Text: f[1]})
	}
	if err := updateapi.Absent(files); err != nil {
		return err
	}
	if err := updateapi.Write(files); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(out, "wrote", f.Name)
	}
	fmt.Fprint(out, `
What comes next:
  deltabase dev          serves it on http://127.0.0.1:8080
  deltabase codegen      writes the models for your app
  deltabase update api   chooses how conflicts are resolved
`)
	return nil
}
