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

// TestFieldAuthorization: a field with each kind of rule and each subset of operations, and pairs of
// them, on every path by every role, in rows that everybody may read and write. What is shown and
// what is refused is computed by the oracle of authmatrix_test.go.
func TestFieldAuthorization(t *testing.T) {
	kinds := []string{"public", "private", "owner", "owners", "static", "dynamic", "team"}
	var sets [][]grant
	for i, kind := range kinds {
		for n, operations := range subsets {
			sets = append(sets, []grant{{kind, operations}})
			if n%3 != 0 {
				continue
			}
			sets = append(sets, []grant{{kind, operations}, {kinds[(i+n+1)%len(kinds)], subsets[(i+3*n)%len(subsets)]}})
		}
	}
	for n, rules := range sets {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := newFieldStage(t, rules)
			for _, p := range people[1:] {
				s.checkFieldReads(rules, p)
				s.checkFieldFilters(rules, p)
				s.checkFieldEvents(rules, p)
				s.checkFieldWrites(rules, p)
			}
		})
	}
}

// newFieldStage has the rows of items, each with the secret "s-ID".
func newFieldStage(t *testing.T, rules []grant) *stage {
	var words []string
	for _, g := range rules {
		words = append(words, g.sdl())
	}
	text := func(model, field string) string {
		return `type Shelf @model @auth(rules: [{allow: public}, {allow: private}]) { id: ID! items: [Item] @hasMany(indexName: "byShelf", fields: ["id"]) }
type Item @model @auth(rules: [` + model + `]) {
  id: ID! title: String! note: String owner: String owners: [String] groups: [String] team: String
  secret: String ` + field + ` @index(name: "bySecret", queryField: "itemsBySecret")
  shelfId: ID @index(name: "byShelf", queryField: "itemsByShelf")
}`
	}
	s := newStageOf(t, text("{allow: public}, {allow: private}", "@auth(rules: ["+strings.Join(words, ", ")+"])"), text("{allow: public}", ""), "Item")
	for _, i := range items {
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, secret: "s-%s"})`, i.id, i.id))
	}
	return s
}

func (s *stage) secrets(rules []grant, p person, operation string) []string {
	var seen []string
	for _, i := range items {
		if _, row := may(rules, p, operation, i); row {
			seen = append(seen, "s-"+i.id)
		}
	}
	slices.Sort(seen)
	return seen
}

// shownIn lists the secrets in a text.
func shownIn(text string) []string {
	var seen []string
	for _, i := range items {
		if strings.Contains(text, `"s-`+i.id+`"`) {
			seen = append(seen, "s-"+i.id)
		}
	}
	slices.Sort(seen)
	return seen
}

func (s *stage) checkFieldReads(rules []grant, p person) {
	s.now = s.now.Add(time.Second)
	for _, i := range items {
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n"})`, i.id)) // once in the delta
	}
	for path, one := range map[string]struct{ document, operation string }{
		"list":        {`{ listItems { items { id secret } } }`, "list"},
		"index":       {`{ itemsByShelf(shelfId: "shelf") { items { id secret } } }`, "list"},
		"sync base":   {`{ syncItems { items { id secret } } }`, "sync"},
		"sync filter": {`{ syncItems(filter: {and: [{shelfId: {eq: "shelf"}}]}) { items { id secret } } }`, "sync"},
		"sync delta":  {fmt.Sprintf(`{ syncItems(lastSync: %d) { items { id secret } } }`, s.now.UnixMilli()-1), "sync"},
		"nested":      {`{ getShelf(id: "shelf") { items { items { id secret } } } }`, "list"},
	} {
		want := s.secrets(rules, p, one.operation)
		got := s.says(p, one.document)
		if path == "nested" {
			got.value = got.value.Field("items")
		}
		rows := got.value.Field("items").Len()
		errors := strings.Count(got.body, `"errorType":"Unauthorized"`)
		if seen := shownIn(got.body); !slices.Equal(seen, want) || rows != len(items) || errors != rows-len(want) {
			s.wrong(rules, p, path, got.body, want)
		}
	}
	for _, i := range items {
		_, shown := may(rules, p, "get", i)
		got := s.says(p, fmt.Sprintf(`{ getItem(id: %q) { id secret } }`, i.id))
		if got.value.Field("id").Str() != i.id || (len(shownIn(got.body)) == 1) != shown || (got.err.Type == "Unauthorized") == shown {
			s.wrong(rules, p, "get "+i.id, got.body, shown)
		}
	}
}

