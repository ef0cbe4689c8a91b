package sync

import (
	"slices"
	"sort"
)

// timers are named points in time at which something is done; setting a name again replaces it.
type timers struct {
	list []timer
	woke int64 // the AtMs of the last Wake, 0 for none
}

type timer struct {
	name string
	at   int64
	fire func()
}

// after sets a timer.
func (e *Engine) after(name string, delayMs int64, fire func()) {
	e.forget(name)
	at := e.nowMs + min(max(delayMs, 0), timerDelayMsMax)
	e.timers.list = append(e.timers.list, timer{name: name, at: at, fire: fire})
}

// forget cancels a timer.
func (e *Engine) forget(name string) {
	e.timers.list = slices.DeleteFunc(e.timers.list, func(t timer) bool { return t.name == name })
}

// at is when a timer is due; false when none of that name is set.
func (t *timers) at(name string) (int64, bool) {
	for _, one := range t.list {
		if one.name == name {
			return one.at, true
		}
	}
	return 0, false
}

// has reports whether a timer of that name is set.
func (t *timers) has(name string) bool {
	_, set := t.at(name)
	return set
}

// sooner is after for a timer that exists: it comes no later than before.
func (e *Engine) sooner(name string, delayMs int64, fire func()) {
	if at, set := e.timers.at(name); !set || at > e.nowMs+delayMs {
		e.after(name, delayMs, fire)
	}
}

// setClock takes over the host's clock. One that was set back would put off what waits by as much, so
// that moves along; one that was set forward fires it early, which harms nothing (wake).
func (e *Engine) setClock(nowMs int64) {
	if back := e.nowMs - nowMs; back > 0 {
		for i := range e.timers.list {
			e.timers.list[i].at -= back
		}
		e.push.clockSetBack(back)
		e.link.clockSetBack(back)
		e.socket.clockSetBack(back)
		for _, r := range e.requests {
			r.sentMs -= back
		}
	}
	e.nowMs = nowMs
}

// tick fires what is due. The host's word that the time has come counts more than the clock it
// shows, so a clock that was set back delays nothing. One that comes late tells of a sleep.
func (e *Engine) tick() {
	now := max(e.nowMs, e.timers.woke)
	slept := e.timers.woke != 0 && e.nowMs-e.timers.woke > sleptMs
	e.timers.woke = 0
	var due []timer
	e.timers.list = slices.DeleteFunc(e.timers.list, func(t timer) bool {
		if t.at <= now {
			due = append(due, t)
		}
		return t.at <= now
	})
	sort.SliceStable(due, func(a, b int) bool { return due[a].at < due[b].at })
	for _, t := range due {
		t.fire()
	}
	if slept {
		e.hinted(true)
	}
}

// wake tells the host when the next timer is due, if that changed.
func (e *Engine) wake() {
	var next int64
	for _, t := range e.timers.list {
		if next == 0 || t.at < next {
			next = max(t.at, 1)
		}
	}
	if next != 0 && next < e.nowMs-timerLateMs {
		next = e.nowMs // the clock was set forward: the host still waits for the old time
	}
	if next != e.timers.woke {
		e.timers.woke = next
		e.emit(Wake{AtMs: next})
	}
}
