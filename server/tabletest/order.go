package tabletest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

func testPositions(t *testing.T, tables server.Tables) {
	// The clock steps back an hour between the second and the third commit: the third has a time of its own.
	for i, nowMs := range []int64{10_000_000, 10_000_500, 6_400_000, 10_000_400, 10_000_900} {
		e := put(t, tables, "Post", fmt.Sprint(i), 1, nowMs, conflict.Create)
		if e.Seq != int64(i+1) {
			t.Fatalf("commit %d has position %d", i+1, e.Seq)
		}
	}
	var times []int64
	for _, e := range log(t, tables) {
		times = append(times, e.ChangedAt)
	}
	want := []int64{10_000_000, 10_000_500, 10_000_501, 10_000_501, 10_000_900}
	if !slices.Equal(times, want) {
		t.Errorf("times %v, want %v", times, want)
	}
	if p := position(t, tables); p.Seq != 5 || p.ChangedAt != 10_000_900 {
		t.Errorf("position %d at %d", p.Seq, p.ChangedAt)
	}
}

func testTouch(t *testing.T, tables server.Tables) {
	put(t, tables, "Post", "a", 1, 1_000, conflict.Create)
	for _, step := range []struct{ nowMs, want int64 }{{5_000, 5_000}, {3_000, 5_000}} {
		update(t, tables, func(w server.Writer) error {
			p, err := w.Touch(step.nowMs)
			if p.Seq != 1 || p.ChangedAt != step.want {
				t.Errorf("touch at %d gave position %d at %d", step.nowMs, p.Seq, p.ChangedAt)
			}
			return err
		})
	}
	if e := put(t, tables, "Post", "b", 1, 4_000, conflict.Create); e.ChangedAt != 5_000 || e.Seq != 2 {
		t.Errorf("the next change is at %d, position %d", e.ChangedAt, e.Seq)
	}
}

func ids(rows []server.Row) (ids []string) {
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func testRowsByKey(t *testing.T, tables server.Tables) {
	// Byte order: capitals before small letters, é behind z.
	for i, id := range []string{"m", "Z", "é", "a", "z", "aa"} {
		put(t, tables, "Post", id, 1, int64(i), conflict.Create)
	}
	put(t, tables, "Comment", "b", 1, 10, conflict.Create)
	put(t, tables, "Post", "a", 2, 11, conflict.Delete)
	var all []string
	after, pages := "", 0
	for more := true; more; pages++ {
		view(t, tables, func(r server.Reader) error {
			rows, m, err := r.RowsByKey("Post", after, server.Span{Rows: 2, Bytes: 1 << 20})
			all = append(all, ids(rows)...)
			more, after = m, rows[len(rows)-1].ID
			return err
		})
	}
	if want := []string{"Z", "a", "aa", "m", "z", "é"}; !slices.Equal(all, want) || pages != 3 {
		t.Errorf("%d pages of %q, want 3 of %q", pages, all, want)
	}
	view(t, tables, func(r server.Reader) error {
		rows, more, err := r.RowsByKey("Nothing", "", wide)
		if len(rows) != 0 || more {
			t.Errorf("an unknown model has %d rows", len(rows))
		}
		return err
	})
}

func testRowsSince(t *testing.T, tables server.Tables) {
	for i, id := range []string{"a", "b", "c", "a", "d", "b", "b"} {
		put(t, tables, "Post", id, int64(i+1), int64(i), conflict.Update)
		put(t, tables, "Comment", id, int64(i+1), int64(i), conflict.Update)
	}
	for _, step := range []struct {
		after int64
		rows  int
		want  string
		more  bool
	}{
		{0, 10, "[c a d b]", false}, {0, 2, "[c a]", true}, {7, 2, "[d b]", false},
		{9, 10, "[b]", false}, {13, 10, "[]", false}, {99, 10, "[]", false},
	} {
		view(t, tables, func(r server.Reader) error {
			rows, more, err := r.RowsSince("Post", step.after, server.Span{Rows: step.rows, Bytes: 1 << 20})
			if got := fmt.Sprint(ids(rows)); got != step.want || more != step.more {
				t.Errorf("since %d: %s (more: %v), want %s (%v)", step.after, got, more, step.want, step.more)
			}
			return err
		})
	}
}

func testSpanBytes(t *testing.T, tables server.Tables) {
	size := 0
	for i := range 5 {
		size = len(put(t, tables, "Post", fmt.Sprint(i), 1, int64(i), conflict.Create).Text)
	}
	for _, step := range []struct {
		bytes, want int
		more        bool
	}{{1, 1, true}, {size, 1, true}, {size + 1, 2, true}, {2*size + 1, 3, true}, {5 * size, 5, false}, {5*size + 1, 5, false}} {
		span := server.Span{Rows: 100, Bytes: step.bytes}
		view(t, tables, func(r server.Reader) error {
			rows, more, err := r.RowsByKey("Post", "", span)
			if err != nil || len(rows) != step.want || more != step.more {
				t.Errorf("%d bytes by key: %d rows (more: %v), want %d (%v)", step.bytes, len(rows), more, step.want, step.more)
			}
			rows, more, err = r.RowsSince("Post", 0, span)
			if err != nil || len(rows) != step.want || more != step.more {
				t.Errorf("%d bytes by position: %d rows (more: %v), want %d (%v)", step.bytes, len(rows), more, step.want, step.more)
			}
			entries, more, err := r.Log(0, span)
			if err != nil || len(entries) != step.want || more != step.more {
				t.Errorf("%d bytes of log: %d entries (more: %v), want %d (%v)", step.bytes, len(entries), more, step.want, step.more)
			}
			return nil
		})
	}
}

func testChanges(t *testing.T, tables server.Tables) {
	for i, id := range []string{"a", "b", "a", "c", "a"} {
		put(t, tables, "Post", id, int64(i+1), int64(1_000*(i+1)), conflict.Update)
		put(t, tables, "Comment", id, int64(i+1), int64(1_000*(i+1)), conflict.Update)
	}
	for _, step := range []struct {
		fromMs, after int64
		rows          int
		want          string
		more          bool
	}{
		{0, 0, 10, "a1 b2 a3 c4 a5", false}, {3_000, 0, 10, "a3 c4 a5", false},
		{3_001, 0, 10, "c4 a5", false}, {2_000, 0, 2, "b2 a3", true},
		{2_000, 5, 10, "c4 a5", false}, {9_000, 0, 10, "", false},
	} {
		view(t, tables, func(r server.Reader) error {
			entries, more, err := r.ChangesSince("Post", step.fromMs, step.after, server.Span{Rows: step.rows, Bytes: 1 << 20})
			got := ""
			for _, e := range entries {
				if got != "" {
					got += " "
				}
				got += fmt.Sprint(e.ID, e.Version)
			}
			if got != step.want || more != step.more {
				t.Errorf("from %d behind %d: %q (more: %v), want %q (%v)",
					step.fromMs, step.after, got, more, step.want, step.more)
			}
			return err
		})
	}
}

func testLog(t *testing.T, tables server.Tables) {
	var want []server.Entry
	for i, operation := range []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete} {
		want = append(want, put(t, tables, "Post", "a", int64(i+1), int64(i), operation))
		want = append(want, put(t, tables, "Comment", "b", int64(i+1), int64(i), operation))
	}
	if got := log(t, tables); !slices.Equal(got, want) {
		t.Errorf("log %+v, want %+v", got, want)
	}
	view(t, tables, func(r server.Reader) error {
		entries, more, err := r.Log(2, server.Span{Rows: 3, Bytes: 1 << 20})
		if !slices.Equal(entries, want[2:5]) || !more {
			t.Errorf("behind 2: %+v (more: %v)", entries, more)
		}
		return err
	})
}

