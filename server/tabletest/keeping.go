package tabletest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

func remember(t *testing.T, tables server.Tables, id string, e server.Entry) server.Applied {
	t.Helper()
	a := server.Applied{ID: id, Operation: e.Operation, Caller: "c-" + id, Row: e.Row}
	update(t, tables, func(w server.Writer) error { return w.Remember(a) })
	return a
}

func testApplied(t *testing.T, tables server.Tables) {
	want := remember(t, tables, "m1", put(t, tables, "Post", "a", 1, 1, conflict.Create))
	put(t, tables, "Post", "a", 2, 2, conflict.Update)
	view(t, tables, func(r server.Reader) error {
		got, ok, err := r.Applied("m1")
		if !ok || got != want {
			t.Errorf("found %+v, remembered %+v", got, want)
		}
		if _, ok, err := r.Applied("m2"); ok || err != nil {
			t.Errorf("an unknown mutation id was found (%v)", err)
		}
		return err
	})
	if err := tables.Update(func(w server.Writer) error { return w.Remember(want) }); err == nil {
		t.Error("the same mutation id was remembered twice")
	}
}

// fillForPurge leaves, in order: a live, b deleted at 2000, c deleted at 4000, d live.
func fillForPurge(t *testing.T, tables server.Tables) {
	t.Helper()
	remember(t, tables, "m1", put(t, tables, "Post", "a", 1, 1_000, conflict.Create))
	remember(t, tables, "m2", put(t, tables, "Post", "b", 2, 2_000, conflict.Delete))
	remember(t, tables, "m3", put(t, tables, "Post", "c", 2, 4_000, conflict.Delete))
	remember(t, tables, "m4", put(t, tables, "Post", "d", 1, 5_000, conflict.Create))
}

func testPurge(t *testing.T, tables server.Tables) {
	fillForPurge(t, tables)
	purge := func(bounds server.PurgeBounds) (removed int) {
		update(t, tables, func(w server.Writer) (err error) {
			removed, err = w.Purge(bounds)
			return err
		})
		return removed
	}
	if n := purge(server.PurgeBounds{Rows: 10}); n != 0 {
		t.Errorf("%d removed, nothing is old", n)
	}
	if p := position(t, tables); p.PurgedSeq != 0 || p.LogFrom != 1 {
		t.Errorf("purged to %d, log from %d", p.PurgedSeq, p.LogFrom)
	}
	bounds := server.PurgeBounds{LogThroughSeq: 3, TombstoneThroughSeq: 2, Rows: 2}
	if n := purge(bounds); n != 2+1+2 {
		t.Errorf("%d removed, want two of the log, a tombstone and two mutations", n)
	}
	if n := purge(bounds); n != 1 {
		t.Errorf("%d removed in the second round, want the third log entry", n)
	}
	if p := position(t, tables); p.PurgedSeq != 2 || p.LogFrom != 4 || p.LogPurgedMs != 4_000 || p.Seq != 4 {
		t.Errorf("purged to %d, log from %d (%d ms), position %d", p.PurgedSeq, p.LogFrom, p.LogPurgedMs, p.Seq)
	}
	view(t, tables, func(r server.Reader) error {
		rows, _, err := r.RowsByKey("Post", "", wide)
		if got := fmt.Sprint(ids(rows)); got != "[a c d]" {
			t.Errorf("left by key: %s", got)
		}
		rows, _, _ = r.RowsSince("Post", 0, wide)
		if got := fmt.Sprint(ids(rows)); got != "[a c d]" {
			t.Errorf("left by position: %s", got)
		}
		for id, want := range map[string]bool{"m1": false, "m2": false, "m3": true, "m4": true} {
			if _, ok, err := r.Applied(id); ok != want || err != nil {
				t.Errorf("mutation %s there: %v (%v)", id, ok, err)
			}
		}
		return err
	})
	if got := log(t, tables); len(got) != 1 || got[0].ID != "d" {
		t.Errorf("log %+v, want d alone", got)
	}
	if e := put(t, tables, "Post", "b", 1, 6_000, conflict.Create); e.Seq != 5 {
		t.Errorf("a new life of b has position %d, want 5", e.Seq)
	}
}

func testPurgeRollback(t *testing.T, tables server.Tables) {
	fillForPurge(t, tables)
	before := position(t, tables)
	tables.Update(func(w server.Writer) error {
		if n, err := w.Purge(server.PurgeBounds{LogThroughSeq: 4, TombstoneThroughSeq: 4, Rows: 10}); err != nil || n != 4+2+4 {
			t.Errorf("%d removed (%v), want all four log entries, two tombstones, four mutations", n, err)
		}
		return errOnPurpose
	})
	after := position(t, tables)
	if after.PurgedSeq != before.PurgedSeq || after.LogFrom != before.LogFrom {
		t.Errorf("purged to %d, log from %d", after.PurgedSeq, after.LogFrom)
	}
	if got := len(log(t, tables)); got != 4 {
		t.Errorf("%d log entries, want 4", got)
	}
	view(t, tables, func(r server.Reader) error {
		rows, _, err := r.RowsSince("Post", 0, wide)
		if got := fmt.Sprint(ids(rows)); got != "[a b c d]" {
			t.Errorf("rows %s", got)
		}
		if _, ok, err := r.Applied("m1"); !ok || err != nil {
			t.Errorf("m1 is gone (%v)", err)
		}
		return err
	})
}

func testGeneration(t *testing.T, a, b server.Tables) {
	defer b.Close()
	pa, pb := position(t, a), position(t, b)
	if pa.Generation == "" || len(pa.Secret) < 32 {
		t.Errorf("generation %q, secret of %d bytes", pa.Generation, len(pa.Secret))
	}
	if pa.Generation == pb.Generation || bytes.Equal(pa.Secret, pb.Secret) {
		t.Error("two databases share a generation or a secret")
	}
}
