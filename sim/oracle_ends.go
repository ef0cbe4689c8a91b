package sim

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// mutationsWritten checks what a commit does to mutations (rules 1 and 2): each change of state
// has its reason, what was sent stays as it was, and each end is told once and is true.
func (o *oracle) mutationsWritten(p *process, c *diskCommit) {
	ends := map[string]*diskEnd{}
	for _, e := range c.ended {
		if o.of(p.device).ended[e.id] != "" || ends[e.id] != nil {
			o.fail("ended", p.device.name, "%s ends as %s, but has ended before", e.id, e.end)
		}
		ends[e.id] = e
	}
	after := map[string]*diskMutation{}
	for _, m := range c.mutations {
		after[m.id] = m
		if m.state == "parked" || m.cause == "schema" {
			o.of(p.device).detoured[m.key] = true
		}
		if o.of(p.device).ended[m.id] != "" {
			o.fail("ended", p.device.name, "%s has ended, but is written again as %s", m.id, m.state)
		}
		if before := p.view.mutations[m.id]; before != nil {
			o.changed(p, c, before, m)
		} else {
			o.born(p, c, m)
		}
	}
	for _, e := range c.ended {
		o.end(p, c, e, after)
	}
}

// born is a mutation that a commit brings: somebody asked for it.
func (o *oracle) born(p *process, c *diskCommit, m *diskMutation) {
	asked := o.asker(p.device, m.id)
	if asked == nil {
		o.fail("ended", p.device.name, "nobody asked for the mutation %s of %s", m.id, m.key)
		return
	}
	if asked.deletes || m.id != asked.id {
		return
	}
	later, deleted := o.foldedInto(p, c, m.id)
	if deleted { // in the same commit, and what is created anew behind that has none of it
		return
	}
	if name := o.dropped(p, c, asked, m.fields); name != "" && !later.Field(name).Exists() {
		o.fail("lost", p.device.name, "%s is queued without %s, which was to be saved: %s", m.id, name, m.fields.Text())
	}
}

// asker is the write that a mutation id comes from: its own, or the one that it derives from.
func (o *oracle) asker(d *Device, id string) *write {
	root, _, _ := strings.Cut(id, "/")
	return o.of(d).writes[root]
}

// dropped names a field of a save that a mutation does not carry although it changes the record: as it
// is, or as this very commit leaves it.
func (o *oracle) dropped(p *process, c *diskCommit, s *write, carried record.Value) string {
	lost := ""
	view, coming := p.view.visible(s.key), c.rows[s.key]
	s.fields.Fields(func(name string, value record.Value) bool {
		if !record.Equal(carried.Field(name), value) && !slices.Contains(modelShapes[s.key.model].key, name) &&
			!record.Equal(view.Field(name), value) && !record.Equal(coming.Field(name), value) && carried.Len() > 0 &&
			!c.brings(s.key, name, value) {
			lost = name
		}
		return lost == ""
	})
	return lost
}

// brings reports a value that another change of the record, in the same commit, sets already.
func (c *diskCommit) brings(k key, name string, value record.Value) bool {
	return slices.ContainsFunc(c.mutations, func(m *diskMutation) bool {
		return m.key == k && record.Equal(m.fields.Field(name), value)
	})
}

// changed checks the next version of a mutation against the one before.
func (o *oracle) changed(p *process, c *diskCommit, before, after *diskMutation) {
	refused := o.wasRefused(before)
	illegal := func(why string) {
		o.fail("frozen", p.device.name, "%q makes %s (%s) %s: %s", c.name, before.id, before.state, after.state, why)
	}
	wishes := o.of(p.device).wishes[before.id]
	corrected := o.takesIn(c, before.id)        // by an edit that came before the refusal or behind it
	_, deleted := o.foldedInto(p, c, before.id) // a create may stand behind the delete
	switch {
	case before.state == "parked" || after.state == "parked":
		if after.state == "parked" && !c.clear {
			illegal("nothing is cleared")
		}
	case before.state == "sent" && after.state == "sent" && !(refused && corrected && after.attempts > before.attempts):
		if before.attempts != after.attempts || before.version != after.version || before.operation != after.operation ||
			!record.Equal(before.fields, after.fields) || !record.Equal(before.condition, after.condition) {
			illegal("it was sent, but is edited")
		}
	case before.state == "sent" && after.state == "pending":
		if !refused || after.attempts <= before.attempts || !before.resent && !corrected {
			illegal("no answer was definite")
		}
	case before.state == "sent" && !refused && !o.world.plan.Setup.Plain: // there, a row that was read may tell
		illegal("the server has not refused it")
	case before.state == "held" && after.state == "pending":
		if !slices.Contains(wishes, "retry") && !slices.Contains(wishes, "edit") && before.cause != "schema" &&
			!(corrected && (after.operation == "delete" || deleted || before.cause == "rejected" || before.cause == "unauthorized")) {
			illegal("nobody asked for that")
		}
	case before.state == "conflicted" && after.state == "pending":
		if after.attempts <= before.attempts {
			illegal("a new attempt has a new id on the wire")
		}
		if before.operation == "delete" && after.operation != "delete" {
			illegal("a delete in conflict stays a delete")
		}
	case before.state == "pending" && (after.state == "pending" || after.state == "sent"):
		o.kept(p, c, before, after)
	}
}

