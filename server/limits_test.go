package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

const todoModels = `type Todo @model @auth(rules: [{allow: public}]) {
  id: ID!
  title: String!
  count: Int
  listId: ID @index(name: "byList")
  list: List @belongsTo(fields: ["listId"])
}
type List @model @auth(rules: [{allow: public}]) { id: ID! name: String todos: [Todo] @hasMany(indexName: "byList", fields: ["id"]) }`

func todoWorld(t *testing.T) *world {
	return newWorld(t, todoModels, memory.New(0))
}

// ask sends a document with variables and returns the parsed answer.
func (w *world) ask(document, variables string) appsync.Response {
	w.t.Helper()
	answer := w.answer(document, variables)
	response, err := appsync.ParseResponse(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response
}

func (w *world) answer(document, variables string) server.Answer {
	body := `{"query":` + string(record.AppendString(nil, document)) + `,"variables":` + variables + `}`
	return w.server.Handle(w.call(), server.Credentials{APIKey: w.key}, []byte(body))
}

// outcome is the status, or what was wrong with it, in short.
func (w *world) outcome(document, variables string) string {
	answer := w.answer(document, variables)
	response, err := appsync.ParseResponse(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(response.Errors) == 0 {
		return "ok"
	}
	return response.Errors[0].Type
}

// TestFilterNodes: the comparisons and the group around them are 100 at most.
func TestFilterNodes(t *testing.T) {
	list := `query operation($filter: ModelTodoFilterInput) { listTodos(filter: $filter) { items { id } } }`
	for n, want := range map[int]string{99: "ok", 100: "Unrecognized Filter"} {
		filter := `{"filter":{"or":[` + strings.TrimSuffix(strings.Repeat(`{"count":{"eq":1}},`, n), ",") + `]}}`
		if got := todoWorld(t).outcome(list, filter); got != want {
			t.Errorf("%d comparisons: %s, want %s", n, got, want)
		}
	}
}

// A fragment that doubles itself at each level would expand to 2^40 fields.
func TestFragmentBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{ getTodo(id: "a") { ...f0 } }`)
	for i := range 40 {
		fmt.Fprintf(&b, " fragment f%d on Todo { x%d: id ...f%d ...f%d }", i, i, i+1, i+1)
	}
	b.WriteString(" fragment f40 on Todo { id }")
	if got := todoWorld(t).outcome(b.String(), "{}"); got != "BadRequestException" {
		t.Errorf("answered %s", got)
	}
	cycle := `{ getTodo(id: "a") { ...a } } fragment a on Todo { ...b } fragment b on Todo { ...a }`
	if r := todoWorld(t).ask(cycle, "{}"); len(r.Errors) == 0 || !r.Data.IsNull() {
		t.Errorf("a cycle of fragments: %+v", r)
	}
}

func (w *world) fill(n, size int) {
	w.t.Helper()
	title := strings.Repeat("x", size)
	for i := range n {
		w.mutateOne(fmt.Sprintf(`createTodo(input: {id: "%05d", title: "%s"})`, i, title))
	}
}

func (w *world) mutateOne(field string) {
	w.t.Helper()
	if r := w.ask("mutation { "+field+" { id } }", "{}"); len(r.Errors) > 0 {
		w.t.Fatalf("%s: %v", field[:min(len(field), 80)], r.Errors[0])
	}
}

func (w *world) page(arguments string) appsync.Page {
	w.t.Helper()
	page, ok := appsync.PageOf(w.ask("{ syncTodos("+arguments+") { items { id } nextToken startedAt } }", "{}"), "syncTodos")
	if !ok {
		w.t.Fatalf("no page for %s", arguments)
	}
	return page
}

func TestPageRows(t *testing.T) {
	w := todoWorld(t)
	w.fill(1_001, 1)
	if p := w.page("limit: 1000"); len(p.Items) != 1_000 || p.NextToken == "" {
		t.Errorf("limit 1000: %d rows, token %q", len(p.Items), p.NextToken)
	}
	if p := w.page("limit: 5000"); len(p.Items) != 1_000 || p.NextToken == "" {
		t.Errorf("limit 5000: %d rows, want 1000", len(p.Items))
	}
	if p := w.page("lastSync: 0"); len(p.Items) != 100 || p.NextToken == "" {
		t.Errorf("Y9, no limit: %d rows, want 100", len(p.Items))
	}
	w.mutateOne(`deleteTodo(input: {id: "00000", _version: 1})`)
	if p := w.page("limit: 1001"); len(p.Items) != 1_000 || p.NextToken == "" {
		t.Errorf("a tombstone counts: %d rows", len(p.Items))
	}
}

func TestPageBytes(t *testing.T) {
	w := todoWorld(t)
	w.fill(12, 100_000)
	first := w.page("limit: 1000")
	if len(first.Items) != 10 || first.NextToken == "" {
		t.Fatalf("a page of 1 MB has %d rows of 100 kB, token %q", len(first.Items), first.NextToken)
	}
	if rest := w.page(`limit: 1000, nextToken: "` + first.NextToken + `"`); len(rest.Items) != 2 || rest.NextToken != "" {
		t.Errorf("the rest has %d rows", len(rest.Items))
	}
}

func TestResponseBytes(t *testing.T) {
	w := todoWorld(t)
	w.fill(10, 100_000)
	document := "{"
	for i := range 9 {
		document += fmt.Sprintf("p%d: syncTodos { items { title } } ", i)
	}
	r := w.ask(document+"}", "{}")
	if len(r.Errors) != 2 || r.Errors[0].Path[0] != "p7" || r.Errors[0].Type != "LimitExceededError" {
		t.Errorf("9 pages of 1 MB: errors %+v, want p7 and p8 refused", r.Errors)
	}
	if len(r.Data.Text()) > server.ResponseBytesMax+1_000 {
		t.Errorf("%d bytes were answered", len(r.Data.Text()))
	}
}

func TestFullTables(t *testing.T) {
	w := newWorld(t, todoModels[:strings.Index(todoModels, "  listId")]+"}", memory.New(3_000))
	ok := w.answer(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`, "{}")
	if ok.Status != 200 || !ok.Committed {
		t.Fatalf("%d %s", ok.Status, ok.Body)
	}
	long := strings.Repeat("x", 2_000)
	full := w.answer(`mutation { createTodo(input: {id: "b", title: "`+long+`"}) { id } }`, "{}")
	var storage *server.StorageError
	if full.Status != 503 || full.ErrorType != "ServiceUnavailableException" || full.Committed ||
		!errors.As(full.Failure, &storage) || storage.Code != server.StorageFull ||
		!strings.Contains(string(full.Body), "storage_full") {
		t.Errorf("%d %s: %s (%v)", full.Status, full.ErrorType, full.Body, full.Failure)
	}
	if r := w.ask(`{ a: getTodo(id: "a") { _version } b: getTodo(id: "b") { id } }`, "{}"); string(r.Data.Text()) != `{"a":{"_version":1},"b":null}` {
		t.Errorf("reads: %s", r.Data.Text())
	}
	// None of a request's mutations is carried out: all will be sent again.
	both := w.answer(`mutation { x: createTodo(input: {id: "c", title: "t"}) { id } y: createTodo(input: {id: "d", title: "`+long+`"}) { id } }`, "{}")
	if both.Status != 503 || both.Committed {
		t.Errorf("%d, committed %v", both.Status, both.Committed)
	}
	if r := w.ask(`{ getTodo(id: "c") { id } }`, "{}"); string(r.Data.Text()) != `{"getTodo":null}` {
		t.Errorf("half of a request was written: %s", r.Data.Text())
	}
}

