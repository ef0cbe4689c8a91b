// Package tabletest is the suite that every table back end of the server passes.
package tabletest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

// Run runs the suite. open makes new, empty tables; the suite closes them.
func Run(t *testing.T, open func(t *testing.T) server.Tables) {
	for _, one := range []struct {
		name string
		test func(*testing.T, server.Tables)
	}{
		{"a row is read back as it was written", testRoundTrip},
		{"a row keeps its past, its log does not", testPast},
		{"an error leaves nothing behind", testRollback},
		{"a panic leaves nothing behind", testPanic},
		{"a transaction reads its own writes", testOwnWrites},
		{"positions count commits and never run backwards", testPositions},
		{"touch moves the time only", testTouch},
		{"rows by key resume behind a key", testRowsByKey},
		{"rows are counted by model", testCount},
		{"rows since a position come in the order of their last change", testRowsSince},
		{"a span ends with the row that reaches its bytes", testSpanBytes},
		{"changes since a time come in log order", testChanges},
		{"the log holds every change of every model", testLog},
		{"a mutation id can be stored only once", testApplied},
		{"purge removes what is old and says how far", testPurge},
		{"a purge that fails removes nothing", testPurgeRollback},
		{"commit order is log order under concurrent writers", testConcurrent},
		{"a view is a snapshot", testSnapshot},
		{"a new database has a generation and a secret of its own", func(t *testing.T, a server.Tables) {
			testGeneration(t, a, open(t))
		}},
		{"an index gives ranges of keys, forwards and backwards, page by page", testIndex},
		{"keys of a failed transaction are taken back", testIndexRollback},
		{"keys of an index are dropped some at a time", testDropKeys},
		{"notes are kept, replaced and removed", testNotes},
		{"a purge takes the keys with the tombstones", testIndexPurge},
		{"closed tables say so", testClosed},
	} {
		t.Run(one.name, func(t *testing.T) {
			tables := open(t)
			t.Cleanup(func() { tables.Close() })
			one.test(t, tables)
		})
	}
}

var wide = server.Span{Rows: 1_000, Bytes: 1 << 20}

// put writes a version of a record in a transaction of its own.
func put(t *testing.T, tables server.Tables, model, id string, version, nowMs int64, operation conflict.Operation) server.Entry {
	t.Helper()
	var e server.Entry
	update(t, tables, func(w server.Writer) error {
		var err error
		e, err = write(w, model, id, version, nowMs, operation)
		return err
	})
	return e
}

func write(w server.Writer, model, id string, version, nowMs int64, operation conflict.Operation) (server.Entry, error) {
	p, err := w.Advance(nowMs)
	if err != nil {
		return server.Entry{}, err
	}
	e := server.Entry{Operation: operation, Row: server.Row{
		Model: model, ID: id, Version: version, ChangedAt: p.ChangedAt, Seq: p.Seq,
		Deleted: operation == conflict.Delete,
		Text:    fmt.Sprintf(`{"id":%q,"title":"Grüße ☃ %d","_version":%d}`, id, version, version),
	}}
	return e, w.Write(e)
}

func update(t *testing.T, tables server.Tables, f func(server.Writer) error) {
	t.Helper()
	if err := tables.Update(f); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, tables server.Tables, f func(server.Reader) error) {
	t.Helper()
	if err := tables.View(f); err != nil {
		t.Fatal(err)
	}
}

func row(t *testing.T, tables server.Tables, model, id string) (found server.Row, ok bool) {
	t.Helper()
	view(t, tables, func(r server.Reader) (err error) {
		found, ok, err = r.Row(model, id)
		return err
	})
	return found, ok
}

func position(t *testing.T, tables server.Tables) (p server.Position) {
	t.Helper()
	view(t, tables, func(r server.Reader) (err error) {
		p, err = r.Position()
		return err
	})
	return p
}

func log(t *testing.T, tables server.Tables) (entries []server.Entry) {
	t.Helper()
	view(t, tables, func(r server.Reader) (err error) {
		entries, _, err = r.Log(0, wide)
		return err
	})
	return entries
}

func testRoundTrip(t *testing.T, tables server.Tables) {
	want := put(t, tables, "Post", "a#\x01é", 1, 1_714_558_830_123, conflict.Create)
	got, ok := row(t, tables, "Post", "a#\x01é")
	if !ok || got != want.Row {
		t.Fatalf("read %+v, wrote %+v", got, want.Row)
	}
	if _, ok := row(t, tables, "Comment", "a#\x01é"); ok {
		t.Fatal("a row of another model was found")
	}
	want = put(t, tables, "Post", "a#\x01é", 2, 1_714_558_830_999, conflict.Delete)
	if got, _ := row(t, tables, "Post", "a#\x01é"); got != want.Row || !got.Deleted {
		t.Fatalf("read %+v, wrote %+v", got, want.Row)
	}
}

