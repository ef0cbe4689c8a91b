package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

func openGroup(t *testing.T, options Options) *Tables {
	t.Helper()
	tables, err := Open(filepath.Join(t.TempDir(), "group.db"), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Close() })
	return tables
}

// together calls Update with each function, in order, while an update before them, which does nothing,
// holds the connection and so leads them. It returns how each ended.
func together(t *testing.T, tables *Tables, updates ...func(server.Writer) error) []error {
	t.Helper()
	results := make([]chan error, len(updates))
	tables.Update(func(server.Writer) error {
		for i, f := range updates {
			results[i] = make(chan error, 1)
			go func() {
				defer func() {
					if p := recover(); p != nil {
						results[i] <- fmt.Errorf("panic: %v", p)
					}
				}()
				results[i] <- tables.Update(f)
			}()
			for queued(tables) <= i {
				runtime.Gosched()
			}
		}
		return nil
	})
	errs := make([]error, len(updates))
	for i, result := range results {
		errs[i] = <-result
	}
	return errs
}

func queued(tables *Tables) int {
	tables.group.mu.Lock()
	defer tables.group.mu.Unlock()
	return len(tables.group.waiting)
}

func putPost(w server.Writer, id, text string) (server.Position, error) {
	p, err := w.Advance(1_000)
	if err != nil {
		return p, err
	}
	return p, w.Write(server.Entry{Operation: conflict.Create, Row: server.Row{
		Model: "Post", ID: id, Version: 1, ChangedAt: p.ChangedAt, Seq: p.Seq, Text: text}})
}

