package ask

import "github.com/deltabase/deltabase/sync/clock"

// Questions of one kind. Each is about something with an id, and is put to one tab at a time: when that
// is gone, or silent for a while, to the next. The first answer counts, also that of a tab which was
// asked before, until the question is closed.
type Questions struct {
	tabs   *Tabs
	clock  *clock.Clock
	timer  string
	waitMs int64
	open   map[string]*question
	asks   map[uint64]string // effect -> id
}

type question struct {
	tab   string // who is asked now, "" for nobody
	tried map[string]bool
	asks  []uint64
}

// New makes a kind of questions, which wait for each tab for some time. timer begins the names of their
// timers.
func New(tabs *Tabs, c *clock.Clock, timer string, waitMs int64) *Questions {
	return &Questions{tabs: tabs, clock: c, timer: timer, waitMs: waitMs, open: map[string]*question{},
		asks: map[uint64]string{}}
}

// Next is the tab to ask, nil when all that fit were asked: first the one of that name, then by age.
func (q *Questions) Next(id, first string, fits func(*Tab) bool) *Tab {
	one := q.open[id]
	if one == nil {
		one = &question{tried: map[string]bool{}}
		q.open[id] = one
	}
	var next *Tab
	for _, t := range q.tabs.list {
		if !t.Started || !fits(t) || one.tried[t.Name] {
			continue
		}
		if t.Name == first {
			return t
		}
		if next == nil {
			next = t
		}
	}
	return next
}

// Put notes that a tab, which Next gave, is asked by an effect. silent is called when it has not answered in time.
func (q *Questions) Put(id string, t *Tab, effect uint64, silent func()) {
	one := q.open[id]
	one.tab, one.tried[t.Name] = t.Name, true
	one.asks = append(one.asks, effect)
	q.asks[effect] = id
	q.clock.After(q.timer+id, q.waitMs, silent)
}

// Asked finds the question that an answer belongs to; false when it is closed.
func (q *Questions) Asked(effect uint64) (id string, open bool) {
	id, open = q.asks[effect]
	return id, open
}

// Refused makes a second answer to an effect count for nothing.
func (q *Questions) Refused(effect uint64) { delete(q.asks, effect) }

// With is the tab that is being asked, "" for none.
func (q *Questions) With(id string) string {
	if one := q.open[id]; one != nil {
		return one.tab
	}
	return ""
}

// Open reports a question that is not closed.
func (q *Questions) Open(id string) bool { return q.open[id] != nil }

// Tried reports whether any tab was asked.
func (q *Questions) Tried(id string) bool { return q.open[id] != nil && len(q.open[id].tried) > 0 }

// Release stops waiting for the tab that is being asked. Its answer counts all the same.
func (q *Questions) Release(id string) {
	if one := q.open[id]; one != nil {
		one.tab = ""
	}
	q.clock.Forget(q.timer + id)
}

// Retract asks the tab that is being asked for another answer: what it was asked before counts for
// nothing.
func (q *Questions) Retract(id string) {
	if one := q.open[id]; one != nil {
		q.forget(one)
		delete(one.tried, one.tab)
	}
	q.Release(id)
}

// Anew lets a question be put once more to tabs that were asked already.
func (q *Questions) Anew(id string) {
	if one := q.open[id]; one != nil {
		clear(one.tried)
	}
}

// AnewBy is Anew for one tab and all questions.
func (q *Questions) AnewBy(tab string) {
	for _, one := range q.open {
		delete(one.tried, tab)
	}
}

// Close forgets a question: later answers count for nothing. It reports whether there was one.
func (q *Questions) Close(id string) bool {
	q.clock.Forget(q.timer + id)
	one := q.open[id]
	if one == nil {
		return false
	}
	q.forget(one)
	delete(q.open, id)
	return true
}

func (q *Questions) forget(one *question) {
	for _, effect := range one.asks {
		delete(q.asks, effect)
	}
	one.asks = nil
}
