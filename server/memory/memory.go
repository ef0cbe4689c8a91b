// Package memory keeps the server's tables in memory: for tests, for the simulation, and for demos that need no durable
// data.
package memory

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"slices"
	"sort"
	"sync"

	"github.com/deltabase/deltabase/server"
)

// Tables implement server.Tables. Readers run in parallel; a writer runs alone.
type Tables struct {
	mu       sync.RWMutex
	closed   bool
	bytesMax int

	bytes    int // bytes of row texts, log and mutation ids
	position server.Position
	models   map[string]*model
	log      []server.Entry // in order of Seq
	applied  map[string]server.Applied
	// remembered holds the keys of applied in the order in which they were added, so sorted by time.
	remembered []string
	indexes    map[string]*index // by model and name
	notes      map[string]string
}

// model holds the rows of one model in two orders.
type model struct {
	rows map[string]server.Row
	ids  []string // sorted
	// order lists every row by Seq. It also holds places that rows have left; readers skip those, and they are removed
	// once they are the majority.
	order []place
}

type place struct {
	seq int64
	id  string
}

// New makes empty tables. bytesMax bounds the row texts that they hold; a write beyond it fails with code storage_full.
// 0 means no bound.
func New(bytesMax int) *Tables { return NewFrom(bytesMax, rand.Reader) }

// NewFrom makes empty tables that read their generation and secret from random, 40 bytes in all, so that tables from
// the same bytes behave the same. random must not fail.
func NewFrom(bytesMax int, random io.Reader) *Tables {
	drawn := make([]byte, 40)
	if _, err := io.ReadFull(random, drawn); err != nil {
		panic("memory: no randomness: " + err.Error())
	}
	return &Tables{
		bytesMax: bytesMax,
		position: server.Position{
			Generation: hex.EncodeToString(drawn[:8]),
			Secret:     drawn[8:],
			LogFrom:    1,
		},
		models:  map[string]*model{},
		applied: map[string]server.Applied{},
		indexes: map[string]*index{},
		notes:   map[string]string{},
	}
}

var errClosed = &server.StorageError{
	Code:    server.StorageClosed,
	Message: "the database was closed; the server is shutting down",
}

// View runs f while no writer runs.
func (t *Tables) View(f func(server.Reader) error) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.closed {
		return errClosed
	}
	return f(reader{t})
}

// Update runs f alone, and undoes what it wrote when it fails or panics.
func (t *Tables) Update(f func(server.Writer) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errClosed
	}
	w := &writer{reader: reader{t}, position: t.position, bytes: t.bytes,
		log: len(t.log), remembered: len(t.remembered)}
	committed := false
	defer func() {
		if !committed {
			w.rollback()
		}
	}()
	if err := f(w); err != nil {
		return err
	}
	if t.bytesMax > 0 && t.bytes > t.bytesMax {
		return &server.StorageError{
			Code:    server.StorageFull,
			Message: "the database is full: nothing was written; raise its size or delete records",
		}
	}
	w.finish()
	committed = true
	return nil
}

// Close makes every later call fail.
func (t *Tables) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return nil
}

type reader struct{ t *Tables }

func (r reader) Position() (server.Position, error) { return r.t.position, nil }

func (r reader) Row(name, id string) (server.Row, bool, error) {
	m := r.t.models[name]
	if m == nil {
		return server.Row{}, false, nil
	}
	row, ok := m.rows[id]
	return row, ok, nil
}

func (r reader) RowsByKey(name, after string, span server.Span) ([]server.Row, bool, error) {
	m := r.t.models[name]
	if m == nil {
		return nil, false, nil
	}
	from := sort.Search(len(m.ids), func(i int) bool { return m.ids[i] > after })
	var rows []server.Row
	bytes := 0
	for _, id := range m.ids[from:] {
		if len(rows) == span.Rows || bytes >= span.Bytes {
			return rows, true, nil
		}
		row := m.rows[id]
		rows = append(rows, row)
		bytes += len(row.Text)
	}
	return rows, false, nil
}

func (r reader) RowsSince(name string, afterSeq int64, span server.Span) ([]server.Row, bool, error) {
	m := r.t.models[name]
	if m == nil {
		return nil, false, nil
	}
	from := sort.Search(len(m.order), func(i int) bool { return m.order[i].seq > afterSeq })
	var rows []server.Row
	bytes := 0
	for _, p := range m.order[from:] {
		row, ok := m.rows[p.id]
		if !ok || row.Seq != p.seq {
			continue
		}
		if len(rows) == span.Rows || bytes >= span.Bytes {
			return rows, true, nil
		}
		rows = append(rows, row)
		bytes += len(row.Text)
	}
	return rows, false, nil
}

func (r reader) ChangesSince(name string, fromMs, afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return r.entries(afterSeq, span, func(e server.Entry) bool {
		return e.Model == name && e.ChangedAt >= fromMs
	})
}

func (r reader) Log(afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return r.entries(afterSeq, span, func(server.Entry) bool { return true })
}

func (r reader) entries(afterSeq int64, span server.Span, wanted func(server.Entry) bool) ([]server.Entry, bool, error) {
	log := r.t.log
	from := sort.Search(len(log), func(i int) bool { return log[i].Seq > afterSeq })
	var found []server.Entry
	bytes := 0
	for _, e := range log[from:] {
		if !wanted(e) {
			continue
		}
		if len(found) == span.Rows || bytes >= span.Bytes {
			return found, true, nil
		}
		found = append(found, e)
		bytes += len(e.Text)
	}
	return found, false, nil
}

func (r reader) Applied(mutationID string) (server.Applied, bool, error) {
	a, ok := r.t.applied[mutationID]
	return a, ok, nil
}

func (r reader) Note(name string) (string, error) { return r.t.notes[name], nil }

func (m *model) insert(row server.Row) {
	if _, ok := m.rows[row.ID]; !ok {
		at, _ := slices.BinarySearch(m.ids, row.ID)
		m.ids = slices.Insert(m.ids, at, row.ID)
	}
	m.rows[row.ID] = row
}

func (m *model) remove(id string) {
	if at, ok := slices.BinarySearch(m.ids, id); ok {
		m.ids = slices.Delete(m.ids, at, at+1)
	}
	delete(m.rows, id)
}

func (m *model) sweep() {
	if len(m.order) < 1_000 || len(m.order) < 2*len(m.rows) {
		return
	}
	m.order = slices.DeleteFunc(m.order, func(p place) bool {
		row, ok := m.rows[p.id]
		return !ok || row.Seq != p.seq
	})
}
