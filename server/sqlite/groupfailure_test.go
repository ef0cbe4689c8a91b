package sqlite

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
)

// TestGroupThatFails: when SQLite takes the whole transaction back, as it may on a full disk, everybody
// is told, also who was refused because of another member's write; the next group goes on.
func TestGroupThatFails(t *testing.T) {
	tables := openGroup(t, Options{})
	full := &server.StorageError{Code: server.StorageFull, Message: "full"}
	errs := together(t, tables,
		func(w server.Writer) error { _, err := putPost(w, "a", "{}"); return err },
		func(w server.Writer) error {
			if _, ok, err := w.Row("Post", "a"); !ok || err != nil {
				t.Errorf("a is not there: %v", err)
			}
			return errors.New("a is there already")
		},
		func(w server.Writer) error {
			if _, err := w.(*writer).tx.Exec("ROLLBACK"); err != nil {
				t.Error(err)
			}
			return full
		},
		func(w server.Writer) error { _, err := putPost(w, "c", "{}"); return err },
	)
	for i, err := range errs {
		if !errors.Is(err, full) {
			t.Errorf("member %d heard %v, want %v", i, err, full)
		}
	}
	if got := posts(t, tables); len(got) != 0 {
		t.Errorf("%v is stored", got)
	}
	if err := tables.Update(func(w server.Writer) error { _, err := putPost(w, "z", "{}"); return err }); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// TestGroupOnFullDisk: what is stored is what was said to be.
func TestGroupOnFullDisk(t *testing.T) {
	for pages := 20; pages < 60; pages += 10 {
		tables := openGroup(t, Options{PagesMax: pages})
		var updates []func(server.Writer) error
		for i := range 8 {
			updates = append(updates, func(w server.Writer) error {
				_, err := putPost(w, fmt.Sprint(i), strings.Repeat("x", i*10_000))
				return err
			})
		}
		var said []string
		for i, err := range together(t, tables, updates...) {
			var typed *server.StorageError
			if err == nil {
				said = append(said, fmt.Sprint(i))
			} else if !errors.As(err, &typed) || typed.Code != server.StorageFull {
				t.Errorf("%d pages: member %d heard %v", pages, i, err)
			}
		}
		if got := posts(t, tables); fmt.Sprint(got) != fmt.Sprint(said) {
			t.Errorf("%d pages: %v is stored, %v was said to be", pages, got, said)
		}
	}
}

// TestLeaderFails: who leads and is refused takes back its own writes only, and who came meanwhile shares
// the commit of whoever is next.
func TestLeaderFails(t *testing.T) {
	tables := openGroup(t, Options{})
	refused := errors.New("refused")
	var second chan error
	err := tables.Update(func(w server.Writer) error {
		second = make(chan error, 1)
		go func() {
			second <- tables.Update(func(w server.Writer) error {
				if _, ok, err := w.Row("Post", "first"); ok || err != nil {
					t.Errorf("the second sees the first, which was refused: %v", err)
				}
				p, err := putPost(w, "second", "{}")
				if p.Seq != 1 {
					t.Errorf("the second has position %d, want 1", p.Seq)
				}
				return err
			})
		}()
		for queued(tables) == 0 {
			runtime.Gosched()
		}
		if _, err := putPost(w, "first", "{}"); err != nil {
			t.Error(err)
		}
		return refused
	})
	if err != refused {
		t.Errorf("the first heard %v, want %v", err, refused)
	}
	if err := <-second; err != nil {
		t.Errorf("the second heard %v", err)
	}
	if got := strings.Join(posts(t, tables), " "); got != "second" {
		t.Errorf("the table has %q, want second", got)
	}
}

// TestTransactionLeftOpen: what a transaction wrote that could not be rolled back when it failed is never
// committed with the next one, which begins all the same.
func TestTransactionLeftOpen(t *testing.T) {
	tables := openGroup(t, Options{})
	if err := execute(tables.writing.begin); err != nil {
		t.Fatal(err)
	}
	w := &writer{reader: reader{tx: ongoing{tables.conn}, s: &tables.writing}}
	if _, err := putPost(w, "left", "{}"); err != nil {
		t.Fatal(err)
	}
	if err := tables.Update(func(w server.Writer) error { _, err := putPost(w, "next", "{}"); return err }); err != nil {
		t.Error(err)
	}
	if got := strings.Join(posts(t, tables), " "); got != "next" {
		t.Errorf("the table has %q, want next", got)
	}
}
