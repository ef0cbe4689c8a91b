package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// What is around the one long field of a record with a one-letter id, and of an index key.
var rowBytesAround = len(`{"id":"a","title":"","createdAt":"2024-05-01T10:00:00.000Z","updatedAt":"2024-05-01T10:00:00.000Z","_version":1,"_deleted":null,"_lastChangedAt":1714557600000}`)

const keyBytesAround = 2

func padded(document string, n int) string { return document + strings.Repeat(" ", n-len(document)) }

// deep selects lists in lists, n levels below the root field.
func deep(n int) string {
	text := `getList(id: "a") {`
	for range (n - 1) / 3 {
		text += " todos { items { list {"
	}
	text += [3]string{" id", " todos { nextToken }", " todos { items { id } }"}[(n-1)%3]
	return "{ " + text + strings.Repeat("} } }", (n-1)/3) + "} }"
}

// creates reports whether a Todo with these fields, and a title, is accepted.
func (w *world) creates(fields string) bool {
	if !strings.Contains(fields, `"title"`) {
		fields += `,"title":"t"`
	}
	return w.outcome(`mutation operation($input: CreateTodoInput!) { createTodo(input: $input) { _version } }`, `{"input":{`+fields+`}}`) == "ok"
}

// extended posts a document with our extensions and returns the body.
func (w *world) extended(document, extensions string) string {
	body := `{"query":` + string(record.AppendString(nil, document)) + `,"extensions":{"deltabase":` + extensions + `}}`
	return string(w.server.Handle(w.call(), w.credentials(), []byte(body)).Body)
}

func bodyWithin(w *world, n int) bool {
	body := `{"query":"{ __typename }","x":""}`
	body = strings.Replace(body, `"x":"`, `"x":"`+strings.Repeat("x", n-len(body)), 1)
	return w.server.Handle(w.call(), w.credentials(), []byte(body)).Status == 200
}

// argumentsWithin puts two long variables into five literals.
func argumentsWithin(w *world, n int) bool {
	const fields, each, around = 5, 500_000, len("{") + len("title") + len("{") + len("eq")
	ask := "query q($v: String, $w: String) {" + repeat(fields-1, "f%d: listTodos(filter: {title: {eq: $v}}) { nextToken } ") +
		"last: listTodos(filter: {title: {eq: $w}}) { nextToken } }"
	long := func(size int) string { return `"` + strings.Repeat("x", size-2) + `"` }
	vars := `{"v":` + long(each) + `,"w":` + long(n-fields*around-(fields-1)*each) + `}`
	return w.outcome(ask, vars) == "ok"
}

// comparisonsWithin compares 1,000 short rows with 50 conditions five times, and some with one more.
func comparisonsWithin(w *world, n int) bool {
	w.fill(server.PageRowsMax, 1)
	const conditions = 50
	filter := func(k int) string { return "{and: [" + strings.Repeat(`{title: {ne: "y"}} `, k) + "]}" }
	pages := n / conditions / server.PageRowsMax
	document := strings.ReplaceAll(repeat(pages, "p%d: listTodos(limit: 1000, filter: FILTER) { nextToken } "), "FILTER", filter(conditions))
	if rest := n - pages*conditions*server.PageRowsMax; rest > 0 {
		document += fmt.Sprintf("rest: listTodos(limit: %d, filter: %s) { nextToken }", rest, filter(1))
	}
	return !strings.Contains(w.send("{ "+document+"}"), "LimitExceededError")
}

// responseWithin reads 32 titles, the last of which makes up the sum.
func responseWithin(w *world, n int) bool {
	const fields, each = 32, server.ResponseBytesMax / 32
	title := func(size int) string { return strings.Repeat("x", size-len(`{"title":""}`)) }
	w.creates(`"id":"a","title":"` + title(each) + `"`)
	w.creates(`"id":"b","title":"` + title(each+n-server.ResponseBytesMax) + `"`)
	return w.outcome("{"+repeat(fields-1, `f%d: getTodo(id: "a") { title } `)+`last: getTodo(id: "b") { title } }`, "{}") == "ok"
}

// introspectionWithin asks for n objects in one request: __schema with the list of types under many
// aliases, several times, and the rest one by one.
func introspectionWithin(w *world, n int) bool {
	w.command("introspection")
	const schemas = 20
	types := w.ask(`{ __schema { types { name } } }`, "{}").Data.Field("__schema").Field("types").Len()
	lists := (n - schemas) / types / schemas
	document := "{" + strings.Repeat("s%d: __schema {"+repeat(lists, "l%d: types { name } ")+"} ", schemas)
	for i := range schemas {
		document = strings.Replace(document, "s%d", fmt.Sprint("s", i), 1)
	}
	rest := n - schemas - schemas*lists*types
	if rest > types {
		document += "more: __schema {" + repeat((rest-1)/types, "l%d: types { name } ") + "} "
		rest -= 1 + (rest-1)/types*types
	}
	switch answer := w.send(document + repeat(rest, `t%d: __type(name: "Todo") { name } `) + "}"); {
	case strings.Contains(answer, "LimitExceededError"):
		return false
	case strings.Contains(answer, `"errors"`):
		w.t.Fatalf("%.300s", answer)
	}
	return true
}

