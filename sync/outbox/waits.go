package outbox

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// A create or update that points at a record waits until that record's create is acknowledged
// (rule 5). What waits must not be waited for in turn, or both would stay for ever.

// Blockers are the creates that a mutation waits for.
func (o *Outbox) Blockers(m *store.Mutation) []*store.Mutation {
	return o.BlockersIn(o.door.Stage, m)
}

// queue is what is queued for a record: staged, or committed.
type queue interface {
	Mutations(store.Key) []*store.Mutation
}

// BlockersIn are the creates in a queue that a mutation waits for.
func (o *Outbox) BlockersIn(q queue, m *store.Mutation) []*store.Mutation {
	var found []*store.Mutation
	for _, key := range o.setup.Shape(m.Key.Model).Needs(m) {
		for _, other := range q.Mutations(key) {
			if other.Operation == conflict.Create && other.ID != m.ID {
				found = append(found, other)
			}
		}
	}
	return found
}

// circular reports that a create would wait for a create that, directly or over others, waits for
// it: two new records that point at each other.
func (o *Outbox) circular(m *store.Mutation) bool {
	if m.Operation != conflict.Create {
		return false
	}
	seen := map[store.Key]bool{}
	open := o.setup.Shape(m.Key.Model).Needs(m)
	for len(open) > 0 {
		key := open[len(open)-1]
		open = open[:len(open)-1]
		if key == m.Key {
			return true
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		for _, other := range o.door.Stage.Mutations(key) {
			if other.Operation == conflict.Create {
				open = append(open, o.setup.Shape(other.Key.Model).Needs(other)...)
			}
		}
	}
	return false
}

// FormerLife is the row that was here, alive or deleted, before a create of its id was made; Missing
// when there was none.
func (o *Outbox) FormerLife(create *store.Mutation) record.Value {
	if row, ok := o.door.Image.Row(create.Key); ok && row.Order < create.Order {
		return row.Base
	}
	if conflict.StampOf(create.Base).Version > 0 { // kept by a clear(); that of a copy is no row of the server
		return create.Base
	}
	return record.Value{}
}
