package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// What the app does with queued changes. One that was sent and not answered is nobody's to change:
// the server may have it already (rule 2).

// queued finds the mutation that a call is about and answers the call when there is none.
func (e *Engine) queued(call app.Call, id string) *store.Mutation {
	m, ok := e.door.Stage().Mutation(id)
	if !ok {
		e.fail(call, app.NewError(app.CodeNotFound, "There is no change "+strconv.Quote(id)+
			" in the outbox; it may have ended meanwhile. Look at outbox.list()."))
		return nil
	}
	return m
}

func inFlight(m *store.Mutation) *app.Error {
	return app.NewError(app.CodeInFlight, "The change "+strconv.Quote(m.ID)+" was sent, and its answer is awaited. Wait "+
		"until it has ended or is held; to change the record meanwhile, save it again.")
}

func inCircle() *app.Error {
	return app.NewError(app.CodeBadRequest, "The create would point at a record whose create waits for this one. "+
		"Leave that field out, and save it instead: that is sent after both.")
}

func parkedChange(m *store.Mutation) *app.Error {
	return app.NewError(app.CodeBadRequest, "The change "+strconv.Quote(m.ID)+" was parked by clear(). Call "+
		"outbox.restore() first.")
}

// again is a held mutation on its way once more: on top of what the server showed last. Its
// attempts begin a new round, so that its wire id is a new one.
func (e *Engine) again(m *store.Mutation) (store.Mutation, *app.Error) {
	next := *m
	next.State, next.Cause, next.Resent = store.Pending, nil, false
	next.Attempts = (m.Attempts/attemptRound + 1) * attemptRound
	next.SchemaHash = e.setup.Hash()
	model := e.setup.Schema().Model(m.Key.Model)
	if model == nil {
		return next, modelGone(m)
	}
	how := schema.Loose // the server may have learnt to take what it refused
	if heldBySchema(m) {
		how = e.setup.Config().Validate
	}
	if reason := e.misfit(&next, how); reason != "" {
		return next, app.NewError(app.CodeInvalidValue, "The change does not fit the schema: "+reason+".")
	}
	if m.Remote.Kind() == record.Object && m.Operation != conflict.Create {
		resend, reason := conflict.Resolve(model, m.Operation, m.Fields, m.Remote, conflict.RetryLocal,
			record.Value{})
		if reason != "" {
			return next, app.NewError(app.CodeTombstone, "The record was deleted on the server. Discard the change.")
		}
		if !resend.None {
			next.Operation, next.Fields, next.Version = resend.Operation, resend.Fields, resend.Version
			next.Base, next.Remote = m.Remote, record.Value{}
		}
	}
	return next, nil
}

// retry sends a held change again. One that waits for its next attempt, or for its question, is
// attended to at once.
func (e *Engine) retry(ev Retry) {
	m := e.queued(ev.Call, ev.MutationID)
	switch {
	case m == nil:
	case m.State == store.Parked:
		e.fail(ev.Call, parkedChange(m))
	case m.State == store.Held:
		e.sendHeld(ev.Call, m)
	case e.stranded(m):
		e.fail(ev.Call, modelGone(m))
	case m.State == store.Conflicted:
		if e.conflicts.With(m.ID) == "" {
			e.conflicts.Anew(m.ID) // those that never answered too
			e.ask(m.ID)
		}
		e.reply(ev.Call, nil)
	default:
		e.wakePush()
		e.reply(ev.Call, nil)
	}
}

// edit changes fields of a change that is not under way. A held one is sent again, one in conflict
// is asked about anew.
func (e *Engine) edit(ev Edit) {
	m := e.queued(ev.Call, ev.MutationID)
	if m == nil {
		return
	}
	edited, problem := e.edited(m, ev.Fields)
	switch {
	case problem != nil:
		e.fail(ev.Call, problem)
	case m.State == store.Held:
		e.sendHeld(ev.Call, edited)
	default:
		e.closeQuestion(m.ID)
		e.requeue(ev.Call, edited, func() {
			if edited.State == store.Conflicted {
				e.ask(m.ID)
			}
		})
	}
}

// edited is a mutation with other fields, checked like a save.
func (e *Engine) edited(m *store.Mutation, fields record.Value) (*store.Mutation, *app.Error) {
	sh := e.setup.Shape(m.Key.Model)
	switch {
	case m.State == store.Parked:
		return nil, parkedChange(m)
	case sh == nil:
		return nil, modelGone(m)
	case m.State == store.Sent:
		return nil, inFlight(m)
	case m.Operation == conflict.Delete:
		return nil, app.NewError(app.CodeBadRequest, "A delete has no fields to edit. Retry or discard it.")
	case fields.Kind() != record.Object:
		return nil, app.NewError(app.CodeInvalidValue, "The fields of an edit are an object of values by field name.")
	}
	for _, name := range record.Names(fields) {
		if sh.Fields[name] == nil || sh.Model.IsKey(name) {
			return nil, app.NewError(app.CodeInvalidValue, "An edit of a "+sh.Model.Name+" can't set "+strconv.Quote(name)+
				". Name fields of the model, without its key.")
		}
	}
	if err := e.setup.Schema().CheckAs(e.setup.Config().Validate, sh.Model, fields, false); err != nil {
		return nil, app.NewError(app.CodeInvalidValue, err.Error())
	}
	view := e.door.Stage().View(m.Key)
	after := record.Overlay(view, sh.Settable(fields))
	if problem := e.tooLong(sh, view, after); problem != nil {
		return nil, problem
	}
	next := *m
	// What the model no longer has is let go: as it stands, the change could never be sent.
	next.Fields = record.Overlay(sh.Settable(m.Fields), sh.Whole(sh.Settable(fields), after))
	next.SchemaHash = e.setup.Hash()
	if !sh.Points(fields) {
		return &next, nil
	}
	if problem := e.checkParents(sh, after, after); problem != nil {
		return nil, problem
	}
	if e.circular(&next) {
		return nil, inCircle()
	}
	return &next, nil
}

func (e *Engine) sendHeld(call app.Call, m *store.Mutation) {
	next, problem := e.again(m)
	if problem != nil {
		e.fail(call, problem)
		return
	}
	e.wakePush()
	e.requeue(call, &next, func() {})
}

// requeue commits a mutation as the app wants it, and answers.
func (e *Engine) requeue(call app.Call, m *store.Mutation, then func()) {
	c := &store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{*m}}
	e.door.Commit(c, func() {
		e.reply(call, nil)
		e.announceOutbox()
		then()
	}, func(problem *app.Error) {
		e.fail(call, problem)
		e.askWaiting()
	})
}
