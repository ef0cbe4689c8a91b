package sqlite

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
)

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// checkpoint brings the log's pages into the file.
func checkpoint(t *testing.T, tables *Tables) {
	t.Helper()
	if _, err := tables.conn.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
}

// TestShrink: a purge makes the file smaller, some pages per step, and what is left is whole.
func TestShrink(t *testing.T) {
	tables := openGroup(t, Options{})
	for i := range 20 {
		update := func(w server.Writer) error {
			for j := range 100 {
				if _, err := putPost(w, fmt.Sprint(i, "-", j), strings.Repeat("x", 8_000)); err != nil {
					return err
				}
			}
			return nil
		}
		if err := tables.Update(update); err != nil {
			t.Fatal(err)
		}
	}
	checkpoint(t, tables)
	full := size(t, tables.path)
	removed := 0
	err := tables.Update(func(w server.Writer) (err error) {
		removed, err = w.Purge(server.PurgeBounds{LogThroughSeq: 2_000, Rows: 10_000})
		return err
	})
	if err != nil || removed != 2_000 {
		t.Fatalf("%d log entries removed (%v), want 2000", removed, err)
	}
	steps := 0
	for again := true; again; steps++ {
		if again, err = tables.Shrink(); err != nil {
			t.Fatal(err)
		}
		if steps > 1_000 {
			t.Fatal("shrinking never ends")
		}
	}
	checkpoint(t, tables)
	// The log had half of the texts.
	left, want := size(t, tables.path), full*55/100+(FreePagesKept+1)*4_096
	if left > want {
		t.Errorf("the file has %d bytes after %d steps, it had %d; want %d at most", left, steps, full, want)
	}
	if steps < 4 {
		t.Errorf("%d steps: one took more than %d pages", steps, FreePagesPerStep)
	}
	var sound string
	if err := tables.conn.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity: %s %v", sound, err)
	}
	err = tables.View(func(r server.Reader) error {
		n, err := r.(server.Counter).Count("Post")
		if n != 2_000 {
			t.Errorf("%d rows are left, want 2000", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
