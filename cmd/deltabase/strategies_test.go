package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const functionConfig = `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"],
  "conflictResolution": {"project": "OPTIMISTIC_CONCURRENCY", "models": {"Todo": {"strategy": "LAMBDA", "function": "functions/resolve.js"}}}}`

// TestFunction: the command runs a conflict function from a file in a process of its own, takes the
// file's changes without a restart, and survives its mistakes.
func TestFunction(t *testing.T) {
	folder := write(t, map[string]string{"deltabase.json": functionConfig, "schema.graphql": todoSchema})
	file := filepath.Join(folder, "functions", "resolve.js")
	become := func(text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	become(`exports.handler = async ({ newItem, existingItem }) => ({ action: 'RESOLVE', item: { ...existingItem, ...newItem, title: existingItem.title + newItem.title } });`)
	s := serveProject(t, folder)
	if _, err := s.post(`{"query":"mutation { createTodo(input: {id: \"a\", title: \"t\", tags: [\"p\"]}) { id } }"}`); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ function, operation, want string }{
		{"", "update", `{"data":{"updateTodo":{"title":"tu","tags":["p"],"_version":2}}}`},
		{`exports.handler = () => ({ action: 'REJECT' })`, "update", `"errorType":"ConflictUnhandled"`},
		{`exports.handler = () => { throw new Error('on purpose') }`, "update", `"errorType":"ConflictError"`},
		{`exports.handler = () => process.exit(1)`, "update", `"errorType":"ConflictError"`},
		{`exports.handler = ({ resolver }) => ({ action: resolver.field === 'deleteTodo' ? 'REMOVE' : 'REJECT' })`, "delete", `{"data":{"deleteTodo":{"title":"tu","tags":["p"],"_version":3}}}`},
	} {
		if step.function != "" {
			become(step.function)
		}
		input := `{id: \"a\"}`
		if step.operation == "update" {
			input = `{id: \"a\", title: \"u\"}`
		}
		got, err := s.post(`{"query":"mutation { ` + step.operation + `Todo(input: ` + input + `) { title tags _version } }"}`)
		if err != nil || !strings.Contains(got, step.want) {
			t.Errorf("%s: %s (%v), want %s", step.function, got, err, step.want)
		}
	}
	children := childrenOf(t, s.process.Process.Pid)
	if _, err := os.Stat("/proc/self"); err == nil && len(children) != 1 {
		t.Errorf("%d processes run functions, want one", len(children))
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	for _, path := range children {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s outlives the server", path)
		}
	}
}

// childrenOf lists the /proc folders of a process' children.
func childrenOf(t *testing.T, parent int) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		t.Fatal(err)
	}
	var children []string
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			children = append(children, filepath.Dir(path))
		}
	}
	return children
}
