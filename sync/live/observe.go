package live

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// watcher is one observer of a tab. observe() gets changes, observeQuery() (live) gets a result.
type watcher struct {
	tab    string
	id     uint32
	model  string // "" for all
	key    string // a record id, "" for all
	filter *query.Predicate
	leads  []string // the other models that the filter leads to
	live   *liveResult
}

// Observe begins an observer. The answer names the commit after which its first change comes.
func (l *Live) Observe(ev Observation) {
	if ev.Of != "" {
		l.follow(ev)
		return
	}
	w := &watcher{tab: ev.Call.Tab, id: ev.Observer, model: ev.Model, key: ev.ID}
	if len(l.watchers) >= observersMax {
		l.line.Fail(ev.Call, app.NewError(app.CodeBadRequest, "More than "+strconv.Itoa(observersMax)+
			" observers are open. Unsubscribe those that are no longer needed."))
		return
	}
	if sh := l.setup.Shape(ev.Model); sh != nil {
		filter, err := query.ParseRelated(l.setup.Schema, sh.Model, ev.Filter)
		if err != nil {
			l.line.Fail(ev.Call, app.NewError(app.CodeInvalidValue, "The criteria are not valid: "+err.Error()))
			return
		}
		w.filter, w.leads = filter, filter.Models()
		if ev.Live {
			keys, problem := sortKeys(sh, ev.Sort)
			if problem != nil {
				l.line.Fail(ev.Call, problem)
				return
			}
			w.live = &liveResult{keys: keys, page: query.Page{Limit: max(ev.Limit, 0), Number: max(ev.Page, 0)}}
		}
	} else if ev.Model != "" || ev.Live {
		l.line.Fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	l.Unobserve(w.tab, w.id)
	l.watchers = append(l.watchers, w)
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	l.line.Reply(ev.Call, b.Object().Text())
	if w.live != nil {
		l.sendAll(w)
	} else if ev.Since > 0 {
		l.catchUp(w, ev.Since)
	}
}

// catchUp sends an observer what changed while no engine was running.
func (l *Live) catchUp(w *watcher, since uint64) {
	var changes []store.Change
	keys, order := l.door.Image.Since(since)
	for _, key := range keys {
		c := store.Change{Key: key, After: l.door.Image.View(key)}
		c.Order = l.door.Image.OrderOf(key)
		if c.Order <= order {
			c.Before = l.lastKnown(key)
		}
		if c.Before.Exists() || c.After.Exists() {
			changes = append(changes, c)
		}
	}
	l.tell(w, changes, query.NewAround(l.door.Image))
}

// lastKnown is the newest that is left of a record: its row, the row of its tombstone, or its key alone.
func (l *Live) lastKnown(key store.Key) record.Value {
	if row, ok := l.door.Image.Row(key); ok {
		return row.Base
	}
	if m := l.setup.Schema.Model(key.Model); m != nil {
		if fields, err := m.KeyFields(key.ID); err == nil {
			return fields
		}
	}
	return record.Value{}
}

// Unobserve ends an observer of a tab. An unknown one is ignored.
func (l *Live) Unobserve(tab string, id uint32) {
	l.watchers = slices.DeleteFunc(l.watchers, func(w *watcher) bool { return w.tab == tab && w.id == id })
	l.unfollow(func(f *follower) bool { return f.tab == tab && f.id == id })
}

// Changed tells every observer what a commit changed: each change once, in the order of the commit. Filters are
// evaluated on the image that includes the commit.
func (l *Live) Changed(changes []store.Change) {
	if len(changes) == 0 {
		return
	}
	around := query.NewAround(l.door.Image)
	for _, w := range l.watchers {
		if w.live != nil {
			if patch := l.updateLive(w, changes, around); !patch.empty() {
				l.sendLive(w, patch, false)
			}
			continue
		}
		l.tell(w, changes, around)
	}
}

func (l *Live) tell(w *watcher, changes []store.Change, around *query.Around) {
	var list record.ListBuilder
	for _, c := range changes {
		if message := w.message(c, around); message.Exists() {
			list.Add(message)
		}
	}
	if list.Len() == 0 {
		return
	}
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	b.Set("changes", list.List())
	l.host.Notify(w.tab, w.id, b.Object().Text())
}

// message is a change in the form that observe() gives, Missing when it is not for this observer. A change of the
// server's bookkeeping alone is none to the app, which has seen its values before.
func (w *watcher) message(c store.Change, around *query.Around) record.Value {
	if c.MetaOnly || w.model != "" && w.model != c.Key.Model || w.key != "" && w.key != c.Key.ID {
		return record.Value{}
	}
	opType, element := "UPDATE", c.After
	switch {
	case !c.Before.Exists():
		opType = "INSERT"
	case !c.After.Exists():
		opType, element = "DELETE", c.Before
	}
	if !w.filter.MatchAround(element, around) {
		return record.Value{}
	}
	var b record.Builder
	b.SetString("opType", opType)
	b.SetString("model", c.Key.Model)
	b.Set("element", element)
	return b.Object()
}
