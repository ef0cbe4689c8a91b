package outbox

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// Dependants of a create: the later changes of its own record, and the changes of others that
// point at it, directly or over a further create, with all changes of that one's record. Those of a
// parked one are parked as well: what was saved after the clear() did not know the record.
func (o *Outbox) Dependants(create *store.Mutation) (own, others []*store.Mutation) {
	doomed := map[store.Key]bool{create.Key: true}
	list := o.door.Stage.Outbox()
	if create.State == store.Parked {
		list = slices.DeleteFunc(slices.Clone(o.door.Image.Parked()), func(q *store.Mutation) bool { return o.door.Touched(q.ID) })
	}
	for _, q := range list {
		if q.Key == create.Key {
			if q.ID != create.ID {
				own = append(own, q)
			}
			continue
		}
		if doomed[q.Key] || slices.ContainsFunc(o.setup.Shape(q.Key.Model).Needs(q), func(key store.Key) bool { return doomed[key] }) {
			others = append(others, q)
			if q.Operation == conflict.Create {
				doomed[q.Key] = true
			}
		}
	}
	return own, others
}

// NeedsChoice lists the changes that need a created record. ask is the sentence that says what to do.
func NeedsChoice(others []*store.Mutation, ask string) *app.Error {
	var list record.ListBuilder
	text := ""
	for i, q := range others {
		if i == reportedDependantsMax {
			break
		}
		var b record.Builder
		b.SetString("id", q.ID)
		b.SetString("model", q.Key.Model)
		b.SetString("recordId", q.Key.ID)
		b.SetString("operation", string(q.Operation))
		list.Add(b.Object())
		if i > 0 {
			text += ", "
		}
		text += q.ID
	}
	problem := app.NewError(app.CodeNeedsChoice, strconv.Itoa(len(others))+" changes need the record that this one "+
		"creates: "+text+". "+ask)
	problem.Detail = list.List().Text()
	return problem
}