func posts(t *testing.T, tables *Tables) (ids []string) {
	t.Helper()
	err := tables.View(func(r server.Reader) error {
		rows, _, err := r.RowsSince("Post", 0, server.Span{Rows: 1_000, Bytes: 1 << 20})
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestLateComersJoin: who comes while an update is carried out shares its commit.
func TestLateComersJoin(t *testing.T) {
	tables := openGroup(t, Options{})
	late := make(chan error, 1)
	err := tables.Update(func(w server.Writer) error {
		go func() {
			late <- tables.Update(func(w server.Writer) error {
				if found := posts(t, tables); len(found) != 0 {
					t.Errorf("%v was committed before", found)
				}
				if _, ok, err := w.Row("Post", "first"); !ok || err != nil {
					t.Errorf("the first one's write is not seen: %v", err)
				}
				_, err := putPost(w, "late", "{}")
				return err
			})
		}()
		for queued(tables) == 0 {
			runtime.Gosched()
		}
		_, err := putPost(w, "first", "{}")
		return err
	})
	if err := errors.Join(err, <-late); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(posts(t, tables), " "); got != "first late" {
		t.Errorf("the table has %q, want first late", got)
	}
}

// TestGroup: members that share a commit end each in its own way, in the order of their calls.
func TestGroup(t *testing.T) {
	tables := openGroup(t, Options{})
	refused := errors.New("refused")
	put := func(id string, then error) func(server.Writer) error {
		return func(w server.Writer) error {
			if found := posts(t, tables); len(found) != 0 {
				t.Errorf("%s does not share its transaction: %v is committed", id, found)
			}
			if _, err := putPost(w, id, "{}"); err != nil {
				return err
			}
			return then
		}
	}
	errs := together(t, tables, put("a", nil), put("b", refused), put("c", nil),
		func(w server.Writer) error {
			if _, err := putPost(w, "d", "{}"); err != nil {
				return err
			}
			panic("of d")
		},
		func(w server.Writer) error {
			if _, ok, err := w.Row("Post", "a"); !ok || err != nil {
				t.Errorf("e does not see a: %v", err)
			}
			if _, ok, err := w.Row("Post", "b"); ok || err != nil {
				t.Errorf("e sees b, which was refused: %v", err)
			}
			p, err := putPost(w, "e", "{}")
			if p.Seq != 3 {
				t.Errorf("e has position %d, want 3: refused members take none", p.Seq)
			}
			return err
		})
	for i, want := range []string{"<nil>", "refused", "<nil>", "panic: of d", "<nil>"} {
		if got := fmt.Sprint(errs[i]); got != want {
			t.Errorf("member %d ended with %s, want %s", i, got, want)
		}
	}
	if got := strings.Join(posts(t, tables), " "); got != "a c e" {
		t.Errorf("the table has %s, want a c e", got)
	}
}

// TestGroupBounds: a group has GroupMembersMax members at most, the rest makes the next one.
func TestGroupBounds(t *testing.T) {
	tables := openGroup(t, Options{})
	var before []int
	updates := make([]func(server.Writer) error, GroupMembersMax+1)
	for i := range updates {
		updates[i] = func(w server.Writer) error {
			before = append(before, len(posts(t, tables)))
			_, err := putPost(w, fmt.Sprint(i), "{}")
			return err
		}
	}
	for i, err := range together(t, tables, updates...) {
		if err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
	last := GroupMembersMax - 2 // the first one leads the group
	if got := before[last]; got != 0 {
		t.Errorf("the last member saw %d rows committed, want 0", got)
	}
	if got := before[last+1]; got != last+1 {
		t.Errorf("the next member saw %d rows committed, want %d", got, last+1)
	}
}

// TestWritersWaitInTurn: who has many updates waiting gets every other place in a group, and an update
// whose caller waits no longer is not carried out.
func TestWritersWaitInTurn(t *testing.T) {
	tables := openGroup(t, Options{})
	var order []string
	begun, finish := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	update := func(ctx context.Context, caller string, f func()) {
		all.Go(func() {
			err := tables.Within(ctx, caller, false).Update(func(server.Writer) error { f(); return nil })
			var storage *server.StorageError
			if late := ctx.Err() != nil; late && (!errors.As(err, &storage) || storage.Code != server.StorageBusy) || !late && err != nil {
				t.Errorf("%s: %v", caller, err)
			}
		})
	}
	waits := func(n int) {
		for queued(tables) != n {
			runtime.Gosched()
		}
	}
	update(context.Background(), "first", func() { close(begun); <-finish })
	<-begun
	for i := range 10 {
		update(context.Background(), "busy", func() { order = append(order, "busy") })
		waits(i + 1)
	}
	late, leave := context.WithCancel(context.Background())
	update(late, "late", func() { order = append(order, "late") })
	waits(11)
	update(context.Background(), "quiet", func() { order = append(order, "quiet") })
	waits(12)
	leave()
	waits(11)
	close(finish)
	all.Wait()
	if at := slices.Index(order, "quiet"); len(order) != 11 || at < 0 || at > 2 || slices.Contains(order, "late") {
		t.Errorf("the order is %v, want quiet among the first three and nobody late", order)
	}
}

// TestCloseIsBounded: a write that never ends keeps nobody from leaving, and nothing of it is there.
func TestCloseIsBounded(t *testing.T) {
	tables := openGroup(t, Options{})
	tables.closeWithin = time.Millisecond
	begun, never, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- tables.Update(func(w server.Writer) error {
			_, err := putPost(w, "a", "{}")
			close(begun)
			<-never
			return err
		})
	}()
	<-begun
	var storage *server.StorageError
	if err := tables.Close(); !errors.As(err, &storage) || storage.Code != server.StorageBusy {
		t.Errorf("closing beside a write that does not end: %v", err)
	}
	if found := posts(t, tables); len(found) != 0 {
		t.Errorf("%v is committed", found)
	}
	close(never)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	tables.closeWithin = CloseWithin
	if err := tables.Close(); err != nil {
		t.Errorf("closing after it ended: %v", err)
	}
	if err := tables.Update(func(server.Writer) error { return nil }); !errors.As(err, &storage) || storage.Code != server.StorageClosed {
		t.Errorf("a write after it was closed: %v", err)
	}
}

// TestCountsOfGroups: what a member that failed wrote is not counted, whether it asked for the count or not.
func TestCountsOfGroups(t *testing.T) {
	tables := openGroup(t, Options{})
	create := func(id string) func(server.Writer) error {
		return func(w server.Writer) error {
			_, err := putPost(w, id, "{}")
			return err
		}
	}
	failing := func(id string, asks bool) func(server.Writer) error {
		return func(w server.Writer) error {
			if _, err := putPost(w, id, "{}"); err != nil {
				return err
			}
			if n, err := w.(server.Counter).Count("Post"); asks && (n != 2 || err != nil) {
				t.Errorf("a member counts %d rows (%v), 2 are there", n, err)
			}
			return errors.New("refused")
		}
	}
	together(t, tables, create("a"), failing("b", true), failing("c", false), create("a"), create("d"))
	err := tables.View(func(r server.Reader) error {
		n, err := r.(server.Counter).Count("Post")
		if n != 2 {
			t.Errorf("%d rows are counted of %v", n, posts(t, tables))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
