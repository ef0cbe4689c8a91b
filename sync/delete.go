package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/shape"
)

// delete removes records. When that is durable, it answers with a list of the deleted rows.
func (e *Engine) delete(ev Delete) {
	d := e.newDeletion()
	rows, problem := d.plan(ev, 0)
	if problem == nil {
		problem = d.stage(func() { e.line.Reply(ev.Call, rows) }, func(problem *app.Error) { e.turnAway(ev.Call, ev, problem) })
	}
	if problem != nil {
		e.line.Fail(ev.Call, problem)
	}
}

// deletion collects deletes that are committed together, with everything that they take along. The children of a record
// over HAS_ONE and HAS_MANY go before it, as far as they are stored here; those that only the server has are left to it.
// Nothing is staged before all deletes are planned.
type deletion struct {
	e      *Engine
	seen   map[store.Key]int // the record -> the index of the delete that takes it along
	order  []store.Key       // children first
	commit *store.Commit
	queued []*store.Mutation
	at     int // the index of the delete being planned, or of the one that was refused
	// The delete that is being planned:
	ev      Delete
	id      string
	named   bool // its mutation id was given to a root already
	count   int
	problem *app.Error
}

func (e *Engine) newDeletion() *deletion {
	return &deletion{e: e, seen: map[store.Key]int{}, commit: &store.Commit{Name: "save+outbox", Strict: true}}
}

// plan adds a delete, the at-th of the call, and returns the list of the rows that it names.
func (d *deletion) plan(ev Delete, at int) ([]byte, *app.Error) {
	sh := d.e.setup.Shape(ev.Model)
	d.at = at
	if sh == nil {
		return nil, app.UnknownModel(ev.Model)
	}
	var rows record.ListBuilder
	if !d.e.door.Known(ev.MutationID) {
		roots, problem := d.e.deletedRoots(sh, ev)
		if problem != nil {
			return nil, problem
		}
		d.ev, d.named, d.count = ev, false, 0
		if len(roots) > 0 {
			d.id = d.e.outbox.MutationID(ev.MutationID)
		}
		for _, key := range roots {
			if by, gone := d.seen[key]; !gone || by == at {
				rows.Add(d.e.door.Stage.View(key))
			}
			d.remove(sh, key, true)
		}
	}
	return rows.List().Text(), d.problem
}

// stage stages everything that was planned, or returns a problem and stages nothing.
func (d *deletion) stage(done func(), failed func(*app.Error)) *app.Error {
	if len(d.order) == 0 {
		d.e.door.AnswerWhenDurable(done, failed)
		return nil
	}
	if problem := d.askAboutDependants(); problem != nil {
		return problem
	}
	d.e.door.CommitInOrder(d.commit, d.order, func() {
		for i := range d.queued {
			d.e.line.Enqueued(d.queued[i])
		}
		if len(d.queued) == 0 {
			d.e.line.Outbox()
		}
	}, failed)
	d.e.door.AnswerFirst(done)
	return nil
}

// deletedRoots finds the records that the call itself names.
func (e *Engine) deletedRoots(sh *shape.Shape, ev Delete) ([]store.Key, *app.Error) {
	if ev.ID == "" {
		filter, err := query.ParseRelated(e.setup.Schema, sh.Model, ev.Filter)
		if err != nil {
			return nil, app.NewError(app.CodeInvalidValue, "The criteria are not valid: "+err.Error())
		}
		return e.find(sh, filter), nil
	}
	key := store.Key{Model: ev.Model, ID: ev.ID}
	view := e.door.Stage.View(key)
	if !view.Exists() {
		return nil, nil
	}
	condition, problem := e.condition(sh, ev.Condition)
	if problem != nil {
		return nil, problem
	}
	if !condition.Match(view) {
		return nil, conditionFailed()
	}
	return []store.Key{key}, nil
}

// find runs a query on the staged view: committed records that are not staged for deletion, and staged ones. A
// filter that leads to other models may give another result for any record once a change of those models is staged, so
// it is evaluated on an image that holds what is staged.
func (e *Engine) find(sh *shape.Shape, filter *query.Predicate) []store.Key {
	image, models := e.door.Image, filter.Models()
	if len(models) > 0 && e.door.Stage.Len() > 0 {
		image = e.door.Stage.Ahead(append(models, sh.Model.Name))
	}
	var keys []store.Key
	around := query.NewAround(image)
	seen := map[store.Key]bool{}
	add := func(key store.Key) {
		view := e.door.Stage.View(key)
		if !seen[key] && view.Exists() && filter.MatchAround(view, around) {
			keys = append(keys, key)
		}
		seen[key] = true
	}
	for _, row := range image.Select(sh.Model.Name, filter, nil, query.Page{}) {
		if id, err := sh.Model.RecordID(row); err == nil {
			add(store.Key{Model: sh.Model.Name, ID: id})
		}
	}
	if !sh.Model.Syncable {
		for _, id := range e.door.Stage.RowIDs(sh.Model.Name) {
			add(store.Key{Model: sh.Model.Name, ID: id})
		}
	}
	for _, q := range e.door.Stage.Outbox() {
		if q.Key.Model == sh.Model.Name && e.door.Touched(q.ID) {
			add(q.Key)
		}
	}
	return keys
}

