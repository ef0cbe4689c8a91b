package server_test

import (
	"strconv"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// FuzzRequest: whatever is posted gets an answer that is JSON with data or errors.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{ listTodos { items { id } nextToken } }"}`,
		`{"query":"query q($f: ModelTodoFilterInput) { listTodos(filter: $f) { items { id } } }","variables":{"f":{"or":[{"title":{"eq":"x"}}]}}}`,
		`{"query":"mutation { createTodo(input: {title: \"t\", count: 1e2}) { ...a } } fragment a on Todo { id @skip(if: false) }","extensions":{"deltabase":{"mutations":{"createTodo":"m"}}}}`,
		`{"query":"{ syncTodos(limit: 1, lastSync: 5) { items { list { id todos { items { id } } } } } }","extensions":{"deltabase":{"cursors":{"syncTodos":""}}}}`,
		`{"query":"{ a: __typename ...f } fragment f on Query { ...f }"}`,
		`{"query":"mutation { updateTodo(input: {id: \"\", _version: -1}) { id } }"}`,
		`{"query":"{ getTodo(id: 5) { id @include(if: $x) } }"}`,
		`{"query":"query($a:[Int!]=[1,2]){ listTodos(limit:$a){items{id}} }"}`,
		`{"query":"{__schema{types{name}}}"}`,
		`{}`, `[]`, `"`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := todoWorld(t)
		w.mutateOne(`createTodo(input: {id: "a", title: "t", listId: "l"})`)
		answer := w.server.Handle(w.call(), server.Credentials{APIKey: w.key}, body)
		v, err := record.Parse(answer.Body)
		if err != nil || !v.Field("data").Exists() && v.Field("errors").Len() == 0 {
			t.Fatalf("answered %s (%v)", answer.Body, err)
		}
		if answer.Failure != nil {
			t.Fatalf("the tables failed: %v", answer.Failure)
		}
	})
}

// FuzzToken: only the server's own tokens are taken, whatever is made of one.
func FuzzToken(f *testing.F) {
	f.Add("", 0, byte(0))
	f.Add("AAAA", 3, byte('A'))
	f.Add("bGlzdAo1", 40, byte('_'))
	f.Fuzz(func(t *testing.T, text string, at int, with byte) {
		w := todoWorld(t)
		w.fill(3, 1)
		token := w.page("limit: 1").NextToken
		changed := []byte(token)
		changed[max(at, -at-1)%len(changed)] = with
		for _, one := range []string{text, string(changed), token + text} {
			if one == token || one == "" {
				continue
			}
			vars := `{"t":` + string(record.AppendString(nil, one)) + `}`
			r := w.ask(`query q($t: String) { syncTodos(limit: 1, nextToken: $t) { items { id } } }`, vars)
			if len(r.Errors) == 0 {
				t.Fatalf("the token %s was taken", strconv.Quote(one))
			}
		}
	})
}

// FuzzFrame: whatever a socket says, the hub goes on.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init"}`, `{"type":"start","id":"s"}`, `{"type":"stop"}`, `{}`, `[`,
		`{"id":"s","type":"start","payload":{"data":"{\"query\":\"subscription { onCreateTodo { id } }\"}","extensions":{"authorization":{"x-api-key":"da2-test"}}}}`,
		`{"id":"s","type":"start","payload":{"data":{"query":"subscription q($f: ModelSubscriptionTodoFilterInput) { onCreateTodo(filter: $f) { id } }","variables":{"f":{"title":{"in":["a"]}}}},"extensions":{"authorization":{"x-api-key":"da2-test"}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		w := todoWorld(t)
		w.realtime("connect", "c")
		for _, o := range w.hub.Receive(w.conns["c"], 1, text) {
			if _, err := record.Parse(o.Text); err != nil {
				t.Fatalf("answered %s", o.Text)
			}
		}
		w.mutateOne(`createTodo(input: {title: "t"})`)
		if _, err := w.hub.Publish(); err != nil {
			t.Fatal(err)
		}
	})
}
