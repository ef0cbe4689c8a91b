package store

import "github.com/deltabase/deltabase/record"

// overlay holds what staged commits would change, by key.
type overlay struct {
	cleared   bool
	rows      map[Key]*Row            // nil: removed
	mutations map[string]*Mutation    // nil: ended
	byKey     map[Key][]string        // ids of staged mutations, each once
	meta      map[string]record.Value // Missing: removed
	outbox    []*Mutation             // made on first use
	joinings  map[string]*joining     // made on first use
	order     uint64
}

func (o *overlay) add(c *Commit) {
	if o.rows == nil {
		o.rows = map[Key]*Row{}
		o.mutations = map[string]*Mutation{}
		o.byKey = map[Key][]string{}
		o.meta = map[string]record.Value{}
	}
	if c.Clear {
		o.clear()
	}
	for _, key := range c.Removed {
		o.rows[key] = nil
	}
	for n := range c.Rows {
		row := c.Rows[n]
		o.rows[row.Key()] = &row
		o.order = max(o.order, row.Order)
	}
	for n := range c.Mutations {
		m := c.Mutations[n]
		o.put(m.ID, m.Key, &m)
		o.order = max(o.order, m.Order)
	}
	for n := range c.Ended {
		o.put(c.Ended[n].MutationID, c.Ended[n].Key, nil)
	}
	for _, entry := range c.Meta {
		o.meta[entry.Key] = entry.Value
	}
}

func (o *overlay) clear() {
	o.cleared = true
	o.rows = map[Key]*Row{}
	for key := range o.meta {
		if !survivesClear(key) {
			delete(o.meta, key)
		}
	}
}

func (o *overlay) put(id string, key Key, m *Mutation) {
	if _, known := o.mutations[id]; !known {
		o.byKey[key] = append(o.byKey[key], id)
	}
	o.mutations[id] = m
	o.outbox = nil
}
