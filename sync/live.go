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

// livePatch is what a commit changes of a result: which rows of the old list go, and which come at
// which places of the new one. A row that changed in its place is in both.
type livePatch struct {
	out []int // places in the old list, ascending
	at  []int // places in the new list, ascending
	put []record.Value
}

func (p livePatch) empty() bool { return len(p.out) == 0 && len(p.at) == 0 }

// updateLive brings changes into a result.
func (e *Engine) updateLive(w *watcher, changes []store.Change) livePatch {
	var patch livePatch
	var fresh []liveRow
	for _, c := range changes {
		if c.Key.Model != w.model {
			continue
		}
		if place := w.placeOf(c); place >= 0 {
			patch.out = append(patch.out, place)
		}
		if c.After.Exists() && w.filter.Match(c.After) {
			fresh = append(fresh, liveRow{c.Key.ID, c.Order, c.After})
		}
	}
	r := w.live
	sort.Ints(patch.out)
	sort.SliceStable(fresh, func(a, b int) bool { return r.compare(fresh[a], fresh[b]) < 0 })
	r.drop(patch.out)
	patch.at = r.insert(fresh)
	for _, l := range fresh {
		patch.put = append(patch.put, l.row)
	}
	return patch
}

// placeOf finds the row that a change is about in the result as it is, -1 when it is not there.
func (w *watcher) placeOf(c store.Change) int {
	if !c.Before.Exists() || !w.filter.Match(c.Before) {
		return -1
	}
	r := w.live
	was := liveRow{c.Key.ID, c.Order, c.Before}
	i := sort.Search(len(r.rows), func(i int) bool { return r.compare(r.rows[i], was) >= 0 })
	if i < len(r.rows) && r.rows[i].id == c.Key.ID {
		return i
	}
	return slices.IndexFunc(r.rows, func(l liveRow) bool { return l.id == c.Key.ID }) // its order is a new one
}

func (r *liveResult) drop(places []int) {
	if len(places) == 0 {
		return
	}
	kept := r.rows[:places[0]]
	for i, place := range places {
		end := len(r.rows)
		if i+1 < len(places) {
			end = places[i+1]
		}
		kept = append(kept, r.rows[place+1:end]...)
	}
	clear(r.rows[len(kept):])
	r.rows = kept
}

// insert brings in sorted rows and returns their places.
func (r *liveResult) insert(fresh []liveRow) []int {
	if len(fresh) == 0 {
		return nil
	}
	places := make([]int, len(fresh))
	for i, f := range fresh {
		places[i] = i + sort.Search(len(r.rows), func(n int) bool { return r.compare(r.rows[n], f) > 0 })
	}
	end := len(r.rows)
	r.rows = slices.Grow(r.rows, len(fresh))[:end+len(fresh)]
	for i := len(fresh) - 1; i >= 0; i-- {
		from := places[i] - i
		copy(r.rows[places[i]+1:], r.rows[from:end])
		r.rows[places[i]] = fresh[i]
		end = from
	}
	return places
}

// sendLive sends what changed of a result, or with all set the whole of it.
func (e *Engine) sendLive(w *watcher, patch livePatch, all bool) {
	var rows record.ListBuilder
	for _, row := range patch.put {
		rows.Add(row)
	}
	mp := e.pull.models[w.model]
	var b record.Builder
	b.SetInt("seq", int64(e.image.Seq()))
	b.SetBool("isSynced", mp != nil && mp.synced)
	if all {
		b.SetBool("all", true)
	}
	places := func(name string, list []int) {
		if len(list) == 0 {
			return
		}
		var numbers record.ListBuilder
		for _, n := range list {
			numbers.Add(record.OfInt(int64(n)))
		}
		b.Set(name, numbers.List())
	}
	places("out", patch.out)
	places("at", patch.at)
	b.Set("put", rows.List())
	e.emit(Notify{Tab: w.tab, Observer: w.id, Body: b.Object().Text()})
}

// sendAll answers a live query anew, as a whole.
func (e *Engine) sendAll(w *watcher) { e.sendLive(w, livePatch{put: e.fillLive(w)}, true) }

// notifySynced tells the observers of a model that its first sync is done.
func (e *Engine) notifySynced(model string) {
	for _, w := range e.watchers {
		if w.live != nil && w.model == model {
			e.sendLive(w, livePatch{}, false)
		}
	}
}

// refreshLive answers all live queries anew, after a clear.
func (e *Engine) refreshLive() {
	for _, w := range e.watchers {
		if w.live != nil {
			e.sendAll(w)
		}
	}
}
