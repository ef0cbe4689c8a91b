package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// subsets of operations that rules are tried with; nil is the default.
var subsets = [][]string{nil, {"read"}, {"get"}, {"list"}, {"sync"}, {"listen"}, {"create"}, {"update", "get"},
	{"update"}, {"delete", "list"}, {"create", "update", "delete", "sync"}}

// TestAuthorization: every rule kind with every subset, and pairs of them, on every path by every
// role; what is allowed is computed by the naive oracle of authmatrix_test.go.
func TestAuthorization(t *testing.T) {
	kinds := []string{"public", "private", "owner", "owners", "static", "dynamic", "team"}
	var sets [][]grant
	for i, kind := range kinds {
		for _, operations := range subsets {
			sets = append(sets, []grant{{kind, operations}})
		}
		for n, other := range kinds {
			if n >= i { // a pair, whole, and one with some operations each
				sets = append(sets, []grant{{kind, nil}, {other, nil}},
					[]grant{{kind, subsets[(i+2*n)%len(subsets)]}, {other, subsets[(i+5*n+3)%len(subsets)]}})
			}
		}
	}
	for n, rules := range sets {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, rules)
			for _, p := range people {
				s.checkReads(rules, p)
				s.checkSubscription(rules, p)
				s.checkWrites(rules, p)
			}
		})
	}
}

func (s *stage) wrong(rules []grant, p person, path, got string, want any) {
	s.t.Helper()
	s.t.Errorf("rules %v, %q %v, %s: got %s, want %v", rules, p.name, p.groups, path, got, want)
}

