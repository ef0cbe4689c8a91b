package store

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/record"
)

// table is the committed state of one model: a slot for each record that has a row or a pending change. Nothing that
// exists once per record holds a pointer.
type table struct {
	form    form
	ids     idTable
	bases   slab
	records []tableRecord // by slot
	order   []orderEntry  // may hold outdated entries, which no longer agree with their slots
	sorted  bool
	used    int
	pending map[int32]*pendingChanges
	columns *columns // nil until a query needs them
	named   *columns // of the base rows; nil until a cascade needs them
	deleted int      // how many base rows are tombstones
}

type tableRecord struct {
	order   uint64
	base    span
	used    bool
	hasRow  bool
	deleted bool // the base is a tombstone
}

type orderEntry struct {
	order uint64
	slot  int32
}

// pendingChanges are the visible mutations of one record in save order, and the view that results from them.
type pendingChanges struct {
	mutations []*Mutation
	view      record.Value
	viewed    bool
}

func newTable(f form) *table {
	return &table{form: f, sorted: true, pending: map[int32]*pendingChanges{}}
}

func (t *table) row(model, id string) (Row, bool) {
	slot := t.ids.find(id)
	if slot < 0 || !t.records[slot].hasRow {
		return Row{}, false
	}
	return Row{Model: model, ID: id, Order: t.records[slot].order, Base: t.base(slot)}, true
}

// base returns the row's text, Missing when the record has no row.
func (t *table) base(slot int32) record.Value {
	if !t.records[slot].hasRow {
		return record.Value{}
	}
	return record.Trust(t.bases.text(t.records[slot].base))
}

func (t *table) slot(id string) int32 {
	slot := t.ids.slot(id)
	for int(slot) >= len(t.records) {
		t.records = append(roomy(t.records), tableRecord{})
	}
	return slot
}

func (t *table) put(row Row) {
	t.enter(row.ID, row.Order, row.Base, func() span { return t.bases.addBytes(row.Base.Text()) })
	t.tidy()
}

// enter gives a record a new base. keep puts its text into the slab.
func (t *table) enter(id string, order uint64, base record.Value, keep func() span) {
	slot := t.slot(id)
	known := &t.records[slot]
	if known.hasRow {
		t.bases.drop(known.base)
	}
	known.base = keep()
	known.hasRow = true
	t.count(known, isTombstone(base))
	t.place(slot, order)
}

func (t *table) tidy() {
	if t.bases.wasteful() {
		t.compact()
	}
}

func (t *table) remove(id string) {
	slot := t.ids.find(id)
	if slot < 0 || !t.records[slot].hasRow {
		return
	}
	known := &t.records[slot]
	t.bases.drop(known.base)
	t.count(known, false)
	known.base, known.hasRow = span{}, false
	t.settle(slot)
}

// count notes whether the base row of a record is a tombstone.
func (t *table) count(known *tableRecord, deleted bool) {
	if known.deleted {
		t.deleted--
	}
	if deleted {
		t.deleted++
	}
	known.deleted = deleted
}

// putMutation adds a mutation or replaces the one with its id.
func (t *table) putMutation(m *Mutation) {
	slot := t.slot(m.Key.ID)
	changes := t.pending[slot]
	if changes == nil {
		changes = &pendingChanges{}
		t.pending[slot] = changes
	}
	changes.mutations = insertMutation(changes.mutations, m)
	t.settle(slot)
}

func (t *table) removeMutation(m *Mutation) {
	slot := t.ids.find(m.Key.ID)
	if slot < 0 || t.pending[slot] == nil {
		return
	}
	changes := t.pending[slot]
	changes.mutations = deleteMutation(changes.mutations, m.ID)
	if len(changes.mutations) == 0 {
		delete(t.pending, slot)
	}
	t.settle(slot)
}

// settle gives a record the position that its row has, or else its first change. It frees the slot of a record that has
// neither.
func (t *table) settle(slot int32) {
	known := t.records[slot]
	changes := t.pending[slot]
	switch {
	case known.hasRow:
		t.place(slot, known.order)
	case changes != nil:
		t.place(slot, changes.mutations[0].Order)
	case known.used:
		t.records[slot] = tableRecord{}
		t.used--
		t.ids.release(slot)
		t.changed(slot)
	}
}

// changed must be called whenever the view of a slot may have changed.
func (t *table) changed(slot int32) {
	if changes := t.pending[slot]; changes != nil {
		changes.viewed = false
	}
	if t.columns != nil {
		t.columns.touch(slot)
	}
	if t.named != nil {
		t.named.touch(slot)
	}
}

func (t *table) place(slot int32, order uint64) {
	t.changed(slot)
	known := &t.records[slot]
	if known.used && known.order == order {
		return
	}
	if !known.used {
		t.used++
	}
	known.used, known.order = true, order
	if last := len(t.order) - 1; last >= 0 && t.order[last].order >= order {
		t.sorted = false
	}
	t.order = append(roomy(t.order), orderEntry{order, slot})
	if len(t.order) > 4*t.used+1024 {
		t.sort()
	}
}

func (t *table) compact() {
	var bases slab
	for n := range t.records {
		t.records[n].base = bases.addBytes(t.bases.text(t.records[n].base))
	}
	t.bases = bases
}

// each calls f for each slot in use, in order, until f returns false.
func (t *table) each(f func(slot int32) bool) {
	if !t.sorted || len(t.order) > 2*t.used+16 {
		t.sort()
	}
	for _, entry := range t.order {
		if known := t.records[entry.slot]; known.used && known.order == entry.order {
			if !f(entry.slot) {
				return
			}
		}
	}
}

// sort also removes the entries of slots that moved or were freed.
func (t *table) sort() {
	kept := t.order[:0]
	for _, entry := range t.order {
		if known := t.records[entry.slot]; known.used && known.order == entry.order {
			kept = append(kept, entry)
		}
	}
	sort.Slice(kept, func(a, b int) bool {
		if kept[a].order != kept[b].order {
			return kept[a].order < kept[b].order
		}
		return kept[a].slot < kept[b].slot
	})
	t.order = slices.Compact(kept)
	t.sorted = true
}

// view is what the app sees of a slot.
func (t *table) view(slot int32) record.Value {
	known := t.records[slot]
	changes := t.pending[slot]
	if changes == nil {
		if known.deleted {
			return record.Value{}
		}
		return t.base(slot)
	}
	if !changes.viewed {
		changes.view = t.form.view(t.base(slot), changes.mutations)
		changes.viewed = true
	}
	return changes.view
}

func insertMutation(list []*Mutation, m *Mutation) []*Mutation {
	list = deleteMutation(list, m.ID)
	at, _ := slices.BinarySearchFunc(list, m, (*Mutation).before)
	return slices.Insert(list, at, m)
}

// deleteMutation does not change the given slice, which readers may still hold.
func deleteMutation(list []*Mutation, id string) []*Mutation {
	kept := make([]*Mutation, 0, len(list)+1)
	for _, m := range list {
		if m.ID != id {
			kept = append(kept, m)
		}
	}
	return kept
}
