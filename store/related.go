package store

import (
	"math"
	"slices"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// A part of a predicate that leads to another model is answered for many records at once: the other model is queried
// first, and each record is looked up in the set of values that join the matches. For a few records it is done the
// other way round: the records that each is joined to are found by their key, or in the index of their foreign key.

// relating answers such parts for the records of one table, during one query.
type relating struct {
	image    *Image
	table    *table
	sets     []*joined // one for each part that was answered
	narrowed bool      // whether few records may be left when other models have not been looked at
}

// joined holds the values that join the matching records of another model.
type joined struct {
	to     *query.Related
	texts  map[string]struct{} // schema.JoinText of their fields
	firsts []string            // the texts of the first field alone, possibly repeated; at most lookupsMax and one
}

// lookupsMax is the most values of a field that are looked up in its index; beyond that, all records are looked at.
func (g *relating) lookupsMax() int { return max(lookupValuesMax, g.table.used/lookupSharesMin) }

// lookup is table.lookup for the records to which a few records of another model lead.
func (g *relating) lookup(p *query.Predicate) (field string, values []record.Value) {
	for _, r := range p.Needed() {
		if s := g.set(r); len(s.firsts) <= g.lookupsMax() && slices.Contains(g.table.form.lookups, r.Local[0]) {
			for _, text := range s.firsts {
				values = append(values, spellings(text)...)
			}
			return r.Local[0], values
		}
	}
	return "", nil
}

// finder prepares a predicate for the columns of the table; n is about how many records it will be asked for.
func (g *relating) finder(p *query.Predicate, c *columns, records int) *query.Finder {
	around := query.NewAround(g.image)
	return p.On(c.column, c, func(r *query.Related) func(slot int32) bool {
		if g.narrowed && records <= lookupValuesMax {
			return func(slot int32) bool { return around.Has(r, c.text(slot)) }
		}
		set, reader := g.set(r), c.joinReader(r.Local)
		return func(slot int32) bool {
			text, ok := reader(slot)
			if !ok {
				return false
			}
			_, found := set.texts[string(text)]
			return found
		}
	})
}

// set answers a part for all records of the table.
func (g *relating) set(r *query.Related) *joined {
	for _, s := range g.sets {
		if s.to == r {
			return s
		}
	}
	s := &joined{to: r, texts: map[string]struct{}{}}
	if t := g.image.tables[r.Target.Name]; t != nil {
		slots := g.image.matching(t, r.Inner)
		t.ask(r.Remote)
		whole, first := t.columns.joinReader(r.Remote), t.columns.joinReader(r.Remote[:1])
		for _, slot := range slots {
			text, ok := whole(slot)
			if !ok {
				continue
			}
			if _, known := s.texts[string(text)]; known {
				continue
			}
			s.texts[string(text)] = struct{}{}
			if len(s.firsts) <= g.lookupsMax() {
				text, _ = first(slot)
				s.firsts = append(s.firsts, string(text))
			}
		}
	}
	g.sets = append(g.sets, s)
	return s
}

// matching returns the slots of the records of a table that match, in no particular order.
func (i *Image) matching(t *table, p *query.Predicate) (slots []int32) {
	around := query.NewAround(i)
	if id, ok := p.KeyEquals(); ok {
		if slot := t.ids.find(id); slot >= 0 && t.view(slot).Exists() && p.MatchAround(t.view(slot), around) {
			slots = append(slots, slot)
		}
		return slots
	}
	slots, ok := i.search(t, p, nil, math.MaxInt)
	if ok {
		return slots
	}
	t.each(func(slot int32) bool {
		if view := t.view(slot); view.Exists() && p.MatchAround(view, around) {
			slots = append(slots, slot)
		}
		return true
	})
	return slots
}

// joinReader reads the values that join slots, in the form of schema.JoinText. The columns of the fields must have been
// read. A text is valid until the next one is read.
func (c *columns) joinReader(fields []string) func(slot int32) (text []byte, ok bool) {
	cells := make([]*query.Column, len(fields))
	for n, name := range fields {
		cells[n] = c.column(name)
	}
	var room []byte
	return func(slot int32) ([]byte, bool) {
		room = room[:0]
		for n, cell := range cells {
			part, plain := cell.Plain(slot, c)
			switch {
			case cell.IsNull(slot) || plain && len(part) == 0:
				return nil, false
			case !plain:
				text, ok := schema.JoinText(c.text(slot), fields)
				return []byte(text), ok
			case len(cells) == 1:
				return part, true
			}
			room = schema.AppendJoined(room, n, part)
		}
		return room, true
	}
}

// spellings are the values that a text joins: the text itself, and the value that is written like it without quotes.
func spellings(text string) []record.Value {
	values := []record.Value{record.OfString(text)}
	if v, err := record.Parse([]byte(text)); err == nil && (v.Kind() == record.Number || v.Kind() == record.Bool) {
		values = append(values, v)
	}
	return values
}

// Joined makes Image a query.Records over its committed views.
func (i *Image) Joined(r *query.Related, row record.Value, f func(other record.Value) bool) {
	t := i.tables[r.Target.Name]
	text, ok := schema.JoinText(row, r.Local)
	if t == nil || !ok {
		return
	}
	if r.ByKey() {
		if slot := t.ids.find(text); slot >= 0 && t.view(slot).Exists() {
			f(t.view(slot))
		}
		return
	}
	t.ask(r.Remote[:1])
	first, _ := schema.JoinText(row, r.Local[:1])
	for _, slot := range t.columns.lookup(r.Remote[0], spellings(first)) {
		view := t.view(slot)
		if other, ok := schema.JoinText(view, r.Remote); ok && other == text && !f(view) {
			return
		}
	}
}
