//go:build js && wasm

package indexeddb

import (
	"strconv"
	"syscall/js"
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

// failCommits makes the next writing transactions abort at their commit with a DOMException of
// that name, or without one.
func failCommits(t *testing.T, reason string, times *int) {
	onTransaction(t, func(tx js.Value) {
		if *times == 0 || tx.Get("mode").String() != "readwrite" {
			return
		}
		*times--
		if reason != "" {
			failure := js.Global().Get("DOMException").New("as asked for", reason)
			js.Global().Get("Object").Call("defineProperty", tx, "error", map[string]any{"value": failure})
		}
		// Once all of its requests are done, so that no request tells of the abort.
		tx.Set("commit", js.Global().Get("Function").New(
			`this.objectStore(this.objectStoreNames[0]).count().onsuccess = () => this.abort()`))
	})
}

func TestAbortAtCommit(t *testing.T) {
	for _, c := range []struct {
		reason, code string
		repeated     bool // once, on a new connection
	}{
		{"QuotaExceededError", store.CodeQuota, false},
		{"UnknownError", store.CodeUnknown, true},
		{"InvalidStateError", store.CodeClosed, true},
		{"AbortError", store.CodeAborted, true},
		{"", store.CodeAborted, true},
		{"DataCloneError", store.CodeAborted, false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			b := connected(t, name(t))
			times := 1
			failCommits(t, c.reason, &times)
			err := b.Write(batch("1", true))
			if c.repeated && err != nil {
				t.Errorf("the second attempt: %v", err)
			}
			if !c.repeated {
				wantFault(t, err, c.code)
			}
			times = 2
			err = b.Write(batch("2", true))
			wantFault(t, err, c.code)
			if fault := store.AsFault(err); fault != nil && fault.Doubtful != c.repeated {
				t.Errorf("doubtful: %v", fault.Doubtful)
			}
			times = 0
			if _, found, err := b.Get(store.LogArea, "2"); found || err != nil {
				t.Errorf("an aborted transaction is there: %v %v", found, err)
			}
			if err := b.Write(batch("2", true)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The outcome of a commit was doubtful and the store finds out: it did not happen.
func TestDoubtIsResolved(t *testing.T) {
	s, err := Open(name(t), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	image, _, err := s.Load(storetest.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	times := 2
	failCommits(t, "UnknownError", &times)
	commit := func() error {
		return s.Commit(&store.Commit{Seq: image.Seq() + 1, Name: "save", Rows: []store.Row{storetest.Row("Post", "a", 1, "x")}})
	}
	err = commit()
	wantFault(t, err, store.CodeUnknown)
	if store.AsFault(err).Doubtful {
		t.Error("it is still doubtful")
	}
	if err := commit(); err != nil {
		t.Error(err)
	}
}

func TestDeletedDatabaseComesBack(t *testing.T) {
	name := name(t)
	storetest.RunRebuild(t, func(t testing.TB) store.Backend { return connected(t, name) }, func(t testing.TB) {
		if err := destroy(name); err != nil { // every connection gives way
			t.Fatal(err)
		}
	})
}

func TestLossIsTold(t *testing.T) {
	name := name(t)
	lost := make(chan bool, 1)
	b, err := connect(name, func() { lost <- true })
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := destroy(name); err != nil { // would be blocked if b held on
		t.Fatal(err)
	}
	<-lost
	wantFault(t, b.Write(batch("1", true)), store.CodeDeleted)
	_, _, err = b.Get(store.MetaArea, "k")
	wantFault(t, err, store.CodeDeleted)
	if err := b.Renew(); err != nil {
		t.Fatal(err)
	}
	if err := b.Write(batch("1", true)); err != nil {
		t.Error(err)
	}
}

func TestUpgradedElsewhere(t *testing.T) {
	name := name(t)
	b := connected(t, name)
	rawOpen(t, name, 2).Call("close") // would be blocked if b held on
	wantFault(t, b.Write(batch("1", true)), store.CodeReplaced)
	wantFault(t, b.ReadAll(func(store.Area, string, []byte) {}), store.CodeReplaced)
}

// An upgrade that comes to nothing leaves the database ours.
func TestUpgradeThatIsGivenUp(t *testing.T) {
	name := name(t)
	b := connected(t, name)
	request := js.Global().Get("indexedDB").Call("open", name, 2)
	done := make(chan bool, 1)
	abort := js.FuncOf(func(js.Value, []js.Value) any {
		request.Get("transaction").Call("abort")
		return nil
	})
	failed := js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		done <- true
		return nil
	})
	defer abort.Release()
	defer failed.Release()
	request.Set("onupgradeneeded", abort)
	request.Set("onerror", failed)
	<-done
	if err := b.Write(batch("1", true)); err != nil {
		t.Error(err)
	}
}

func TestReserve(t *testing.T) {
	b := connected(t, name(t))
	rows := func() int {
		var count js.Value
		err := b.link.run([]any{"reserve"}, "readonly", func(tx js.Value) { count = tx.Call("objectStore", "reserve").Call("count") })
		if err != nil {
			t.Fatal(err)
		}
		return count.Get("result").Int()
	}
	for _, want := range []struct{ bytes, rows int }{{1 << 20, 4}, {1 << 20, 4}, {0, 0}, {1 << 20, 4}} {
		if err := b.Reserve(want.bytes); err != nil || rows() != want.rows {
			t.Errorf("%d bytes: %d rows, %v", want.bytes, rows(), err)
		}
	}
	if err := b.ReadAll(func(area store.Area, _ string, _ []byte) { t.Errorf("%s was read", area) }); err != nil {
		t.Error(err)
	}
}

// The keys that fill the log go again, and the reserve does not count them.
func TestFreshLog(t *testing.T) {
	b := connected(t, name(t))
	if !b.link.isLevelDB() {
		t.Fatal("Chromium is not recognised")
	}
	keys := func() (texts, numbers int) {
		var all js.Value
		err := b.link.run([]any{"reserve"}, "readonly", func(tx js.Value) { all = tx.Call("objectStore", "reserve").Call("getAllKeys") })
		if err != nil {
			t.Fatal(err)
		}
		for at := range all.Get("result").Length() {
			if all.Get("result").Index(at).Type() == js.TypeString {
				texts++
			} else {
				numbers++
			}
		}
		return texts, numbers
	}
	filled := 0
	onTransaction(t, func(tx js.Value) {
		if tx.Get("mode").String() == "readwrite" {
			filled++
		}
	})
	for range 2 {
		b.FreshLog()
	}
	if filled != 2 { // one fills, one deletes
		t.Errorf("%d transactions write for a fresh log", filled)
	}
	b.link.fresh = false
	if err := b.link.run([]any{"reserve"}, "readwrite", func(tx js.Value) { tx.Call("objectStore", "reserve").Call("put", 0, "left over") }); err != nil {
		t.Fatal(err)
	}
	if err := b.Reserve(1 << 20); err != nil {
		t.Fatal(err)
	}
	if texts, numbers := keys(); texts != 1 || numbers != 4 {
		t.Errorf("%d texts and %d rows of the reserve", texts, numbers)
	}
	b.FreshLog()
	if texts, numbers := keys(); texts != 0 || numbers != 4 {
		t.Errorf("behind it, %d texts and %d rows of the reserve", texts, numbers)
	}
}

// Values that can't be read are given as nothing, the others as they are.
func TestReadEach(t *testing.T) {
	b := connected(t, name(t))
	for n := range 3 {
		if err := b.Write(batch(strconv.Itoa(n+1), true)); err != nil {
			t.Fatal(err)
		}
	}
	prototype := js.Global().Get("IDBObjectStore").Get("prototype")
	original := prototype.Get("get")
	patched := js.FuncOf(func(this js.Value, args []js.Value) any {
		request := original.Call("call", this, args[0])
		if args[0].Type() == js.TypeNumber && args[0].Int() == 2 {
			this.Get("transaction").Call("abort") // as Chromium does when a value can't be read
		}
		return request
	})
	defer patched.Release()
	defer prototype.Set("get", original)
	prototype.Set("get", patched)
	seen := ""
	err := b.ReadEach(func(area store.Area, key string, text []byte) { seen += string(area) + key + "=" + string(text) + " " })
	if want := `log1={"n":1} log2= log3={"n":3} metak=3 `; err != nil || seen != want {
		t.Errorf("%q, %v", seen, err)
	}
}

// override replaces indexedDB until the test ends.
func override(t *testing.T, value any) {
	object, global := js.Global().Get("Object"), js.Global()
	original := object.Call("getOwnPropertyDescriptor", global, "indexedDB")
	t.Cleanup(func() { object.Call("defineProperty", global, "indexedDB", original) })
	object.Call("defineProperty", global, "indexedDB", map[string]any{"value": value, "configurable": true})
}

func TestOpeningThatFails(t *testing.T) {
	for _, c := range []struct {
		error string // a DOMException of its request; thrown with "!" in front
		code  string
	}{
		{"SecurityError!", store.CodeUnavailable},
		{"InvalidStateError", store.CodeUnavailable}, // Firefox in private mode
		{"UnknownError", store.CodeUnknown},          // Internal error opening backing store
		{"AbortError", store.CodeUnknown},
		{"QuotaExceededError", store.CodeQuota},
		{"VersionError", store.CodeReplaced},
	} {
		t.Run(c.error, func(t *testing.T) {
			higher := name(t)
			rawOpen(t, higher, 5).Call("close") // the request of a lower version fails
			override(t, js.Global().Get("Function").New("name", "database", `
				const real = indexedDB;
				const failure = new DOMException('as asked for', name.replace('!', ''));
				return { open() {
					if (name.endsWith('!')) throw failure;
					const request = real.open(database, 1);
					Object.defineProperty(request, 'error', { value: failure });
					return request;
				} };`).Invoke(c.error, higher))
			_, err := Open("nowhere", nil, nil)
			wantFault(t, err, c.code)
		})
	}
}

func TestWithoutIndexedDB(t *testing.T) {
	override(t, nil)
	_, err := Open("nowhere", nil, nil)
	wantFault(t, err, store.CodeUnavailable)
	wantFault(t, Destroy("nowhere"), store.CodeUnavailable)
}