// takesIn reports whether a commit folds something into a mutation.
func (o *oracle) takesIn(c *diskCommit, id string) bool {
	return slices.ContainsFunc(c.ended, func(e *diskEnd) bool { return e.end == "folded" && e.into == id })
}

// wasRefused reports a mutation whose last request the server has refused.
func (o *oracle) wasRefused(m *diskMutation) bool {
	known := o.wire[m.wireID()]
	return known != nil && known.refused != ""
}

// kept checks that an unsent mutation loses nothing but to later saves of the same page, and to the
// person who edits it in the queue.
func (o *oracle) kept(p *process, c *diskCommit, before, after *diskMutation) {
	later, deleted := o.foldedInto(p, c, before.id)
	if slices.Contains(o.of(p.device).wishes[before.id], "edit") {
		return
	}
	if deleted || after.operation == "delete" || before.operation == "delete" {
		return
	}
	before.fields.Fields(func(name string, value record.Value) bool {
		if !record.Equal(after.fields.Field(name), value) && !later.Field(name).Exists() {
			o.fail("lost", p.device.name, "%q takes %s out of %s: %s", c.name, name, before.id, after.fields.Text())
		}
		return true
	})
}

// foldedInto collects what the saves set that a commit folds into a mutation.
func (o *oracle) foldedInto(p *process, c *diskCommit, id string) (later record.Value, deleted bool) {
	for _, e := range c.ended {
		if e.end != "folded" || e.into != id {
			continue
		}
		if s := o.asker(p.device, e.id); s != nil && s.deletes {
			deleted = true
		} else if s != nil {
			later = record.Overlay(later, s.fields)
		}
		behind, gone := o.foldedInto(p, c, e.id)
		later, deleted = record.Overlay(later, behind), deleted || gone
	}
	return later, deleted
}

// carrier is the mutation that carries what a commit folds into another one, which the same commit may
// fold on: a save behind an unsent change, and that change into the one that was refused just now.
func (c *diskCommit) carrier(into string, after map[string]*diskMutation) *diskMutation {
	for after[into] == nil {
		next := slices.IndexFunc(c.ended, func(e *diskEnd) bool { return e.id == into && e.end == "folded" })
		if next < 0 {
			return nil
		}
		into = c.ended[next].into
	}
	return after[into]
}

// end checks that a mutation ended as the journal says.
func (o *oracle) end(p *process, c *diskCommit, e *diskEnd, after map[string]*diskMutation) {
	m := p.view.mutations[e.id]
	d := o.of(p.device)
	wrong := func(why string) {
		o.fail("ended", p.device.name, "%q ends %s of %s as %s, but %s", c.name, e.id, e.key, e.end, why)
	}
	if o.asker(p.device, e.id) == nil {
		wrong("nobody asked for it")
		return
	}
	switch e.end {
	case "acknowledged", "superseded":
		if m == nil || m.state != "sent" {
			wrong("it was not sent")
			return
		}
		o.acknowledged(p, c, e, m, after, wrong)
	case "discarded_by_handler":
		if m == nil || m.state != "conflicted" {
			wrong("it is in no conflict")
		} else if !slices.ContainsFunc(d.decisions[e.id], m.givenUpBy) && p.device.setup.ConflictDefault != "applyRemote" {
			wrong("no handler wanted that")
		}
	case "discarded_by_user":
		if !(c.clear && d.discards) && !o.discarded(d, p.view, e.id) && !d.deleting(p.view, e.key) && !o.undone(p, c, e, m) {
			wrong("nobody wanted that")
		}
	case "folded":
		o.folded(p, c, e, after, wrong)
	case "cancelled":
		if m != nil && o.wire[m.wireID()] != nil || m == nil && o.wire[e.id] != nil {
			wrong("it was sent")
		}
	default:
		wrong("there is no such end")
	}
}

// givenUpBy reports decisions that may end a change: retry does when the model brings nothing new, which
// no model does to a delete.
func (m *diskMutation) givenUpBy(decision string) bool {
	return decision == "applyRemote" || decision == "retry" && m.operation != "delete"
}

// discarded reports whether a user discarded a mutation, or the create that it depends on.
func (o *oracle) discarded(d *dossier, view *diskView, id string) bool {
	if slices.Contains(d.wishes[id], "discard") {
		return true
	}
	m := view.mutations[id]
	for wished, wishes := range d.wishes {
		other := view.mutations[wished]
		if !slices.Contains(wishes, "discard") || other == nil || other.operation != "create" || m == nil {
			continue
		}
		if other.key == m.key || dependsOn(view, m, other.key, map[string]bool{}) {
			return true
		}
	}
	return false
}

