package sim

import (
	"slices"

	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// strike makes a fault happen.
func (w *World) strike(f Fault) {
	w.faults++
	d := w.devices[f.Device]
	e := roll(f.Draw)
	w.trace.note(d.name, "FAULT", []byte(f.Kind))
	if hints := roll(f.Draw, ofHints); hints.chance(0.15) {
		w.after(hints.between(0, 5_000), func() { d.hint(hints) })
	}
	switch f.Kind {
	case LoseRequestFault, LoseResponseFault, DuplicateFault, DelayFault, ThrottleFault, BusyFault, GarbageFault, ReadFault:
		w.open(f, e, 0.1+0.4*float64(e.below(100))/100)
	case SilentUpFault, SilentDownFault, ExpiredFault, RealtimeFault, RefusedFault:
		w.open(f, e, 1)
		if f.Kind != SilentUpFault && f.Kind != SilentDownFault {
			w.hub.each(func(c *connection) {
				if c.process.device == d {
					c.sever()
				}
			})
		}
	case ProviderFault:
		w.open(f, e, 1)
	case CutFault, SleepFault:
		d.cutOff(roll(f.Draw, ofHints, 1))
		w.after(f.ForMs, d.reconnect)
	case HalfOpenFault:
		w.hub.each(func(c *connection) { c.halfOpen = c.halfOpen || c.process.device == d })
	case SeverFault:
		w.hub.each(func(c *connection) {
			if c.process.device == d || e.chance(0.2) {
				c.sever()
			}
		})
	case RestartFault:
		w.restart(f.ForMs)
	case RestoreFault:
		made := w.backUp(e)
		w.after(f.ForMs, func() { w.restore(made, e.between(500, 3_000)) })
	case AbortFault, QuotaFault, ClosedFault:
		w.failDisk(d, f.Kind, e)
	case FoldFault:
		for range 1 + e.below(2) {
			d.disk.FailNext("fold", one(e, store.CodeAborted, store.CodeClosed))
		}
		w.after(e.between(0, 6_000), func() { w.operate(Op{Number: -1 - f.Number, Device: f.Device, Kind: ClearOp, Draw: e.next()}) })
	case ServerClockFault:
		if by := one(e, int64(-3_600_000), -3_600_000, -60_000, 60_000); by > 0 || w.restores == 0 {
			w.serverSkewMs += by // behind what was lost, a record that is created again looks older (Gaps in SPEC.md)
		}
	default:
		w.strikeDevice(d, f, e)
	}
}

func (w *World) strikeDevice(d *Device, f Fault, e *dice) {
	switch f.Kind {
	case CrashFault:
		d.crash(e.below(8))
		d.bootLater(f.ForMs)
	case KillFault:
		d.kill(f.ForMs)
	case TakeoverFault:
		d.takeOver()
	case TabGoneFault:
		d.leave(e)
	case SignInFault:
		others := slices.DeleteFunc(append([]string{""}, people...), func(person string) bool { return person == d.person })
		d.signIn(one(e, others...), e)
		w.after(f.ForMs, func() {
			if e.chance(0.6) && !w.calming {
				d.signIn(d.setup.Person, e)
			}
		})
	case RevokedFault:
		w.issuer.revoke(d)
	case FreezeFault:
		d.freeze(f.ForMs)
	case ClockFault:
		d.skewMs = one(e, int64(0), -tenYearsMs, tenYearsMs, -3_600_000, 3_600_000, 86_400_000)
	case SchemaFault:
		d.kill(f.ForMs)
		if d.setup.Scope > 0 && e.chance(0.5) {
			d.setScope(e.below(7)) // the app has another sync expression now
		} else {
			d.older, d.wasOlder = !d.older, true
		}
	}
}

const tenYearsMs = 10 * 365 * 86_400_000

func (w *World) open(f Fault, e *dice, odds float64) {
	now := w.nowMs
	w.windows = slices.DeleteFunc(w.windows, func(open *window) bool { return open.endMs <= now })
	w.windows = append(w.windows, &window{fault: f, endMs: now + f.ForMs, dice: e, odds: odds})
}

// failDisk makes the next transactions fail, or the next one of some name.
func (w *World) failDisk(d *Device, kind FaultKind, e *dice) {
	code := map[FaultKind]string{AbortFault: store.CodeAborted, QuotaFault: store.CodeQuota, ClosedFault: store.CodeClosed}[kind]
	names := []string{"", "", "save+outbox", "mark sent", "acknowledge", "apply page", "apply messages", "conflict noted", "hold", "open epoch"}
	name := one(e, names...)
	for range 1 + e.below(3) {
		d.disk.FailNext(name, code)
	}
}

// kill ends the device's engine; the pages live and start another one.
func (d *Device) kill(downMs int64) {
	if d.process == nil {
		return
	}
	again := d.process.die()
	d.process = nil
	d.thaw()
	d.restart(downMs, again)
}

// restart starts an engine after a while, unless another one is started before.
func (d *Device) restart(downMs int64, again []*call) {
	d.booting++
	planned := d.booting
	d.world.after(downMs, func() {
		if d.booting == planned {
			d.boot()
			d.resume(again)
		}
	})
}

// resume is what pages do when their engine was replaced: saves that were not answered are made
// again, and observers ask for what they missed. A page with another schema is another page: it
// knows nothing of what the one before it was saving.
func (d *Device) resume(again []*call) {
	for _, c := range again {
		if slices.Contains(d.tabs, c.tab) && c.older == d.older {
			d.process.issue(c)
		}
	}
	for _, t := range d.tabs {
		for _, o := range t.observers {
			d.observeAgain(t, o)
		}
	}
}

// takeOver starts a second engine while the first one still runs, as when a lock was taken by
// force. The first one is fenced at its next commit.
func (d *Device) takeOver() {
	old := d.process
	if old == nil || old.halted {
		return
	}
	d.zombies = append(d.zombies, old)
	d.world.oracle.replaced(old)
	d.boot()
	d.resume(old.abandoned())
}

// leave closes a tab; the last one is followed by a new one.
func (d *Device) leave(e *dice) {
	if d.process == nil {
		return
	}
	t := d.tabs[e.below(len(d.tabs))]
	d.tabs = slices.DeleteFunc(d.tabs, func(other *tab) bool { return other == t })
	d.world.oracle.tabLeft(d.process, t)
	d.process.tabGone(t)
	if len(d.tabs) == 0 {
		d.arrive(d.setup.Handler)
	}
}

// arrive is a new tab on a running device.
func (d *Device) arrive(handler string) {
	t := d.join(handler)
	if d.process != nil {
		d.process.deliver(engine.TabJoined{Tab: t.name})
		d.configure(t)
		d.start(t)
	}
}

// tabGone tells the engine that a tab is gone; nobody hears its answers any more.
func (p *process) tabGone(t *tab) {
	for _, id := range sortedKeys(p.calls) {
		if c := p.calls[id]; c.tab == t {
			c.then = nil
		}
	}
	p.deliver(engine.TabGone{Tab: t.name})
}

// abandoned are the calls that the pages make again at another engine; this one's answers to
// them are not heard.
func (p *process) abandoned() []*call {
	var again []*call
	for _, id := range sortedKeys(p.calls) {
		c := p.calls[id]
		if c.again {
			again = append(again, &call{tab: c.tab, name: c.name, event: c.event, then: c.then, again: true, older: c.older})
		}
		c.then = nil
	}
	return again
}
