package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

func todoServer(t *testing.T, tables server.Tables, fields string) *server.Server {
	t.Helper()
	s, err := sdl.Parse("s.graphql", []byte("type Todo @model { id: ID! "+fields+" }"))
	if err != nil {
		t.Fatal(err)
	}
	core, err := server.New(s, server.Options{APIKeys: []string{"k"}, Sandbox: true}, tables)
	if err != nil {
		t.Fatal(err)
	}
	return core
}

func ask(core *server.Server, document string) server.Answer {
	return core.Handle(server.Call{NowMs: 1}, server.Credentials{APIKey: "k"}, fmt.Appendf(nil, `{"query":%q}`, document))
}

// TestReindex: a server with other indexes makes the keys of the rows that are there, and a server
// with the old schema, on the same tables, can no longer write rows that would be missing in them.
func TestReindex(t *testing.T) {
	tables := memory.New(0)
	old := todoServer(t, tables, "a: Int b: String @index(name: \"byB\")")
	for i := range 5 {
		ask(old, fmt.Sprintf(`mutation { createTodo(input: {id: "t%d", a: %d, b: "x"}) { id } }`, i, i%2))
	}
	now := todoServer(t, tables, "a: Int @index(queryField: \"todosByA\") b: String")
	got := string(ask(now, `{ todosByA(a: 1) { items { id } } }`).Body)
	if got != `{"data":{"todosByA":{"items":[{"id":"t1"},{"id":"t3"}]}}}` {
		t.Errorf("by the new index: %s", got)
	}
	for _, document := range []string{
		`mutation { createTodo(input: {id: "late", a: 1}) { id } }`, `{ todosByB(b: "x") { items { id } } }`,
	} {
		answer := ask(old, document)
		var typed *server.StorageError
		if answer.Status != 503 || !errors.As(answer.Failure, &typed) || typed.Code != server.StorageOtherSchema {
			t.Errorf("%s by the old server: %d %s (%v)", document, answer.Status, answer.Body, answer.Failure)
		}
	}
	if answer := ask(old, `{ listTodos { items { id } } }`); answer.Status != 200 || strings.Contains(string(answer.Body), "late") {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	same := todoServer(t, tables, "a: Int @index(queryField: \"other\") b: String c: Int")
	for _, core := range []*server.Server{same, now} { // one set of keys: both may go on
		if answer := ask(core, `mutation { createTodo(input: {a: 1}) { a } }`); answer.Status != 200 {
			t.Errorf("%d %s", answer.Status, answer.Body)
		}
	}
}
