package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestSchemaCommand: what is printed is a GraphQL schema with the API of the models.
func TestSchemaCommand(t *testing.T) {
	folder := todoProject(t)
	out, err := command("schema", "--config", filepath.Join(folder, "deltabase.json")).Output()
	if err != nil {
		t.Fatal(err)
	}
	api, err := gqlparser.LoadSchema(&ast.Source{Input: string(out)})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, fields := range map[string]string{"Query": "getTodo listTodos syncTodos", "Mutation": "createTodo updateTodo deleteTodo",
		"Subscription": "onCreateTodo onUpdateTodo onDeleteTodo", "CreateTodoInput": "id title tags _version"} {
		for field := range strings.FieldsSeq(fields) {
			if api.Types[name].Fields.ForName(field) == nil {
				t.Errorf("%s has no %s", name, field)
			}
		}
	}
	file := filepath.Join(folder, "api.graphql")
	if text, err := command("schema", "--schema", filepath.Join(folder, "schema.graphql"), "--out", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if text, err := os.ReadFile(file); string(text) != string(out) || err != nil {
		t.Errorf("the file differs from what was printed (%v)", err)
	}
	text, err := command("schema", "--schema", filepath.Join(folder, "none.graphql")).CombinedOutput()
	if err == nil || !strings.Contains(string(text), "there is no schema") {
		t.Errorf("%v: %s", err, text)
	}
}

// TestSchemaUpgrade: a schema of the first transformer is read with notes, rewritten once, and says the same after it.
func TestSchemaUpgrade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "schema.graphql")
	before := "type Post @model @key(name: \"byTitle\", fields: [\"title\"]) { id: ID! title: String! comments: [Comment] @connection }\n" +
		"type Comment @model @searchable { id: ID! text: String }\ntype Query { echo: String @function(name: \"echo\") }\n"
	if err := os.WriteFile(file, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	api := func() (string, string) {
		t.Helper()
		var notes strings.Builder
		run := command("schema", "--schema", file)
		run.Stderr = &notes
		out, err := run.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, notes.String())
		}
		return string(out), notes.String()
	}
	was, notes := api()
	for _, want := range []string{"@key is", "@connection is", "@searchable has", "Query.echo (@function) is not served"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note %q in %s", want, notes)
		}
	}
	for _, want := range []string{"rewrote", "has no directives of the first transformer"} {
		if out, err := command("schema", "--upgrade", "--schema", file).CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: %s", err, out)
		}
	}
	is, notes := api()
	if is != was || strings.Contains(notes, "first transformer") {
		t.Errorf("another API, or still notes of the first transformer: %s", notes)
	}
	if kept, err := os.ReadFile(file + ".before"); string(kept) != before {
		t.Errorf("what the file was is not kept (%v): %s", err, kept)
	}
}
