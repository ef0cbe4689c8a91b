//go:build js && wasm

package indexeddb

import (
	"context"
	"slices"
	"syscall/js"

	"github.com/deltabase/deltabase/store"
	"github.com/hack-pad/go-indexeddb/idb"
)

const version = 1

// link is one connection.
type link struct {
	raw       js.Value // the IDBDatabase
	created   bool     // the database did not exist before
	damage    string   // why the browser removed the one before, "" when it did not
	lost      bool     // the connection is closed: by the browser, or by us for a deletion or an upgrade
	fresh     bool     // freshLog was here
	listeners []listener
	done      js.Func    // called when the transaction of write ended
	ended     chan error // of that transaction
}

type listener struct {
	event string
	f     js.Func
}

// factory is indexedDB for go-indexeddb's WrapFactory: its open and deleteDatabase hand the
// request out, which the library keeps to itself, and tell when it is blocked.
type factory struct {
	request js.Value
	failed  error
	damage  string // what Chromium says of databases that it could not read, and removed
	blocked chan struct{}
	funcs   []js.Func
}

func newFactory() (*factory, *idb.Factory, error) {
	var real js.Value
	err := recovered(func() error { // the property itself throws in some sandboxed frames
		real = js.Global().Get("Reflect").Call("get", js.Global(), "indexedDB")
		return nil
	})
	if err != nil || !real.Truthy() {
		return nil, nil, errUnavailable
	}
	f := &factory{blocked: make(chan struct{}, 1)}
	shim := js.Global().Get("Object").New()
	for _, method := range []string{"open", "deleteDatabase"} {
		call := js.FuncOf(func(_ js.Value, args []js.Value) any {
			f.failed = recovered(func() error {
				f.request = invoke(real, method, args)
				return nil
			})
			if f.failed != nil {
				return js.Undefined()
			}
			f.request.Call("addEventListener", "blocked", f.funcs[0])
			f.request.Call("addEventListener", "upgradeneeded", f.funcs[1])
			return f.request
		})
		if f.funcs == nil {
			f.funcs = append(f.funcs, js.FuncOf(func(js.Value, []js.Value) any {
				select {
				case f.blocked <- struct{}{}:
				default:
				}
				return nil
			}), js.FuncOf(func(_ js.Value, args []js.Value) any {
				f.damage = damageOf(args[0])
				return nil
			}))
		}
		f.funcs = append(f.funcs, call)
		shim.Set(method, call)
	}
	wrapped, err := idb.WrapFactory(shim)
	return f, wrapped, err
}

// damageOf reads dataLoss and dataLossMessage of an upgradeneeded event, which Chromium alone has.
func damageOf(event js.Value) string {
	loss, message := event.Get("dataLoss"), event.Get("dataLossMessage")
	if loss.Type() != js.TypeString || loss.String() == "none" || message.Type() != js.TypeString {
		return ""
	}
	return message.String()
}

// finish lets go of the request's listeners and of the functions.
func (f *factory) finish() {
	if f.request.Truthy() {
		f.request.Call("removeEventListener", "blocked", f.funcs[0])
		f.request.Call("removeEventListener", "upgradeneeded", f.funcs[1])
	}
	for _, fn := range f.funcs {
		fn.Release()
	}
}

// await runs a blocking call of go-indexeddb until it ends or the browser says "blocked". In the
// latter case the call goes on alone and late cleans up after it.
func (f *factory) await(call func() error, late func()) error {
	done := make(chan error, 1)
	given := make(chan struct{})
	go func() {
		err := call()
		f.finish()
		done <- err
		select {
		case <-given:
			if err == nil && late != nil {
				late()
			}
		default:
		}
	}()
	select {
	case err := <-done:
		return err
	case <-f.blocked:
		close(given)
		return errBlocked
	}
}

// dial opens a connection; the error is a *store.Fault.
func dial(name string, lost func()) (*link, error) {
	l, err := open(name)
	if err != nil {
		return nil, faultOfOpening(err)
	}
	l.listen(lost)
	return l, nil
}

func open(name string) (*link, error) {
	f, wrapped, err := newFactory()
	if err != nil {
		return nil, err
	}
	l := &link{}
	var upgradeErr error
	upgrade := func(db *idb.Database, _, _ uint) error {
		l.created = true
		for _, area := range append(slices.Clone(store.Areas), reserveArea) {
			if _, err := db.CreateObjectStore(string(area), idb.ObjectStoreOptions{}); err != nil {
				// Returned from here it would end the program: go-indexeddb panics in a callback.
				upgradeErr = err
				_ = recovered(func() error { f.request.Get("transaction").Call("abort"); return nil }) // or it is over
				break
			}
		}
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	var pending *idb.OpenDBRequest
	err = recovered(func() error {
		pending, err = wrapped.Open(ctx, name, version, upgrade)
		return err
	})
	if err != nil {
		cancel()
		f.finish()
		return nil, firstOf(f.failed, err)
	}
	err = f.await(func() error {
		defer cancel()
		_, err := pending.Await(context.Background())
		if err == nil {
			l.raw, l.damage = f.request.Get("result"), f.damage
		}
		return err
	}, func() { l.raw.Call("close") })
	if err != nil {
		return nil, firstOf(upgradeErr, err)
	}
	return l, nil
}

func destroy(name string) error {
	f, wrapped, err := newFactory()
	if err != nil {
		return err
	}
	var pending *idb.AckRequest
	err = recovered(func() error {
		pending, err = wrapped.DeleteDatabase(name)
		return err
	})
	if err != nil {
		f.finish()
		return firstOf(f.failed, err)
	}
	return f.await(func() error { return pending.Await(context.Background()) }, nil)
}

// listen watches what go-indexeddb does not tell.
func (l *link) listen(lost func()) {
	// Somebody wants to delete or to upgrade the database, and waits until nobody has it open.
	l.on("versionchange", func() {
		l.lost = true
		l.raw.Call("close")
		lost()
	})
	l.on("close", func() {
		l.lost = true
		lost()
	})
	l.ended = make(chan error, 1)
	l.done = js.FuncOf(func(_ js.Value, args []js.Value) any {
		l.ended <- endOf(args[0])
		return nil
	})
}

// endOf is how a transaction ended: null, its error, or undefined. Chromium gives no reason when it closes a
// connection by force.
func endOf(failure js.Value) error {
	switch {
	case failure.IsNull():
		return nil
	case failure.IsUndefined():
		return errAborted
	}
	return js.Error{Value: failure}
}

func (l *link) on(event string, then func()) {
	f := js.FuncOf(func(js.Value, []js.Value) any {
		then()
		return nil
	})
	l.listeners = append(l.listeners, listener{event, f})
	l.raw.Call("addEventListener", event, f)
}

// close ends the connection; it may be called again.
func (l *link) close() {
	for _, listening := range l.listeners {
		l.raw.Call("removeEventListener", listening.event, listening.f)
		listening.f.Release()
	}
	l.listeners = nil
	l.done.Release()
	l.raw.Call("close")
}
