//go:build js && wasm

// Package main is the page's module: the engine with its local database, driven by packets from
// the worker that js/worker/worker.ts is.
package main

import (
	_ "syscall/js" // without it the runtime has no event loop, and the first export ends the program
	"time"
	"unsafe"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/indexeddb"
)

//go:wasmimport deltabase emit
//go:noescape
func emit(packet unsafe.Pointer, length uint32)

// page is the only host of this program; inbox is where the host writes the next packet.
var (
	page  *host
	inbox []byte
)

// buffer makes room for n bytes and returns its address. Each packet gets bytes of its own: the
// engine keeps records as views on them.
//
//go:wasmexport buffer
func buffer(n uint32) unsafe.Pointer {
	inbox = make([]byte, max(n, 1))
	return unsafe.Pointer(unsafe.SliceData(inbox))
}

// receive queues the n bytes in the buffer, a moment and its packet, and returns 1; 0 means that
// the module is dead. An export must never block, so nothing else happens here: the host calls
// go._resume() to let the goroutines run.
//
//go:wasmexport receive
func receive(n uint32) (alive uint32) {
	defer func() {
		if cause := recover(); cause != nil {
			page.die(cause)
			alive = 0
		}
	}()
	bytes := inbox[:n]
	inbox = nil
	if page.receive(bytes) {
		return 1
	}
	return 0
}

func main() {
	page = newHost(indexedDB, func(packet []byte) {
		emit(unsafe.Pointer(unsafe.SliceData(packet)), uint32(len(packet)))
	})
	page.run()
	select {} // dead: the host replaces this module; ending here would look like a second failure
}

var indexedDB = browser{
	open: func(database string, lost func(), preread func() store.Preread) (store.Store, error) {
		opened, err := indexeddb.Open(database, lost, preread)
		if err != nil {
			return nil, err
		}
		return opened, nil
	},
	destroy:   indexeddb.Destroy,
	ephemeral: func() store.Store { return store.Ephemeral() },
	pause:     time.Sleep,
	watch:     (&watch{after: func(d time.Duration, f func()) { time.AfterFunc(d, f) }}).begin,
}
