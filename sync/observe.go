package sync

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// watcher is one observer of a tab: observe() hears changes, observeQuery() (live) a result.
type watcher struct {
	tab    string
	id     uint32
	model  string // "" for all
	key    string // a record id, "" for all
	filter *query.Predicate
	live   *liveResult
}

func (e *Engine) observe(ev Observe) {
	if ev.Of != "" {
		e.follow(ev)
		return
	}
	w := &watcher{tab: ev.Call.Tab, id: ev.Observer, model: ev.Model, key: ev.ID}
	if len(e.watchers) >= observersMax {
		e.fail(ev.Call, app.NewError(app.CodeBadRequest, "More than "+strconv.Itoa(observersMax)+
			" observers are open. Unsubscribe those that are no longer needed."))
		return
	}
	if sh := e.setup.Shape(ev.Model); sh != nil {
		filter, err := query.Parse(sh.Model, ev.Filter, query.Client)
		if err != nil {
			e.fail(ev.Call, app.NewError(app.CodeInvalidValue, "The criteria are not valid: "+err.Error()))
			return
		}
		w.filter = filter
		if ev.Live {
			keys, problem := sortKeys(sh, ev.Sort)
			if problem != nil {
				e.fail(ev.Call, problem)
				return
			}
			w.live = &liveResult{keys: keys, page: query.Page{Limit: max(ev.Limit, 0), Number: max(ev.Page, 0)}}
		}
	} else if ev.Model != "" || ev.Live {
		e.fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	e.unobserve(w.tab, w.id)
	e.watchers = append(e.watchers, w)
	var b record.Builder
	b.SetInt("seq", int64(e.door.Image().Seq()))
	e.reply(ev.Call, b.Object().Text())
	if w.live != nil {
		e.sendAll(w)
	} else if ev.Since > 0 {
		e.catchUp(w, ev.Since)
	}
}

// catchUp tells an observer what changed while no engine was there to tell it.
func (e *Engine) catchUp(w *watcher, since uint64) {
	var changes []store.Change
	keys, order := e.door.Image().Since(since)
	for _, key := range keys {
		c := store.Change{Key: key, After: e.door.Image().View(key)}
		c.Order = e.door.Image().OrderOf(key)
		if c.Order <= order {
			c.Before = e.lastKnown(key)
		}
		if c.Before.Exists() || c.After.Exists() {
			changes = append(changes, c)
		}
	}
	e.tell(w, changes)
}

// lastKnown is the newest that is left of a record: its row, a tombstone's too, or its key.
func (e *Engine) lastKnown(key store.Key) record.Value {
	if row, ok := e.door.Image().Row(key); ok {
		return row.Base
	}
	if m := e.setup.Schema().Model(key.Model); m != nil {
		if fields, err := m.KeyFields(key.ID); err == nil {
			return fields
		}
	}
	return record.Value{}
}

func (e *Engine) unobserve(tab string, id uint32) {
	e.watchers = slices.DeleteFunc(e.watchers, func(w *watcher) bool { return w.tab == tab && w.id == id })
	e.unfollow(func(f *follower) bool { return f.tab == tab && f.id == id })
}

// notify tells every observer what a commit changed: each change once, in the commit's order.
func (e *Engine) notify(changes []store.Change) {
	if len(changes) == 0 {
		return
	}
	for _, w := range e.watchers {
		if w.live != nil {
			if patch := e.updateLive(w, changes); !patch.empty() {
				e.sendLive(w, patch, false)
			}
			continue
		}
		e.tell(w, changes)
	}
}

func (e *Engine) tell(w *watcher, changes []store.Change) {
	var list record.ListBuilder
	for _, c := range changes {
		if message := w.message(c); message.Exists() {
			list.Add(message)
		}
	}
	if list.Len() == 0 {
		return
	}
	var b record.Builder
	b.SetInt("seq", int64(e.door.Image().Seq()))
	b.Set("changes", list.List())
	e.emit(Notify{Tab: w.tab, Observer: w.id, Body: b.Object().Text()})
}

// message is a change as observe() gives it, Missing when it is not for this observer. What only
// the server's bookkeeping changed was shown before: it is no change to the app.
func (w *watcher) message(c store.Change) record.Value {
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
	if !w.filter.Match(element) {
		return record.Value{}
	}
	var b record.Builder
	b.SetString("opType", opType)
	b.SetString("model", c.Key.Model)
	b.Set("element", element)
	return b.Object()
}
