package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

func TestInit(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "app")
	var out bytes.Buffer
	if err := initProject(&out, folder); err != nil {
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
	if err := initProject(&out, folder); err == nil || textOf(t, filepath.Join(folder, "deltabase.json")) != before {
		t.Errorf("a second init gave %v", err)
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
