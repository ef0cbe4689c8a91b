package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
	"github.com/deltabase/deltabase/server/tabletest"
)

func open(t *testing.T, path string, options sqlite.Options) *sqlite.Tables {
	t.Helper()
	tables, err := sqlite.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Close() })
	return tables
}

func TestTables(t *testing.T) {
	tabletest.Run(t, func(t *testing.T) server.Tables {
		// A name that a URL would read otherwise.
		return open(t, filepath.Join(t.TempDir(), "a b?c#d%20e.db"), sqlite.Options{})
	})
}

func write(tables server.Tables, id, text string) error {
	return tables.Update(func(w server.Writer) error {
		p, err := w.Advance(1_000)
		if err != nil {
			return err
		}
		return w.Write(server.Entry{Operation: conflict.Create, Row: server.Row{
			Model: "Post", ID: id, Version: 1, ChangedAt: p.ChangedAt, Seq: p.Seq, Text: text}})
	})
}

func count(t *testing.T, tables server.Tables) (rows int, p server.Position) {
	t.Helper()
	err := tables.View(func(r server.Reader) error {
		found, _, err := r.RowsByKey("Post", "", server.Span{Rows: 10_000, Bytes: 1 << 30})
		if err != nil {
			return err
		}
		entries, _, err := r.Log(0, server.Span{Rows: 10_000, Bytes: 1 << 30})
		if len(entries) != len(found) {
			t.Errorf("%d rows and %d log entries", len(found), len(entries))
		}
		rows = len(found)
		if err == nil {
			p, err = r.Position()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, p
}

func code(err error) string {
	var typed *server.StorageError
	if errors.As(err, &typed) {
		return typed.Code
	}
	return fmt.Sprint(err)
}

func TestFullDisk(t *testing.T) {
	tables := open(t, filepath.Join(t.TempDir(), "full.db"), sqlite.Options{PagesMax: 60})
	text := `{"text":"` + strings.Repeat("x", 2_000) + `"}`
	written := 0
	var err error
	for ; written < 1_000 && err == nil; written++ {
		err = write(tables, fmt.Sprint("id", written), text)
	}
	written-- // the last one failed
	if code(err) != server.StorageFull {
		t.Fatalf("error %v, want code %s", err, server.StorageFull)
	}
	if rows, p := count(t, tables); rows != written || p.Seq != int64(written) {
		t.Errorf("%d rows, position %d; %d were written", rows, p.Seq, written)
	}
	err = tables.Update(func(w server.Writer) error {
		_, err := w.Purge(server.PurgeBounds{LogThroughSeq: 1_000, Rows: 1_000})
		return err
	})
	if err != nil {
		t.Fatalf("room cannot be made: %v", err)
	}
	if err := write(tables, "again", text); err != nil {
		t.Errorf("no write after room was made: %v", err)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	first := open(t, path, sqlite.Options{})
	if err := write(first, "a", `{"id":"a"}`); err != nil {
		t.Fatal(err)
	}
	_, before := count(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, path, sqlite.Options{})
	rows, after := count(t, second)
	if rows != 1 || after.Seq != before.Seq || after.Generation != before.Generation ||
		string(after.Secret) != string(before.Secret) {
		t.Errorf("%d rows, position %+v, before %+v", rows, after, before)
	}
}

// TestFormat1 opens a file of the first release.
func TestFormat1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	first := open(t, path, sqlite.Options{})
	if err := write(first, "a", `{"id":"a"}`); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"ALTER TABLE records DROP COLUMN past", "DROP TABLE keys", "ALTER TABLE mutations DROP COLUMN caller",
		"ALTER TABLE position DROP COLUMN index_set", "ALTER TABLE position DROP COLUMN jumped_ms",
		"DROP TABLE counts", "DROP TABLE notes", "PRAGMA user_version = 1"} {
		if _, err := raw.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, sqlite.Options{})
	if rows, _ := count(t, again); rows != 1 {
		t.Errorf("%d rows", rows)
	}
	if err := write(again, "b", `{"id":"b"}`); err != nil {
		t.Error(err)
	}
	err = again.View(func(r server.Reader) error {
		n, err := r.(server.Counter).Count("Post")
		if n != 2 {
			t.Errorf("%d rows are counted, 2 are there", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTwoConnections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	both := []server.Tables{open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})}
	errs := make(chan error)
	for n, tables := range both {
		go func() {
			for i := range 25 {
				if err := write(tables, fmt.Sprint(n, ".", i), "{}"); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range both {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	for _, tables := range both {
		if rows, p := count(t, tables); rows != 50 || p.Seq != 50 {
			t.Errorf("%d rows, position %d, want 50", rows, p.Seq)
		}
	}
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy.db")
	holder := open(t, path, sqlite.Options{})
	other := open(t, path, sqlite.Options{BusyTimeoutMs: 1})
	err := holder.Update(func(server.Writer) error {
		if got := code(write(other, "a", "{}")); got != server.StorageBusy {
			t.Errorf("writing beside a writer: %s, want %s", got, server.StorageBusy)
		}
		count(t, other) // readers go on
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := write(other, "a", "{}"); err != nil {
		t.Errorf("after the writer finished: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ path, code, says string }{
		{filepath.Join(folder, "none", "a.db"), server.StorageReadOnly, "make it first"},
		{folder, server.StorageReadOnly, "it is a folder"},
		{text, server.StorageCorrupt, "not a Deltabase database"},
	} {
		_, err := sqlite.Open(one.path, sqlite.Options{})
		if code(err) != one.code || !strings.Contains(fmt.Sprint(err), one.says) {
			t.Errorf("%s: %v, want code %s and %q", one.path, err, one.code, one.says)
		}
	}
}
