package store

import (
	"slices"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
)

// columns are what queries have read of a table's views so far: typed columns of the fields that
// they asked for, and indexes, each a list of slots in an order. Commits only note which slots
// they changed; the next query reads those anew. Nothing here is ever more than the views say: it
// can be thrown away at any time.
type columns struct {
	table   *table
	names   []string
	columns []*query.Column // of names
	asked   []uint64        // when names were last asked for, by clock
	indexes []*index
	visible []bool  // by slot: its record has a view
	stale   []bool  // by slot: changed since its cells were read
	changed []int32 // the stale slots
	clock   uint64
	places  []record.Place
}

// index lists the visible slots in the order of keys, then of first appearance.
type index struct {
	keys  []query.SortKey
	slots []int32
	asked uint64
}

// touch notes that the view of a slot may have changed.
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

// Text is the text that the cells of a slot lie in.
func (c *columns) Text(slot int32) []byte { return c.table.view(slot).Text() }

func (c *columns) column(name string) *query.Column {
	if at := slices.Index(c.names, name); at >= 0 {
		return c.columns[at]
	}
	return nil
}

// ask brings everything up to date and reads the named fields where they are not yet.
func (c *columns) ask(names []string) {
	c.clock++
	c.refresh()
	var missing []string
	for _, name := range names {
		if at := slices.Index(c.names, name); at >= 0 {
			c.asked[at] = c.clock
		} else if !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return
	}
	for len(c.names)+len(missing) > columnsMax {
		c.forget()
	}
	first := len(c.names)
	for _, name := range missing {
		c.names = append(c.names, name)
		column := &query.Column{}
		column.Grow(len(c.table.records))
		c.columns = append(c.columns, column)
		c.asked = append(c.asked, c.clock)
	}
	for slot := range c.table.records {
		c.read(int32(slot), first)
	}
}

// read reads the fields of a slot from the first-th column on.
func (c *columns) read(slot int32, first int) {
	names := c.names[first:]
	c.places = slices.Grow(c.places[:0], len(names))[:len(names)]
	view := record.Value{}
	if c.visible[slot] {
		view = c.table.view(slot)
	}
	record.Locate(view, names, c.places)
	for i, place := range c.places {
		c.columns[first+i].Set(slot, place)
	}
}

// forget drops the column that was not asked for longest, and the indexes that need it.
func (c *columns) forget() {
	oldest := 0
	for at := range c.asked {
		if c.asked[at] < c.asked[oldest] {
			oldest = at
		}
	}
	name := c.names[oldest]
	c.indexes = slices.DeleteFunc(c.indexes, func(x *index) bool {
		return slices.ContainsFunc(x.keys, func(k query.SortKey) bool { return k.Field == name })
	})
	c.names = slices.Delete(c.names, oldest, oldest+1)
	c.columns = slices.Delete(c.columns, oldest, oldest+1)
	c.asked = slices.Delete(c.asked, oldest, oldest+1)
}

// refresh reads the changed slots and puts them where they belong in the indexes.
func (c *columns) refresh() {
	if len(c.changed) == 0 {
		return
	}
	var shown []int32
	for _, slot := range c.changed {
		c.visible[slot] = c.table.view(slot).Exists()
		c.read(slot, 0)
		if c.visible[slot] {
			shown = append(shown, slot)
		}
	}
	for _, x := range c.indexes {
		order := c.order(x.keys)
		slices.SortFunc(shown, order)
		x.slots = c.without(x.slots)
		x.slots = merged(x.slots, shown, order)
	}
	for _, slot := range c.changed {
		c.stale[slot] = false
	}
	c.changed = nil
}

// without takes the changed slots out of a list.
func (c *columns) without(slots []int32) []int32 {
	if len(c.changed) > 1 {
		return slices.DeleteFunc(slots, func(slot int32) bool { return c.stale[slot] })
	}
	if at := slices.Index(slots, c.changed[0]); at >= 0 {
		return slices.Delete(slots, at, at+1)
	}
	return slots
}

// merged unites two sorted lists in the room of the first.
func merged(list, more []int32, order func(a, b int32) int) []int32 {
	rest := len(list) // where the part that still has to move ends
	list = append(list, more...)
	for n := len(more) - 1; n >= 0; n-- {
		at, _ := slices.BinarySearchFunc(list[:rest], more[n], order)
		copy(list[at+n+1:], list[at:rest])
		list[at+n] = more[n]
		rest = at
	}
	return list
}

// order compares slots by keys, then by first appearance.
func (c *columns) order(keys []query.SortKey) func(a, b int32) int {
	ordering := query.NewOrdering(keys, c.column, c)
	records := c.table.records
	return func(a, b int32) int {
		if order := ordering.Compare(a, b); order != 0 {
			return order
		}
		switch x, y := records[a].order, records[b].order; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a - b)
	}
}

// index returns the index of keys and makes it where there is none. The columns must be there.
func (c *columns) index(keys []query.SortKey) *index {
	for _, x := range c.indexes {
		if slices.Equal(x.keys, keys) {
			x.asked = c.clock
			return x
		}
	}
	for len(c.indexes) >= indexesMax {
		oldest := slices.MinFunc(c.indexes, func(a, b *index) int { return int(int64(a.asked - b.asked)) })
		c.indexes = slices.DeleteFunc(c.indexes, func(x *index) bool { return x == oldest })
	}
	x := &index{keys: slices.Clone(keys), asked: c.clock, slots: make([]int32, 0, c.table.used)}
	for slot, visible := range c.visible {
		if visible {
			x.slots = append(x.slots, int32(slot))
		}
	}
	slices.SortFunc(x.slots, c.order(keys))
	c.indexes = append(c.indexes, x)
	return x
}

// equal returns the part of an index over one field whose records may have the value.
func (c *columns) equal(x *index, value record.Value) []int32 {
	ordering := query.NewOrdering(x.keys, c.column, c)
	from, _ := slices.BinarySearchFunc(x.slots, value, func(slot int32, v record.Value) int {
		return ordering.Against(slot, v)
	})
	to, _ := slices.BinarySearchFunc(x.slots[from:], value, func(slot int32, v record.Value) int {
		if ordering.Against(slot, v) > 0 {
			return 1
		}
		return -1
	})
	return x.slots[from : from+to]
}
