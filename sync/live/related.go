package live

import (
	"slices"

	"github.com/deltabase/deltabase/store"
)

// asksAnew reports changes that a live query is best answered anew for: of a model that its filter leads to, and
// so many of its own that looking for each in the result costs more.
func (w *watcher) asksAnew(changes []store.Change) bool {
	if len(w.leads) == 0 {
		return false
	}
	anew := len(changes) > changesOneByOneMax
	for i := range changes {
		anew = anew || slices.Contains(w.leads, changes[i].Key.Model)
	}
	return anew
}

// answerAnew answers a live query whose filter is about a model that changed, and tells what became another
// one of its page. Rows that did not change themselves keep their order, so that the old result and the new
// one are compared in one walk.
func (l *Live) answerAnew(w *watcher, changes []store.Change) livePatch {
	changed := map[string]bool{}
	for _, c := range changes {
		if c.Key.Model == w.model {
			changed[c.Key.ID] = true
		}
	}
	r := w.live
	old := r.rows
	l.fillLive(w)
	var patch livePatch
	for from, to := 0, 0; from < len(old) || to < len(r.rows); {
		goes, comes := to == len(r.rows), from == len(old)
		if !goes && !comes {
			was, is := &old[from], &r.rows[to]
			goes = changed[was.id]
			comes = !goes && changed[is.id]
			if !goes && !comes && was.id != is.id {
				goes = r.compare(*was, *is) < 0
				comes = !goes
			}
		}
		if goes {
			patch.out = append(patch.out, from)
		} else if comes {
			patch.at = append(patch.at, to)
			patch.put = append(patch.put, r.rows[to].row)
		}
		if !comes {
			from++
		}
		if !goes {
			to++
		}
	}
	return r.paged(patch, len(old))
}
