package sim

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// Everything may take ten minutes to come to rest once it has healed. restsMs are the moments at
// which that is looked at: most seeds are done at the first.
var restsMs = []int64{70_000, 130_000, 300_000, 600_000}

// freshMs is how long the pulls of a fresh start take at the end of them.
const freshMs = 10_000

// calm heals everything, lets at most ten minutes pass and demands that all agree.
func (w *World) calm() {
	w.trace.note("", "CALM", nil)
	w.heal()
	began := w.nowMs
	for n, restMs := range restsMs {
		w.pass(began + restMs - freshMs - w.nowMs)
		// A fresh start pulls a delta: what left a scope meanwhile is told by it.
		for _, d := range w.devices {
			d.signInAgain()
			if d.process != nil {
				d.restartTabs()
			}
		}
		w.pass(freshMs)
		if w.oracle.failure != nil {
			return
		}
		if w.oracle.converged(); w.oracle.failure == nil || n == len(restsMs)-1 {
			return
		}
		w.oracle.failure = nil // there is time left
	}
}

// heal ends every fault and makes handlers answer what they left open.
func (w *World) heal() {
	w.windows, w.calming = nil, true
	w.hub.each(func(c *connection) {
		if c.halfOpen {
			c.halfOpen = false
			c.sever()
		}
	})
	for _, d := range w.devices {
		d.thaw()
		d.skewMs = 0
		d.reconnect()
		d.signInAgain()
		for _, t := range d.tabs {
			if t.handler == "slow" || t.handler == "throws" || t.handler == "mixed" {
				t.handler = "retryLocal"
			}
		}
		if len(d.tabs) == 0 {
			d.arrive("retryLocal")
		}
		if d.process != nil {
			d.openGate()
			d.process.answerAll()
		}
	}
}

func (d *Device) restartTabs() {
	for _, t := range d.tabs {
		t.started = false
		d.process.call(t, "stop", func(c engine.Call) engine.Event { return engine.Stop{Call: c} }, nil)
	}
	for _, t := range d.tabs {
		d.start(t)
	}
}

// converged compares every device with the server, both ways, and looks at what is left.
func (o *oracle) converged() {
	for _, d := range o.world.devices {
		p := d.process
		if p == nil || p.view == nil || p.halted {
			o.fail("stuck", d.name, "no engine runs although everything has healed")
			continue
		}
		for _, id := range sortedKeys(o.of(d).writes) {
			o.accounted(d, p.view, o.of(d).writes[id])
		}
		for _, id := range sortedKeys(p.view.mutations) {
			if m := p.view.mutations[id]; !p.view.waits(m, map[string]bool{}) {
				o.fail("stuck", d.name, "%s of %s is still %s: nothing moves it", m.id, m.key, m.state)
			}
		}
		for _, model := range modelNames {
			o.agree(p, model)
		}
	}
}

// waits reports whether a mutation may still be there: it is held or parked, or of
// somebody who is not signed in, or waits for one that is.
func (v *diskView) waits(m *diskMutation, seen map[string]bool) bool {
	if m.state == "held" || m.state == "parked" || v.oracle.waitsForSomebody(v.device, m) {
		return true
	}
	if m.state != "pending" || seen[m.id] {
		return false
	}
	seen[m.id] = true
	for _, other := range v.byKey[m.key] {
		if other != m && other.order < m.order && v.waits(other, seen) {
			return true
		}
	}
	shape := modelShapes[m.key.model]
	parent := m.fields.Field(shape.foreign)
	if shape.foreign == "" || parent.IsNull() {
		return false
	}
	return slices.ContainsFunc(v.byKey[key{shape.parent, parent.Str()}], func(other *diskMutation) bool {
		return other.operation == "create" && v.waits(other, seen)
	})
}

// hiding is what a row's owners make of it on a device.
type hiding uint8

const (
	shown hiding = iota
	concealed
	either // it depends on what the device came to know of its owner
)

// mayHide follows the owners of a live row: it is hidden when one was deleted after its last change.
func (o *oracle) mayHide(d *Device, v *version) hiding {
	shape := modelShapes[v.key.model]
	parent := v.row.Field(shape.foreign)
	if shape.foreign == "" || parent.IsNull() {
		return shown
	}
	list := o.history[key{shape.parent, parent.Str()}]
	if len(list) == 0 {
		return shown
	}
	goneMs, certain := o.gone(d, list[len(list)-1])
	switch {
	case goneMs <= v.changedAt:
		return shown
	case certain:
		return concealed
	}
	return either
}

