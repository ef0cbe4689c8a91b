package sim

import (
	"maps"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// belonging is what the oracle knows of the people at a device (rule 12).
type belonging struct {
	last    map[string]bool            // whose tokens the engine may have taken last; nil when that is not known
	owners  map[string]map[string]bool // who may have made a change that a clear parked, by mutation id
	sent    string                     // who sent changes since the last clear
	cleared int                        // the newest token that the last clear made it forget
}

// tokenGiven notes an answer of a provider: the engine may or may not take it.
func (o *oracle) tokenGiven(p *process, t *token) {
	if p != p.device.process || p.dead {
		return
	}
	b := &o.of(p.device).belonging
	if b.last == nil {
		b.last = with(b.last, nobody)
	}
	b.last = with(b.last, t.person)
}

// nobody is whose token an engine has taken that may have taken none, because the first came too late.
const nobody = ""

func with(set map[string]bool, name string) map[string]bool {
	larger := maps.Clone(set)
	if larger == nil {
		larger = map[string]bool{}
	}
	larger[name] = true
	return larger
}

// carried checks by whose token a request goes: one that this device's pages gave, after the last clear;
// with a user configured always the same person's; and a change that a clear parked never by the token of
// somebody who had not made it.
func (o *oracle) carried(p *process, x *exchange, s engine.Send) {
	if !o.world.plan.Setup.Tokens || p != p.device.process {
		return // one that was replaced does not know what happened since
	}
	d, b := p.device, &o.of(p.device).belonging
	for _, header := range s.Headers {
		if header[0] != "Authorization" {
			continue
		}
		t := o.world.issuer.find(header[1])
		switch {
		case t == nil || t.device != d:
			o.fail("people", d.name, "%s goes by %q, which no page of this device gave", s.Name, header[1])
			return
		case t.number <= b.cleared:
			o.fail("people", d.name, "%s goes by the token %s, which was given before the clear", s.Name, t.text)
		}
		if s.Name == "push" {
			if b.sent != "" && b.sent != t.person && d.setup.User {
				o.fail("people", d.name, "the database of %s sends a change by the token of %s", b.sent, t.person)
			}
			b.sent = t.person
		}
		b.last = map[string]bool{t.person: true}
		for _, m := range x.mutations {
			if owners := b.ownersOf(m.of); owners != nil && !owners[t.person] && !owners[nobody] {
				o.fail("people", d.name, "%s was made by %v, but goes by the token of %s", m.id, slices.Sorted(maps.Keys(owners)), t.person)
			}
		}
	}
}

// ownersOf is who may have made a change that a clear parked, nil when anybody may send it.
func (b *belonging) ownersOf(id string) map[string]bool {
	if owners := b.owners[id]; owners != nil {
		return owners
	}
	root, _, _ := strings.Cut(id, "/")
	return b.owners[root]
}

// foreign reports a change that a clear parked, of nobody who may be signed in now. While the engine may know of
// nobody, because the one token it was given came too late, it is nobody's yet (claim 12.11).
func (b *belonging) foreign(id string) bool {
	owners := b.ownersOf(id)
	if owners == nil || owners[nobody] || len(b.last) == 0 || b.last[nobody] {
		return false
	}
	for person := range b.last {
		if owners[person] {
			return false
		}
	}
	return true
}

// clears follows a clear: what it parks belongs to who was known last, what it discards is not somebody
// else's, and the tokens of before are forgotten.
func (o *oracle) clears(p *process, c *diskCommit) {
	if !o.world.plan.Setup.Tokens || !c.clear {
		return
	}
	b := &o.of(p.device).belonging
	for _, e := range c.ended {
		if e.end == "discarded_by_user" && b.foreign(e.id) {
			o.fail("people", p.device.name, "%q discards %s, which somebody else has made", c.name, e.id)
		}
	}
	owners := maps.Clone(b.owners)
	if owners == nil {
		owners = map[string]map[string]bool{}
	}
	for _, m := range c.mutations {
		before := p.view.mutations[m.id] // what an earlier clear parked stays whose it was
		if m.state == "parked" && (before == nil || before.state != "parked") && b.ownersOf(m.id) == nil && len(b.last) > 0 {
			owners[m.id] = b.last
		}
	}
	*b = belonging{owners: owners, cleared: len(o.world.issuer.given)}
}

// knows is an engine that has read its database: it remembers whose token that took last.
func (o *oracle) knows(d *Device, view *diskView) {
	b := &o.of(d).belonging
	b.last = nil
	if person := personOf(view.subject); person != "" {
		b.last = map[string]bool{person: true}
	}
}

// hidesValues checks a parked change of somebody else in the list that a page sees.
func (o *oracle) hidesValues(d *Device, listed record.Value) {
	if id := listed.Field("id").Str(); o.world.plan.Setup.Tokens && listed.Field("state").Str() == "parked" &&
		o.of(d).belonging.foreign(id) && listed.Field("fields").Len() > 0 {
		o.fail("people", d.name, "outbox.list shows the values of %s, which somebody else has made: %s", id, listed.Text())
	}
}

// waitsForSomebody reports a restored change of a person who is not signed in.
func (o *oracle) waitsForSomebody(d *Device, m *diskMutation) bool {
	for person := range o.of(d).belonging.ownersOf(m.id) {
		if person != d.person {
			return true
		}
	}
	return false
}
