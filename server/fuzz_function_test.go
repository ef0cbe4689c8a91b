package server_test

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

const functionModels = `
type Todo @model @auth(rules: [{allow: public}]) {
  id: ID! title: String! note: String count: Int tags: [String!] state: State meta: AWSJSON addr: Addr places: [Addr]
  due: AWSDateTime genre: String @index(sortKeyFields: ["count"])
}
enum State { open done }
type Addr { street: String! raw: AWSJSON }`

// FuzzFunctionAnswer: whatever a conflict function answers, either the row is written whole and can be
// read through every field, with the next version, or nothing is written and the caller is told.
func FuzzFunctionAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"action":"REJECT"}`, `{"action":"REMOVE"}`, `{"action":"RESOLVE"}`, `{}`, ``, `null`, `[]`, `{"action":{}}`,
		`{"action":"RESOLVE","item":{"title":"m","id":5,"_version":"x","createdAt":false}}`,
		`{"action":"RESOLVE","item":{"title":"m","tags":["a",null],"state":"open","count":1}}`,
		`{"action":"RESOLVE","item":{"title":"m","meta":{"a":[1]},"addr":{"street":"s","raw":null},"places":[{"street":"s","raw":5},null],"due":"2024-05-01T00:00:00Z","genre":null}}`,
		`{"action":"RESOLVE","item":{"title":"\ud800"}}`, `{"action":"RESOLVE","item":{"title":"m","title":"n"}}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	const everything = `id title note count tags state meta addr { street raw } places { street raw } due genre createdAt updatedAt _version _deleted _lastChangedAt`
	f.Fuzz(func(t *testing.T, text []byte, update bool) {
		w := newWorld(t, functionModels, memory.New(0))
		w.options.Strategies["Todo"] = conflict.Lambda
		w.start()
		w.send(`mutation { createTodo(input: {id: "a", title: "t", genre: "g", count: 1}) { id } }`)
		const get = `{ getTodo(id: "a") { ` + everything + ` } }`
		before := w.send(get)
		document := `mutation { m: deleteTodo(input: {id: "a"}) { ` + everything + ` } }`
		if update {
			document = `mutation { m: updateTodo(input: {id: "a", title: "u"}) { ` + everything + ` } }`
		}
		answer := w.server.Handle(w.call(), w.credentials(), []byte(`{"query":`+string(record.AppendString(nil, document))+`}`))
		if answer.Need == nil {
			t.Fatalf("nobody was asked: %s", answer.Body)
		}
		answer = answer.Need.Resume(w.call(), server.Decision{Answer: text})
		body, err := record.Parse(answer.Body)
		if err != nil || answer.Status != 200 {
			t.Fatalf("%d %s (%v)", answer.Status, answer.Body, err)
		}
		after := w.send(get)
		kind := ""
		body.Field("errors").Elements(func(_ int, e record.Value) bool {
			kind = e.Field("errorType").Str()
			return false
		})
		row := body.Field("data").Field("m")
		switch {
		case kind == "ConflictError" || kind == "ConflictUnhandled":
			if after != before || answer.Committed {
				t.Fatalf("%s, and it became %s", kind, after)
			}
		case kind != "" || row.Field("_version").String() != "2" || row.Field("id").Str() != "a":
			t.Fatalf("answered %s", answer.Body)
		case strings.Contains(after, "errors") || !record.Equal(record.TrustString(after).Field("data").Field("getTodo"), row):
			t.Fatalf("answered %s, stored %s", row.Text(), after)
		}
	})
}
