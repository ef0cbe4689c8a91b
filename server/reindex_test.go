package server_test

import (
	"crypto/sha256"
	"encoding/base64"
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

// TestReindex: a server with other indexes fills them with the rows that are there. A server with the old
// schema, on the same tables, goes on, and its writes have their keys in the new indexes.
func TestReindex(t *testing.T) {
	tables := memory.New(0)
	old := todoServer(t, tables, "a: Int b: String @index(name: \"byB\")")
	for i := range 5 {
		ask(old, fmt.Sprintf(`mutation { createTodo(input: {id: "t%d", a: %d, b: "x"}) { id } }`, i, i%2))
	}
	now := todoServer(t, tables, "a: Int @index(queryField: \"todosByA\") b: String")
	expect := func(core *server.Server, document, want string) {
		t.Helper()
		if answer := ask(core, document); answer.Status != 200 || string(answer.Body) != want {
			t.Errorf("%s: %d %s, want %s", document, answer.Status, answer.Body, want)
		}
	}
	expect(now, `{ todosByA(a: 1) { items { id } } }`, `{"data":{"todosByA":{"items":[{"id":"t1"},{"id":"t3"}]}}}`)
	expect(old, `mutation { createTodo(input: {id: "late", a: 1, b: "x"}) { id } }`, `{"data":{"createTodo":{"id":"late"}}}`)
	expect(old, `mutation { updateTodo(input: {id: "t1", a: 2, _version: 1}) { id } }`, `{"data":{"updateTodo":{"id":"t1"}}}`)
	expect(now, `{ todosByA(a: 1) { items { id } } }`, `{"data":{"todosByA":{"items":[{"id":"late"},{"id":"t3"}]}}}`)
	expect(old, `{ todosByB(b: "x") { items { id } } }`,
		`{"data":{"todosByB":{"items":[{"id":"late"},{"id":"t0"},{"id":"t1"},{"id":"t2"},{"id":"t3"},{"id":"t4"}]}}}`)
	if got := fmt.Sprint(namesOf(t, tables)); strings.Contains(got, "byB") {
		t.Errorf("the old index was not emptied: %s", got)
	}
}

func namesOf(t *testing.T, tables server.Tables) (names []server.IndexName) {
	t.Helper()
	if err := tables.View(func(r server.Reader) (err error) {
		names, err = r.Indexes()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

// TestIndexOfAnEarlierRelease: a database that noted no more than the name of its set of indexes keeps
// their keys when the set is the schema's, else they are made anew.
func TestIndexOfAnEarlierRelease(t *testing.T) {
	sum := sha256.Sum256([]byte("Todo\ntodosByA\na:i\n\n"))
	for set, want := range map[string]string{
		base64.RawURLEncoding.EncodeToString(sum[:12]): "[{Todo todosByA}]", "another": "",
	} {
		tables := memory.New(0)
		if err := tables.Update(func(w server.Writer) error {
			p, err := w.Advance(1)
			return errors.Join(err, w.SetLayout(set),
				w.Write(server.Entry{Row: server.Row{Model: "Todo", ID: "x", Version: 1, Seq: p.Seq, Text: `{"id":"x","a":1,"_version":1}`}}),
				w.PutKeys("Todo", "x", []server.KeyChange{{Index: "todosByA", After: "\x80\x00\x00\x00\x00\x00\x00\x01"}}))
		}); err != nil {
			t.Fatal(err)
		}
		core := todoServer(t, tables, `a: Int @index(name: "todosByA", queryField: "todosByA")`)
		if got := string(ask(core, `{ todosByA(a: 1) { items { id } } }`).Body); got != `{"data":{"todosByA":{"items":[{"id":"x"}]}}}` {
			t.Errorf("%s: %s", set, got)
		}
		if got := fmt.Sprint(namesOf(t, tables)); want != "" && got != want || want == "" && strings.Contains(got, "todosByA}") {
			t.Errorf("%s: %s", set, got)
		}
	}
}
