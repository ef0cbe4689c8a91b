package server_test

import (
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
