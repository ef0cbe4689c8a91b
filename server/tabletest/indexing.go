package tabletest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

// keyed writes a record and its key in the index "by".
func keyed(t *testing.T, tables server.Tables, id, before, after string) {
	t.Helper()
	update(t, tables, func(w server.Writer) error { return putKeyed(w, id, before, after) })
}

func putKeyed(w server.Writer, id, before, after string) error {
	if _, err := write(w, "Post", id, 1, 1_000, conflict.Update); err != nil {
		return err
	}
	return w.PutKeys("Post", id, []server.KeyChange{{Index: "by", Before: before, After: after}})
}

// inRange lists the ids of a range, page by page of two rows, resuming behind each page.
func inRange(t *testing.T, tables server.Tables, keys map[string]string, r server.KeyRange) string {
	t.Helper()
	var ids []string
	r.Index = "by"
	for more := true; more; {
		view(t, tables, func(reader server.Reader) error {
			rows, m, err := reader.RowsByIndex("Post", r, server.Span{Rows: 2, Bytes: 1 << 20})
			for _, row := range rows {
				ids = append(ids, row.ID)
				r.AfterKey, r.AfterID = keys[row.ID], row.ID
			}
			more = m
			return err
		})
	}
	return strings.Join(ids, " ")
}

func testIndex(t *testing.T, tables server.Tables) {
	keys := map[string]string{"a": "k2", "b": "k1", "c": "k2", "d": "k10", "e": "k2\x00\xff", "f": "\xff\xff", "g": "k2", "h": "l"}
	for _, id := range []string{"g", "h", "a", "b", "c", "d", "e", "f"} {
		keyed(t, tables, id, "", keys[id])
	}
	update(t, tables, func(w server.Writer) error {
		if _, err := write(w, "Comment", "a", 1, 1_000, conflict.Create); err != nil {
			return err
		}
		return w.PutKeys("Comment", "a", []server.KeyChange{{Index: "by", After: "k2"}, {Index: "other", After: "k3"}})
	})
	for _, one := range []struct {
		from, to string
		want     string
	}{
		{"", "", "b d a c g e h f"}, {"k", "l", "b d a c g e"}, {"k2", "k3", "a c g e"}, {"k2", "k2\x00", "a c g"},
		{"k1", "k10", "b"}, {"l", "", "h f"}, {"k3", "k2", ""}, {"m", "n", ""},
	} {
		if got := inRange(t, tables, keys, server.KeyRange{From: one.from, To: one.to}); got != one.want {
			t.Errorf("from %q to %q: %s, want %s", one.from, one.to, got, one.want)
		}
		words := strings.Fields(one.want)
		for i, j := 0, len(words)-1; i < j; i, j = i+1, j-1 {
			words[i], words[j] = words[j], words[i]
		}
		want := strings.Join(words, " ")
		if got := inRange(t, tables, keys, server.KeyRange{From: one.from, To: one.to, Backwards: true}); got != want {
			t.Errorf("backwards from %q to %q: %s, want %s", one.from, one.to, got, want)
		}
	}
	keyed(t, tables, "a", "k2", "l")
	keyed(t, tables, "b", "k1", "")
	keyed(t, tables, "d", "k10", "k10")
	keys["a"], keys["b"] = "l", ""
	if got := inRange(t, tables, keys, server.KeyRange{}); got != "d c g e a h f" {
		t.Errorf("after changes: %s", got)
	}
	view(t, tables, func(r server.Reader) error {
		rows, more, err := r.RowsByIndex("Post", server.KeyRange{Index: "none"}, wide)
		if len(rows) != 0 || more {
			t.Errorf("an unknown index has %d rows", len(rows))
		}
		row, _, err2 := r.Row("Post", "c")
		rows, _, err3 := r.RowsByIndex("Post", server.KeyRange{Index: "by", From: "k2", To: "k3"}, wide)
		if len(rows) == 0 || rows[0] != row {
			t.Errorf("by the index %+v, by its id %+v", rows, row)
		}
		return errors.Join(err, err2, err3)
	})
}

