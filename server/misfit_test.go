package server_test

import (
	"fmt"
	"testing"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// TestMisfits: rows of another schema are found, whether they come first or changed last, and rows that
// fit, tombstones among them, are not.
func TestMisfits(t *testing.T) {
	tables := memory.New(0)
	core := todoServer(t, tables, "a: Int b: Float c: String tags: [String]")
	for i := range 30 {
		ask(core, fmt.Sprintf(`mutation { createTodo(input: {id: "t%02d", c: "x"}) { id } }`, i))
	}
	ask(core, `mutation { createTodo(input: {id: "t05x", a: 7}) { id } }`)
	ask(core, `mutation { createTodo(input: {id: "t99", a: 8, b: 1.5, tags: ["x"]}) { id } }`)
	ask(core, `mutation { createTodo(input: {id: "gone", a: 9}) { id } }`)
	ask(core, `mutation { deleteTodo(input: {id: "gone", _version: 1}) { id } }`)
	for fields, want := range map[string]string{
		"id: ID! a: Int b: Float c: String tags: [String] more: String": "",
		"id: ID! a: String b: Float c: String tags: [String]":           "Todo.a 2 t05x",
		"id: ID! a: Int b: Boolean c: String tags: [String]":            "Todo.b 1 t99",
		"id: ID! a: Int b: Float c: String tags: String":                "Todo.tags 1 t99",
		"id: ID! a: Int b: Float c: String! tags: [String]":             "Todo.c 2 t05x",
		"id: ID! d: Int!": "Todo.d 32 t00",
		"id: ID! a: Int b: Float c: String! @primaryKey tags: [String]": "Todo. 33 gone",
	} {
		s, err := sdl.Parse("s.graphql", []byte("type Todo @model { "+fields+" }"))
		if err != nil {
			t.Fatal(err)
		}
		told := func(perModel int) string {
			found, err := server.Misfits(s, tables, perModel)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, one := range found {
				text += fmt.Sprintf("%s.%s %d %s", one.Model, one.Field, one.Rows, one.Record)
			}
			return text
		}
		if got := told(0); got != want {
			t.Errorf("%s: %q, want %q", fields, got, want)
		}
		if got := told(10); (got == "") != (want == "") {
			t.Errorf("%s, by some rows: %q, want %q", fields, got, want)
		}
	}
}
