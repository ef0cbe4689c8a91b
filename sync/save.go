package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/shape"
)

// save answers a call when its change and the outbox entry are durable.
func (e *Engine) save(ev Save) {
	problem := e.stageSave(ev, answer{
		reply:  func(body []byte) { e.line.Reply(ev.Call, body) },
		failed: func(problem *app.Error) { e.turnAway(ev.Call, ev, problem) },
	})
	if problem != nil {
		e.line.Fail(ev.Call, problem)
	}
}

// answer finishes a write that was staged: with a reply once it is durable, or with the failure of its transaction.
type answer struct {
	reply  func(body []byte)
	failed func(*app.Error)
}

// stageSave plans a change on the staged view, so that it sees every earlier save. When it refuses a save, nothing
// changes.
func (e *Engine) stageSave(ev Save, a answer) *app.Error {
	sh := e.setup.Shape(ev.Model)
	if sh == nil {
		return app.UnknownModel(ev.Model)
	}
	id, err := sh.Model.RecordID(ev.Record)
	if err != nil {
		return app.NewError(app.CodeInvalidValue, err.Error())
	}
	key := store.Key{Model: ev.Model, ID: id}
	reply := func() { a.reply(e.savedRow(ev, key)) }
	if e.door.Known(ev.MutationID) {
		e.door.AnswerWhenDurable(reply, a.failed)
		return nil
	}
	change, problem := e.changeOf(sh, key, ev)
	if problem != nil {
		return problem
	}
	if change == nil {
		e.door.AnswerWhenDurable(reply, a.failed)
		return nil
	}
	c := &store.Commit{Name: "save+outbox", Strict: true}
	queued := e.outbox.Enqueue(c, *change)
	if canary.EarlyAck {
		reply()
	}
	e.door.Commit(c, func() {
		if queued >= 0 {
			e.line.Enqueued(&store.Mutation{Key: key, Fields: change.Fields})
		}
	}, a.failed)
	if !canary.EarlyAck {
		e.door.AnswerFirst(reply)
	}
	if canary.EarlyNotify {
		e.live.Changed([]store.Change{{Key: key, Before: e.door.Image.View(key), After: e.door.Stage.View(key)}})
	}
	return nil
}

// savedRow is the record as it is stored. When a delete or a clear in the same commit has already removed it, it is the
// record as the page gave it.
func (e *Engine) savedRow(ev Save, key store.Key) []byte {
	row := e.door.Image.View(key)
	if !row.Exists() {
		row = ev.Record
	}
	return row.Text()
}

// changeOf checks a save and says what it changes; nil when it changes nothing.
func (e *Engine) changeOf(sh *shape.Shape, key store.Key, ev Save) (*outbox.Change, *app.Error) {
	if err := e.setup.Schema.Check(sh.Model, ev.Fields, false); err != nil {
		return nil, app.NewError(app.CodeInvalidValue, err.Error())
	}
	fields := sh.Settable(ev.Fields)
	view := e.door.Stage.View(key)
	n := &outbox.Change{ID: e.outbox.MutationID(ev.MutationID), Key: key, Upsert: ev.Upsert, Tab: ev.Call.Tab}
	if !view.Exists() {
		n.NewID = ev.NewID
		if !hasKey(sh, fields) {
			whole := outbox.WithoutNulls(sh.Settable(ev.Record))
			n.Source, n.NewID = record.Without(whole, record.Names(fields)...), false
			fields = record.Overlay(whole, fields)
		}
		keys := record.Pick(ev.Record, sh.Model.Key...)
		n.Operation, n.Fields = conflict.Create, record.Overlay(keys, fields)
		if problem := e.refusable(sh, n.Fields, true); problem != nil {
			return nil, problem
		}
		if problem := e.outbox.TooLong(sh, record.Value{}, n.Fields); problem != nil {
			return nil, problem
		}
		return n, e.outbox.CheckParents(sh, n.Fields, ev.Record)
	}
	p, problem := e.condition(sh, ev.Condition)
	if problem != nil {
		return nil, problem
	}
	if !p.Match(view) {
		return nil, conditionFailed()
	}
	changed := record.Without(record.Changed(view, fields), sh.Model.Key...)
	if changed.Len() == 0 && !(ev.Upsert && e.heldByRecord(key)) {
		return nil, nil
	}
	if problem := e.refusable(sh, changed, false); problem != nil {
		return nil, problem
	}
	after := record.Overlay(view, changed)
	if problem := e.outbox.TooLong(sh, view, after); problem != nil {
		return nil, problem
	}
	n.Operation, n.Fields = conflict.Update, sh.Whole(changed, after)
	if p != nil {
		n.Condition = ev.Condition
	}
	return n, e.outbox.CheckParents(sh, after, ev.Record)
}

// heldByRecord reports whether the view of a record is a create that the server refused because it has another record
// with the id.
func (e *Engine) heldByRecord(key store.Key) bool {
	queued := e.door.Stage.Mutations(key)
	return len(queued) > 0 && outbox.HeldByRecord(queued[len(queued)-1])
}

// refusable says what the server would refuse of a change; nothing when the app checks as Amplify does. Fields that a
// save leaves alone are not checked.
func (e *Engine) refusable(sh *shape.Shape, fields record.Value, complete bool) *app.Error {
	if e.setup.Config.Validate == schema.Loose {
		return nil
	}
	if err := e.setup.Schema.CheckAs(schema.Strict, sh.Model, fields, complete); err != nil {
		return app.NewError(app.CodeInvalidValue, err.Error())
	}
	return nil
}

// condition reads the condition of a save or delete. The server evaluates it as well, so the engine refuses a condition
// that no server takes before anything happens.
func (e *Engine) condition(sh *shape.Shape, filter record.Value) (*query.Predicate, *app.Error) {
	p, err := query.Parse(sh.Model, filter, query.Client)
	if err != nil {
		return nil, app.NewError(app.CodeInvalidValue, "The condition is not valid: "+err.Error())
	}
	if _, whole := p.Without(sh.Model.Key...).Sendable(e.setup.Schema); !whole && e.setup.Config.Endpoint != "" && sh.Model.Syncable {
		return nil, app.NewError(app.CodeInvalidValue, "The server can't evaluate the condition: it has more than 100 comparisons and "+
			"groups, or an operator or an operand that the type of a field does not take there. Simplify it, or "+
			"query the record and compare in the app.")
	}
	return p, nil
}

// hasKey tells a constructed instance, whose fields hold its key, from a copy of a record that is gone by now: the
// changed fields of a copy are not enough to create it.
func hasKey(sh *shape.Shape, fields record.Value) bool {
	return record.Pick(fields, sh.Model.Key...).Len() == len(sh.Model.Key)
}

func conditionFailed() *app.Error {
	return app.NewError(app.CodeConditionFailed, "Conditional update failed")
}
