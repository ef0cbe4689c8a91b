//go:build js && wasm

package indexeddb

import (
	"strconv"
	"strings"
	"syscall/js"
)

// Chromium keeps IndexedDB in LevelDB. When its process is killed in the middle of a write, the log ends within a
// record; LevelDB reads it up to there and writes on behind it, and the open after that takes the whole log for
// corrupt, whereupon Chromium deletes all databases of the site (https://github.com/google/leveldb/issues/1287).
// A new log begins when the table in memory, of 4 MiB at most, is full: then the old log goes.
const (
	freshLogRows     = 128
	freshLogKeyBytes = 8 << 10 // two for each letter; a row takes about four times that in the log, and so does its deletion
)

// freshLog fills the table in memory with long keys, and deletes them again without waiting for it. They are keys
// because Chromium compresses values before they reach the log; the files that LevelDB makes of the table are
// compressed, so that next to nothing stays on the disk.
func (l *link) freshLog() {
	if l.fresh || !l.isLevelDB() {
		return
	}
	l.fresh = true // also when it fails: a full disk is not filled again before each save
	area := []any{string(reserveArea)}
	long := strings.Repeat("-", freshLogKeyBytes/2)
	err := l.run(area, "readwrite", func(tx js.Value) {
		for row := range freshLogRows {
			tx.Call("objectStore", area[0]).Call("put", 0, long+strconv.Itoa(row))
		}
	})
	if err != nil {
		return
	}
	_ = recovered(func() error { // what stays is overwritten and deleted by the next connection
		l.raw.Call("transaction", area, "readwrite").Call("objectStore", area[0]).Call("delete",
			js.Global().Get("IDBKeyRange").Call("lowerBound", ""))
		return nil
	})
}

// isLevelDB is true in Chromium, which alone tells in an upgradeneeded event what it has lost.
func (l *link) isLevelDB() bool {
	event := js.Global().Get("IDBVersionChangeEvent")
	return event.Truthy() && js.Global().Get("Reflect").Call("has", event.Get("prototype"), "dataLoss").Bool() &&
		l.raw.Get("objectStoreNames").Call("contains", string(reserveArea)).Bool()
}