func testConcurrent(t *testing.T, tables server.Tables) {
	const writers, each = 8, 12
	var done sync.WaitGroup
	for n := range writers {
		done.Add(1)
		go func() {
			defer done.Done()
			for range each {
				err := tables.Update(func(w server.Writer) error {
					before, _, err := w.Row("Post", "shared")
					if err != nil {
						return err
					}
					_, err = write(w, "Post", "shared", before.Version+1, int64(n), conflict.Update)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		}()
	}
	done.Wait()
	entries := log(t, tables)
	if len(entries) != writers*each {
		t.Fatalf("%d entries, want %d", len(entries), writers*each)
	}
	for i, e := range entries {
		if e.Seq != int64(i+1) || e.Version != int64(i+1) || (i > 0 && e.ChangedAt < entries[i-1].ChangedAt) {
			t.Fatalf("entry %d has position %d, version %d, time %d", i, e.Seq, e.Version, e.ChangedAt)
		}
	}
}

func testSnapshot(t *testing.T, tables server.Tables) {
	put(t, tables, "Post", "a", 1, 1, conflict.Create)
	committed := make(chan error, 1)
	view(t, tables, func(r server.Reader) error {
		if _, _, err := r.Row("Post", "a"); err != nil {
			return err
		}
		go func() {
			committed <- tables.Update(func(w server.Writer) error {
				_, err := write(w, "Post", "a", 2, 2, conflict.Update)
				return err
			})
		}()
		// Whether the writer waits for this reader or not, the reader sees one state.
		for range 50 {
			p, err := r.Position()
			if err != nil {
				return err
			}
			got, _, err := r.Row("Post", "a")
			if err != nil || p.Seq != 1 || got.Version != 1 {
				t.Errorf("position %d, version %d in the view (%v)", p.Seq, got.Version, err)
				break
			}
		}
		return nil
	})
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	if got, _ := row(t, tables, "Post", "a"); got.Version != 2 {
		t.Errorf("version %d after the view, want 2", got.Version)
	}
}
