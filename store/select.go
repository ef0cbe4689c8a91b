package store

import (
	"math"
	"slices"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
)

// Select answers a query from committed views: those that match p (nil: all), sorted (without keys: in insertion
// order), and of these one page.
//
// It finds them in one of these ways, which all give the same answer:
//
//	the whole key is given      that record
//	nothing is asked for        all records in order
//	a field that records are    the piece of its index with that value
//	looked up by is given
//	few records of another      the pieces of the index of the foreign key, or of the own key, that
//	model can lead here         these name
//	else                        the index of the ordering, through the columns of the predicate,
//	                            no further than the page goes
//	columns can't tell          all records, each read
func (i *Image) Select(model string, p *query.Predicate, sort []query.SortKey, page query.Page) []record.Value {
	t := i.tables[model]
	if t == nil {
		return nil
	}
	if id, ok := p.KeyEquals(); ok {
		return i.one(t, id, p, page)
	}
	if p.Columnar() && (p != nil || len(sort) > 0) {
		if slots, ok := i.search(t, p, sort, resultsUpTo(page)); ok {
			from, to := page.Slice(len(slots))
			found := make([]record.Value, 0, to-from)
			for _, slot := range slots[from:to] {
				found = append(found, t.view(slot))
			}
			return found
		}
	}
	return i.scan(t, p, sort, page)
}

// one answers a query that at most one record can match.
func (i *Image) one(t *table, id string, p *query.Predicate, page query.Page) []record.Value {
	var found []record.Value
	if slot := t.ids.find(id); slot >= 0 {
		if view := t.view(slot); view.Exists() && p.MatchAround(view, query.NewAround(i)) {
			found = append(found, view)
		}
	}
	from, to := page.Slice(len(found))
	return found[from:to]
}

// scan reads every record.
func (i *Image) scan(t *table, p *query.Predicate, sort []query.SortKey, page query.Page) []record.Value {
	var found []record.Value
	enough := resultsUpTo(page)
	around := query.NewAround(i)
	t.each(func(slot int32) bool {
		if view := t.view(slot); view.Exists() && p.MatchAround(view, around) {
			found = append(found, view)
		}
		return len(sort) > 0 || len(found) < enough
	})
	query.Sort(found, sort)
	from, to := page.Slice(len(found))
	return found[from:to]
}

// resultsUpTo is the number of results up to the end of a page.
func resultsUpTo(page query.Page) int {
	if page.Limit <= 0 || page.Number >= math.MaxInt/page.Limit-1 {
		return math.MaxInt
	}
	return page.Limit * (max(page.Number, 0) + 1)
}

// search finds the slots of matching records by columns and indexes, in the order of sort: enough for the page, or all.
// ok is false when columns are not enough.
func (i *Image) search(t *table, p *query.Predicate, sort []query.SortKey, enough int) (slots []int32, ok bool) {
	names := p.Fields()
	for _, key := range sort {
		names = append(names, key.Field)
	}
	related := relating{image: i, table: t}
	lookup, values := t.lookup(p)
	related.narrowed = lookup != ""
	if lookup == "" {
		lookup, values = related.lookup(p)
	}
	if lookup != "" {
		names = append(names, lookup)
	}
	if len(names) > columnsMax || !t.ask(names) {
		return nil, false
	}
	c := t.columns
	if lookup == "" {
		return c.walk(c.index(sort).slots, related.finder(p, c, t.used), enough), true
	}
	order := c.order(sort)
	slots = c.lookup(lookup, values)
	slots = related.finder(p, c, len(slots)).Keep(slots)
	sortSlots(slots, order)
	return slices.Compact(slots), true
}

// walk goes through slots until it has found enough records.
func (c *columns) walk(slots []int32, finder *query.Finder, enough int) []int32 {
	if finder == nil {
		return slots[:min(len(slots), enough)]
	}
	var found []int32
	for from := 0; from < len(slots) && len(found) < enough; {
		to := min(from+walkSlots, len(slots))
		start := len(found)
		found = append(found, slots[from:to]...)
		found = found[:start+len(finder.Keep(found[start:]))]
		from = to
	}
	return found
}

// lookup finds a comparison that only records with one of few values of a lookup field satisfy.
func (t *table) lookup(p *query.Predicate) (field string, values []record.Value) {
	for _, name := range t.form.lookups {
		if values, ok := p.OneOf(name); ok && len(values) <= lookupValuesMax {
			return name, values
		}
	}
	return "", nil
}

// lookup returns the slots whose field may have one of the values, in no particular order, some of them repeated.
func (c *columns) lookup(field string, values []record.Value) []int32 {
	x := c.index([]query.SortKey{{Field: field}})
	var slots []int32
	for _, value := range values {
		slots = append(slots, c.equal(x, value)...)
	}
	return slots
}

// ask has the named fields read. When that would make too many columns, it drops those of earlier queries first.
func (t *table) ask(names []string) bool {
	if t.columns != nil && t.columns.ask(names) {
		return true
	}
	t.columns = newColumns(t, t.view)
	return t.columns.ask(names)
}

// naming returns in order the slots of records, deleted ones included, whose base row may have one of the values in a
// field.
func (t *table) naming(field string, values []record.Value) []int32 {
	names := []string{field}
	if t.named == nil || !t.named.ask(names) {
		t.named = newColumns(t, t.base)
		t.named.ask(names)
	}
	x := t.named.index([]query.SortKey{{Field: field}})
	var slots []int32
	for _, value := range values {
		slots = append(slots, t.named.equal(x, value)...)
	}
	sortSlots(slots, t.named.order(nil))
	return slices.Compact(slots)
}
