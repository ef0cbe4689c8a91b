package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

// TestLargeRows: a page is bounded by its bytes, not only what is handed on of it.
func TestLargeRows(t *testing.T) {
	tables := open(t, fresh(t))
	text := `{"text":"` + strings.Repeat("x", 100_000) + `"}`
	const rows = 40
	if err := tables.Update(func(w server.Writer) error {
		for i := range rows {
			p, err := w.Advance(1_000)
			if err != nil {
				return err
			}
			if err := w.Write(server.Entry{Operation: conflict.Create, Row: server.Row{Model: "Post", ID: fmt.Sprintf("%03d", i), Version: 1,
				ChangedAt: p.ChangedAt, Seq: p.Seq, Text: text}}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		span server.Span
		want int
		more bool
	}{
		{server.Span{Rows: 1_000, Bytes: 1_000_000}, 10, true}, {server.Span{Rows: 25, Bytes: 1 << 30}, 25, true},
		{server.Span{Rows: 40, Bytes: 1 << 30}, 40, false}, {server.Span{Rows: 16, Bytes: 1 << 30}, 16, true},
		{server.Span{Rows: 1_000, Bytes: 1}, 1, true}, {server.Span{Rows: 1_000, Bytes: rows * 110_000}, 40, false},
	} {
		if err := tables.View(func(r server.Reader) error {
			found, more, err := r.RowsByKey("Post", "", one.span)
			if len(found) != one.want || more != one.more {
				t.Errorf("%+v gave %d rows, more: %v", one.span, len(found), more)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLongKeys: keys and ids as long as the server takes them, which no index of PostgreSQL holds.
func TestLongKeys(t *testing.T) {
	tables := open(t, fresh(t))
	random := rand.New(rand.NewPCG(1, 2))
	long := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte(1 + random.IntN(127)))
		}
		return b.String()
	}
	head := long(1_000)
	keys := []string{head[:100], head[:200], head, head + long(server.IndexKeyBytesMax-1_000), head + "\x7f\x7f", "\x7f\x7f"}
	ids := []string{long(server.IDBytesMax), long(server.IDBytesMax)}
	if ids[0] > ids[1] {
		ids[0], ids[1] = ids[1], ids[0]
	}
	change := func(drop bool) {
		if err := tables.Update(func(w server.Writer) error {
			for _, id := range ids {
				if err := put(w, id, 1); err != nil {
					return err
				}
				for _, key := range keys {
					c := server.KeyChange{Index: "by", After: key}
					if drop {
						c = server.KeyChange{Index: "by", Before: key}
					}
					if err := w.PutKeys("Post", id, []server.KeyChange{c}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(r server.KeyRange, want int) {
		t.Helper()
		r.Index = "by"
		if err := tables.View(func(reader server.Reader) error {
			rows, _, err := reader.RowsByIndex("Post", r, server.Span{Rows: 100, Bytes: 1 << 20})
			if len(rows) != want || want > 1 && r.AfterKey == "" && (rows[0].ID == ids[0]) == r.Backwards {
				t.Errorf("%d rows, want %d, or not in order", len(rows), want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	change(false)
	count(server.KeyRange{}, 12)
	count(server.KeyRange{Backwards: true}, 12)
	count(server.KeyRange{From: head}, 8)
	count(server.KeyRange{From: head, To: head + "\x00"}, 2)
	count(server.KeyRange{AfterKey: keys[3], AfterID: ids[0]}, 5)
	count(server.KeyRange{AfterKey: keys[2], AfterID: ids[1]}, 6)
	change(true)
	count(server.KeyRange{}, 0)
}
