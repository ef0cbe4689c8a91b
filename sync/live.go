package sync

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// liveResult is the result of an observeQuery as its tab knows it.
type liveResult struct {
	keys []query.SortKey
	rows []liveRow // sorted by keys, then by order of first appearance
}

type liveRow struct {
	id    string
	order uint64
	row   record.Value
}

func (r *liveResult) compare(a, b liveRow) int {
	if c := query.Compare(a.row, b.row, r.keys); c != 0 {
		return c
	}
	switch {
	case a.order < b.order:
		return -1
	case a.order > b.order:
		return 1
	}
	return 0
}

// fillLive answers the query anew and returns all rows.
func (e *Engine) fillLive(w *watcher) []record.Value {
	sh := e.shapes[w.model]
	w.live.rows = nil
	if sh == nil {
		return nil
	}
	rows := e.image.Select(w.model, w.filter, w.live.keys, query.Page{})
	for _, row := range rows {
		if id, err := sh.model.RecordID(row); err == nil {
			order := e.image.OrderOf(store.Key{Model: w.model, ID: id})
			w.live.rows = append(w.live.rows, liveRow{id, order, row})
		}
	}
	return rows
}

// updateLive brings changes into a result. put are rows that came in or changed; moved tells that
// the order or the membership is another one.
func (e *Engine) updateLive(w *watcher, changes []store.Change) (put []record.Value, moved bool) {
	touched := map[string]bool{}
	var fresh []liveRow
	for _, c := range changes {
		if c.Key.Model != w.model {
			continue
		}
		touched[c.Key.ID] = true
		if c.After.Exists() && w.filter.Match(c.After) {
			fresh = append(fresh, liveRow{c.Key.ID, c.Order, c.After})
			put = append(put, c.After)
		}
	}
	if len(touched) == 0 {
		return nil, false
	}
	r := w.live
	before := make([]string, len(r.rows))
	for i := range r.rows {
		before[i] = r.rows[i].id
	}
	r.rows = slices.DeleteFunc(r.rows, func(l liveRow) bool { return touched[l.id] })
	sort.SliceStable(fresh, func(a, b int) bool { return r.compare(fresh[a], fresh[b]) < 0 })
	r.rows = r.merged(fresh)
	moved = len(before) != len(r.rows)
	for i := 0; !moved && i < len(before); i++ {
		moved = before[i] != r.rows[i].id
	}
	return put, moved
}

// merged unites the kept rows with sorted new ones.
func (r *liveResult) merged(fresh []liveRow) []liveRow {
	if len(fresh) == 0 {
		return r.rows
	}
	all := make([]liveRow, 0, len(r.rows)+len(fresh))
	i := 0
	for _, f := range fresh {
		for i < len(r.rows) && r.compare(r.rows[i], f) <= 0 {
			all = append(all, r.rows[i])
			i++
		}
		all = append(all, f)
	}
	return append(all, r.rows[i:]...)
}

func (e *Engine) sendLive(w *watcher, put []record.Value, moved bool) {
	var rows, order record.ListBuilder
	for _, row := range put {
		rows.Add(row)
	}
	mp := e.pull.models[w.model]
	var b record.Builder
	b.SetInt("seq", int64(e.image.Seq()))
	b.SetBool("isSynced", mp != nil && mp.synced)
	b.Set("put", rows.List())
	if moved {
		for i := range w.live.rows {
			order.AddString(w.live.rows[i].id)
		}
		b.Set("order", order.List())
	}
	e.emit(Notify{Tab: w.tab, Observer: w.id, Body: b.Object().Text()})
}

// notifySynced tells the observers of a model that its first sync is done.
func (e *Engine) notifySynced(model string) {
	for _, w := range e.watchers {
		if w.live != nil && w.model == model {
			e.sendLive(w, nil, false)
		}
	}
}

// refreshLive answers all live queries anew, after a clear.
func (e *Engine) refreshLive() {
	for _, w := range e.watchers {
		if w.live != nil {
			e.sendLive(w, e.fillLive(w), true)
		}
	}
}
