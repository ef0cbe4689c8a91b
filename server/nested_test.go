package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// TestNestedRows: the children of all parents of a request count together, those that a filter
// drops, too.
func TestNestedRows(t *testing.T) {
	w := newWorld(t, `
type List @model @auth(rules: [{allow: public}]) { id: ID! items: [Item] @hasMany }
type Item @model @auth(rules: [{allow: public}]) { id: ID! text: String }`, memory.New(0))
	const each = 100
	for list := range server.NestedRowsMax / each {
		document := fmt.Sprintf(`mutation { l: createList(input: {id: "l%d"}) { id }`, list)
		for item := range each - 1 {
			document += fmt.Sprintf(` i%d: createItem(input: {text: "t", listItemsId: "l%d"}) { id }`, item, list)
		}
		if answer := w.send(document + " }"); strings.Contains(answer, "errors") {
			t.Fatal(answer)
		}
		w.send(fmt.Sprintf(`mutation { createItem(input: {text: "t", listItemsId: "l%d"}) { id } }`, list))
	}
	w.send(`mutation { l: createList(input: {id: "one more"}) { id } i: createItem(input: {text: "t", listItemsId: "one more"}) { id } }`)
	parents := server.NestedRowsMax / each
	ask := func(limit int) string {
		return w.send(fmt.Sprintf(`{ listLists(limit: %d) { items { items(filter: {text: {eq: "u"}}) { items { id } } } } }`, limit))
	}
	if got := ask(parents); strings.Contains(got, "errors") {
		t.Errorf("%d rows: %.300s", server.NestedRowsMax, got)
	}
	if got := ask(parents + 1); !strings.Contains(got, `"errorType":"LimitExceededError"`) || !strings.Contains(got, `"listLists":null`) {
		t.Errorf("%d rows: %.300s", server.NestedRowsMax+1, got)
	}
}