func (d *deletion) remove(sh *shape.Shape, key store.Key, root bool) {
	if _, gone := d.seen[key]; gone || d.problem != nil {
		return
	}
	d.seen[key] = d.at
	if len(d.seen) > cascadeRecordsMax {
		d.problem = app.NewError(app.CodeBadRequest, "One delete takes more than "+strconv.Itoa(cascadeRecordsMax)+
			" records along. Delete them in smaller steps.")
		return
	}
	view := d.e.door.Stage.View(key)
	for _, f := range sh.Model.Fields {
		for _, child := range d.e.children(sh, f, view) {
			d.remove(d.e.setup.Shape(child.Model), child, false)
		}
	}
	d.order = append(d.order, key)
	keys, err := sh.Model.KeyFields(key.ID)
	if err != nil {
		keys = record.Pick(view, sh.Model.Key...)
	}
	n := outbox.Change{ID: d.nextID(root), Key: key, Operation: conflict.Delete, Fields: keys, Tab: d.ev.Call.Tab}
	if root && d.ev.ID != "" && !d.ev.Condition.IsNull() && d.ev.Condition.Len() > 0 {
		n.Condition = d.ev.Condition
	}
	if d.e.outbox.Enqueue(d.commit, n) >= 0 {
		d.queued = append(d.queued, &store.Mutation{Key: key, Fields: view})
	}
}

// askAboutDependants refuses to end held creates that changes of other records need. The app has to choose what becomes
// of those changes (rule 5), and outbox.discard() takes that choice.
func (d *deletion) askAboutDependants() *app.Error {
	var creates []*store.Mutation
	for _, ended := range d.commit.Ended {
		m, ok := d.e.door.Stage.Mutation(ended.MutationID)
		if ok && m.State == store.Held && m.Operation == conflict.Create {
			creates = append(creates, m)
		}
	}
	if len(creates) == 0 {
		return nil
	}
	m, others := d.e.outbox.FirstNeeded(creates, d.seen)
	if m == nil {
		return nil
	}
	d.at = d.seen[m.Key]
	return outbox.NeedsChoice(others, "Delete or change their records first, or call outbox.discard("+
		strconv.Quote(m.ID)+", {dependants: 'discard' or 'keep'}).")
}

// nextID gives the call's own mutation id to the first root, and to every other record an id derived from it.
func (d *deletion) nextID(root bool) string {
	if root && !d.named {
		d.named = true
		return d.id
	}
	d.count++
	return d.id + "/" + strconv.Itoa(d.count)
}

// children lists the records that a row owns over one field: HAS_MANY, or HAS_ONE with the key on either side.
func (e *Engine) children(sh *shape.Shape, f *schema.Field, row record.Value) []store.Key {
	a := f.Association
	if a == nil || a.Kind == schema.BelongsTo {
		return nil
	}
	child := e.setup.Shape(f.Type.Model)
	if child == nil {
		return nil
	}
	if len(a.TargetNames) > 0 {
		if to, whole := sh.Target(f, row); whole && e.door.Stage.View(to).Exists() {
			return []store.Key{to}
		}
		return nil
	}
	names := a.AssociatedWith
	if len(names) == 1 {
		if back := child.Model.Field(names[0]); back != nil && back.Association != nil {
			names = back.Association.TargetNames
		}
	}
	if len(names) != len(sh.Model.Key) {
		return nil
	}
	return e.joined(child, names, record.Pick(row, sh.Model.Key...), sh.Model.Key)
}

// joined finds the records whose fields equal the given fields of a row, in the staged view.
func (e *Engine) joined(sh *shape.Shape, names []string, row record.Value, of []string) (keys []store.Key) {
	text, ok := schema.JoinText(row, of)
	if !ok {
		return nil
	}
	var alternatives record.ListBuilder
	for i, name := range names {
		var equals, leaf record.Builder
		equals.Set("eq", row.Field(of[i]))
		leaf.Set(name, equals.Object())
		alternatives.Add(leaf.Object())
	}
	var filter record.Builder
	filter.Set("and", alternatives.List())
	p, err := query.Parse(sh.Model, filter.Object(), query.Client)
	if err != nil {
		return nil
	}
	seen := map[store.Key]bool{}
	add := func(key store.Key) {
		if view := e.door.Stage.View(key); !seen[key] && view.Exists() && p.Match(view) {
			keys = append(keys, key)
		}
		seen[key] = true
	}
	for _, row := range e.door.Image.Select(sh.Model.Name, p, nil, query.Page{}) {
		if id, err := sh.Model.RecordID(row); err == nil {
			add(store.Key{Model: sh.Model.Name, ID: id})
		}
	}
	for _, key := range e.door.Stage.Joining(sh.Model.Name, names, text) {
		add(key)
	}
	return keys
}