// gone says when a record went, by its own deletion or its owner's: 0 when it is there.
func (o *oracle) gone(d *Device, v *version) (ms int64, certain bool) {
	certain = !v.purged && d.scope(v.key.model).operator == ""
	if v.deleted {
		return v.changedAt, certain
	}
	// A change that is kept here keeps its record in view, and so what that owns.
	certain = certain && len(d.process.view.byKey[v.key]) == 0
	shape := modelShapes[v.key.model]
	parent := v.row.Field(shape.foreign)
	if shape.foreign == "" || parent.IsNull() {
		return 0, true
	}
	list := o.history[key{shape.parent, parent.Str()}]
	if len(list) == 0 {
		return 0, true
	}
	ms, above := o.gone(d, list[len(list)-1])
	if ms <= v.changedAt {
		return 0, true
	}
	return ms, certain && above
}

// lacking names a field of the device's schema that the server's row has and the page's does not.
func lacking(d *Device, v *version, row record.Value) string {
	lacks := ""
	v.row.Fields(func(name string, value record.Value) bool {
		if !value.IsNull() && row.Field(name).IsNull() && !(d.older && name == "extra") {
			lacks = name
		}
		return lacks == ""
	})
	return lacks
}

// lateAtPlain reports a record that a late message of plain AppSync brought back: the base run that the message
// waited for did not return the record, because it had left the sync expression, and the subscription, which the
// server filters, does not tell that. AppSync's base queries may lag behind its messages, so the engine believes the
// message, and the next base run takes the record away (Gaps in SPEC.md).
func (o *oracle) lateAtPlain(p *process, v *version, row record.Value) bool {
	if !o.world.plan.Setup.Plain || v == nil || v.deleted {
		return false
	}
	came := v
	for came != nil && came.number != number(row.Field("_version")) {
		came = came.before
	}
	return came != nil && came != v && o.watching(p).came[came] == byMessage
}

// agree compares what the pages of a device see with the server's rows. Records with changes that
// are held are left out.
func (o *oracle) agree(p *process, model string) {
	d := p.device
	var got map[string]record.Value
	p.call(d.tabs[0], "query", func(c engine.Call) engine.Event {
		return engine.Query{Call: c, Model: model}
	}, func(r engine.Reply) {
		got = map[string]record.Value{}
		record.Trust(r.Body).Elements(func(_ int, row record.Value) bool {
			got[oracleID(model, row)] = row
			return true
		})
	})
	if got == nil {
		o.fail("stuck", d.name, "a query is not answered")
		return
	}
	scope := d.scope(model)
	for _, k := range o.keys[model] {
		row, here := got[k.id]
		delete(got, k.id)
		v := o.stored(k)
		lives := v != nil && !v.deleted && scope.match(v.row)
		hidden := shown
		if lives {
			hidden = o.mayHide(d, v)
		}
		switch {
		case len(p.view.byKey[k]) > 0 || d.setup.MaxRecords > 0:
		case lives && !here && hidden != shown:
		case lives && !here:
			o.fail("converge", d.name, "%s is at the server, but not here: %s", k, v.row.Text())
		case here && !lives && number(row.Field("_lastChangedAt")) == o.timeMs:
			// It came with the time of the last change of all: a base run can't tell whether that
			// was before it or after.
		case here && !lives && o.lateAtPlain(p, v, row):
		case here && !lives:
			o.fail("converge", d.name, "%s is here, but not at the server: %s", k, row.Text())
		case here && hidden == concealed:
			o.fail("converge", d.name, "%s is here although its owner was deleted: %s", k, row.Text())
		case here && lacking(d, v, row) != "":
			o.fail("converge", d.name, "%s has no %s here: %s, at the server %s", k, lacking(d, v, row), row.Text(), v.row.Text())
		case here && !o.trueTo(v, row):
			o.fail("converge", d.name, "%s is %s here, at the server %s", k, row.Text(), v.row.Text())
		}
	}
	for id := range got {
		if len(p.view.byKey[key{model, id}]) == 0 {
			o.fail("converge", d.name, "%s/%s is here, but never was at the server: %s", model, id, got[id].Text())
		}
	}
}
