package store

import (
	"sort"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Image is the committed state in memory. Not safe for concurrent use. The values, mutations and slices that it returns
// never change afterwards, and the caller must not change them.
type Image struct {
	schema    *schema.Schema
	tables    map[string]*table
	mutations map[string]*Mutation
	outbox    mutationList
	parked    mutationList
	journal   journal
	meta      map[string]record.Value
	seq       uint64
	order     uint64
	recent    recentCommits
}

// NewImage makes an empty image. A nil schema knows no models.
func NewImage(s *schema.Schema) *Image {
	return &Image{schema: s, tables: map[string]*table{}, mutations: map[string]*Mutation{},
		meta: map[string]record.Value{}}
}

func (i *Image) form(model string) form {
	if t := i.tables[model]; t != nil {
		return t.form
	}
	return i.newForm(model)
}

func (i *Image) newForm(model string) form {
	if i.schema == nil {
		return formOf(nil)
	}
	m := i.schema.Model(model)
	f := formOf(m)
	if m != nil {
		f.lookups = i.schema.LookupFields(m)
	}
	return f
}

func (i *Image) table(model string) *table {
	t := i.tables[model]
	if t == nil {
		t = newTable(i.newForm(model))
		i.tables[model] = t
	}
	return t
}

func (i *Image) Row(k Key) (Row, bool) {
	if t := i.tables[k.Model]; t != nil {
		return t.row(k.Model, k.ID)
	}
	return Row{}, false
}

// Mutations of one record in save order, parked ones excluded.
func (i *Image) Mutations(k Key) []*Mutation {
	if t := i.tables[k.Model]; t != nil {
		if slot := t.ids.find(k.ID); slot >= 0 && t.pending[slot] != nil {
			return t.pending[slot].mutations
		}
	}
	return nil
}

func (i *Image) Mutation(id string) (*Mutation, bool) {
	m, ok := i.mutations[id]
	return m, ok
}

func (i *Image) View(k Key) record.Value {
	if t := i.tables[k.Model]; t != nil {
		if slot := t.ids.find(k.ID); slot >= 0 {
			return t.view(slot)
		}
	}
	return record.Value{}
}

func (i *Image) Meta(key string) record.Value { return i.meta[key] }

// MetaKeys returns the keys of all meta entries, sorted.
func (i *Image) MetaKeys() []string {
	keys := make([]string, 0, len(i.meta))
	for key := range i.meta {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Models returns the names of the models that have records here, sorted.
func (i *Image) Models() []string {
	names := make([]string, 0, len(i.tables))
	for name, t := range i.tables {
		if t.used > 0 {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// Seq is the sequence of the last commit; the next one's is one higher.
func (i *Image) Seq() uint64 { return i.seq }

// Order is the highest order that was given to a row or a mutation so far.
func (i *Image) Order() uint64 { return i.order }

// OrderOf is the position of a record among those of its model, 0 when there is no such record.
func (i *Image) OrderOf(k Key) uint64 {
	if t := i.tables[k.Model]; t != nil {
		if slot := t.ids.find(k.ID); slot >= 0 {
			return t.records[slot].order
		}
	}
	return 0
}

// Outbox returns the mutations in save order, without parked ones.
func (i *Image) Outbox() []*Mutation { return i.outbox.all() }

// Parked returns the parked mutations in save order.
func (i *Image) Parked() []*Mutation { return i.parked.all() }

// Journal returns how mutations ended, newest last, the newest 1,000.
func (i *Image) Journal() []Ended { return i.journal.all() }

// EachRow calls f for each base row of a model in order, tombstones included, until f returns false. f must not change
// the image.
func (i *Image) EachRow(model string, f func(Row) bool) {
	t := i.tables[model]
	if t == nil {
		return
	}
	t.each(func(slot int32) bool {
		if !t.records[slot].hasRow {
			return true
		}
		return f(Row{Model: model, ID: t.ids.id(slot), Order: t.records[slot].order,
			Base: t.base(slot)})
	})
}

// SetSchema rebuilds everything that depends on the schema. No stored text changes (rule 11).
func (i *Image) SetSchema(s *schema.Schema) {
	i.schema = s
	for model, t := range i.tables {
		t.form = i.newForm(model)
		t.columns, t.named = nil, nil
		for _, changes := range t.pending {
			changes.viewed = false
		}
	}
}
