package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// project makes a folder with a schema and a configuration, and returns the configuration's path.
func importProject(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"schema.graphql": "type Item @model { name: String! price: Float }",
		"deltabase.json": `{"schema": "schema.graphql", "database": "items.db", "apiKeys": ["k"]}`,
		"items.jsonl":    "{\"Name\":\"a\",\"price\":1}\n{\"Name\":\"b\"}\n",
		"bad.jsonl":      "{\"Name\":\"a\"}\n{\"Name\":2}\n",
		"note.json":      `[{"name":"c","a=b":"x"}]`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "deltabase.json")
}

func runCommand(command *cobra.Command, args ...string) (out, log string, err error) {
	var stdout, stderr bytes.Buffer
	command.SetArgs(args)
	command.SetOut(&stdout)
	command.SetErr(&stderr)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.Execute()
	return stdout.String(), stderr.String(), err
}

func TestImportCommand(t *testing.T) {
	project := importProject(t)
	file := func(name string) string { return filepath.Join(filepath.Dir(project), name) }
	schema := file("schema.graphql")
	for _, c := range []struct {
		args []string
		want string // the output, or the error
	}{
		{[]string{"Item", file("bad.jsonl")}, "line 2: Field name should be of type string, number received. 2"},
		{[]string{"Item", file("items.jsonl")}, "imported 2, already there 0, skipped 0\n"},
		{[]string{"--model", "Item", file("items.jsonl")}, "imported 0, already there 2, skipped 0\n"},
		{[]string{"Item", file("bad.jsonl"), "--skip-bad"}, "skipped line 2: Field name should be of type string, number received. 2\nimported 1, already there 0, skipped 1\n"},
		{[]string{"Item", file("bad.jsonl"), "--coerce"}, "imported 1, already there 1, skipped 0\n"},
		{[]string{"Item", file("note.json")}, "Item has no field aB for the column 'a=b'"},
		{[]string{"Item", file("note.json"), "--map", "a=b="}, "imported 1, already there 0, skipped 0\n"},
		{[]string{"Item", file("note.json"), "--map", "a=b=name"}, "both go to the field name"},
		{[]string{"Item", file("note.json"), "--map", "x"}, "is not of the form 'column=field'"},
		{[]string{"Film", file("note.json")}, "the schema has no model Film; it has Item"},
		{[]string{"Item", file("none.json")}, "the file cannot be read"},
		{[]string{file("note.json")}, "the model is missing"},
		{[]string{"--model", "Item", "Item", file("note.json")}, "name a model and one file"},
		{[]string{"Item", file("items.jsonl"), "--schema", file("none.graphql")}, "there is no schema"},
		{[]string{"Item", file("items.jsonl"), "--config", file("none.json")}, "there is no configuration file"},
		{[]string{"Item", file("items.jsonl"), "--config", file("none.json"), "--schema", schema, "--endpoint", "http://127.0.0.1:1/graphql"}, "the endpoint needs a key: name it with --api-key"},
	} {
		args := c.args
		if !strings.Contains(strings.Join(args, " "), "--config") {
			args = append(args, "--config", project)
		}
		out, log, err := runCommand(importCommand(), args...)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v: %v\nwant %s", c.args, err, c.want)
			}
			continue
		}
		if log+out != c.want {
			t.Errorf("%v: %q\nwant %q", c.args, log+out, c.want)
		}
	}
}

func TestCodegenCommand(t *testing.T) {
	project := importProject(t)
	folder := filepath.Dir(project)
	out := filepath.Join(folder, "made", "models")
	text, _, err := runCommand(codegenCommand(), "--config", project, "--out", out)
	if err != nil || strings.Count(text, "wrote "+out) != 4 {
		t.Errorf("%q %v", text, err)
	}
	if js, err := os.ReadFile(filepath.Join(out, "index.js")); err != nil || !strings.Contains(string(js), "const { Item } = initSchema(schema);") {
		t.Errorf("%s %v", js, err)
	}
	bad := filepath.Join(folder, "bad.graphql")
	if err := os.WriteFile(bad, []byte("type A @model { a: X\n b: Y }"), 0o644); err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(folder, "plain.graphql")
	if err := os.WriteFile(plain, []byte("type A { a: Int }"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--schema", plain}, "plain.graphql has no model: write @model"},
		{[]string{"--schema", bad}, "bad.graphql:1:17: The field a has the unknown type X."},
		{[]string{"--schema", bad}, "bad.graphql:2:2: The field b has the unknown type Y."},
		{[]string{"--schema", filepath.Join(folder, "none")}, "there is no schema"},
		{[]string{"--config", filepath.Join(folder, "none", "deltabase.json")}, "there is no schema"},
		{[]string{"--config", bad}, "is not JSON"},
		{[]string{"--config", project, "--out", bad}, "the folder for the models cannot be made"},
	} {
		if _, _, err := runCommand(codegenCommand(), c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}
