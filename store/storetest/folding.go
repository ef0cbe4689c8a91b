package storetest

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

func testFoldEverywhere(t *testing.T, open Opener) {
	s := start(t, open, Small)
	m := Saved("m1", conflict.Create, store.Key{Model: "Comment", ID: "c1"}, "x")
	commits := []*store.Commit{
		{Rows: []store.Row{Row("Post", "a", 1, "x"), Row("Post", "b", 1, "x")}},
		{Mutations: []store.Mutation{m}},
		{Rows: []store.Row{Row("Post", "a", 2, "xx"), Row("Comment", "c2", 1, "x")}},
		{Removed: []store.Key{{Model: "Post", ID: "b"}}},
		{Rows: []store.Row{Row("Comment", "c1", 1, "x")}, Ended: []store.Ended{ended(m, store.Acknowledged)}},
		{Rows: []store.Row{Row("Post", "c", 1, "x"), Row("Post", "d", 1, "x"), Row("Post", "e", 1, "x"),
			Row("Post", "f", 1, "x"), Row("Post", "g", 1, "x"), Row("Post", "a", 3, "x")}},
		{Rows: []store.Row{Row("Post", "b", 9, "again")}, Removed: []store.Key{{Model: "Post", ID: "c"}}},
	}
	for _, c := range commits {
		s.commit(c)
		for more := true; more; {
			var err error
			if more, err = s.db.Fold(); err != nil {
				t.Fatal(err)
			}
			s.reload()
		}
	}
	for key, text := range s.entries(store.LogArea) {
		if strings.Contains(text, `"rows"`) {
			t.Errorf("log row %s still holds rows: %s", key, text)
		}
	}
}

func testNeverBack(t *testing.T, open Opener) {
	s := start(t, open, Small)
	// The held mutation keeps the first log row, with an old version of the record in it.
	held := Saved("m1", conflict.Update, store.Key{Model: "Post", ID: "b"}, "h")
	held.State = store.Held
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "one")}, Mutations: []store.Mutation{held}})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 2, "two")}})
	s.foldAll()
	s.reload()
	if got := s.image.View(store.Key{Model: "Post", ID: "a"}).Field("title").Str(); got != "two" {
		t.Errorf("the record went back to %q", got)
	}
}

func testRemoved(t *testing.T, open Opener) {
	s := start(t, open, Small)
	held := Saved("m1", conflict.Update, store.Key{Model: "Post", ID: "b"}, "h")
	held.State = store.Held
	gone := store.Key{Model: "Post", ID: "a"}
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "one")}, Mutations: []store.Mutation{held}})
	s.foldAll()
	bulk := &store.Commit{}
	for _, id := range []string{"a", "p", "q", "r", "s", "t"} {
		bulk.Rows = append(bulk.Rows, Row("Post", id, 2, "bulk"))
	}
	s.commit(bulk) // an outdated copy of a stays in the old page
	s.commit(&store.Commit{Removed: []store.Key{gone}})
	for more := true; more; {
		var err error
		if more, err = s.db.Fold(); err != nil {
			t.Fatal(err)
		}
		s.reload()
		if s.image.View(gone).Exists() {
			t.Fatal("the removed record is back")
		}
	}
	s.commit(&store.Commit{Ended: []store.Ended{ended(held, store.DiscardedByUser)}})
	s.foldAll()
	s.reload()
	for area, what := range map[store.Area]string{store.LogArea: "log", store.PagesArea: "pages"} {
		for key, text := range s.entries(area) {
			if strings.Contains(text, `"id":"a"`) {
				t.Errorf("%s %s still holds the record: %s", what, key, text)
			}
		}
	}
}

func testOutboxStays(t *testing.T, open Opener) {
	s := start(t, open, Small)
	var all []store.Mutation
	for n := range 20 {
		m := Saved("m"+number(n), conflict.Create, store.Key{Model: "Post", ID: "p" + number(n)}, "x")
		all = append(all, m)
		s.commit(&store.Commit{Strict: true, Mutations: []store.Mutation{m},
			Rows: []store.Row{Row("Comment", "c"+number(n%3), int64(n+1), "x")}})
	}
	s.foldAll()
	s.reload()
	for n, m := range all {
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", m.Key.ID, 1, "x")},
			Ended: []store.Ended{ended(m, store.Acknowledged)}})
		s.foldAll()
		if n%5 == 0 {
			s.reload()
		}
	}
	s.reload()
	if len(s.image.Outbox()) != 0 {
		t.Errorf("%d mutations came back", len(s.image.Outbox()))
	}
	// What is left: opening rows, one per load, and the newest row.
	if rows := len(s.entries(store.LogArea)); rows > 9 {
		t.Errorf("%d log rows are left", rows)
	}
}

