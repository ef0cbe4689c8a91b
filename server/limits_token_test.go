package server_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// TestLongestToken: the token behind a row with the longest id and the longest index key is one that
// the server takes back.
func TestLongestToken(t *testing.T) {
	w := newWorld(t, `type Todo @model @auth(rules: [{allow: public}]) {
  id: ID!
  name: String! @index(name: "byName", queryField: "todosByName", sortKeyFields: ["rest"])
  rest: String!
}`, memory.New(0))
	rest := strings.Repeat("r", server.IndexKeyBytesMax-len("n")-2*keyBytesAround-1)
	for i := range 2 {
		id := fmt.Sprint(i, strings.Repeat("i", server.IDBytesMax-1))
		w.mutateOne(`createTodo(input: {id: "` + id + `", name: "n", rest: "` + rest + `"})`)
	}
	ask := func(token string) appsync.Page {
		p, ok := appsync.PageOf(w.ask(`query q($t: String) { todosByName(name: "n", limit: 1, nextToken: $t) { items { id } nextToken } }`, `{"t":`+token+`}`), "todosByName")
		if !ok || len(p.Items) != 1 {
			t.Fatalf("a page of %d rows behind a token of %d bytes", len(p.Items), len(token))
		}
		return p
	}
	first := ask("null")
	if len(first.NextToken) > server.TokenBytesMax || len(first.NextToken) < server.TokenBytesMax*9/10 {
		t.Errorf("the longest token has %d bytes, the limit is %d", len(first.NextToken), server.TokenBytesMax)
	}
	if second := ask(`"` + first.NextToken + `"`); string(second.Items[0].Field("id").Text()) == string(first.Items[0].Field("id").Text()) {
		t.Error("the second page begins with the first row")
	}
}

// TestTokenTellsNothing: a page may end with a row of somebody else; its id and keys are not to be
// read out of the token.
func TestTokenTellsNothing(t *testing.T) {
	w := newWorld(t, `type Todo @model @auth(rules: [{allow: owner}]) {
  id: ID!
  name: String! @index(name: "byName", queryField: "todosByName", sortKeyFields: ["rest"])
  rest: String!
}`, memory.New(0))
	w.as("bob")
	w.mutateSigned(`createTodo(input: {id: "id-of-bob", name: "n", rest: "key-of-bob"})`)
	w.mutateSigned(`createTodo(input: {id: "id-of-bob-2", name: "n", rest: "later"})`)
	w.as("alice")
	for _, query := range []string{"listTodos(limit: 1)", "syncTodos(limit: 1)", `todosByName(name: "n", limit: 1)`} {
		answer := w.send("{ " + query + " { items { id } nextToken } }")
		_, rest, found := strings.Cut(answer, `"nextToken":"`)
		text, _, _ := strings.Cut(rest, `"`)
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if !found || err != nil {
			t.Fatalf("%s: %s (%v)", query, answer, err)
		}
		for _, secret := range []string{"of-bob", hex.EncodeToString([]byte("of-bob"))} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s: the token says %q", query, raw)
			}
		}
	}
}

func (w *world) mutateSigned(field string) {
	w.t.Helper()
	if answer := w.send("mutation { " + field + " { id } }"); strings.Contains(answer, `"errors"`) {
		w.t.Fatal(answer)
	}
}
