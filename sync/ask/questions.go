package ask

import "github.com/deltabase/deltabase/sync/clock"

// Questions are those of one kind. Each is about something with an id, and is put to one tab at a time. When that tab
// is gone, or silent for a while, the room that asks puts it to the next one. The first answer counts, even from a tab
// that was asked earlier, until the question is closed.
type Questions struct {
	tabs   *Tabs
	clock  *clock.Clock
	timer  string
	waitMs int64
	open   map[string]*question
	asks   map[uint64]string // effect -> id of the question
}

type question struct {
	tab   string // who is asked now, "" for nobody
	tried map[string]bool
	asks  []uint64
}

// New makes a kind of questions that wait waitMs for each tab. timer is the prefix of their timers' names.
func New(tabs *Tabs, c *clock.Clock, timer string, waitMs int64) *Questions {
	return &Questions{tabs: tabs, clock: c, timer: timer, waitMs: waitMs, open: map[string]*question{},
		asks: map[uint64]string{}}
}

// Next is the tab to ask: first the one named, then the oldest one that fits and was not asked yet; nil when there is
// none left.
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

// Put notes that the engine asks a tab, which Next gave, by an effect. It calls silent when the tab has not answered in
// time.
func (q *Questions) Put(id string, t *Tab, effect uint64, silent func()) {
	one := q.open[id]
	one.tab, one.tried[t.Name] = t.Name, true
	one.asks = append(one.asks, effect)
	q.asks[effect] = id
	q.clock.After(q.timer+id, q.waitMs, silent)
}

// Asked finds the question that an answer belongs to; false when the question is closed.
func (q *Questions) Asked(effect uint64) (id string, open bool) {
	id, open = q.asks[effect]
	return id, open
}

// Refused makes any further answer to an effect count for nothing.
func (q *Questions) Refused(effect uint64) { delete(q.asks, effect) }

// With is the tab that is being asked, "" for none.
func (q *Questions) With(id string) string {
	if one := q.open[id]; one != nil {
		return one.tab
	}
	return ""
}

// Open reports whether a question is not closed yet.
func (q *Questions) Open(id string) bool { return q.open[id] != nil }

// Tried reports whether any tab was asked.
func (q *Questions) Tried(id string) bool { return q.open[id] != nil && len(q.open[id].tried) > 0 }

// Release stops waiting for the tab that is being asked. An answer of that tab still counts.
func (q *Questions) Release(id string) {
	if one := q.open[id]; one != nil {
		one.tab = ""
	}
	q.clock.Forget(q.timer + id)
}

// Retract makes the answers to earlier asks of a question count for nothing, so that the tab that is being asked can be
// asked again.
func (q *Questions) Retract(id string) {
	if one := q.open[id]; one != nil {
		q.forget(one)
		delete(one.tried, one.tab)
	}
	q.Release(id)
}

// Anew lets a question be put again to tabs that were asked already.
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

// Close forgets a question, so that later answers count for nothing. It reports whether the question was open.
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