func testClear(t *testing.T, open Opener) {
	s := start(t, open, Small)
	one := Saved("m1", conflict.Create, store.Key{Model: "Post", ID: "a"}, "secret one")
	two := Saved("m2", conflict.Create, store.Key{Model: "Post", ID: "b"}, "two")
	for n := range 9 {
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", "p"+number(n), 1, "secret")},
			Meta: []store.MetaEntry{meta("cursor/Post", number(n)), meta("db/kind", number(n))}})
	}
	s.commit(&store.Commit{Mutations: []store.Mutation{one, two}})
	s.foldAll()
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "p1", 2, "secret")}})
	parked := two
	parked.State = store.Parked
	changes := s.commit(&store.Commit{Name: "clear", Strict: true, Clear: true, Mutations: []store.Mutation{parked},
		Ended: []store.Ended{ended(one, store.DiscardedByUser)}})
	if len(changes) != 11 {
		t.Errorf("clear tells of %d changes, want the 11 visible records", len(changes))
	}
	if len(s.image.Models()) != 0 || len(s.image.Outbox()) != 0 || len(s.image.Parked()) != 1 {
		t.Errorf("after clear there is %s", Content(s.image))
	}
	s.reload()
	for _, area := range store.Areas {
		for key, text := range s.entries(area) {
			if strings.Contains(text, "secret") {
				t.Errorf("%s %s still holds a record: %s", area, key, text)
			}
		}
	}
	if s.image.Meta("db/kind").Text()[0] != '8' || s.image.Meta("cursor/Post").Exists() {
		t.Errorf("meta after clear: %v", s.image.MetaKeys())
	}
	// Mutations that the commit does not name go on.
	three := Saved("m3", conflict.Create, store.Key{Model: "Post", ID: "c"}, "three")
	s.commit(&store.Commit{Mutations: []store.Mutation{three}})
	s.commit(&store.Commit{Clear: true, Rows: []store.Row{Row("Post", "new", 1, "x")}})
	s.reload()
	s.foldAll()
	s.reload()
	if len(s.image.Outbox()) != 1 || len(s.image.Parked()) != 1 {
		t.Errorf("after the second clear there is %s", Content(s.image))
	}
}

func testBulk(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	title := strings.Repeat("t", 300)
	for page := range 4 {
		c := &store.Commit{Name: "apply page", Meta: []store.MetaEntry{meta("cursor/Post", number(page))}}
		for n := range 1000 {
			c.Rows = append(c.Rows, Row("Post", number(page*1000+n), 1, title))
		}
		s.commit(c)
	}
	pages := s.entries(store.PagesArea)
	if len(pages) < 8 || len(pages) > 12 {
		t.Errorf("4,000 rows of 400 bytes take %d pages", len(pages))
	}
	for key, text := range pages {
		if len(text) > 190_000 || !strings.HasPrefix(key, "Post/") {
			t.Errorf("page %s has %d bytes", key, len(text))
		}
	}
	for key, text := range s.entries(store.LogArea) {
		if len(text) > 200 {
			t.Errorf("log row %s has %d bytes", key, len(text))
		}
	}
	s.reload()
	// The same records again: the old pages go as soon as nothing in them counts.
	c := &store.Commit{Name: "apply page"}
	for n := range 4000 {
		c.Rows = append(c.Rows, Row("Post", number(n), 2, title))
	}
	s.commit(c)
	if again := s.entries(store.PagesArea); len(again) > 12 {
		t.Errorf("after all rows changed there are %d pages", len(again))
	}
	s.reload()
}

func testBigRecords(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{FoldLogRowsMin: 1, FoldLogBytesMin: 1})
	big := strings.Repeat("ä", 200_000)
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "small", 1, "x"), Row("Post", "big", 1, big)}})
	m := Saved("m1", conflict.Update, store.Key{Model: "Post", ID: "small"}, big)
	s.commit(&store.Commit{Mutations: []store.Mutation{m}})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "small", 2, big)},
		Ended: []store.Ended{ended(m, store.Acknowledged)}})
	s.reload()
	s.foldAll()
	s.reload()
	if got := s.image.View(m.Key).Field("title"); got.Kind() != record.String || len(got.Str()) != len(big) {
		t.Errorf("the title came back with %d bytes", len(got.Str()))
	}
}
