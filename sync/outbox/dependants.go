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
	list := o.door.Stage.Outbox()
	if create.State == store.Parked {
		list = slices.DeleteFunc(slices.Clone(o.door.Image.Parked()), func(q *store.Mutation) bool { return o.door.Touched(q.ID) })
	}
	o.eachDependant(list, []*store.Mutation{create}, func(q, _ *store.Mutation) {
		if q.Key != create.Key {
			others = append(others, q)
		} else if q.ID != create.ID {
			own = append(own, q)
		}
	})
	return own, others
}

// FirstNeeded is the first of some queued creates that changes of other records need, with those: of records that are
// not in gone. nil when there is none. It goes through the outbox once, however many creates there are.
func (o *Outbox) FirstNeeded(creates []*store.Mutation, gone map[store.Key]int) (first *store.Mutation, others []*store.Mutation) {
	by := map[*store.Mutation][]*store.Mutation{}
	o.eachDependant(o.door.Stage.Outbox(), creates, func(q, of *store.Mutation) {
		if _, goes := gone[q.Key]; !goes {
			by[of] = append(by[of], q)
		}
	})
	for _, create := range creates {
		if others := by[create]; len(others) > 0 {
			return create, others
		}
	}
	return nil, nil
}

// eachDependant visits what depends on creates, each with the one of these that it leads to.
func (o *Outbox) eachDependant(list, creates []*store.Mutation, visit func(q, of *store.Mutation)) {
	doomed := map[store.Key]*store.Mutation{}
	for _, create := range creates {
		doomed[create.Key] = create
	}
	for _, q := range list {
		of := doomed[q.Key]
		for _, key := range o.setup.Shape(q.Key.Model).Needs(q) {
			if of == nil {
				of = doomed[key]
			}
		}
		if of == nil {
			continue
		}
		visit(q, of)
		if q.Operation == conflict.Create {
			doomed[q.Key] = of
		}
	}
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
