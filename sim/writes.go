package sim

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// write carries out an operation that changes records.
func (a *actor) write() {
	model := a.model()
	switch a.op.Kind {
	case CreateOp:
		a.create(model, "")
	case FamilyOp:
		a.family()
	case UpdateOp:
		if !a.update(model, 1+a.dice.below(3)) {
			a.create(model, "")
		}
	case RapidOp:
		a.rapid(model)
	case ConditionalOp:
		a.conditional(model)
	case DeleteOp:
		if id := a.known(model); id != "" {
			a.remove(model, id, record.Value{})
		}
	case DeleteWhereOp:
		a.removeWhere(model)
	case RecreateOp:
		a.recreate(model)
	}
}

func (a *actor) model() string { return one(a.dice, modelNames...) }

// known picks a record that this device sees, "" when there is none. Few records are favourites
// of many, so that devices meet.
func (a *actor) known(model string) string {
	ids := a.device.process.view.ids(model)
	salt := a.op.Draw
	if a.dice.chance(0.6) {
		salt = a.world.plan.Seed + uint64(a.op.Number/40)
	}
	return favourite(salt, ids)
}

// mutationID is the page's id of the next mutation of this operation.
func (a *actor) mutationID() string {
	a.made++
	return fmt.Sprintf("%s.%d.%d", a.device.name, a.op.Number, a.made)
}

// newID is a record id that nobody else has, or rarely one that others take, too.
func (a *actor) newID() string {
	if a.dice.chance(0.06) && !a.world.plan.Setup.Plain { // to plain AppSync, ids are taken for unique
		return fmt.Sprintf("k%d", a.dice.below(3))
	}
	return fmt.Sprintf("%s%d", a.device.name, a.op.Number)
}

func (a *actor) keyOf(model, id string) record.Value {
	var b record.Builder
	if model != "Comment" {
		b.SetString("id", id)
		return b.Object()
	}
	thread, number := "t"+id, 0
	for i := range id {
		if id[i] == '#' {
			thread = id[:i]
			number, _ = strconv.Atoi(id[i+1:])
		}
	}
	b.SetString("thread", thread)
	b.SetInt("number", int64(number))
	return b.Object()
}

// create saves a new record and returns its id.
func (a *actor) create(model, parent string) string {
	shape := modelShapes[model]
	id := a.newID()
	key := a.keyOf(model, id)
	var b record.Builder
	b.SetString(shape.text, a.token())
	if a.dice.chance(0.8) {
		b.SetInt("rank", int64(a.dice.below(10)))
	}
	if shape.numbers || shape.list != "" && a.dice.chance(0.5) {
		b.Set(shape.list, a.list(shape, record.Value{}))
	}
	if parent == "" && shape.foreign != "" && a.dice.chance(0.6) {
		parent = a.known(shape.parent)
	}
	if parent != "" {
		b.SetString(shape.foreign, parent)
	}
	if model == "Note" && a.dice.chance(0.4) {
		b.Set("place", a.place())
		b.SetString("data", fmt.Sprintf(`{"n":%d}`, a.op.Number))
	}
	row := record.Overlay(key, b.Object())
	a.saveNew(model, row, model != "Comment" && !strings.HasPrefix(id, "k"))
	return oracleID(model, row)
}

// family creates a parent and, without waiting, its child and grandchild; half of them in one call.
func (a *actor) family() {
	if a.op.Draw&1 == 1 {
		a.group = new([]groupSave)
		defer a.saveGroup()
	}
	blog := a.create("Blog", "")
	post := a.create("Post", blog)
	if a.dice.chance(0.5) {
		a.create("Comment", post)
	}
	if a.dice.chance(0.5) {
		a.create("Profile", blog)
	}
}

// update changes some fields of a record; false when the device has none.
func (a *actor) update(model string, fields int) bool {
	id := a.known(model)
	if id == "" {
		return false
	}
	view := a.device.process.view.visible(key{model, id})
	changed := a.changes(model, view, fields)
	a.save(model, record.Overlay(view, changed), changed, record.Value{})
	return true
}

// rapid edits one record several times within a moment; the edits are made on one another.
func (a *actor) rapid(model string) {
	id := a.known(model)
	if id == "" {
		id = a.create(model, "")
	}
	at := key{model, id}
	for range 2 + a.dice.below(4) {
		step := a.dice.next()
		a.world.after(a.dice.between(0, 60), func() {
			if a.device.process == nil || a.device.frozen || a.device.tab(a.tab.name) == nil {
				return
			}
			again := *a
			again.dice = roll(step)
			view := again.device.process.view.visible(at)
			if !view.Exists() {
				return
			}
			changed := again.changes(model, view, 1+again.dice.below(2))
			again.made = int(step >> 40)
			again.save(model, record.Overlay(view, changed), changed, record.Value{})
		})
	}
}

func (a *actor) conditional(model string) {
	id := a.known(model)
	if id == "" {
		return
	}
	condition := criteria{operator: one(a.dice, "lt", "ge"), rank: a.dice.below(10)}.filter()
	if a.dice.chance(0.3) {
		a.remove(model, id, condition)
		return
	}
	view := a.device.process.view.visible(key{model, id})
	changed := a.changes(model, view, 1)
	a.save(model, record.Overlay(view, changed), changed, condition)
}

// recreate deletes a record and makes another one under its id.
func (a *actor) recreate(model string) {
	id := a.known(model)
	if id == "" {
		return
	}
	a.remove(model, id, record.Value{})
	shape := modelShapes[model]
	var b record.Builder
	b.SetString(shape.text, a.token())
	if shape.numbers {
		b.Set(shape.list, a.list(shape, record.Value{}))
	}
	row := record.Overlay(a.keyOf(model, id), b.Object())
	a.save(model, row, row, record.Value{})
}

