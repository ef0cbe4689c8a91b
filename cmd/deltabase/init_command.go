package main

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/cmd/deltabase/updateapi"
	"github.com/deltabase/deltabase/examples"
)

//go:embed template/schema.graphql
var firstSchema string

//go:embed template/deltabase.json
var firstConfig string

//go:embed template/functions.md
var firstFunctions string

// initCommand is `deltabase init`: a first schema, configuration and function folder.
func initCommand() *cobra.Command {
	var folder, apiKey, template string
	command := &cobra.Command{
		Use:   "init",
		Short: "Write a first schema.graphql, deltabase.json and functions folder",
		Long: `Writes schema.graphql, deltabase.json (with an API key of its own) and functions/README.md.
Files that exist stay as they are; what is missing is written beside them.
With --template react it writes an app with them: a to-do list in React that works offline.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return initProject(c.OutOrStdout(), folder, apiKey, template)
		},
	}
	command.Flags().StringVar(&folder, "dir", ".", "the project's folder; it is made where it does not exist")
	command.Flags().StringVar(&apiKey, "api-key", "", "the API key in deltabase.json (default: a new random one)")
	command.Flags().StringVar(&template, "template", "", "an app to begin with: react")
	return command
}

func initProject(out io.Writer, folder, apiKey, template string) error {
	if apiKey == "" {
		apiKey = "da2-" + strings.ToLower(rand.Text())
	}
	// A key is a header's value.
	if strings.ContainsFunc(apiKey, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
		return fmt.Errorf("the API key %q has spaces, quotes or letters outside of ASCII; choose another", apiKey)
	}
	files, err := firstFiles(template)
	if err != nil {
		return err
	}
	var missing, present []updateapi.NewFile
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f[0]))
		file := updateapi.NewFile{Name: path, Path: path, Text: strings.ReplaceAll(f[1], "da2-first", apiKey)}
		if updateapi.Absent([]updateapi.NewFile{file}) == nil {
			missing = append(missing, file)
		} else {
			present = append(present, file)
		}
	}
	missing, err = withoutSchemaOfItsOwn(out, folder, missing)
	if err != nil {
		return err
	}
	if err := updateapi.Write(missing); err != nil {
		return err
	}
	for _, f := range present {
		fmt.Fprintln(out, "kept ", f.Name)
	}
	for _, f := range missing {
		fmt.Fprintln(out, "wrote", f.Name)
	}
	if template != "" {
		fmt.Fprint(out, `
What comes next:
  npm install
  npm run server         serves the data on http://127.0.0.1:8080
  npm run dev            in a second terminal: the page
`)
		return nil
	}
	fmt.Fprint(out, `
What comes next:
  deltabase codegen      writes the models for your app into src/models
  deltabase dev          serves it on http://127.0.0.1:8080
  deltabase update api   chooses how conflicts are resolved
`)
	return nil
}

// firstFiles are the files of a new project, each with its text.
func firstFiles(template string) ([][2]string, error) {
	if template == "" {
		return [][2]string{{"schema.graphql", firstSchema}, {"deltabase.json", firstConfig}, {"functions/README.md", firstFunctions}}, nil
	}
	if examples.Templates[template] == "" {
		known := slices.Sorted(maps.Keys(examples.Templates))
		return nil, fmt.Errorf("there is no template %q; there is: %s", template, strings.Join(known, ", "))
	}
	var files [][2]string
	err := examples.Files(template, func(name, text string) { files = append(files, [2]string{name, text}) })
	return files, err
}

// withoutSchemaOfItsOwn leaves the first schema out where a configuration names another one that is there.
func withoutSchemaOfItsOwn(out io.Writer, folder string, missing []updateapi.NewFile) ([]updateapi.NewFile, error) {
	named, err := schemaFile(filepath.Join(folder, "deltabase.json"))
	if err != nil {
		return nil, err
	}
	own := filepath.Join(folder, "schema.graphql")
	if named == own {
		return missing, nil
	}
	if _, err := os.Stat(named); err == nil {
		fmt.Fprintln(out, "kept ", named)
		return slices.DeleteFunc(missing, func(f updateapi.NewFile) bool { return f.Path == own }), nil
	}
	// What the configuration names is what the other commands read.
	for i := range missing {
		if missing[i].Path == own {
			missing[i].Name, missing[i].Path = named, named
		}
	}
	return missing, nil
}
