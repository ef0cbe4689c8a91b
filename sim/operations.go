package sim

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// actor carries out one operation: a person, or an app, at one tab of a device. All that is drawn
// comes from the operation's own dice.
type actor struct {
	world  *World
	device *Device
	tab    *tab
	dice   *dice
	op     Op
	made   int          // mutations of this operation so far
	group  *[]groupSave // while saves are gathered for one call
}

// operate carries out an operation: on its device, else on the next one that works, unless none does.
func (w *World) operate(op Op) {
	d := w.working(op.Device)
	if d == nil {
		return
	}
	w.operations++
	w.trace.note(d.name, "OP", []byte(op.Kind))
	e := roll(op.Draw)
	a := &actor{world: w, device: d, tab: d.tabs[e.below(len(d.tabs))], dice: e, op: op}
	switch op.Kind {
	case CreateOp, UpdateOp, RapidOp, ConditionalOp, FamilyOp, DeleteOp, DeleteWhereOp, RecreateOp:
		a.write()
	case QueryOp, GetOp:
		a.query()
	case OutboxOp:
		a.outbox()
	case DecideOp:
		a.decide()
	case ObserveOp, LiveOp:
		a.observe()
	case StopOp:
		a.stop()
	case ClearOp:
		a.clear()
	case RestoreOp:
		a.call("restore", func(c engine.Call) engine.Event { return engine.Restore{Call: c} }, nil)
	case GateOp:
		a.closeGate()
	case JoinOp:
		if len(d.tabs) < 3 {
			d.arrive(one(e, "", "retryLocal", "mixed", "slow"))
		}
	}
}

// working is the first device from a number on that has an engine and a tab that is not frozen.
func (w *World) working(from int) *Device {
	for n := range w.devices {
		d := w.devices[(from+n)%len(w.devices)]
		if d.process != nil && len(d.tabs) > 0 && !d.frozen {
			return d
		}
	}
	return nil
}

func (a *actor) call(name string, event func(engine.Call) engine.Event, then func(engine.Reply)) *call {
	return a.device.process.call(a.tab, name, event, func(r engine.Reply) {
		if r.Err != nil {
			a.world.oracle.refused(a.device, name, r.Err)
		}
		if then != nil {
			then(r)
		}
	})
}

// query reads a model, or one record; the oracle compares the answer with the disk.
func (a *actor) query() {
	model := a.model()
	p := a.device.process
	if a.op.Kind == GetOp {
		id := a.known(model)
		if id == "" {
			id = "nobody"
		}
		a.call("query", func(c engine.Call) engine.Event {
			return engine.Query{Call: c, Model: model, ID: id}
		}, func(r engine.Reply) { a.world.oracle.queried(p, model, id, criteria{}, r) })
		return
	}
	wanted := a.criteria()
	a.call("query", func(c engine.Call) engine.Event {
		return engine.Query{Call: c, Model: model, Filter: wanted.filter()}
	}, func(r engine.Reply) { a.world.oracle.queried(p, model, "", wanted, r) })
}

func (a *actor) criteria() criteria {
	if a.dice.chance(0.5) {
		return criteria{}
	}
	return criteria{operator: one(a.dice, "ge", "lt", "eq"), rank: a.dice.below(10)}
}

func (a *actor) outbox() {
	p := a.device.process
	a.call("outbox.list", func(c engine.Call) engine.Event { return engine.Outbox{Call: c} },
		func(r engine.Reply) { a.world.oracle.listed(p, r) })
}