// changes draws new values for some fields of a record.
func (a *actor) changes(model string, view record.Value, count int) record.Value {
	shape := modelShapes[model]
	var b record.Builder
	written := map[string]bool{}
	for range count {
		kind := a.dice.below(8)
		name := shape.text
		switch {
		case kind < 2:
			name = "rank"
		case kind == 2 && shape.list != "":
			name = shape.list
		case kind == 3 && len(shape.texts) > 0:
			name = one(a.dice, shape.texts...)
		case kind == 4 && shape.foreign != "":
			name = shape.foreign
		case kind == 5 && model == "Note":
			name = one(a.dice, "place", "data")
		}
		if written[name] || name == "extra" && a.device.older {
			continue
		}
		written[name] = true
		a.set(&b, shape, name, view)
	}
	if len(written) == 0 {
		b.SetString(shape.text, a.token())
	}
	return b.Object()
}

func (a *actor) set(b *record.Builder, shape modelShape, name string, view record.Value) {
	switch {
	case name == "rank":
		b.SetInt(name, int64(a.dice.below(10)))
	case name == shape.list:
		b.Set(name, a.list(shape, view.Field(name)))
	case name == shape.foreign:
		if parent := a.known(shape.parent); parent != "" {
			b.SetString(name, parent)
		} else {
			b.SetNull(name)
		}
	case name == "place":
		b.Set(name, a.place())
	case name == "data":
		b.SetString(name, fmt.Sprintf(`{"n":%d,"by":%q}`, a.op.Number, a.device.name))
	case name != shape.text && a.dice.chance(0.2):
		b.SetNull(name)
	default:
		b.SetString(name, a.token())
	}
}

// token is a text that no other write has.
func (a *actor) token() string {
	return fmt.Sprintf("%s.%d.%d", a.device.name, a.op.Number, a.dice.below(1000))
}

func (a *actor) place() record.Value {
	var b record.Builder
	b.SetString("street", a.token())
	if a.dice.chance(0.5) {
		b.SetString("city", a.token())
	}
	return b.Object()
}

// list is a list with one more element, cut to the last few.
func (a *actor) list(shape modelShape, now record.Value) record.Value {
	const most = 4
	var b record.ListBuilder
	skip := now.Len() - most + 1
	now.Elements(func(i int, v record.Value) bool {
		if i >= skip {
			b.Add(v)
		}
		return true
	})
	if shape.numbers {
		b.Add(record.OfInt(int64(a.op.Number*1000 + a.dice.below(1000))))
	} else {
		b.AddString(a.token())
	}
	return b.List()
}

func (a *actor) save(model string, row, fields, condition record.Value) {
	a.saves(engine.Save{Model: model, Record: row, Fields: fields, Condition: condition})
}

// saveNew saves a constructed instance; newID tells that the page has made its id.
func (a *actor) saveNew(model string, row record.Value, newID bool) {
	a.saves(engine.Save{Model: model, Record: row, Fields: row, NewID: newID})
}

func (a *actor) saves(ev engine.Save) {
	d := a.device
	s := &write{id: a.mutationID(), key: key{ev.Model, oracleID(ev.Model, ev.Record)}, fields: ev.Fields,
		conditional: ev.Condition.Exists(), tab: a.tab.name}
	a.world.oracle.saving(d, s)
	if a.group != nil {
		ev.MutationID = s.id
		*a.group = append(*a.group, groupSave{s, ev})
		return
	}
	c := a.call("save", func(c engine.Call) engine.Event {
		ev.Call, ev.MutationID = c, s.id
		return ev
	}, func(r engine.Reply) { a.world.oracle.saved(d, s, r) })
	c.again = true
}

// groupSave is a save that goes with others, all or none of them.
type groupSave struct {
	write *write
	event engine.Save
}

// saveGroup saves what was gathered in one call.
func (a *actor) saveGroup() {
	d, group := a.device, *a.group
	a.group = nil
	c := a.call("saveAll", func(c engine.Call) engine.Event {
		ev := engine.WriteAll{Call: c}
		for _, one := range group {
			ev.Writes = append(ev.Writes, one.event)
		}
		return ev
	}, func(r engine.Reply) {
		if r.Err != nil {
			return
		}
		record.Trust(r.Body).Elements(func(i int, row record.Value) bool {
			a.world.oracle.saved(d, group[i].write, engine.Reply{Call: r.Call, Body: row.Text()})
			return true
		})
	})
	c.again = true
}

func (a *actor) remove(model, id string, condition record.Value) {
	d := a.device
	s := &write{id: a.mutationID(), key: key{model, id}, deletes: true, conditional: condition.Exists(), tab: a.tab.name}
	a.world.oracle.saving(d, s)
	c := a.call("delete", func(c engine.Call) engine.Event {
		return engine.Delete{Call: c, MutationID: s.id, Model: model, ID: id, Condition: condition}
	}, func(r engine.Reply) { a.world.oracle.saved(d, s, r) })
	c.again = true
}

func (a *actor) removeWhere(model string) {
	d := a.device
	wanted := criteria{operator: "eq", rank: a.dice.below(10)}
	s := &write{id: a.mutationID(), key: key{model: model}, deletes: true, tab: a.tab.name}
	a.world.oracle.saving(d, s)
	a.call("delete", func(c engine.Call) engine.Event {
		return engine.Delete{Call: c, MutationID: s.id, Model: model, Filter: wanted.filter()}
	}, func(r engine.Reply) { a.world.oracle.saved(d, s, r) })
}
