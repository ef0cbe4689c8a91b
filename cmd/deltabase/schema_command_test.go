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