// deleting reports whether a held create ends because its record, or what owns it, is being deleted.
func (d *dossier) deleting(view *diskView, k key) bool {
	held := slices.ContainsFunc(view.byKey[k], func(m *diskMutation) bool { return m.operation == "create" && m.state == "held" })
	for _, s := range d.writes {
		if held && s.deletes && !s.resolved && (s.key == k || slices.Contains(children[s.key.model], k.model) || s.key.id == "" || s.key.model == "Blog") {
			return true
		}
	}
	return false
}

// undone reports a refused create that ends with the delete that was queued behind it. A delete that met
// an edit there, waiting for the create as well, was folded into it and goes under the edit's id: before,
// or by this very commit.
func (o *oracle) undone(p *process, c *diskCommit, e *diskEnd, m *diskMutation) bool {
	refused := m != nil && (o.wasRefused(m) || o.world.plan.Setup.Plain && m.state == "conflicted") // there, a read may tell
	return refused && m.operation == "create" && slices.ContainsFunc(c.ended, func(other *diskEnd) bool {
		_, deleted := o.foldedInto(p, c, other.id)
		return other.key == e.key && other.end == "cancelled" && other.operation == "delete" &&
			(deleted || o.wishesGone(o.of(p.device), other.id))
	})
}

// dependsOn reports whether a mutation points at a record, directly or over creates: that of its own
// record among them.
func dependsOn(view *diskView, m *diskMutation, on key, seen map[string]bool) bool {
	if seen[m.id] {
		return false
	}
	seen[m.id] = true
	follow := func(list []*diskMutation) bool {
		return slices.ContainsFunc(list, func(q *diskMutation) bool {
			return q.operation == "create" && dependsOn(view, q, on, seen)
		})
	}
	shape := modelShapes[m.key.model]
	if parent := m.fields.Field(shape.foreign); shape.foreign != "" && !parent.IsNull() {
		to := key{shape.parent, parent.Str()}
		if to == on || follow(view.byKey[to]) {
			return true
		}
	}
	return follow(view.byKey[m.key])
}

// folded checks that the mutation that took another one in was not sent and carries it now.
func (o *oracle) folded(p *process, c *diskCommit, e *diskEnd, after map[string]*diskMutation, wrong func(string)) {
	into, now := p.view.mutations[e.into], c.carrier(e.into, after)
	held := now != nil && now.state == "held" // by this very commit, perhaps: then changed looks at why
	if into != nil && into.state != "pending" && into.state != "held" && !held && into.state != "conflicted" && !o.wasRefused(into) {
		wrong(e.into + " is " + into.state)
		return
	}
	if now == nil && slices.ContainsFunc(c.ended, func(other *diskEnd) bool {
		// By a call that came right behind the save, a delete of what owns it for one.
		return other.id == e.into && (other.end == "discarded_by_user" || other.end == "cancelled")
	}) {
		return
	}
	if now == nil {
		wrong(e.into + " is not written with it")
		return
	}
	s := o.asker(p.device, e.id)
	if queued := p.view.mutations[e.id]; queued != nil && s.deletes && queued.operation != "delete" {
		s = &write{key: s.key, fields: queued.fields} // a create that came behind the delete made an update of it
	}
	if into != nil && into.operation != "delete" && now.operation != "delete" && !s.deletes &&
		(s.conditional || into.condition.Len() > 0) && !o.deletedBetween(p, c, e) && !(into.operation == "create" && (o.wasRefused(into) || into.cause == "schema")) {
		wrong("a conditional change goes alone, and so does what is saved after it: " + e.into)
		return
	}
	if s.deletes || now.operation == "delete" {
		if now.operation != "delete" && !o.refilled(p, c, after, e) {
			wrong("the delete is not in " + e.into)
		}
		return
	}
	if queued := p.view.mutations[e.id]; queued != nil { // behind what was refused; it may have taken in more since it was saved
		s = &write{key: s.key, fields: queued.fields}
	}
	if name := o.dropped(p, c, s, now.fields); name != "" && !o.overwritten(p, s, name) {
		wrong(name + " is not in " + e.into + ": " + now.fields.String())
	}
}

// deletedBetween reports whether a commit folds a delete of the same record, too.
func (o *oracle) deletedBetween(p *process, c *diskCommit, e *diskEnd) bool {
	for _, other := range c.ended {
		if s := o.asker(p.device, other.id); other.key == e.key && s != nil && s.deletes {
			return true
		}
	}
	return false
}

// refilled reports whether a delete was followed by a create in the same commit.
func (o *oracle) refilled(p *process, c *diskCommit, after map[string]*diskMutation, e *diskEnd) bool {
	gone := o.asker(p.device, e.id)
	return after[e.into].operation == "update" && slices.ContainsFunc(c.ended, func(other *diskEnd) bool {
		s := o.asker(p.device, other.id)
		return other.end == "folded" && other.into == e.into && s != nil && !s.deletes && s.order > gone.order
	})
}

// overwritten reports whether another save of the record, that is under way, sets the same field.
func (o *oracle) overwritten(p *process, s *write, name string) bool {
	for _, other := range o.of(p.device).writes {
		if other != s && other.key == s.key && !other.deletes && other.fields.Field(name).Exists() && !other.resolved {
			return true
		}
	}
	return false
}