// checkFieldFilters: whoever can't read a field learns nothing of it by asking for rows by it.
func (s *stage) checkFieldFilters(rules []grant, p person) {
	for _, i := range items {
		for path, one := range map[string]struct{ document, operation string }{
			"list by":   {fmt.Sprintf(`{ listItems(filter: {secret: {eq: "s-%s"}}) { items { id } } }`, i.id), "list"},
			"sync by":   {fmt.Sprintf(`{ syncItems(filter: {and: [{secret: {eq: "s-%s"}}]}) { items { id } } }`, i.id), "sync"},
			"nested by": {fmt.Sprintf(`{ getShelf(id: "shelf") { items(filter: {secret: {beginsWith: "s-%s"}}) { items { id } } } }`, i.id), "list"},
			"index by":  {fmt.Sprintf(`{ itemsBySecret(secret: "s-%s") { items { id } } }`, i.id), "list"},
		} {
			_, shown := may(rules, p, one.operation, i)
			got := s.says(p, one.document)
			if path == "index by" {
				role, _ := may(rules, p, one.operation, i)
				shown = role == "all"
				if (got.err.Type == "Unauthorized") == shown {
					s.wrong(rules, p, path+" "+i.id, got.body, role)
				}
			}
			if found := strings.Contains(got.body, `"`+i.id+`"`); found != shown {
				s.wrong(rules, p, path+" "+i.id, got.body, shown)
			}
		}
		got := s.says(p, fmt.Sprintf(`mutation { updateItem(input: {id: %q, note: "c"}, condition: {secret: {eq: "s-%s"}}) { id secret } }`, i.id, i.id))
		_, shown := s.anyRead(rules, p, i)
		if (got.value.Field("id").Str() == i.id) != shown || (len(shownIn(got.body)) == 1) != shown {
			s.wrong(rules, p, "condition of "+i.id, got.body, shown)
		}
	}
}

func (s *stage) anyRead(rules []grant, p person, i item) (string, bool) {
	for _, operation := range []string{"get", "list", "sync", "listen"} {
		if role, row := may(rules, p, operation, i); row {
			return role, row
		}
	}
	return "", false
}

func (s *stage) checkFieldEvents(rules []grant, p person) {
	s.hub, s.token = s.server.NewHub(), ""
	if p.name != "key" {
		s.token = p.credentials(s.now).Authorization
	}
	s.realtime("connect", "c")
	s.realtime("start", "c all subscription { onUpdateItem { id secret } }")
	s.realtime("start", `c by subscription { onUpdateItem(filter: {secret: {beginsWith: "s-"}}) { id } }`)
	for _, i := range items {
		_, shown := may(rules, p, "listen", i)
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n"})`, i.id))
		out, err := s.hub.Publish()
		if err != nil {
			s.t.Fatal(err)
		}
		text := ""
		for _, o := range out {
			text += string(o.Text)
		}
		if (len(out) == 2) != shown || (len(shownIn(text)) == 1) != shown || strings.Contains(text, "errors") {
			s.wrong(rules, p, "event of "+i.id, text, shown)
		}
		s.strategyOf(conflict.Optimistic)
		_, shown = s.anyRead(rules, p, i)
		got := s.says(p, fmt.Sprintf(`mutation { updateItem(input: {id: %q, note: "x", _version: 999}) { id secret } }`, i.id))
		if got.err.Type != "ConflictUnhandled" || (len(shownIn(got.body)) == 1) != shown {
			s.wrong(rules, p, "conflict of "+i.id, got.body, shown)
		}
		s.strategyOf(conflict.Automerge)
	}
}

func (s *stage) checkFieldWrites(rules []grant, p person) {
	for _, i := range items {
		_, updates := may(rules, p, "update", i)
		_, deletes := may(rules, p, "delete", i)
		for value, allowed := range map[string]bool{`"s-` + i.id + `"`: updates, "null": updates && deletes} {
			got := s.says(p, fmt.Sprintf(`mutation { updateItem(input: {id: %q, secret: %s}) { id } }`, i.id, value))
			if (got.value.Field("id").Str() == i.id) != allowed || !allowed && got.err.Message != "Unauthorized on [secret]" {
				s.wrong(rules, p, "update "+i.id+" to "+value, got.body, allowed)
			}
		}
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, secret: "s-%s"})`, i.id, i.id))
		version := s.versionOf(i.id)
		got := s.says(p, fmt.Sprintf(`mutation { deleteItem(input: {id: %q, _version: %s}) { id } }`, i.id, version))
		if (got.value.Field("id").Str() == i.id) != deletes {
			s.wrong(rules, p, "delete "+i.id, got.body, deletes)
		}
		if deletes {
			s.pass(60 * 24 * time.Hour) // a new life
			s.command("purge")
			s.write("createItem(input: " + strings.TrimSuffix(i.input(), "}") + `, secret: "s-` + i.id + `"})`)
		}
	}
	s.pass(60 * 24 * time.Hour)
	s.command("purge")
	for n, i := range items {
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n"})`, i.id)) // in the delta again
		id := fmt.Sprintf("new-%s-%d", p.name, n)
		i.id = id
		allowed := creates(rules, p, i)
		got := s.says(p, "mutation { createItem(input: "+strings.TrimSuffix(i.input(), "}")+`, secret: "new"}) { id } }`)
		if (got.value.Field("id").Str() == id) != allowed || !allowed && got.err.Message != "Unauthorized on [secret]" {
			s.wrong(rules, p, fmt.Sprintf("create %+v", i), got.body, allowed)
		}
		if allowed {
			s.write(fmt.Sprintf(`deleteItem(input: {id: %q, _version: 1})`, id))
		}
	}
	s.pass(60 * 24 * time.Hour)
	s.command("purge")
	for _, i := range items {
		s.write(fmt.Sprintf(`updateItem(input: {id: %q, note: "n"})`, i.id))
	}
}

func (s *stage) versionOf(id string) string {
	row := s.free.Handle(s.call(), person{name: "key"}.credentials(s.now), []byte(`{"query":"{ getItem(id: \"`+id+`\") { _version } }"}`))
	return record.TrustString(string(row.Body)).Field("data").Field("getItem").Field("_version").String()
}
