package clock

import (
	"slices"
	"sort"
)

// Clock holds named timers. Setting a timer of the same name again replaces the earlier one.
type Clock struct {
	nowMs int64
	seed  uint64
	list  []timer
	woke  int64 // the time of the last Wake, 0 for none
}

type timer struct {
	name string
	at   int64
	fire func()
}

// NowMs is the host's time, ms since 1970.
func (c *Clock) NowMs() int64 { return c.nowMs }

// Set takes over the host's time and random number. When the host's clock was set back, every timer is moved back with
// it, else it would fire that much too late; Set returns by how much, mostly 0. When the clock was set forward, timers
// fire early, which does no harm (Next).
func (c *Clock) Set(nowMs int64, random uint64) (backMs int64) {
	backMs = max(c.nowMs-nowMs, 0)
	for i := range c.list {
		c.list[i].at -= backMs
	}
	c.nowMs, c.seed = nowMs, random
	return backMs
}

// After sets a timer.
func (c *Clock) After(name string, delayMs int64, fire func()) {
	c.Forget(name)
	at := c.nowMs + min(max(delayMs, 0), timerDelayMsMax)
	c.list = append(c.list, timer{name: name, at: at, fire: fire})
}

// Forget cancels a timer.
func (c *Clock) Forget(name string) {
	c.list = slices.DeleteFunc(c.list, func(t timer) bool { return t.name == name })
}

// at is when a timer is due; false when none of that name is set.
func (c *Clock) at(name string) (int64, bool) {
	for _, one := range c.list {
		if one.name == name {
			return one.at, true
		}
	}
	return 0, false
}

// Has reports whether a timer of that name is set.
func (c *Clock) Has(name string) bool {
	_, set := c.at(name)
	return set
}

// Sooner sets a timer, unless one of that name is due earlier.
func (c *Clock) Sooner(name string, delayMs int64, fire func()) {
	if at, set := c.at(name); !set || at > c.nowMs+delayMs {
		c.After(name, delayMs, fire)
	}
}

// Tick fires every timer that is due. The requested time has come even if the host's clock shows an earlier one, so a
// clock that was set back delays nothing. Tick reports whether it came so late that the device must have slept.
func (c *Clock) Tick() (slept bool) {
	now := max(c.nowMs, c.woke)
	slept = c.woke != 0 && c.nowMs-c.woke > sleptMs
	c.woke = 0
	var due []timer
	c.list = slices.DeleteFunc(c.list, func(t timer) bool {
		if t.at <= now {
			due = append(due, t)
		}
		return t.at <= now
	})
	sort.SliceStable(due, func(a, b int) bool { return due[a].at < due[b].at })
	for _, t := range due {
		t.fire()
	}
	return slept
}

// Next is the time at which the host must send the next Tick, 0 for never. changed says that the host does not know
// that time yet.
func (c *Clock) Next() (atMs int64, changed bool) {
	for _, t := range c.list {
		if atMs == 0 || t.at < atMs {
			atMs = max(t.at, 1)
		}
	}
	if atMs != 0 && atMs < c.nowMs-timerLateMs {
		atMs = c.nowMs // the clock was set forward: the host still waits for the old time
	}
	changed = atMs != c.woke
	c.woke = atMs
	return atMs, changed
}
