package memory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/server"
)

// index holds keys in sorted order.
type index struct{ keys []indexKey }

type indexKey struct{ text, id string }

func compareKeys(a, b indexKey) int {
	return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.id, b.id))
}

func (i *index) put(k indexKey) {
	if at, found := slices.BinarySearchFunc(i.keys, k, compareKeys); !found {
		i.keys = slices.Insert(i.keys, at, k)
	}
}

func (i *index) drop(k indexKey) {
	if at, found := slices.BinarySearchFunc(i.keys, k, compareKeys); found {
		i.keys = slices.Delete(i.keys, at, at+1)
	}
}

// part is the keys of a range, without those of earlier pages.
func (i *index) part(r server.KeyRange) []indexKey {
	place := func(text string) int {
		at, _ := slices.BinarySearchFunc(i.keys, indexKey{text: text}, compareKeys)
		return at
	}
	from, to := place(r.From), len(i.keys)
	if r.To != "" {
		to = place(r.To)
	}
	if r.AfterKey != "" {
		at, found := slices.BinarySearchFunc(i.keys, indexKey{r.AfterKey, r.AfterID}, compareKeys)
		if r.Backwards {
			to = min(to, at)
		} else if from = max(from, at); found {
			from = max(from, at+1)
		}
	}
	if from >= to {
		return nil
	}
	return i.keys[from:to]
}

func indexName(model, name string) string { return model + "/" + name }

func (r reader) RowsByIndex(name string, keys server.KeyRange, span server.Span) ([]server.Row, bool, error) {
	i := r.t.indexes[indexName(name, keys.Index)]
	if i == nil {
		return nil, false, nil
	}
	part := i.part(keys)
	m := r.t.models[name]
	var rows []server.Row
	bytes := 0
	for n := range part {
		key := part[n]
		if keys.Backwards {
			key = part[len(part)-1-n]
		}
		if len(rows) == span.Rows || bytes >= span.Bytes {
			return rows, true, nil
		}
		row := m.rows[key.id]
		rows = append(rows, row)
		bytes += len(row.Text)
	}
	return rows, false, nil
}

func (w *writer) PutKeys(model, id string, changes []server.KeyChange) error {
	for _, c := range changes {
		i := w.t.indexes[indexName(model, c.Index)]
		if i == nil {
			i = &index{}
			w.t.indexes[indexName(model, c.Index)] = i
		}
		if c.Before != "" {
			i.drop(indexKey{c.Before, id})
			w.undo = append(w.undo, func() { i.put(indexKey{c.Before, id}) })
		}
		if c.After != "" {
			i.put(indexKey{c.After, id})
			w.undo = append(w.undo, func() { i.drop(indexKey{c.After, id}) })
		}
	}
	return nil
}

func (w *writer) dropKeys(row server.Row, keysOf func(server.Row) []server.Key) {
	if keysOf == nil {
		return
	}
	var changes []server.KeyChange
	for _, key := range keysOf(row) {
		changes = append(changes, server.KeyChange{Index: key.Index, Before: key.Text})
	}
	w.PutKeys(row.Model, row.ID, changes)
}

func (r reader) Indexes() ([]server.IndexName, error) {
	var names []server.IndexName
	for name, i := range r.t.indexes {
		if model, index, ok := strings.Cut(name, "/"); ok && len(i.keys) > 0 {
			names = append(names, server.IndexName{Model: model, Name: index})
		}
	}
	slices.SortFunc(names, func(a, b server.IndexName) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Name, b.Name))
	})
	return names, nil
}

func (w *writer) DropKeys(name server.IndexName, most int) (int, error) {
	i := w.t.indexes[indexName(name.Model, name.Name)]
	if i == nil {
		return 0, nil
	}
	removed := slices.Clone(i.keys[:min(most, len(i.keys))])
	i.keys = i.keys[len(removed):]
	w.undo = append(w.undo, func() { i.keys = append(removed, i.keys...) })
	return len(removed), nil
}
