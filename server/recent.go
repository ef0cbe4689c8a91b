package server

import (
	"container/list"
	"sync"
)

// recent keeps the values that were used last, within a number of entries and of bytes. It is safe for concurrent use.
type recent[V any] struct {
	entriesMax, bytesMax int

	mu    sync.Mutex
	byKey map[string]*list.Element // of *kept[V]
	used  list.List                // the most recent first
	bytes int
}

type kept[V any] struct {
	key   string
	value V
	bytes int
}

func (r *recent[V]) get(key string) (value V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.byKey[key]
	if !ok {
		return value, false
	}
	r.used.MoveToFront(e)
	return e.Value.(*kept[V]).value, true
}

// put keeps a value of that many bytes. A key that is already kept stays unchanged.
func (r *recent[V]) put(key string, value V, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.byKey[key]; ok {
		return
	}
	if r.byKey == nil {
		r.byKey = map[string]*list.Element{}
	}
	r.byKey[key] = r.used.PushFront(&kept[V]{key, value, bytes})
	r.bytes += bytes
	for r.used.Len() > r.entriesMax || r.bytes > r.bytesMax {
		oldest := r.used.Remove(r.used.Back()).(*kept[V])
		delete(r.byKey, oldest.key)
		r.bytes -= oldest.bytes
	}
}
