//go:build js && wasm

package indexeddb

import (
	"math"
	"syscall/js"

	"github.com/deltabase/deltabase/store"
)

// reserveArea holds padding that is deleted when the disk is full. Chromium keeps values of 256 kB in files of
// their own, so that their room is free as soon as they are deleted; the padding is random, because that does not compress.
const (
	reserveArea      store.Area = "reserve"
	reserveRowBytes             = 264 << 10
	randomBytesAtMax            = 1 << 16 // of one call of getRandomValues
)

func (l *link) keepReserve(bytes int) error {
	area := []any{string(reserveArea)}
	if !l.raw.Get("objectStoreNames").Call("contains", area[0]).Bool() {
		return nil // made before there was a reserve
	}
	if bytes <= 0 {
		return l.run(area, "readwrite", func(tx js.Value) { tx.Call("objectStore", area[0]).Call("clear") })
	}
	var count js.Value
	numbers := js.Global().Get("IDBKeyRange").Call("upperBound", math.Inf(1)) // texts are freshLog's
	err := l.run(area, "readonly", func(tx js.Value) { count = tx.Call("objectStore", area[0]).Call("count", numbers) })
	if err != nil || count.Get("result").Int() > 0 {
		return err
	}
	return l.run(area, "readwrite", func(tx js.Value) {
		for row := 0; row*reserveRowBytes < bytes; row++ {
			tx.Call("objectStore", area[0]).Call("put", padding(reserveRowBytes), row)
		}
	})
}

func padding(bytes int) js.Value {
	all := js.Global().Get("Uint8Array").New(bytes)
	for at := 0; at < bytes; at += randomBytesAtMax {
		js.Global().Get("crypto").Call("getRandomValues", all.Call("subarray", at, min(bytes, at+randomBytesAtMax)))
	}
	return all
}

// readEach reads entry by entry: what can't be read is nil, which no checksum fits.
func (l *link) readEach(each func(store.Area, string, []byte)) error {
	for _, area := range store.Areas {
		var keys js.Value
		if err := l.run([]any{string(area)}, "readonly", func(tx js.Value) {
			keys = tx.Call("objectStore", string(area)).Call("getAllKeys")
		}); err != nil {
			return err
		}
		keys = keys.Get("result")
		for at := range keys.Length() {
			if name, ok := nameOf(area, keys.Index(at)); ok {
				text, _, err := l.get(area, name)
				if err != nil && faultOf(err).Code == store.CodeClosed {
					return err
				}
				each(area, name, text)
			}
		}
	}
	return nil
}