// cursorWithin hands in a good cursor whose position is written with leading zeros.
func cursorWithin(w *world, n int) bool {
	const ask = `{ syncTodos { items { id } nextToken startedAt } }`
	w.fill(1, 1)
	_, rest, _ := strings.Cut(w.extended(ask, `{"cursors":{"syncTodos":""}}`), `"cursor":"`)
	cursor, _, _ := strings.Cut(rest, `"`)
	parts := strings.Split(cursor, ".")
	if len(parts) != 3 {
		w.t.Fatalf("the cursor is %q", cursor)
	}
	long := parts[0] + "." + strings.Repeat("0", n-len(cursor)) + parts[1] + "." + parts[2]
	return strings.Contains(w.extended(ask, `{"cursors":{"syncTodos":"`+long+`"}}`), `"base":false`)
}

// decisionsWithin changes the record during each question but the n-th.
func decisionsWithin(w *world, n int) bool {
	w.options.Strategies["Todo"] = conflict.Lambda
	w.start()
	w.fill(1, 1)
	change := func(version int) server.Answer {
		return w.answer(fmt.Sprintf(`mutation { updateTodo(input: {id: "00000", title: "u", _version: %d}) { _version } }`, version), "{}")
	}
	answer := change(7)
	for asked := 1; answer.Need != nil; asked++ {
		if asked < n {
			if other := change(asked); other.Need != nil || !other.Committed {
				w.t.Fatalf("the change in between: %s", other.Body)
			}
		}
		answer = answer.Need.Resume(w.call(), server.Decision{Answer: []byte(`{"action":"RESOLVE","item":{"title":"merged"}}`)})
	}
	return answer.Committed
}

func socketsWithin(w *world, n int) bool {
	w.as("alice")
	for i := range n - 1 {
		w.realtime("connect", fmt.Sprint("c", i))
	}
	w.out.Reset()
	w.realtime("connect", "last")
	return strings.Contains(w.out.String(), `"connection_ack"`)
}

// pastWithin: alice's cursor is from before the row went through n more hands.
func pastWithin(w *world, n int) bool {
	const ask = `{ syncTodos { items { id } nextToken startedAt } }`
	w.schema = `type Todo @model @auth(rules: [{allow: owner}, {allow: public}]) { id: ID! title: String! owner: String }`
	w.start()
	w.mutateOne(`createTodo(input: {id: "a", title: "t", owner: "alice"})`)
	w.as("alice")
	_, rest, _ := strings.Cut(w.extended(ask, `{"cursors":{"syncTodos":""}}`), `"cursor":"`)
	cursor, _, _ := strings.Cut(rest, `"`)
	w.as("")
	for i := range n {
		w.mutateOne(fmt.Sprintf(`updateTodo(input: {id: "a", owner: "o%d", _version: %d})`, i, i+1))
	}
	w.as("alice")
	return strings.Contains(w.extended(ask, `{"cursors":{"syncTodos":"`+cursor+`"}}`), `"left":["a"]`)
}

// looks counts how often a request asks whether its deadline has passed.
func (w *world) looks(document string) (n int) {
	call := server.Call{NowMs: w.now.UnixMilli(), Expired: func() bool { n++; return false }}
	w.server.Handle(call, w.credentials(), []byte(`{"query":`+string(record.AppendString(nil, document))+`}`))
	return n
}

func (w *world) logged() (n int) {
	err := w.tables.View(func(r server.Reader) error {
		entries, _, err := r.Log(0, server.Span{Rows: 1 << 20, Bytes: 1 << 30})
		n = len(entries)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestPublishInSeveralReads: what was committed since the last look is more than one read of the
// log gives, by count and by size; all of it is delivered, once and in order.
func TestPublishInSeveralReads(t *testing.T) {
	for _, one := range []struct{ events, size int }{
		{server.PublishEntriesPerRead, 1}, {server.PublishEntriesPerRead + 1, 1},
		{server.PublishBytesPerRead / 100_000, 100_000}, {server.PublishBytesPerRead/100_000 + 1, 100_000},
	} {
		w := newWorld(t, todoModels, memory.New(0))
		w.realtime("connect", "c")
		w.realtime("start", "c s subscription { onCreateTodo { id } }")
		w.fill(one.events, one.size)
		out, err := w.hub.Publish()
		if err != nil || len(out) != one.events {
			t.Fatalf("%d events of %d bytes: %d delivered (%v)", one.events, one.size, len(out), err)
		}
		for i, o := range out {
			if want := fmt.Sprintf(`"id":"%05d"`, i); !strings.Contains(string(o.Text), want) {
				t.Fatalf("event %d is %s", i, o.Text)
			}
		}
	}
}

// hiddenFieldsWithin reads n rows that all hide one field: whether each of them is told.
func hiddenFieldsWithin(w *world, n int) bool {
	shy := newWorld(w.t, `type Shy @model @auth(rules: [{allow: public}]) { id: ID! name: String secret: String @auth(rules: [{allow: private}]) }`, memory.New(0))
	shy.command(fmt.Sprintf("rows Shy %d", n))
	return len(shy.ask(`{ listShies { items { secret } } }`, "{}").Errors) == n
}
