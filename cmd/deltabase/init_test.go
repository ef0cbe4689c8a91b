package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestInit(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "app")
	var out bytes.Buffer
	if err := initProject(&out, folder, "", ""); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(filepath.Join(folder, "deltabase.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.apiKeys) != 1 || !regexp.MustCompile(`^da2-[a-z0-9]{26}$`).MatchString(c.apiKeys[0]) {
		t.Errorf("the API keys are %q", c.apiKeys)
	}
	if _, err := loadSchema(c.schema); err != nil {
		t.Error(err)
	}
	before := textOf(t, filepath.Join(folder, "deltabase.json"))
	if err := initProject(&out, folder, "", ""); err != nil || textOf(t, filepath.Join(folder, "deltabase.json")) != before {
		t.Errorf("a second init gave %v", err)
	}
}

func TestInitTakesAKey(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	if err := initProject(&out, folder, `da2 "x`, ""); err == nil {
		t.Error("a key with a space and a quote was taken")
	}
	if err := initProject(&out, folder, "da2-mine", ""); err != nil {
		t.Fatal(err)
	}
	if c, err := loadConfig(filepath.Join(folder, "deltabase.json")); err != nil || c.apiKeys[0] != "da2-mine" {
		t.Errorf("%v: %v", err, c)
	}
}

// TestInitCompletes: what is there stays as it is, and what is missing is written.
func TestInitCompletes(t *testing.T) {
	config := `{"schema": "api/app.graphql", "apiKeys": ["da2-mine"]}`
	for _, one := range []struct {
		name  string
		there map[string]string
		want  []string // is there afterwards, beside what was
		not   string   // is not
	}{
		{"a schema", map[string]string{"schema.graphql": todoSchema}, []string{"deltabase.json", "functions/README.md"}, "src"},
		{"a configuration", map[string]string{"deltabase.json": `{"schema": "schema.graphql", "apiKeys": ["k"]}`}, []string{"schema.graphql"}, "src"},
		{"a schema with a name of its own", map[string]string{"deltabase.json": config, "api/app.graphql": todoSchema}, []string{"functions/README.md"}, "schema.graphql"},
		{"a configuration whose schema is missing", map[string]string{"deltabase.json": config}, []string{"api/app.graphql"}, "schema.graphql"},
	} {
		t.Run(one.name, func(t *testing.T) {
			folder := write(t, one.there)
			var out bytes.Buffer
			if err := initProject(&out, folder, "", ""); err != nil {
				t.Fatal(err)
			}
			for name, text := range one.there {
				if textOf(t, filepath.Join(folder, name)) != text {
					t.Errorf("%s is another than before", name)
				}
			}
			for _, name := range one.want {
				if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(filepath.Join(folder, one.not)); err == nil {
				t.Errorf("%s was written", one.not)
			}
			c, err := loadConfig(filepath.Join(folder, "deltabase.json"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := loadSchema(c.schema); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestInitWritesATemplate: the app reaches the server that it is written with, and what is there stays.
func TestInitWritesATemplate(t *testing.T) {
	folder := write(t, map[string]string{"src/App.tsx": "mine"})
	var out bytes.Buffer
	if err := initProject(&out, folder, "da2-mine", "react"); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(filepath.Join(folder, "deltabase.json"))
	if err != nil || c.apiKeys[0] != "da2-mine" {
		t.Fatalf("%v: %v", err, c)
	}
	if _, err := loadSchema(c.schema); err != nil {
		t.Error(err)
	}
	if store := textOf(t, filepath.Join(folder, "src", "store.ts")); !strings.Contains(store, "'da2-mine'") {
		t.Errorf("the page has another key: %s", store)
	}
	for _, name := range []string{"package.json", "index.html", ".gitignore", "src/main.tsx", "src/styles.css"} {
		if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if textOf(t, filepath.Join(folder, "src", "App.tsx")) != "mine" {
		t.Error("a file that was there is another than before")
	}
	if !strings.Contains(out.String(), "npm run server") {
		t.Errorf("it says %s", out.String())
	}
	if err := initProject(&out, folder, "", "svelte"); err == nil || !strings.Contains(err.Error(), "there is: react") {
		t.Errorf("an unknown template gave %v", err)
	}
}

// TestFirstFunction: the function that `update api` writes is one that the server takes, and its
// test passes.
func TestFirstFunction(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	config := project(t, plainConfig)
	if out, err := update(t, config, "--model", "Post=custom:functions/post.js", "--create", "--yes"); err != nil {
		t.Fatal(err, out)
	}
	if _, err := loadConfig(config); err != nil {
		t.Error(err)
	}
	tested := exec.Command(node, "--test", "functions/post.test.mjs")
	tested.Dir = filepath.Dir(config)
	if out, err := tested.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