func testPast(t *testing.T, tables server.Tables) {
	const past = `[{"until":2,"fields":{"owner":"alice"}}]`
	update(t, tables, func(w server.Writer) error {
		p, err := w.Advance(1_000)
		if err != nil {
			return err
		}
		return w.Write(server.Entry{Operation: conflict.Update, Row: server.Row{Model: "Post", ID: "a",
			Version: 2, ChangedAt: p.ChangedAt, Seq: p.Seq, Text: `{"id":"a"}`, Past: past}})
	})
	if got, _ := row(t, tables, "Post", "a"); got.Past != past {
		t.Errorf("past %q, wrote %q", got.Past, past)
	}
	view(t, tables, func(r server.Reader) error {
		byKey, _, err := r.RowsByKey("Post", "", server.Span{Rows: 9, Bytes: 9_999})
		since, _, other := r.RowsSince("Post", 0, server.Span{Rows: 9, Bytes: 9_999})
		if len(byKey) != 1 || byKey[0].Past != past || len(since) != 1 || since[0].Past != past {
			t.Errorf("by key %+v, since %+v", byKey, since)
		}
		return errors.Join(err, other)
	})
	for _, e := range log(t, tables) {
		if e.Past != "" {
			t.Errorf("the log holds the past %q", e.Past)
		}
	}
}

var errOnPurpose = errors.New("on purpose")

func testRollback(t *testing.T, tables server.Tables) {
	put(t, tables, "Post", "a", 1, 1_000, conflict.Create)
	before, logged := position(t, tables), len(log(t, tables))
	err := tables.Update(func(w server.Writer) error {
		for _, id := range []string{"a", "b", "a"} {
			if _, err := write(w, "Post", id, 2, 9_000, conflict.Update); err != nil {
				return err
			}
		}
		if err := w.Remember(server.Applied{ID: "m1", Operation: conflict.Update, Row: server.Row{Model: "Post", ID: "a", Text: "{}"}}); err != nil {
			return err
		}
		return errOnPurpose
	})
	if !errors.Is(err, errOnPurpose) {
		t.Fatalf("error %v, want the function's own", err)
	}
	checkUntouched(t, tables, before, logged)
}

func testPanic(t *testing.T, tables server.Tables) {
	put(t, tables, "Post", "a", 1, 1_000, conflict.Create)
	before, logged := position(t, tables), len(log(t, tables))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		tables.Update(func(w server.Writer) error {
			write(w, "Post", "a", 2, 9_000, conflict.Update)
			panic(errOnPurpose)
		})
	}()
	checkUntouched(t, tables, before, logged)
	put(t, tables, "Post", "a", 2, 9_000, conflict.Update)
}

func checkUntouched(t *testing.T, tables server.Tables, before server.Position, logged int) {
	t.Helper()
	after := position(t, tables)
	if after.Seq != before.Seq || after.ChangedAt != before.ChangedAt {
		t.Errorf("the position moved from %d to %d", before.Seq, after.Seq)
	}
	if got, _ := row(t, tables, "Post", "a"); got.Version != 1 {
		t.Errorf("a has version %d, want 1", got.Version)
	}
	if _, ok := row(t, tables, "Post", "b"); ok {
		t.Error("b is there")
	}
	if got := len(log(t, tables)); got != logged {
		t.Errorf("the log has %d entries, want %d", got, logged)
	}
	view(t, tables, func(r server.Reader) error {
		if _, ok, err := r.Applied("m1"); ok || err != nil {
			t.Errorf("the mutation id is there (%v)", err)
		}
		rows, _, err := r.RowsSince("Post", 0, wide)
		if len(rows) != 1 || err != nil {
			t.Errorf("%d rows by position, want 1 (%v)", len(rows), err)
		}
		rows, _, err = r.RowsByKey("Post", "", wide)
		if len(rows) != 1 || err != nil {
			t.Errorf("%d rows by key, want 1 (%v)", len(rows), err)
		}
		return nil
	})
}

func testOwnWrites(t *testing.T, tables server.Tables) {
	update(t, tables, func(w server.Writer) error {
		want, err := write(w, "Post", "a", 1, 1_000, conflict.Create)
		if err != nil {
			return err
		}
		got, ok, err := w.Row("Post", "a")
		if !ok || got != want.Row {
			t.Errorf("read %+v in the transaction, wrote %+v", got, want.Row)
		}
		return err
	})
}

func testClosed(t *testing.T, tables server.Tables) {
	if err := tables.Close(); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"View":   tables.View(func(server.Reader) error { return nil }),
		"Update": tables.Update(func(server.Writer) error { return nil }),
	} {
		var typed *server.StorageError
		if !errors.As(err, &typed) || typed.Code != server.StorageClosed {
			t.Errorf("%s after Close: %v, want code %s", name, err, server.StorageClosed)
		}
	}
}