// rowsOf lists the ids that a page has.
func rowsOf(page record.Value) string {
	var ids []string
	page.Field("items").Elements(func(_ int, row record.Value) bool {
		ids = append(ids, row.Field("id").Str())
		return true
	})
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (s *stage) checkReads(rules []grant, p person) {
	before := s.now.UnixMilli() - 1
	for path, one := range map[string]struct{ document, operation string }{
		"list":         {`{ listItems { items { id } } }`, "list"},
		"list by id":   {`{ listItems(filter: {id: {ne: "x"}}) { items { id } } }`, "list"},
		"index":        {`{ itemsByShelf(shelfId: "shelf") { items { id } } }`, "list"},
		"sync base":    {`{ syncItems { items { id } } }`, "sync"},
		"sync filter":  {`{ syncItems(filter: {and: [{shelfId: {eq: "shelf"}}]}) { items { id } } }`, "sync"},
		"sync delta":   {fmt.Sprintf(`{ syncItems(lastSync: %d) { items { id } } }`, before), "sync"},
		"nested":       {`{ getShelf(id: "shelf") { items { items { id } } } }`, "list"},
		"cursor base":  {"", "sync"},
		"cursor delta": {"", "sync"},
	} {
		var visible []string
		role := "no"
		for _, i := range items {
			r, row := may(rules, p, one.operation, i)
			if role = r; row {
				visible = append(visible, i.id)
			}
		}
		slices.Sort(visible)
		want := strings.Join(visible, " ")
		var got said
		switch path {
		case "cursor base", "cursor delta":
			got = s.byCursor(p, path == "cursor delta")
		case "nested":
			got = s.says(p, one.document)
			got.value = got.value.Field("items")
		default:
			got = s.says(p, one.document)
		}
		switch {
		case p.name == "":
			if got.err.Type != "UnauthorizedException" {
				s.wrong(rules, p, path, got.body, "UnauthorizedException")
			}
		case role == "no":
			if got.err.Type != "Unauthorized" || !got.value.IsNull() {
				s.wrong(rules, p, path, got.body, "Unauthorized")
			}
		case got.err.Type != "" || rowsOf(got.value) != want:
			s.wrong(rules, p, path, got.body, want)
		}
	}
	for _, i := range append(items, item{id: "none"}) {
		role, row := may(rules, p, "get", i)
		got := s.says(p, fmt.Sprintf(`{ getItem(id: %q) { id } }`, i.id))
		want := i.id
		switch {
		case p.name == "":
			want = "UnauthorizedException"
		case role == "no" || i.id != "none" && !row:
			want = "Unauthorized"
		case i.id == "none":
			want = ""
		}
		if got.value.Field("id").Str()+got.err.Type != want {
			s.wrong(rules, p, "get "+i.id, got.body, want)
		}
	}
}

// byCursor pulls as our client does. The cursor of the second pull is as old as the first, when
// nothing was there, but of the caller's own rights.
func (s *stage) byCursor(p person, delta bool) said {
	ask := func(cursor string) said {
		body := `{"query":"{ syncItems { items { id } nextToken startedAt } }","extensions":{"deltabase":{"cursors":{"syncItems":"` + cursor + `"}}}}`
		answer := s.server.Handle(s.call(), p.credentials(s.now), []byte(body))
		v := record.TrustString(string(answer.Body))
		got := said{value: v.Field("data").Field("syncItems"), body: string(answer.Body)}
		v.Field("errors").Elements(func(_ int, e record.Value) bool {
			got.err.Type = e.Field("errorType").Str()
			return false
		})
		return got
	}
	first := ask("")
	_, rest, found := strings.Cut(first.body, `"cursor":"`)
	if !delta || !found {
		return first
	}
	text, _, _ := strings.Cut(rest, `"`)
	parts := strings.Split(text, ".")
	return ask(parts[0] + ".0." + parts[2])
}

func (s *stage) checkSubscription(rules []grant, p person) {
	if p.name == "" {
		return
	}
	for _, multiplexed := range []bool{false, true} {
		s.checkListening(rules, p, multiplexed)
	}
}

// checkListening subscribes to one operation, or to all of them over a multiplexed subscription.
func (s *stage) checkListening(rules []grant, p person, multiplexed bool) {
	s.hub, s.token = s.server.NewHub(), ""
	authorization := `{"x-api-key":"da2-test"}`
	if p.name != "key" {
		s.token = p.credentials(s.now).Authorization
		authorization = fmt.Sprintf(`{"Authorization":%q}`, s.token)
	}
	s.realtime("connect", "c")
	s.out.Reset()
	if multiplexed {
		s.realtime("send", `c {"id":"s","type":"start","payload":{"extensions":{"authorization":`+authorization+
			`,"deltabase":{"models":[{"model":"Item","query":"subscription { onCreateItem { id } }"}]}}}}`)
	} else {
		s.realtime("start", "c s subscription { onUpdateItem { id } }")
	}
	role, _ := may(rules, p, "listen", items[0])
	live := strings.Contains(s.out.String(), "start_ack") && !strings.Contains(s.out.String(), "refused")
	if live != (role != "no") || !live && !strings.Contains(s.out.String(), `"errorType":"Unauthorized"`) {
		s.wrong(rules, p, "subscribe", s.out.String(), role)
	}
	for _, i := range items {
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n", _version: 0})`, i.id))
		out, err := s.hub.Publish()
		if err != nil {
			s.t.Fatal(err)
		}
		if _, row := may(rules, p, "listen", i); (len(out) == 1) != row {
			s.wrong(rules, p, "event of "+i.id, fmt.Sprint(len(out)), row)
		}
	}
}

func (s *stage) checkWrites(rules []grant, p person) {
	version := func(id string) string {
		row := s.free.Handle(s.call(), person{name: "key"}.credentials(s.now), []byte(`{"query":"{ getItem(id: \"`+id+`\") { _version } }"}`))
		return record.TrustString(string(row.Body)).Field("data").Field("getItem").Field("_version").String()
	}
	for _, i := range append(items, item{id: "none"}) {
		_, updates := may(rules, p, "update", i)
		_, reads := may(rules, p, "get", i)
		stale := fmt.Sprintf(`mutation { updateItem(input: {id: %q, note: "x", _version: 999}) { id } }`, i.id)
		if i.id != "none" {
			s.strategyOf(conflict.Optimistic)
			got := s.says(p, stale)
			if told := got.err.Type == "ConflictUnhandled"; told != updates || got.err.Data.IsNull() == (updates && reads) {
				s.wrong(rules, p, "conflict payload of "+i.id, got.body, fmt.Sprint(updates, reads))
			}
			s.strategyOf(conflict.Lambda)
			if got := s.says(p, stale); (got.need != nil) != updates || updates && !strings.Contains(string(got.need.Event), `"id":"`+i.id+`"`) {
				s.wrong(rules, p, "function event of "+i.id, got.body, updates)
			}
			s.strategyOf(conflict.Automerge)
		}
		role, _ := may(rules, p, "update", i)
		s.checkWrite(rules, p, "update", i, role, updates, fmt.Sprintf(`mutation { updateItem(input: {id: %q, note: "y", _version: 0}) { id } }`, i.id))
		_, deletes := may(rules, p, "delete", i)
		role, _ = may(rules, p, "delete", i)
		s.checkWrite(rules, p, "delete", i, role, deletes, fmt.Sprintf(`mutation { deleteItem(input: {id: %q, _version: %s}) { id } }`, i.id, orZero(version(i.id))))
		if deletes && i.id != "none" {
			s.pass(60 * 24 * time.Hour) // a new life
			s.command("purge")
			s.write("createItem(input: " + i.input() + ")")
		}
	}
	for n, i := range items {
		i.id = fmt.Sprintf("new-%s-%d", p.name, n)
		allowed := creates(rules, p, i)
		got := s.says(p, "mutation { createItem(input: "+i.input()+") { id } }")
		if (got.value.Field("id").Str() == i.id) != allowed || !allowed && !strings.HasPrefix(got.err.Type, "Unauthorized") {
			s.wrong(rules, p, fmt.Sprintf("create %+v", i), got.body, allowed)
		}
		if allowed { // out of the way of the next role
			s.write(fmt.Sprintf(`deleteItem(input: {id: %q, _version: 1})`, i.id))
		}
	}
	s.pass(60 * 24 * time.Hour)
	s.command("purge")
	for _, i := range items { // in the delta again
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n", _version: 0})`, i.id))
	}
}

func orZero(version string) string {
	if version == "" || version == "null" {
		return "0"
	}
	return version
}

// checkWrite: who may write all rows learns that one is missing, others don't.
func (s *stage) checkWrite(rules []grant, p person, operation string, i item, role string, allowed bool, document string) {
	got := s.says(p, document)
	want := "Unauthorized"
	switch {
	case p.name == "":
		want = "UnauthorizedException"
	case i.id == "none" && role == "all":
		want = "ConditionalCheckFailedException"
	case allowed:
		want = i.id
	}
	if got.value.Field("id").Str()+got.err.Type != want {
		s.wrong(rules, p, operation+" "+i.id, got.body, want)
	}
}
