package store

import "github.com/deltabase/deltabase/record"

// Apply applies a commit and returns what changed for observers, in the commit's order.
func (i *Image) Apply(c *Commit) []Change {
	touched := i.touched(c)
	changes := make([]Change, len(touched))
	for n, key := range touched {
		changes[n] = Change{Key: key, Before: i.View(key), Order: i.OrderOf(key)}
	}
	if c.Clear {
		i.clear()
	}
	for _, key := range c.Removed {
		i.removeRow(key)
	}
	for _, row := range c.Rows {
		i.putRow(row)
	}
	for n := range c.Mutations {
		copied := c.Mutations[n]
		i.putMutation(&copied)
	}
	for _, ended := range c.Ended {
		i.end(ended)
	}
	for _, entry := range c.Meta {
		i.setMeta(entry)
	}
	i.advance(c.Seq, c.OrderMax)
	changes = i.visible(changes)
	i.recall(changes)
	return changes
}

// touched lists the records whose view the commit may change, each once.
func (i *Image) touched(c *Commit) []Key {
	var keys []Key
	seen := map[Key]bool{}
	touch := func(key Key) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	if c.Clear {
		for _, model := range i.Models() {
			t := i.tables[model]
			t.each(func(slot int32) bool {
				touch(Key{model, t.ids.id(slot)})
				return true
			})
		}
	}
	for _, row := range c.Rows {
		touch(row.Key())
	}
	for _, key := range c.Removed {
		touch(key)
	}
	for n := range c.Mutations {
		touch(c.Mutations[n].Key)
	}
	for n := range c.Ended {
		if m, ok := i.mutations[c.Ended[n].MutationID]; ok {
			touch(m.Key)
		}
	}
	return keys
}

// visible completes the changes, and keeps those that an observer can see.
func (i *Image) visible(changes []Change) []Change {
	kept := changes[:0]
	for _, change := range changes {
		change.After = i.View(change.Key)
		if sameText(change.Before, change.After) || record.Equal(change.Before, change.After) {
			continue
		}
		if change.After.Exists() {
			change.Order = i.OrderOf(change.Key)
		}
		change.MetaOnly = i.form(change.Key.Model).metaOnly(change.Before, change.After)
		kept = append(kept, change)
	}
	return kept
}

func sameText(a, b record.Value) bool {
	return a.Exists() == b.Exists() && string(a.Text()) == string(b.Text())
}

func (i *Image) putRow(row Row) {
	i.table(row.Model).put(row)
	i.order = max(i.order, row.Order)
}

// putPage stores the given rows of a page. It takes over the page's text, which nobody may change from then on.
func (i *Image) putPage(model string, text []byte, rows []pageRow, counts []bool) {
	t := i.table(model)
	chunk, adopted := uint32(0), false
	for n := range rows {
		row := &rows[n]
		if !counts[n] {
			continue
		}
		i.order = max(i.order, row.order)
		if row.offset == 0 {
			t.put(Row{model, row.id, row.order, row.base})
			continue
		}
		if !adopted {
			chunk, adopted = t.bases.adopt(text), true
		}
		length := len(row.base.Text())
		t.enter(row.id, row.order, row.base, func() span { return t.bases.take(chunk, row.offset, length) })
	}
	t.tidy()
}

func (i *Image) removeRow(key Key) {
	if t := i.tables[key.Model]; t != nil {
		t.remove(key.ID)
	}
}

// putMutation adds a mutation, or replaces the one with its id. From then on the image owns it.
func (i *Image) putMutation(m *Mutation) {
	if known, ok := i.mutations[m.ID]; ok {
		i.dropMutation(known)
	}
	i.mutations[m.ID] = m
	i.order = max(i.order, m.Order)
	if m.State == Parked {
		i.parked.put(m)
		return
	}
	i.outbox.put(m)
	i.table(m.Key.Model).putMutation(m)
}

func (i *Image) dropMutation(m *Mutation) {
	delete(i.mutations, m.ID)
	if m.State == Parked {
		i.parked.remove(m)
		return
	}
	i.outbox.remove(m)
	i.table(m.Key.Model).removeMutation(m)
}

func (i *Image) end(e Ended) {
	if m, ok := i.mutations[e.MutationID]; ok {
		i.dropMutation(m)
	}
	i.journal.add(e)
}

func (i *Image) setMeta(entry MetaEntry) {
	if entry.Value.Exists() {
		i.meta[entry.Key] = entry.Value
	} else {
		delete(i.meta, entry.Key)
	}
}

// clear removes all rows, and all meta entries that do not survive a clear. Mutations stay.
func (i *Image) clear() {
	mutations := i.outbox.all()
	i.tables = map[string]*table{}
	for _, m := range mutations {
		i.table(m.Key.Model).putMutation(m)
	}
	for key := range i.meta {
		if !survivesClear(key) {
			delete(i.meta, key)
		}
	}
}

func (i *Image) advance(seq, order uint64) {
	i.seq = max(i.seq, seq)
	i.order = max(i.order, order)
}
