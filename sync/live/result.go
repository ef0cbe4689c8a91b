package live

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// liveResult is the result of an observeQuery. Its tab holds one page of it.
type liveResult struct {
	keys []query.SortKey
	page query.Page
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

// fillLive runs the query anew and returns the rows of its page.
func (l *Live) fillLive(w *watcher) []record.Value {
	sh := l.setup.Shape(w.model)
	w.live.rows = nil
	if sh == nil {
		return nil
	}
	rows := l.selected(w)
	for _, row := range rows {
		if id, err := sh.Model.RecordID(row); err == nil {
			order := l.door.Image.OrderOf(store.Key{Model: w.model, ID: id})
			w.live.rows = append(w.live.rows, liveRow{id, order, row})
		}
	}
	from, to := w.live.page.Slice(len(rows))
	return rows[from:to]
}

// selected is every row that a live query matches, not only its page.
func (l *Live) selected(w *watcher) []record.Value {
	if w.key == "" {
		return l.door.Image.Select(w.model, w.filter, w.live.keys, query.Page{})
	}
	if view := l.door.Image.View(store.Key{Model: w.model, ID: w.key}); view.Exists() {
		return []record.Value{view}
	}
	return nil
}

// livePatch is what a commit changes in a list: the places of the rows that go, and the places at which rows come. A
// row that changed in its place is in both lists.
type livePatch struct {
	out []int // places in the old list, ascending
	at  []int // places in the new list, ascending
	put []record.Value
}

func (p livePatch) empty() bool { return len(p.out) == 0 && len(p.at) == 0 }

// updateLive applies changes to a result and returns the patch of its page.
func (l *Live) updateLive(w *watcher, changes []store.Change, around *query.Around) livePatch {
	affected, ok := l.affected(w, changes)
	if !ok {
		return l.answerAnew(w, changes)
	}
	var patch livePatch
	var fresh []liveRow
	bring := func(c store.Change, changed bool) {
		place := w.placeOf(c)
		holds := c.After.Exists() && w.filter.MatchAround(c.After, around)
		if !changed && holds == (place >= 0) {
			return
		}
		if place >= 0 {
			patch.out = append(patch.out, place)
		}
		if holds {
			fresh = append(fresh, liveRow{c.Key.ID, c.Order, c.After})
		}
	}
	for _, c := range changes {
		if c.Key.Model == w.model && (w.key == "" || w.key == c.Key.ID) {
			bring(c, true)
		}
	}
	for _, c := range affected {
		bring(c, false)
	}
	r := w.live
	sort.Slice(patch.out, func(a, b int) bool { return patch.out[a] < patch.out[b] })
	sort.SliceStable(fresh, func(a, b int) bool { return r.compare(fresh[a], fresh[b]) < 0 })
	before := len(r.rows)
	r.drop(patch.out)
	patch.at = r.insert(fresh)
	for _, l := range fresh {
		patch.put = append(patch.put, l.row)
	}
	return r.paged(patch, before)
}

// paged narrows a patch of the whole result, which had before rows, to the result's page. Rows that neither went nor
// came keep their order, so the two pages share one unbroken range of them.
func (r *liveResult) paged(patch livePatch, before int) livePatch {
	if r.page.Limit <= 0 {
		return patch
	}
	oldFrom, oldTo := r.page.Slice(before)
	newFrom, newTo := r.page.Slice(len(r.rows))
	wentFrom, cameFrom := sort.SearchInts(patch.out, oldFrom), sort.SearchInts(patch.at, newFrom)
	sharedFrom := max(oldFrom-wentFrom, newFrom-cameFrom)
	sharedTo := min(oldTo-sort.SearchInts(patch.out, oldTo), newTo-sort.SearchInts(patch.at, newTo))
	shared := func(kept int) bool { return kept >= sharedFrom && kept < sharedTo }
	var page livePatch
	for place, went := oldFrom, wentFrom; place < oldTo; place++ {
		if went < len(patch.out) && patch.out[went] == place {
			went++
		} else if shared(place - went) {
			continue
		}
		page.out = append(page.out, place-oldFrom)
	}
	for place, came := newFrom, cameFrom; place < newTo; place++ {
		if came < len(patch.at) && patch.at[came] == place {
			came++
		} else if shared(place - came) {
			continue
		}
		page.at = append(page.at, place-newFrom)
		page.put = append(page.put, r.rows[place].row)
	}
	return page
}

// placeOf finds the row of a change in the old result, -1 when the row is not in it.
func (w *watcher) placeOf(c store.Change) int {
	if !c.Before.Exists() || len(w.leads) == 0 && !w.filter.Match(c.Before) {
		return -1 // a filter that leads to other models can't be evaluated as it was before the change
	}
	r := w.live
	was := liveRow{c.Key.ID, c.Order, c.Before}
	i := sort.Search(len(r.rows), func(i int) bool { return r.compare(r.rows[i], was) >= 0 })
	if i < len(r.rows) && r.rows[i].id == c.Key.ID {
		return i
	}
	return slices.IndexFunc(r.rows, func(l liveRow) bool { return l.id == c.Key.ID }) // not where its old row would be
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

// sendLive sends a patch of a result; with all set, the whole result.
func (l *Live) sendLive(w *watcher, patch livePatch, all bool) {
	var rows record.ListBuilder
	for _, row := range patch.put {
		rows.Add(row)
	}
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	b.SetBool("isSynced", l.host.Synced(w.model))
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
	l.host.Notify(w.tab, w.id, b.Object().Text())
}

// sendAll answers a live query anew and sends the whole result.
func (l *Live) sendAll(w *watcher) { l.sendLive(w, livePatch{put: l.fillLive(w)}, true) }

// Synced tells the observers of a model that its first sync is complete.
func (l *Live) Synced(model string) {
	for _, w := range l.watchers {
		if w.live != nil && w.model == model {
			l.sendLive(w, livePatch{}, false)
		}
	}
}

// Refresh answers all live queries anew. The engine calls it after a clear.
func (l *Live) Refresh() {
	for _, w := range l.watchers {
		if w.live != nil {
			l.sendAll(w)
		}
	}
}
