package live

import (
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// affected finds the records of a live query's model whose match may differ after changes of other models. It walks
// back from each changed record over every relation of the filter. ok is false when there are so many that answering
// the query anew costs less.
//
// When several records on one path changed together, the walk from the one nearest to the query's model is enough: the
// records between it and that model did not change, and its own foreign keys before the change are known.
func (l *Live) affected(w *watcher, changes []store.Change) (rows []store.Change, ok bool) {
	if len(w.leads) == 0 {
		return nil, true
	}
	left := affectedOneByOneMax
	if len(changes) > changesOneByOneMax {
		return nil, false
	}
	seen := map[string]bool{}
	for _, c := range changes {
		if c.Key.Model == w.model {
			seen[c.Key.ID] = true
		}
	}
	sh := l.setup.Shape(w.model)
	l.back(w.filter, changes, &left, func(row record.Value) {
		id, err := sh.Model.RecordID(row)
		if err != nil || seen[id] {
			return
		}
		seen[id] = true
		key := store.Key{Model: w.model, ID: id}
		rows = append(rows, store.Change{Key: key, Before: row, After: row, Order: l.door.Image.OrderOf(key)})
	})
	return rows, left >= 0
}

// back calls found with each record whose match by a filter may differ after the changes. left is how many more records
// it may look at.
func (l *Live) back(p *query.Predicate, changes []store.Change, left *int, found func(row record.Value)) {
	p.EachRelated(func(r *query.Related) {
		back := r.Back()
		from := func(other record.Value) {
			l.door.Image.Joined(back, other, func(row record.Value) bool {
				if *left--; *left >= 0 {
					found(row)
				}
				return *left >= 0
			})
		}
		for i := range changes {
			if c := &changes[i]; c.Key.Model == r.Target.Name {
				from(c.Before)
				from(c.After)
			}
		}
		l.back(r.Inner, changes, left, from)
	})
}

// answerAnew answers a live query anew when the models that its filter leads to changed much, and returns the patch of
// its page. Rows that did not change themselves keep their order, so one walk compares the old result with the new one.
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
