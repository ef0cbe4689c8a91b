//go:build js && wasm

package indexeddb

import (
	"syscall/js"

	"github.com/deltabase/deltabase/store"
)

// readAll reads every store with getAll, which go-indexeddb lacks: a cursor costs a callback per
// value, 30 times the price.
func (l *link) readAll(each func(store.Area, string, []byte)) error {
	names := make([]any, len(store.Areas))
	for n, area := range store.Areas {
		names[n] = string(area)
	}
	keys := make([]js.Value, len(names))
	values := make([]js.Value, len(names))
	err := l.run(names, "readonly", func(tx js.Value) {
		for n := range names {
			area := tx.Call("objectStore", names[n])
			keys[n], values[n] = area.Call("getAllKeys"), area.Call("getAll")
		}
	})
	if err != nil {
		return err
	}
	for n, area := range store.Areas {
		keys, values := keys[n].Get("result"), values[n].Get("result")
		for at := range values.Length() {
			if name, ok := nameOf(area, keys.Index(at)); ok {
				each(area, name, textOf(area, values.Index(at)))
			}
		}
	}
	return nil
}

func (l *link) get(area store.Area, key string) ([]byte, bool, error) {
	var request js.Value
	err := l.run([]any{string(area)}, "readonly", func(tx js.Value) {
		request = tx.Call("objectStore", string(area)).Call("get", keyOf(area, key))
	})
	if err != nil {
		return nil, false, err
	}
	value := request.Get("result")
	if value.IsUndefined() {
		return nil, false, nil
	}
	return textOf(area, value), true, nil
}

var encoder = js.Global().Get("TextEncoder").New()

// textOf returns a stored text; what is not a text is nil, which no checksum fits.
func textOf(area store.Area, value js.Value) []byte {
	if value.Type() != js.TypeString {
		return nil
	}
	if area != store.PagesArea {
		return []byte(value.String())
	}
	encoded := encoder.Call("encode", value) // a page is long: String would copy it once more
	text := make([]byte, encoded.Length())
	js.CopyBytesToGo(text, encoded)
	return text
}

// run runs requests in one transaction, relaxed if it writes, and waits for its end.
func (l *link) run(areas []any, mode string, requests func(tx js.Value)) error {
	var tx js.Value
	err := recovered(func() error {
		tx = l.raw.Call("transaction", areas, mode)
		requests(tx)
		return nil
	})
	if err != nil {
		if tx.Truthy() {
			_ = recovered(func() error { tx.Call("abort"); return nil }) // err says what went wrong
		}
		return err
	}
	done := make(chan error, 1)
	finish := func(err error) {
		select {
		case done <- err:
		default:
		}
	}
	completed := js.FuncOf(func(js.Value, []js.Value) any {
		finish(nil)
		return nil
	})
	aborted := js.FuncOf(func(js.Value, []js.Value) any {
		if failure := tx.Get("error"); failure.Truthy() {
			finish(js.Error{Value: failure})
		} else {
			finish(errAborted)
		}
		return nil
	})
	// A request that fails aborts its transaction, so that "error" need not be listened to.
	tx.Call("addEventListener", "complete", completed)
	tx.Call("addEventListener", "abort", aborted)
	err = <-done
	tx.Call("removeEventListener", "complete", completed)
	tx.Call("removeEventListener", "abort", aborted)
	completed.Release()
	aborted.Release()
	return err
}
