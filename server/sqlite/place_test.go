package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/deltabase/deltabase/server"
)

func codeOf(err error) string {
	var typed *server.StorageError
	if errors.As(err, &typed) {
		return typed.Code
	}
	return ""
}

// TestFileIsGone: nothing is acknowledged into a file that nobody finds again.
func TestFileIsGone(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.Rename(path, path+".old"); err != nil {
				return err
			}
			return os.WriteFile(path, nil, 0o600)
		},
		"without its log": func(path string) error { return os.Remove(path + "-wal") },
		"in another folder": func(path string) error {
			return os.Rename(filepath.Dir(path), filepath.Dir(path)+"-elsewhere")
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "a.db")
			tables, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer tables.Close()
			touch := func(w server.Writer) error {
				_, err := w.Touch(1)
				return err
			}
			if err := errors.Join(tables.Update(touch), tables.Writable()); err != nil {
				t.Fatal(err)
			}
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			if code := codeOf(tables.Update(touch)); code != server.StorageGone {
				t.Errorf("a write gave %q", code)
			}
			if code := codeOf(tables.Writable()); code != server.StorageGone {
				t.Errorf("Writable gave %q", code)
			}
		})
	}
	t.Run("while a write is under way", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		tables, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer tables.Close()
		err = tables.Update(func(w server.Writer) error {
			if _, err := w.Touch(1); err != nil {
				return err
			}
			return os.Remove(path)
		})
		if code := codeOf(err); code != server.StorageGone {
			t.Errorf("the write gave %q", code)
		}
	})
}

// TestReadersOfAMissingFile: who opens another connection finds no tables, and is told why.
func TestReadersOfAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	tables, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tables.Close()
	position := func(r server.Reader) error {
		_, err := r.Position()
		return err
	}
	var another error
	err = tables.View(func(r server.Reader) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		another = tables.View(position)
		return nil
	})
	if code := codeOf(another); another != nil && code != server.StorageGone {
		t.Errorf("the other reader was told %v", another)
	}
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it made a new file")
	}
}

// TestWritable: a database without room says so before a write meets it, and trying leaves nothing.
func TestWritable(t *testing.T) {
	tables, err := Open(filepath.Join(t.TempDir(), "a.db"), Options{PagesMax: 40})
	if err != nil {
		t.Fatal(err)
	}
	defer tables.Close()
	for range 30 { // each of them fits only when the one before left nothing
		if err := tables.Writable(); err != nil {
			t.Fatal(err)
		}
	}
	fill := func(w server.Writer) error {
		_, err := w.(*writer).tx.Exec(`INSERT INTO mutations (mutation, operation, model, id, version, changed_at, deleted, seq, text)
			VALUES (hex(randomblob(16)), '', '', '', 0, 0, 0, 0, hex(zeroblob(2000)))`)
		return err
	}
	for err == nil {
		err = tables.Update(fill)
	}
	if code := codeOf(err); code != server.StorageFull {
		t.Fatalf("filling gave %v", err)
	}
	if code := codeOf(tables.Writable()); code != server.StorageFull {
		t.Errorf("a full database is writable: %q", code)
	}
}
