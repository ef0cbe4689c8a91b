package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// queued notes which views were said to be heavy.
type queued struct {
	server.Tables
	heavy *bool
}

func (q queued) Within(_ context.Context, _ string, heavy bool) server.Tables {
	*q.heavy = *q.heavy || heavy
	return q.Tables
}

func (q queued) Apart() server.Tables { return q.Tables }

// TestHeavyRequests: requests that may read or compare much wait in a line of their own, the pages of our
// clients and Amplify's don't.
func TestHeavyRequests(t *testing.T) {
	heavy := false
	core := todoServer(t, queued{memory.New(0), &heavy}, "a: Int b: String")
	many := func(n int, field string) string {
		var document strings.Builder
		for i := range n {
			fmt.Fprintf(&document, " a%d: %s", i, field)
		}
		return "{" + document.String() + "}"
	}
	compare := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`{b: {contains: "no such text"}},`, n), ",")
	}
	for document, want := range map[string]bool{
		many(100, `getTodo(id: "a") { id }`):                                                        false,
		many(1, `syncTodos(limit: 1000) { items { id } }`):                                          false,
		many(10, `syncTodos(limit: 1000) { items { id } }`):                                         false,
		many(100, `listTodos { items { id } }`):                                                     false,
		many(1, `listTodos(limit: 1000, filter: {a: {eq: 1}, b: {eq: "x"}}) { items { id } }`):      false,
		`{ one: getTodo(id: "a") { id } ` + many(10, `syncTodos(limit: 1000) { items { id } }`)[1:]: true,
		many(11, `listTodos(limit: 9999) { items { id } }`):                                         true,
		many(1, `listTodos(limit: 1000, filter: {or: [`+compare(50)+`]}) { items { id } }`):         true,
	} {
		heavy = false
		answer := core.Handle(server.Call{NowMs: 1, Context: context.Background()}, server.Credentials{APIKey: "k"}, fmt.Appendf(nil, `{"query":%q}`, document))
		if answer.Status != 200 || heavy != want {
			t.Errorf("%.120s: %d, heavy %v, want %v", document, answer.Status, heavy, want)
		}
	}
}
