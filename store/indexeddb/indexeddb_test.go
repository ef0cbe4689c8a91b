//go:build js && wasm

package indexeddb

import (
	"math/rand/v2"
	"strconv"
	"syscall/js"
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

var databases int

// name gives a test a database of its own and deletes it afterwards.
func name(t testing.TB) string {
	databases++
	name := "test-" + strconv.Itoa(databases)
	t.Cleanup(func() {
		if err := destroy(name); err != nil {
			t.Errorf("destroy: %v", err)
		}
	})
	return name
}

func connected(t testing.TB, name string) *backend {
	t.Helper()
	b, err := connect(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Opener {
		name := name(t)
		return func(t testing.TB) store.Backend { return connected(t, name) }
	})
}

func batch(key string, strict bool) store.Batch {
	return store.Batch{Name: "test", Strict: strict, Ops: []store.Op{
		{Kind: store.Add, Area: store.LogArea, Key: key, Text: []byte(`{"n":` + key + `}`)},
		{Kind: store.Put, Area: store.MetaArea, Key: "k", Text: []byte(key)},
	}}
}

func wantFault(t *testing.T, err error, code string) {
	t.Helper()
	if fault := store.AsFault(err); fault == nil || fault.Code != code {
		t.Errorf("got %v, want a fault %q", err, code)
	}
}

// onTransaction calls f with each transaction that is made until the test ends.
func onTransaction(t *testing.T, f func(tx js.Value)) {
	prototype := js.Global().Get("IDBDatabase").Get("prototype")
	original := prototype.Get("transaction")
	patched := js.FuncOf(func(this js.Value, args []js.Value) any {
		all := []any{this}
		for _, arg := range args {
			all = append(all, arg)
		}
		tx := original.Call("call", all...)
		f(tx)
		return tx
	})
	prototype.Set("transaction", patched)
	t.Cleanup(func() {
		prototype.Set("transaction", original)
		patched.Release()
	})
}

func TestDurabilityOfTransactions(t *testing.T) {
	b := connected(t, name(t))
	seen := ""
	onTransaction(t, func(tx js.Value) {
		seen += tx.Get("mode").String() + " " + tx.Get("durability").String() + "; "
	})
	for n, strict := range []bool{true, false} {
		if err := b.Write(batch(strconv.Itoa(n+1), strict)); err != nil {
			t.Fatal(err)
		}
	}
	if seen != "readwrite strict; readwrite relaxed; " {
		t.Error(seen)
	}
}

// A batch may have more steps than JavaScript takes as arguments of one call: all happen, or none.
func TestLongBatch(t *testing.T) {
	b := connected(t, name(t))
	long := store.Batch{Name: "long"}
	for n := range 60_001 {
		long.Ops = append(long.Ops, store.Op{Kind: store.Put, Area: store.MetaArea, Key: "k" + strconv.Itoa(n), Text: []byte("1")})
	}
	if err := b.Write(long); err != nil {
		t.Fatal(err)
	}
	count := func() (found int) {
		if err := b.ReadAll(func(store.Area, string, []byte) { found++ }); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := count(); found != len(long.Ops) {
		t.Errorf("%d of %d steps happened", found, len(long.Ops))
	}
	if err := b.Write(batch("1", false)); err != nil {
		t.Fatal(err)
	}
	for n := range long.Ops {
		long.Ops[n].Kind = store.Delete
	}
	long.Ops = append(long.Ops, batch("1", false).Ops[0])
	wantFault(t, b.Write(long), store.CodeFenced)
	if found := count(); found != 60_001+2 {
		t.Errorf("a batch that failed left %d entries", found)
	}
}

func TestValuesAreTextAndLogKeysNumbers(t *testing.T) {
	b := connected(t, name(t))
	if err := b.Write(batch("10", true)); err != nil {
		t.Fatal(err)
	}
	if err := b.Write(store.Batch{Ops: []store.Op{{Kind: store.Add, Area: store.LogArea, Key: "9", Text: []byte("é🙂")}}}); err != nil {
		t.Fatal(err)
	}
	var value, keys js.Value
	if err := b.link.run([]any{"log"}, "readonly", func(tx js.Value) {
		value = tx.Call("objectStore", "log").Call("get", 9)
		keys = tx.Call("objectStore", "log").Call("getAllKeys")
	}); err != nil {
		t.Fatal(err)
	}
	if value.Get("result").String() != "é🙂" || keys.Get("result").Index(0).Int() != 9 {
		t.Errorf("%v, keys %v", value.Get("result"), keys.Get("result"))
	}
	if err := b.link.run([]any{"log"}, "readonly", func(tx js.Value) { panic(js.Error{Value: js.Global().Get("Error").New("x")}) }); err == nil {
		t.Error("what a request throws is not told")
	}
}

func TestLostConnectionIsOpenedAgain(t *testing.T) {
	b := connected(t, name(t))
	for n := 1; n <= 3; n++ {
		b.link.raw.Call("close") // as the browser does on its own
		if err := b.Write(batch(strconv.Itoa(n), true)); err != nil {
			t.Fatal(err)
		}
	}
	b.link.raw.Call("close")
	if text, found, err := b.Get(store.MetaArea, "k"); string(text) != "3" || !found || err != nil {
		t.Errorf("get: %q %v %v", text, found, err)
	}
	b.link.raw.Call("close")
	count := 0
	if err := b.ReadAll(func(store.Area, string, []byte) { count++ }); err != nil || count != 4 {
		t.Errorf("read %d entries: %v", count, err)
	}
}

// An abort without a reason is what Chromium does to transactions when it drops a connection.
// go-indexeddb takes it for success.
func TestAbortWithoutReasonIsNoSuccess(t *testing.T) {
	b := connected(t, name(t))
	aborts := 1
	onTransaction(t, func(tx js.Value) {
		if aborts > 0 && tx.Get("mode").String() == "readwrite" {
			aborts--
			tx.Set("commit", tx.Get("abort").Call("bind", tx))
		}
	})
	open := b.link
	if err := b.Write(batch("1", true)); err != nil {
		t.Fatalf("the second attempt: %v", err)
	}
	if b.link == open {
		t.Error("the connection was not opened again")
	}
	aborts = 2
	wantFault(t, b.Write(batch("2", true)), store.CodeAborted)
	if text, _, _ := b.Get(store.MetaArea, "k"); string(text) != "1" {
		t.Errorf("an aborted transaction left %q", text)
	}
	if err := b.Write(batch("2", true)); err != nil {
		t.Fatal(err)
	}
}

// The connection breaks after the commit but before its answer: the second attempt meets the
// first one's row and knows it as its own.
func TestRepeatedBatchMeetsItself(t *testing.T) {
	b := connected(t, name(t))
	if err := b.link.write(batch("1", true)); err != nil {
		t.Fatal(err)
	}
	b.link.raw.Call("close")
	if err := b.Write(batch("1", true)); err != nil {
		t.Errorf("the batch is there, but: %v", err)
	}
	other := batch("1", true)
	other.Ops[0].Text = []byte("another writer's")
	b.link.raw.Call("close")
	wantFault(t, b.Write(other), store.CodeFenced)
	wantFault(t, b.Write(batch("1", true)), store.CodeFenced)
}

// rawOpen opens a database without this package; the connection ignores versionchange.
func rawOpen(t *testing.T, name string, version int) js.Value {
	t.Helper()
	request := js.Global().Get("indexedDB").Call("open", name, version)
	done := make(chan bool, 1)
	f := js.FuncOf(func(js.Value, []js.Value) any {
		done <- true
		return nil
	})
	defer f.Release()
	request.Set("onsuccess", f)
	request.Set("onerror", f)
	<-done
	if failure := request.Get("error"); failure.Truthy() {
		t.Fatal(failure)
	}
	return request.Get("result")
}

func TestBlockedDeletionIsTold(t *testing.T) {
	databases++
	name := "test-" + strconv.Itoa(databases)
	stubborn := rawOpen(t, name, 1)
	wantFault(t, faultOf(destroy(name)), store.CodeBlocked)
	stubborn.Call("close")
	if err := destroy(name); err != nil {
		t.Errorf("after it was closed: %v", err)
	}
}

func TestAnotherProgramsDatabase(t *testing.T) {
	higher := name(t)
	rawOpen(t, higher, 5).Call("close")
	_, err := Open(higher, nil, nil)
	wantFault(t, err, store.CodeReplaced)
	foreign := name(t)
	rawOpen(t, foreign, 1).Call("close") // version 1, but without the stores
	b := connected(t, foreign)
	wantFault(t, b.Write(batch("1", true)), store.CodeClosed)
	wantFault(t, b.ReadAll(func(store.Area, string, []byte) {}), store.CodeClosed)
}

// TestQuota fills the origin's storage for real: the runner gives it 1 MB, and liftQuota ends that.
func TestQuota(t *testing.T) {
	lift := js.Global().Get("liftQuota")
	if lift.IsUndefined() {
		t.Skip("this origin has no quota of its own")
	}
	s, err := Open(name(t), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	image, _, err := s.Load(storetest.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	commit := func(id string, size int) error {
		title := make([]byte, size)
		for n := range title {
			title[n] = byte('a' + rand.IntN(26)) // what compresses well takes no room
		}
		stage := store.NewStage(image)
		stage.Add(&store.Commit{Name: "save+outbox", Strict: true, Rows: []store.Row{storetest.Row("Post", id, 1, string(title))}})
		err := s.Commit(stage.Take())
		if err == nil {
			stage.Done()
		}
		return err
	}
	if err := commit("before", 1000); err != nil {
		t.Fatal(err)
	}
	full := 0
	for n := range 40 {
		if err := commit("big"+strconv.Itoa(n), 400_000); err != nil {
			wantFault(t, err, store.CodeQuota)
			full++
		}
	}
	done := make(chan bool)
	f := js.FuncOf(func(js.Value, []js.Value) any {
		close(done)
		return nil
	})
	defer f.Release()
	lift.Invoke().Call("then", f)
	<-done
	if full == 0 {
		t.Error("16 MB went into a quota of 1 MB")
	}
	if err := commit("after", 1000); err != nil {
		t.Errorf("with room again: %v", err)
	}
	content := storetest.Content(image)
	if image, _, err = s.Load(storetest.Schema(t)); err != nil || storetest.Content(image) != content {
		t.Errorf("what was acknowledged is not what is there: %v", err)
	}
}