// TestRefusedAfterWriting: the answer of the second mutation is too large. It is not carried out,
// the others are, and the positions have no gap.
func TestRefusedAfterWriting(t *testing.T) {
	w := todoWorld(t)
	long := strings.Repeat("x", 100_000)
	var many strings.Builder
	for i := range 90 {
		fmt.Fprintf(&many, "t%d: title ", i)
	}
	r := w.ask(`mutation operation($a: CreateTodoInput!, $b: CreateTodoInput!, $c: CreateTodoInput!) {
		a: createTodo(input: $a) { id } b: createTodo(input: $b) { `+many.String()+` } c: createTodo(input: $c) { id } }`,
		`{"a":{"id":"a","title":"t"},"b":{"id":"b","title":"`+long+`"},"c":{"id":"c","title":"t"}}`)
	if string(r.Data.Text()) != `{"a":{"id":"a"},"b":null,"c":{"id":"c"}}` || len(r.Errors) != 1 || r.Errors[0].Type != "LimitExceededError" {
		t.Fatalf("%.200s %v", r.Data.Text(), r.Errors)
	}
	err := w.tables.View(func(reader server.Reader) error {
		entries, _, err := reader.Log(0, server.Span{Rows: 10, Bytes: 1 << 20})
		if len(entries) != 2 || entries[0].Seq != 1 || entries[1].Seq != 2 || entries[1].ID != "c" {
			t.Errorf("log %+v", entries)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeadline: a request whose deadline passes before all of its mutations began changes nothing and
// is a 503, which every client repeats; an error of one field would be taken for the server's last word.
func TestDeadline(t *testing.T) {
	w := todoWorld(t)
	body := `{"query":"mutation { a: createTodo(input: {title: \"t\"}) { id } b: createTodo(input: {title: \"t\"}) { id } }"}`
	for _, late := range []int{1, 2} {
		asked := 0
		call := server.Call{NowMs: w.now.UnixMilli(), Expired: func() bool { asked++; return asked >= late }}
		answer := w.server.Handle(call, server.Credentials{APIKey: w.key}, []byte(body))
		if answer.Status != 503 || answer.Committed || w.logged() != 0 {
			t.Errorf("late at look %d: %d %s, %d changes", late, answer.Status, answer.Body, w.logged())
		}
	}
	if answer := w.server.Handle(w.call(), server.Credentials{APIKey: w.key}, []byte(body)); answer.Status != 200 || w.logged() != 2 {
		t.Errorf("in time: %d %s", answer.Status, answer.Body)
	}
}
