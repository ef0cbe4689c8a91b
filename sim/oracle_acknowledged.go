package sim

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// acknowledged checks that the server has what is said to have arrived: each field in the row that
// the mutation became, or told as superseded, or carried by a later mutation.
func (o *oracle) acknowledged(p *process, c *diskCommit, e *diskEnd, m *diskMutation, after map[string]*diskMutation, wrong func(string)) {
	known := o.wire[m.wireID()]
	switch {
	case known == nil && o.world.plan.Setup.Plain:
		known = &wired{} // it was marked as sent only, but the server's row is what it asked for
	case known == nil:
		wrong("nothing was sent as " + m.wireID())
		return
	}
	switch {
	case m.operation == "delete" && len(known.applied) == 0:
		if !known.absent && !o.world.plan.Setup.Plain {
			wrong("the server has not carried it out")
		}
		return
	case len(known.applied) == 0 && !(known.refused == "ConflictUnhandled" && m.resent) &&
		!o.world.plan.Setup.Plain: // there, a row that holds all that was sent is answer enough
		wrong("the server has not carried it out")
		return
	}
	v := o.numbered(m.key, e.version)
	if len(known.applied) > 0 && (v == nil || !known.applied[len(known.applied)-1].lost) {
		v = known.applied[len(known.applied)-1]
	} else if v == nil {
		wrong("there is no version " + text(e.version))
		return
	}
	// A server that has purged the tombstone, and the id with it, answers the repeated delete that there is
	// no such row: then it is done, and nobody knows in which version.
	purged := m.operation == "delete" && known.absent && e.version == 0
	if !o.world.plan.Setup.Plain && e.version != v.number && !purged {
		wrong("its version is " + text(v.number) + ", not " + text(e.version))
	}
	if m.operation == "delete" {
		return
	}
	m.fields.Fields(func(name string, value record.Value) bool {
		if slices.Contains(modelShapes[m.key.model].key, name) || record.Equal(v.row.Field(name), value) || name == "data" {
			return true
		}
		if slices.Contains(e.fields, name) {
			o.superseded(p, m, name, v, wrong)
			return true
		}
		if !o.carriedOn(p, c, m, name, after) {
			wrong("the server has another " + name + ": " + v.row.Field(name).String() + ", sent " + value.String())
		}
		return true
	})
}

// numbered is the newest version of a record with that number.
func (o *oracle) numbered(k key, n int64) *version {
	list := o.history[k]
	for at := len(list) - 1; at >= 0; at-- {
		if list[at].number == n {
			return list[at]
		}
	}
	return nil
}

// carriedOn reports whether a later mutation of the record carries a field.
func (o *oracle) carriedOn(p *process, c *diskCommit, m *diskMutation, name string, after map[string]*diskMutation) bool {
	carries := func(q *diskMutation) bool {
		return q.id != m.id && q.key == m.key && (q.operation == "delete" || q.fields.Field(name).Exists())
	}
	for _, q := range p.view.byKey[m.key] {
		if carries(q) {
			return true
		}
	}
	for _, q := range after {
		if carries(q) {
			return true
		}
	}
	return false
}

// savedBefore reports that one mutation comes of an earlier save than another.
func (o *oracle) savedBefore(d *Device, one, other string) bool {
	earlier, later := o.asker(d, one), o.asker(d, other)
	return earlier != nil && later != nil && earlier.order < later.order
}

// superseded checks that it was somebody else's value that won: an older one of this device must
// never win over a newer one (rule 3).
func (o *oracle) superseded(p *process, m *diskMutation, name string, v *version, wrong func(string)) {
	now := v.row.Field(name)
	if now.Kind() == record.List || o.world.plan.Setup.Plain {
		return // appended: both are in it; plain AppSync merges a resend once more
	}
	if name == "extra" && (p.device.older || o.world.plan.Setup.On[SchemaFault]) {
		return // it left the schema while it was under way; or it came back, and has not been read of every row
	}
	for w := v; w != nil; w = w.before {
		if w.before != nil && record.Equal(w.before.row.Field(name), now) {
			continue
		}
		// Of a map that was merged part by part neither edit won: it is told as superseded for both.
		// What ended before a clear is forgotten here with it, and counts as anybody's.
		// What a backup brings back is anybody's, too. And an edit by which the record left the scope is not here
		// any more when a person restores what was parked, and edits on top of that. What was parked may go behind
		// a later edit that had been sent before, and hides newer values while it is back.
		if w != v && !o.of(p.device).detoured[m.key] && !p.device.left(m.key.model, w.row) && w.seq > o.restoredSeq && w.device == p.device && w.mutation != nil && o.endedHere(p.device, w.mutation.of) &&
			o.savedBefore(p.device, w.mutation.of, m.id) && record.Equal(w.mutation.input.Field(name), now) {
			wrong(name + " lost to an older edit of the same device, " + w.mutation.id)
		}
		return
	}
}

// endedHere reports a mutation that ended since the last clear.
func (o *oracle) endedHere(d *Device, id string) bool {
	_, ended := o.of(d).became[id]
	return ended
}

// overtaken finds an edit that overwrites what somebody else wrote and no page of the device was shown before it
// edited the record, although nobody was asked and nothing was told (claim 3.14). What was decided or tried
// again has another id.
func (o *oracle) overtaken(device *Device, m *wireMutation, v *version) {
	if m.operation != "update" || v.before == nil || m.version != v.before.number || strings.ContainsAny(m.id, "~/") {
		return
	}
	m.input.Fields(func(name string, value record.Value) bool {
		now := v.before.row.Field(name)
		if name == "_version" || slices.Contains(modelShapes[m.key.model].key, name) || record.Equal(now, value) {
			return true
		}
		by := v.before
		for by.before != nil && record.Equal(by.before.row.Field(name), now) {
			by = by.before
		}
		if by.device == nil || by.device == device || by.before == nil {
			return true
		}
		if by.seq <= o.restoredSeq && len(o.lost[m.key]) > 0 {
			return true // a backup brought it back in the place of a newer value, which the page was shown
		}
		if v.before.number == 1 && len(o.lost[m.key]) > 0 {
			return true // a create began the record anew after a restore, with the number of the lost one (Gaps in SPEC.md)
		}
		if o.sawBefore(device, m.key, name, now) || name == "extra" && device.wasOlder {
			return true // or rows came when the schema had no such field, and pages were shown none
		}
		o.fail("merge", device.name, "%s overwrites %s of %s, which came as version %d from %s and was not shown to the page",
			m.id, name, m.key, by.number, by.device.name)
		return true
	})
}

// sawBefore reports whether a value is one that somebody at the device saw or set himself when he edited
// the record, or that a handler or an observer was given: then it does not vanish unseen, whoever else has set it,
// too.
func (o *oracle) sawBefore(d *Device, k key, name string, value record.Value) bool {
	if slices.ContainsFunc(o.of(d).told[k], func(row record.Value) bool { return record.Equal(row.Field(name), value) }) {
		return true
	}
	for _, s := range o.of(d).writes {
		if s.key == k && (record.Equal(s.before.Field(name), value) || record.Equal(s.fields.Field(name), value)) {
			return true
		}
	}
	return false
}