func testIndexRollback(t *testing.T, tables server.Tables) {
	keys := map[string]string{"a": "k1", "b": "k2", "c": "k3"}
	for id, key := range keys {
		keyed(t, tables, id, "", key)
	}
	before := position(t, tables).Layout
	err := tables.Update(func(w server.Writer) error {
		if err := errors.Join(putKeyed(w, "a", "k1", "k9"), putKeyed(w, "b", "k2", ""), putKeyed(w, "d", "", "k0")); err != nil {
			return err
		}
		if n, err := w.DropKeys(server.IndexName{Model: "Post", Name: "by"}, 2); n != 2 || err != nil {
			t.Errorf("%d keys dropped, want 2 (%v)", n, err)
		}
		if err := errors.Join(w.SetLayout("other"), w.PutNote("n", "other"), w.PutNote("m", "new")); err != nil {
			return err
		}
		if err := putKeyed(w, "a", "", "k5"); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Fatal(err)
	}
	if got := inRange(t, tables, keys, server.KeyRange{}); got != "a b c" || position(t, tables).Layout != before {
		t.Errorf("after a rollback: %s, layout %q", got, position(t, tables).Layout)
	}
}

func testDropKeys(t *testing.T, tables server.Tables) {
	by, other := server.IndexName{Model: "Post", Name: "by"}, server.IndexName{Model: "Post", Name: "other/one"}
	for i := range 5 {
		keyed(t, tables, fmt.Sprint("r", i), "", "k"+fmt.Sprint(i%2))
	}
	update(t, tables, func(w server.Writer) error {
		return errors.Join(w.PutKeys("Post", "r0", []server.KeyChange{{Index: "other/one", After: "k"}}),
			w.PutKeys("Comment", "c", []server.KeyChange{{Index: "by", After: "k"}}))
	})
	named := func(want ...server.IndexName) {
		t.Helper()
		view(t, tables, func(r server.Reader) error {
			names, err := r.Indexes()
			if fmt.Sprint(names) != fmt.Sprint(want) {
				t.Errorf("indexes %v, want %v", names, want)
			}
			return err
		})
	}
	comments := server.IndexName{Model: "Comment", Name: "by"}
	named(comments, by, other)
	for _, step := range []struct{ most, removed int }{{2, 2}, {2, 2}, {2, 1}, {2, 0}} {
		update(t, tables, func(w server.Writer) error {
			n, err := w.DropKeys(by, step.most)
			if n != step.removed {
				t.Errorf("%d keys removed, want %d", n, step.removed)
			}
			return err
		})
	}
	named(comments, other)
	keyed(t, tables, "r9", "", "k9")
	if got := inRange(t, tables, map[string]string{"r9": "k9"}, server.KeyRange{}); got != "r9" {
		t.Errorf("after it was emptied: %s", got)
	}
}

func testNotes(t *testing.T, tables server.Tables) {
	note := func(name string) (text string) {
		view(t, tables, func(r server.Reader) (err error) {
			text, err = r.Note(name)
			return err
		})
		return text
	}
	update(t, tables, func(w server.Writer) error {
		return errors.Join(w.PutNote("a", "one"), w.PutNote("b", "é☃"), w.PutNote("a", "two"), w.SetLayout("l1"))
	})
	if note("a") != "two" || note("b") != "é☃" || note("c") != "" || position(t, tables).Layout != "l1" {
		t.Errorf("notes %q %q %q, layout %q", note("a"), note("b"), note("c"), position(t, tables).Layout)
	}
	tables.Update(func(w server.Writer) error {
		return errors.Join(w.PutNote("a", "three"), w.PutNote("b", ""), w.PutNote("c", "new"), w.SetLayout("l2"), errOnPurpose)
	})
	if note("a") != "two" || note("b") != "é☃" || note("c") != "" || position(t, tables).Layout != "l1" {
		t.Errorf("after a rollback: %q %q %q, layout %q", note("a"), note("b"), note("c"), position(t, tables).Layout)
	}
	update(t, tables, func(w server.Writer) error { return w.PutNote("a", "") })
	if note("a") != "" {
		t.Error("a note that was removed is there")
	}
}

func testIndexPurge(t *testing.T, tables server.Tables) {
	for _, id := range []string{"a", "b"} {
		put(t, tables, "Post", id, 1, 1_000, conflict.Delete)
		update(t, tables, func(w server.Writer) error {
			return w.PutKeys("Post", id, []server.KeyChange{{Index: "by", After: "k" + id}})
		})
	}
	put(t, tables, "Post", "b", 2, 9_000, conflict.Update)
	update(t, tables, func(w server.Writer) error {
		_, err := w.Purge(server.PurgeBounds{TombstoneThroughSeq: 2, Rows: 10, KeysOf: func(row server.Row) []server.Key {
			return []server.Key{{Index: "by", Text: "k" + row.ID}}
		}})
		return err
	})
	put(t, tables, "Post", "a", 1, 10_000, conflict.Create) // a second life, in no index
	view(t, tables, func(r server.Reader) error {
		rows, _, err := r.RowsByIndex("Post", server.KeyRange{Index: "by"}, wide)
		if got := fmt.Sprint(ids(rows)); got != "[b]" {
			t.Errorf("after a purge: %s", got)
		}
		return err
	})
}
