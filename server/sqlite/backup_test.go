package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

// TestBackup copies five times while two connections write. Each copy has all that was committed
// before it began, ends at one position, and its log agrees with its rows.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "live.db")
	stop, wrote, ended := make(chan struct{}), make(chan error, 300), make(chan struct{})
	for n := range 2 {
		tables := open(t, path, sqlite.Options{BusyTimeoutMs: 60_000})
		go func() {
			defer func() { ended <- struct{}{} }()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case wrote <- write(tables, fmt.Sprint(n, ".", i), `{"id":"a"}`):
				}
			}
		}()
	}
	before := int64(0)
	generations := map[string]bool{}
	for n := range 5 {
		for range 20 { // so that copies and writes meet
			if err := <-wrote; err != nil {
				t.Fatal(err)
			}
			before++
		}
		to := filepath.Join(folder, fmt.Sprintf("copy%d.db", n))
		made, err := sqlite.Backup(context.Background(), path, to)
		if err != nil {
			t.Fatal(err)
		}
		if made.Seq < before || made.Records != made.Seq {
			t.Errorf("copy %d ends at %d with %d records, %d were committed before", n, made.Seq, made.Records, before)
		}
		copied := open(t, to, sqlite.Options{})
		rows, p := count(t, copied)
		if int64(rows) != made.Seq || p.Seq != made.Seq {
			t.Errorf("copy %d has %d rows and position %d, told %d", n, rows, p.Seq, made.Seq)
		}
		generations[p.Generation] = true
		checkLog(t, copied)
		if err := write(copied, "later", `{"id":"later"}`); err != nil {
			t.Errorf("copy %d is not writable: %v", n, err)
		}
	}
	close(stop)
	<-ended
	<-ended
	if len(generations) != 5 {
		t.Errorf("%d generations in 5 copies: a newer cursor would be taken for one of the copy", len(generations))
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*.partial*")); len(left) > 0 {
		t.Errorf("%v were left", left)
	}
}

func checkLog(t *testing.T, tables server.Tables) {
	t.Helper()
	err := tables.View(func(r server.Reader) error {
		all := server.Span{Rows: 1 << 20, Bytes: 1 << 30}
		entries, _, err := r.Log(0, all)
		for i, e := range entries {
			row, ok, _ := r.Row(e.Model, e.ID)
			if e.Seq != int64(i+1) || !ok || row != e.Row {
				t.Errorf("entry %d is %+v, its row %+v", i, e, row)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBackupRefuses(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "live.db")
	open(t, path, sqlite.Options{})
	other := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("mine\n", 300)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ from, to, says string }{
		{path, other, "exists already"},
		{path, path, "exists already"},
		{path, filepath.Join(folder, "none", "a.db"), "make it first"},
		{filepath.Join(folder, "gone.db"), filepath.Join(folder, "a.db"), "there is no database"},
		{other, filepath.Join(folder, "a.db"), "not a Deltabase database"},
	} {
		if _, err := sqlite.Backup(context.Background(), one.from, one.to); err == nil || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s to %s: %v, want %q", one.from, one.to, err, one.says)
		}
	}
	if text, _ := os.ReadFile(other); !strings.HasPrefix(string(text), "mine\n") {
		t.Error("the file in the way was overwritten")
	}
	if _, err := os.Stat(filepath.Join(folder, "a.db")); err == nil {
		t.Error("a backup that failed left a file")
	}
}