// decide does something about a held change, as a person would who looks at the outbox; now and
// then about one that still waits.
func (a *actor) decide() {
	p := a.device.process
	if p.view == nil {
		return
	}
	var held, waiting []string
	for _, id := range sortedKeys(p.view.mutations) {
		switch p.view.mutations[id].state {
		case "held":
			held = append(held, id)
		case "pending", "conflicted":
			waiting = append(waiting, id)
		}
	}
	id := favourite(a.op.Draw, held)
	action := one(a.dice, "retry", "retry", "edit", "discard", "discard")
	if id == "" {
		if id, action = favourite(a.op.Draw, waiting), "discard"; id == "" || a.dice.chance(0.7) {
			return
		}
	}
	m := p.view.mutations[id]
	a.world.oracle.userWants(a.device, id, action)
	switch action {
	case "retry":
		a.call("outbox.retry", func(c engine.Call) engine.Event { return engine.Retry{Call: c, MutationID: id} }, nil)
	case "edit":
		fields := a.changes(m.key.model, p.view.visible(m.key), 1)
		a.call("outbox.edit", func(c engine.Call) engine.Event {
			return engine.Edit{Call: c, MutationID: id, Fields: fields}
		}, nil)
	case "discard":
		dependants := one(a.dice, "", "discard", "keep")
		a.call("outbox.discard", func(c engine.Call) engine.Event {
			return engine.Discard{Call: c, MutationID: id, Dependants: dependants}
		}, nil)
	}
}

// observe adds an observer to a tab, or ends one when it has many.
func (a *actor) observe() {
	t := a.tab
	if len(t.observers) >= 4 {
		o := t.observers[0]
		t.observers = slices.Delete(slices.Clone(t.observers), 0, 1)
		a.world.oracle.unobserved(o)
		a.device.process.deliver(engine.Unobserve{Tab: t.name, Observer: o.id})
		return
	}
	o := &observer{id: uint32(a.op.Number + 1), model: a.model(), live: a.op.Kind == LiveOp}
	if a.dice.chance(0.3) {
		o.criteria = a.criteria()
	}
	if !o.live && a.dice.chance(0.2) {
		o.model, o.criteria = "", criteria{}
	}
	t.observers = append(slices.Clone(t.observers), o)
	a.device.observe(t, o, 0)
}

func (d *Device) observe(t *tab, o *observer, since uint64) {
	p := d.process
	p.call(t, "observe", func(c engine.Call) engine.Event {
		e := engine.Observe{Call: c, Observer: o.id, Model: o.model, Filter: o.criteria.filter(), Live: o.live, Since: since}
		if o.live {
			e.Sort = record.TrustString(`[{"field":"rank","direction":"ASCENDING"}]`)
		}
		return e
	}, func(r engine.Reply) {
		if r.Err != nil {
			d.world.oracle.refused(d, "observe", r.Err)
			t.observers = slices.DeleteFunc(slices.Clone(t.observers), func(other *observer) bool { return other == o })
			return
		}
		d.world.oracle.observing(p, t, o)
	})
}

// observeAgain continues an observer at a new engine from the last commit that it heard of.
func (d *Device) observeAgain(t *tab, o *observer) { d.observe(t, o, o.seq) }

// stop ends a tab's sync and starts it again after a while.
func (a *actor) stop() {
	d, t := a.device, a.tab
	t.started = false
	a.call("stop", func(c engine.Call) engine.Event { return engine.Stop{Call: c} }, nil)
	a.world.after(a.dice.between(0, 8_000), func() {
		if d.process != nil && slices.Contains(d.tabs, t) && !t.started {
			d.start(t)
		}
	})
}

func (a *actor) clear() {
	d, t := a.device, a.tab
	discard := a.dice.chance(0.3)
	a.world.oracle.clearing(d, discard)
	a.call("clear", func(c engine.Call) engine.Event {
		return engine.Clear{Call: c, DiscardUnsent: discard}
	}, func(r engine.Reply) {
		a.world.oracle.cleared(d)
		if d.process == nil || d.process.dead || !slices.Contains(d.tabs, t) {
			return
		}
		d.start(t)
		if a.dice.chance(0.7) {
			again := *a
			again.call("restore", func(c engine.Call) engine.Event { return engine.Restore{Call: c} }, nil)
		}
	})
}

func (a *actor) closeGate() {
	d := a.device
	a.call("goOffline", func(c engine.Call) engine.Event { return engine.Gate{Call: c, Closed: true} }, nil)
	a.world.after(a.dice.between(100, 10_000), func() { d.openGate() })
}

func (d *Device) openGate() {
	if d.process != nil && len(d.tabs) > 0 {
		d.process.call(d.tabs[0], "goOnline", func(c engine.Call) engine.Event {
			return engine.Gate{Call: c, Closed: false}
		}, nil)
	}
}
