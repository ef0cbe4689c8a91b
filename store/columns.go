package store

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
)

// columns cache what queries have read of a table's views, or cascades of its base rows: typed columns of the fields
// that they asked for, and indexes, which are sorted lists of slots. Commits only note which slots they changed; the
// next query reads those slots anew. All of it follows from the views, so it can be thrown away at any time.
type columns struct {
	table   *table
	text    func(slot int32) record.Value // what the columns read of a record: its view, or its base row
	names   []string
	columns []*query.Column // of names
	indexes []*index
	visible []bool  // by slot: whether its record has such a text
	stale   []bool  // by slot: changed since its cells were read
	changed []int32 // the stale slots
}

// index lists the visible slots in the order of keys, then of first appearance.
type index struct {
	keys  []query.SortKey
	slots []int32
}

func newColumns(t *table, text func(slot int32) record.Value) *columns {
	c := &columns{table: t, text: text}
	for slot := range t.records {
		c.touch(int32(slot))
	}
	return c
}

// touch notes that the text of a slot may have changed.
func (c *columns) touch(slot int32) {
	for int(slot) >= len(c.stale) {
		c.stale = append(c.stale, false)
		c.visible = append(c.visible, false)
	}
	if !c.stale[slot] {
		c.stale[slot] = true
		c.changed = append(c.changed, slot)
	}
}

// Text is the text in which the cells of a slot lie.
func (c *columns) Text(slot int32) []byte { return c.text(slot).Text() }

func (c *columns) column(name string) *query.Column {
	for at, known := range c.names {
		if known == name {
			return c.columns[at]
		}
	}
	return nil
}

// ask updates everything, and reads the named fields that were not read before. ok is false when that would make too
// many columns.
func (c *columns) ask(names []string) (ok bool) {
	c.refresh()
	first := len(c.names)
	for _, name := range names {
		if c.column(name) != nil {
			continue
		}
		if len(c.names) == columnsMax {
			return false
		}
		c.names = append(c.names, name)
		c.columns = append(c.columns, query.NewColumn(len(c.table.records)))
	}
	if len(c.names) > first {
		places := make([]record.Place, len(c.names)-first)
		for slot := range c.visible {
			c.read(int32(slot), first, places)
		}
	}
	return true
}

// read reads the fields of a slot, from column number first on.
func (c *columns) read(slot int32, first int, places []record.Place) {
	view := record.Value{}
	if c.visible[slot] {
		view = c.text(slot)
	}
	record.Locate(view, c.names[first:], places)
	for i, place := range places {
		c.columns[first+i].Set(slot, place)
	}
}

// refresh reads the changed slots and moves them to their new places in the indexes.
func (c *columns) refresh() {
	if len(c.changed) == 0 {
		return
	}
	var shown []int32
	places := make([]record.Place, len(c.names))
	for _, slot := range c.changed {
		c.visible[slot] = c.text(slot).Exists()
		c.read(slot, 0, places)
		if c.visible[slot] {
			shown = append(shown, slot)
		}
	}
	for _, x := range c.indexes {
		order := c.order(x.keys)
		sortSlots(shown, order)
		x.slots = merged(c.unchanged(x.slots), shown, order)
	}
	for _, slot := range c.changed {
		c.stale[slot] = false
	}
	c.changed = nil
}

// unchanged removes the changed slots from a list.
func (c *columns) unchanged(slots []int32) []int32 {
	if len(c.changed) == 1 { // after a save, only that slot is looked for
		if at := slices.Index(slots, c.changed[0]); at >= 0 {
			return append(slots[:at], slots[at+1:]...)
		}
		return slots
	}
	kept := slots[:0]
	for _, slot := range slots {
		if !c.stale[slot] {
			kept = append(kept, slot)
		}
	}
	return kept
}

// merged merges two sorted lists, within the capacity of the first.
func merged(list, more []int32, order func(a, b int32) int) []int32 {
	rest := len(list) // where the part that still has to move ends
	list = append(list, more...)
	for n := len(more) - 1; n >= 0; n-- {
		at := sort.Search(rest, func(i int) bool { return order(list[i], more[n]) > 0 })
		copy(list[at+n+1:], list[at:rest])
		list[at+n] = more[n]
		rest = at
	}
	return list
}

func sortSlots(slots []int32, order func(a, b int32) int) {
	sort.Slice(slots, func(i, j int) bool { return order(slots[i], slots[j]) < 0 })
}

// order compares slots by keys, then by first appearance. No two slots are equal.
func (c *columns) order(keys []query.SortKey) func(a, b int32) int {
	ordering := query.NewOrdering(keys, c.column, c)
	records := c.table.records
	return func(a, b int32) int {
		if order := ordering.Compare(a, b); order != 0 {
			return order
		}
		if x, y := records[a].order, records[b].order; x < y || x == y && a < b {
			return -1
		}
		return 1
	}
}

// index returns the index of some keys, and makes it if there is none. The columns must have been read.
func (c *columns) index(keys []query.SortKey) *index {
	for _, x := range c.indexes {
		if slices.Equal(x.keys, keys) {
			return x
		}
	}
	if len(c.indexes) == indexesMax {
		c.indexes = nil // each index in use is made again by its next query
	}
	x := &index{keys: slices.Clone(keys), slots: make([]int32, 0, c.table.used)}
	c.table.each(func(slot int32) bool {
		if c.visible[slot] {
			x.slots = append(x.slots, slot)
		}
		return true
	})
	if len(keys) > 0 {
		query.NewOrdering(keys, c.column, c).Sort(x.slots)
	}
	c.indexes = append(c.indexes, x)
	return x
}

// equal returns the part of an index over one field in which every record that has the value must be.
func (c *columns) equal(x *index, value record.Value) []int32 {
	ordering := query.NewOrdering(x.keys, c.column, c)
	from := sort.Search(len(x.slots), func(i int) bool { return ordering.Against(x.slots[i], value) >= 0 })
	to := sort.Search(len(x.slots), func(i int) bool { return ordering.Against(x.slots[i], value) > 0 })
	return x.slots[from:to]
}
