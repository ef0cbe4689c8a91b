package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

func put(w server.Writer, id string, version int64) error {
	p, err := w.Advance(1_000)
	if err != nil {
		return err
	}
	return w.Write(server.Entry{Operation: conflict.Update, Row: server.Row{Model: "Post", ID: id, Version: version,
		ChangedAt: p.ChangedAt, Seq: p.Seq, Text: `{"id":"` + id + `"}`}})
}

func write(t *testing.T, tables server.Tables, id string) {
	t.Helper()
	if err := raise(tables, id); err != nil {
		t.Fatal(err)
	}
}

// raise gives a row its next version.
func raise(tables server.Tables, id string) error {
	return tables.Update(func(w server.Writer) error {
		before, _, err := w.Row("Post", id)
		if err != nil {
			return err
		}
		return put(w, id, before.Version+1)
	})
}

func codeOf(err error) string {
	var typed *server.StorageError
	if errors.As(err, &typed) {
		return typed.Code
	}
	return fmt.Sprint(err)
}

// TestOvertaken: what another node wrote between a decision and its commit is decided upon anew.
func TestOvertaken(t *testing.T) {
	address := fresh(t)
	a, b := open(t, address), open(t, address)
	runs := 0
	err := a.Update(func(w server.Writer) error {
		before, _, err := w.Row("Post", "p")
		if err != nil {
			return err
		}
		if runs++; runs == 1 {
			write(t, b, "p") // it waits for nobody: what is read locks nothing
		}
		return put(w, "p", before.Version+1)
	})
	if err != nil || runs != 2 {
		t.Fatalf("it ran %d times (%v), want twice", runs, err)
	}
	if err := a.View(func(r server.Reader) error {
		row, _, err := r.Row("Post", "p")
		entries, _, _ := r.Log(0, server.Span{Rows: 10, Bytes: 1 << 20})
		if row.Version != 2 || row.Seq != 2 || len(entries) != 2 {
			t.Errorf("version %d at position %d, %d entries", row.Version, row.Seq, len(entries))
		}
		n, _ := r.(server.Counter).Count("Post")
		if n != 1 {
			t.Errorf("%d rows are counted", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRepeatOnAnotherNode: one mutation id on two nodes at once is carried out once, and the other one finds it.
func TestRepeatOnAnotherNode(t *testing.T) {
	address := fresh(t)
	a, b := open(t, address), open(t, address)
	found := 0
	carryOut := func(tables server.Tables, meanwhile func()) error {
		return tables.Update(func(w server.Writer) error {
			_, ok, err := w.Applied("m1")
			if err != nil {
				return err
			}
			if ok {
				found++
				return nil
			}
			meanwhile()
			meanwhile = func() {}
			if err := put(w, "p", 1); err != nil {
				return err
			}
			return w.Remember(server.Applied{ID: "m1", Operation: conflict.Update, Row: server.Row{Model: "Post", ID: "p", Seq: 1, Text: "{}"}})
		})
	}
	err := carryOut(a, func() {
		if err := carryOut(b, func() {}); err != nil {
			t.Error(err)
		}
	})
	if err != nil || found != 1 {
		t.Fatalf("the repeat found it %d times (%v), want once", found, err)
	}
}

// TestSnapshotOfAnUpdate: an update that only reads sees a mutation id and its row of one moment, so that a repeat is
// never told a conflict with itself.
func TestSnapshotOfAnUpdate(t *testing.T) {
	address := fresh(t)
	a, b := open(t, address), open(t, address)
	if err := a.Update(func(w server.Writer) error {
		if _, ok, err := w.Applied("m1"); ok || err != nil {
			t.Errorf("found before it was sent (%v)", err)
		}
		write(t, b, "p")
		row, ok, err := w.Row("Post", "p")
		if ok {
			t.Errorf("it reads version %d of later", row.Version)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestPositionsBecomeVisibleInOrder: who tails the log while two nodes commit finds no gap that is filled later.
func TestPositionsBecomeVisibleInOrder(t *testing.T) {
	address := fresh(t)
	nodes := []server.Tables{open(t, address), open(t, address)}
	const writers, each = 6, 20
	var writing sync.WaitGroup
	for n := range writers {
		writing.Go(func() {
			for range each {
				if err := raise(nodes[n%2], fmt.Sprint("r", n/2)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	tail := open(t, address)
	at, lastMs := int64(0), int64(0)
	for at < writers*each && !t.Failed() {
		err := tail.View(func(r server.Reader) error {
			entries, _, err := r.Log(at, server.Span{Rows: 50, Bytes: 1 << 20})
			for _, e := range entries {
				if e.Seq != at+1 || e.ChangedAt < lastMs {
					return fmt.Errorf("position %d of %d ms follows %d of %d ms", e.Seq, e.ChangedAt, at, lastMs)
				}
				at, lastMs = e.Seq, e.ChangedAt
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	writing.Wait()
}

// TestHints: a node hears that another one committed; when its listening connection is lost, it listens again and is
// told that it may have missed something.
func TestHints(t *testing.T) {
	address := fresh(t)
	a, b := open(t, address), open(t, address)
	<-b.Changes() // it listens
	write(t, a, "p")
	<-b.Changes()
	execute(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%`+schemaOf(t, address)+`%'`)
	<-b.Changes() // it listens again
	write(t, a, "p")
	<-b.Changes()
}

// TestConnectionsLost: connections that died in the pool cost nobody anything; an update whose own connection breaks
// off is answered, and leaves nothing.
func TestConnectionsLost(t *testing.T) {
	address := fresh(t) + "&application_name=lost"
	tables := open(t, address)
	cut := func() {
		execute(t, `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lost'`)
	}
	write(t, tables, "p")
	cut()
	write(t, tables, "p")
	cut()
	err := tables.Update(func(w server.Writer) error {
		if err := put(w, "p", 3); err != nil {
			return err
		}
		cut()
		return nil
	})
	if codeOf(err) != server.StorageUnavailable {
		t.Errorf("a commit on a lost connection: %v", err)
	}
	write(t, tables, "p")
	if err := tables.View(func(r server.Reader) error {
		row, _, err := r.Row("Post", "p")
		if row.Version != 3 || row.Seq != 3 {
			t.Errorf("version %d at position %d, want 3", row.Version, row.Seq)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestPoolExhausted: who finds no connection within its time is told to try again, and the server's own reads pass.
func TestPoolExhausted(t *testing.T) {
	tables := open(t, fresh(t))
	hold := make(chan struct{})
	var held, holding sync.WaitGroup
	holding.Add(3 + 2) // of eight connections
	for range 3 {
		held.Go(func() { tables.View(func(server.Reader) error { holding.Done(); <-hold; return nil }) })
	}
	for range 2 {
		held.Go(func() { tables.Update(func(server.Writer) error { holding.Done(); <-hold; return nil }) })
	}
	holding.Wait()
	gone, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	caller := tables.Within(gone, "a", false)
	for name, err := range map[string]error{
		"View":   caller.View(func(server.Reader) error { return nil }),
		"Update": caller.Update(func(server.Writer) error { return nil }),
	} {
		if codeOf(err) != server.StorageBusy {
			t.Errorf("%s: %v, want %s", name, err, server.StorageBusy)
		}
	}
	if err := tables.Apart().View(func(r server.Reader) error { _, err := r.Position(); return err }); err != nil {
		t.Errorf("the server's own read: %v", err)
	}
	close(hold)
	held.Wait()
	write(t, tables, "p")
}

// TestRefusals: what the database refuses has a code that clients try again for, and leaves nothing behind.
func TestRefusals(t *testing.T) {
	address := fresh(t)
	tables, schema := open(t, address), schemaOf(t, address)
	write(t, tables, "p")
	refused := func(what string, tables server.Tables, want string) {
		t.Helper()
		if err := raise(tables, "p"); codeOf(err) != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	// A node that waits for another one's lock, longer than its statements may take.
	impatient := open(t, address+"&statement_timeout=1000")
	if err := tables.Update(func(w server.Writer) error {
		err := put(w, "q", 1)
		refused("a statement timeout", impatient, server.StorageBusy)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	refused("a standby", open(t, address+"&default_transaction_read_only=on"), server.StorageReadOnly)
	// The database says what it says when its disk is full.
	execute(t, `CREATE FUNCTION `+schema+`.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
		`CREATE TRIGGER full_ BEFORE INSERT ON `+schema+`.log EXECUTE FUNCTION `+schema+`.full()`)
	refused("a full disk", tables, server.StorageFull)
	execute(t, `DROP TRIGGER full_ ON `+schema+`.log`)
	write(t, tables, "p")
	if err := tables.Writable(); err != nil {
		t.Error(err)
	}
	if err := tables.View(func(r server.Reader) error {
		row, _, err := r.Row("Post", "p")
		if row.Version != 2 {
			t.Errorf("version %d, want 2", row.Version)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	execute(t, `DROP SCHEMA `+schema+` CASCADE`)
	refused("no tables", tables, server.StorageGone)
}

// TestSilentNode: a node that goes silent with the lock in its hands holds nobody up for good: the database ends its
// transaction after ten seconds. Until then others are told to try again.
func TestSilentNode(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for ten seconds")
	}
	address := fresh(t)
	a, b := open(t, address), open(t, address)
	err := a.Update(func(w server.Writer) error {
		if err := put(w, "p", 1); err != nil {
			return err
		}
		for {
			if err := raise(b, "p"); err == nil {
				return nil
			} else if codeOf(err) != server.StorageBusy {
				return err
			}
		}
	})
	if codeOf(err) != server.StorageBusy && codeOf(err) != server.StorageUnavailable {
		t.Errorf("the silent node: %v", err)
	}
	if err := b.View(func(r server.Reader) error {
		p, err := r.Position()
		if p.Seq != 1 {
			t.Errorf("position %d, want that of the other node alone", p.Seq)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestSerializationFailures: what the database asks to try again is tried again, with a limit.
func TestSerializationFailures(t *testing.T) {
	address := fresh(t)
	tables, schema := open(t, address), schemaOf(t, address)
	execute(t, `CREATE SEQUENCE `+schema+`.tries`,
		`CREATE FUNCTION `+schema+`.failing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('`+schema+`.tries') <= 3 THEN RAISE EXCEPTION 'restart transaction' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$`,
		`CREATE TRIGGER failing BEFORE INSERT ON `+schema+`.log EXECUTE FUNCTION `+schema+`.failing()`)
	write(t, tables, "p") // at the fourth try
	execute(t, `ALTER SEQUENCE `+schema+`.tries RESTART MINVALUE -100 START -100`)
	if err := raise(tables, "p"); codeOf(err) != server.StorageBusy {
		t.Errorf("one that fails for ever: %v, want %s", err, server.StorageBusy)
	}
}
