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
		"id: ID! a: Int b: Float c: String tags: [String] more: String":  "",
		"id: ID! a: Int tags: [ID!]":                                     "Todo.tags: [String] -> [ID!]: all rows fit",
		"id: ID! a: String b: Float c: String tags: [String]":            "Todo.a: Int -> String: 2 rows can be converted",
		"id: ID! a: Int b: Int c: String tags: [String]":                 `Todo.b: Float -> Int: 1 rows do not fit and can't be converted, such as "t99"`,
		"id: ID! a: Int b: Boolean c: String tags: [String]":             `Todo.b: Float -> Boolean: 1 rows do not fit and can't be converted, such as "t99"`,
		"id: ID! a: Int b: Float c: [String] tags: String":               `Todo.c: String -> [String]: 30 rows can be converted|Todo.tags: [String] -> String: 1 rows do not fit and can't be converted, such as "t99"`,
		"id: ID! a: Int b: Float c: String! tags: [String]":              `Todo.c: String -> String!: 2 rows do not fit and can't be converted, such as "t05x", "t99"`,
		`id: ID! a: Int b: Float c: String! @default(value: "-") d: Int`: "Todo.c: String -> String!: 2 rows can be converted",
		"id: ID! d: Int!":                                               `Todo.d: new, Int!: 32 rows do not fit and can't be converted, such as "t00", "t01", "t02"`,
		`id: ID! d: Int! @default(value: "7")`:                          "Todo.d: new, Int!: 32 rows can be converted",
		"id: ID! a: Int b: Float c: AWSJSON tags: AWSJSON":              "Todo.c: String -> AWSJSON: 30 rows can be converted|Todo.tags: [String] -> AWSJSON: 1 rows can be converted",
		"id: ID! a: Int b: Float c: String! @primaryKey tags: [String]": `Todo: the key id -> c: 33 rows are stored under another key, which is not changed: export them and import them under the new one, such as "gone", "t00", "t01"|Todo.c: String -> String!: all rows fit`,
	} {
		s, err := sdl.Parse("s.graphql", []byte("type Todo @model { "+fields+" }"))
		if err != nil {
			t.Fatal(err)
		}
		found, err := server.Survey(s, tables)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		refused, converts := false, false
		for _, one := range found {
			told = append(told, one.String())
			refused, converts = refused || one.Unfit > 0, converts || one.Converts > 0
		}
		if got := strings.Join(told, "|"); got != want {
			t.Errorf("%s: %s, want %s", fields, got, want)
		}
		// A server that is not told to convert takes only what fits.
		core, err := server.New(s, server.Options{}, copied(t, tables))
		var misfit *server.SchemaError
		if (err == nil) != (!refused && !converts) || err != nil && !errors.As(err, &misfit) {
			t.Errorf("%s: a server was made: %v (%v)", fields, core != nil, err)
		}
		if _, err = server.New(s, server.Options{Convert: true}, copied(t, tables)); (err == nil) != !refused {
			t.Errorf("%s, converting: %v", fields, err)
		}
		if _, err = server.New(s, server.Options{Unfit: true}, copied(t, tables)); err != nil {
			t.Errorf("%s, as it is: %v", fields, err)
		}
	}
}

// copied are tables with the same rows and notes.
func copied(t *testing.T, from server.Tables) server.Tables {
	t.Helper()
	to := memory.New(0)
	err := from.View(func(r server.Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		entries, _, err := r.Log(0, server.Span{Rows: 1 << 20, Bytes: 1 << 30})
		if err != nil {
			return err
		}
		return to.Update(func(w server.Writer) error {
			for _, e := range entries {
				if _, err := w.Advance(e.ChangedAt); err != nil {
					return err
				}
				if err := w.Write(e); err != nil {
					return err
				}
			}
			for _, name := range []string{"schema", "indexes"} {
				text, err := r.Note(name)
				if err := errors.Join(err, w.PutNote(name, text)); err != nil {
					return err
				}
			}
			return w.SetLayout(p.Layout)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}
