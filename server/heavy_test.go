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

// TestHeavyChildren: pages of children count for each parent they are asked of, under each alias, with what their
// filters compare; by literals and variables, through fragments.
func TestHeavyChildren(t *testing.T) {
	heavy := false
	w := newWorld(t, `
type List @model @auth(rules: [{allow: public}]) { id: ID! items: [Item] @hasMany }
type Item @model @auth(rules: [{allow: public}]) { id: ID! text: String list: List @belongsTo notes: [Note] @hasMany }
type Note @model @auth(rules: [{allow: public}]) { id: ID! text: String }`, queued{memory.New(0), &heavy})
	compare := strings.TrimSuffix(strings.Repeat(`{text: {contains: "no such text"}},`, 50), ",")
	aliases := ""
	for i := range 10 {
		aliases += fmt.Sprintf("a%d: items(limit: 10) { items { id } } ", i)
	}
	for document, want := range map[string]bool{
		`{ listLists { items { items(limit: 50) { items { id } } } } }`:                                                                                                       false,
		`{ listLists { items { items { items { id } } } } }`:                                                                                                                  true,
		`{ listLists { items { items(limit: 90) { items { id list { id } } } } } }`:                                                                                           true,
		`{ listItems(limit: 1000) { items { id list { id } } } }`:                                                                                                             false,
		`{ listLists(limit: 50) { items { ` + aliases + ` } } }`:                                                                                                              false,
		`{ listLists(limit: 100) { items { ` + aliases + ` } } }`:                                                                                                             true,
		`{ listLists(limit: 20) { items { items(limit: 5, filter: {or: [` + compare + `]}) { items { id } } } } }`:                                                            false,
		`{ listLists(limit: 90) { items { items(limit: 90, filter: {or: [` + compare + `]}) { items { id } } } } }`:                                                           true,
		`{ getList(id: "a") { items(limit: 100) { items { notes(limit: 90) { items { id } } } } } }`:                                                                          false,
		`{ getList(id: "a") { items(limit: 100) { items { ...n ... { m: notes(limit: 10) { items { id } } } } } } } fragment n on Item { notes(limit: 90) { items { id } } }`: true,
		`query q($n: Int = 1000) { getList(id: "a") { items(limit: $n) { items { notes(limit: $n) { items { id } } } } } }`:                                                   true,
		`query q($n: Int = 10) { listLists(limit: $n) { items { items { items { id } } } } }`:                                                                                 false,
	} {
		heavy = false
		answer := w.server.Handle(server.Call{NowMs: 1, Context: context.Background()}, server.Credentials{APIKey: "da2-test"}, fmt.Appendf(nil, `{"query":%q}`, document))
		if strings.Contains(string(answer.Body), "errors") || heavy != want {
			t.Errorf("%.160s: heavy %v, want %v; %.200s", document, heavy, want, answer.Body)
		}
	}
}
