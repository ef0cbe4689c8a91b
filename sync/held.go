package sync

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// refuse handles what the server refused for good. The mutation is held, so that the app can look
// at it; the others go on.
func (e *Engine) refuse(m *store.Mutation, err appsync.Error) {
	message := err.Message
	if message == "" {
		message = "The server refused the change."
	}
	switch {
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Create:
		e.refuseCreate(m, message)
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Delete && !m.Condition.Exists():
		e.alreadyGone(m)
	case err.Type == appsync.ConditionalCheckFailed:
		e.hold(m, "condition", message, record.Value{})
	case isUnauthorized(err.Type):
		e.hold(m, CodeUnauthorized, message, record.Value{})
	default:
		e.hold(m, "rejected", message, record.Value{})
	}
}

// refuseCreate finds out what stands in the way of a create: a tombstone or a row.
func (e *Engine) refuseCreate(m *store.Mutation, message string) {
	holdBy := func(row record.Value) {
		switch stamp := conflict.StampOf(row); {
		case stamp.Deleted:
			e.hold(m, CodeTombstone, "A record with this id was deleted on the server. Discard the "+
				"change, or save it under a new id.", row)
		case row.Exists():
			e.hold(m, "condition", "The server has a record with this id already. Discard the change, "+
				"or save it under a new id.", row)
		default:
			e.hold(m, "condition", message, row)
		}
	}
	if row, ok := e.stage.Row(m.Key); ok {
		holdBy(row.Base)
		return
	}
	e.push.looking[m.ID] = true
	done := func(row record.Value) {
		delete(e.push.looking, m.ID)
		holdBy(row)
	}
	nothing := func() { done(record.Value{}) }
	e.read(m, done, func(answer) { nothing() }, nothing)
}

// alreadyGone ends a delete of a record that the server does not have: there is nothing to do.
func (e *Engine) alreadyGone(m *store.Mutation) {
	c := &store.Commit{Name: "acknowledge", Strict: true, Removed: []store.Key{m.Key},
		Ended: []store.Ended{{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
			End: store.Acknowledged, AtMs: e.nowMs}}}
	e.commit(c, func() { e.announceProcessed(m.Key.Model, m.Base) }, nil)
}

// hold stops a mutation until somebody decides. remote, if there is one, becomes the base.
func (e *Engine) hold(m *store.Mutation, code, message string, remote record.Value) {
	g := e.newMerge("hold")
	g.commit.Strict = true
	next := *m
	next.State, next.Cause = store.Held, &store.Cause{Code: code, Message: message}
	if remote.Exists() {
		next.Remote = remote
		g.row(e.schema.Model(m.Key.Model), m.Key, remote, true)
	}
	g.commit.Mutations = append(g.commit.Mutations, next)
	e.commitMerge(g, func() { e.announceHeld(&next) }, func(*Error) { e.askLater(m.ID) })
}

// held finds the mutation that a call is about.
func (e *Engine) queued(call Call, id string, states ...store.State) *store.Mutation {
	m, ok := e.stage.Mutation(id)
	if !ok || m.State == store.Parked {
		e.fail(call, failure(CodeNotFound, "There is no change "+strconv.Quote(id)+
			" in the outbox; it may have ended meanwhile. Look at outbox.list()."))
		return nil
	}
	if !slices.Contains(states, m.State) {
		e.fail(call, failure(CodeBadRequest, "The change "+strconv.Quote(id)+" is "+string(m.State)+
			", which leaves nothing to decide. Wait for its answer."))
		return nil
	}
	return m
}

// again is a held mutation on its way once more: on top of what the server showed last. Its
// attempts begin a new round, so that its wire id is a new one.
func (e *Engine) again(m *store.Mutation) (store.Mutation, *Error) {
	next := *m
	next.State, next.Cause, next.Resent = store.Pending, nil, false
	next.Attempts = (m.Attempts/attemptRound + 1) * attemptRound
	next.SchemaHash = e.schemaHash
	model := e.schema.Model(m.Key.Model)
	if model == nil {
		return next, failure("schema", "The schema no longer has the model "+strconv.Quote(m.Key.Model)+
			". Discard the change.")
	}
	if err := e.schema.Check(model, next.Fields, false); err != nil {
		return next, failure(CodeInvalidValue, err.Error())
	}
	if m.Remote.Kind() == record.Object && m.Operation != conflict.Create {
		resend, reason := conflict.Resolve(model, m.Operation, m.Fields, m.Remote, conflict.RetryLocal,
			record.Value{})
		if reason != "" {
			return next, failure(CodeTombstone, "The record was deleted on the server. Discard the change.")
		}
		if !resend.None {
			next.Operation, next.Fields, next.Version = resend.Operation, resend.Fields, resend.Version
			next.Base, next.Remote = m.Remote, record.Value{}
		}
	}
	return next, nil
}

func (e *Engine) retry(ev Retry) {
	m := e.queued(ev.Call, ev.MutationID, store.Held)
	if m != nil {
		e.sendHeld(ev.Call, m)
	}
}

// edit changes fields of a held mutation and sends it again.
func (e *Engine) edit(ev Edit) {
	m := e.queued(ev.Call, ev.MutationID, store.Held)
	if m == nil {
		return
	}
	sh := e.shapes[m.Key.Model]
	if sh == nil || m.Operation == conflict.Delete {
		e.fail(ev.Call, failure(CodeBadRequest, "A delete has no fields to edit. Retry or discard it."))
		return
	}
	edited := *m
	edited.Fields = record.Overlay(m.Fields, record.Without(sh.settable(ev.Fields), sh.model.Key...))
	e.sendHeld(ev.Call, &edited)
}

func (e *Engine) sendHeld(call Call, m *store.Mutation) {
	next, problem := e.again(m)
	if problem != nil {
		e.fail(call, problem)
		return
	}
	c := &store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{next}}
	e.wakePush()
	e.commit(c, func() {
		e.reply(call, nil)
		e.announceOutbox()
	}, func(problem *Error) { e.fail(call, problem) })
}

// discard ends a change that nobody wants to send any more. Discarding a create asks what becomes
// of the changes that need it (rule 5).
func (e *Engine) discard(ev Discard) {
	m := e.queued(ev.Call, ev.MutationID, store.Held, store.Conflicted, store.Pending)
	if m == nil {
		return
	}
	doomed := []*store.Mutation{m}
	if m.Operation == conflict.Create {
		own, others := e.dependants(m)
		doomed = append(doomed, own...)
		switch {
		case len(others) == 0 || ev.Dependants == "keep":
		case ev.Dependants == "discard":
			doomed = append(doomed, others...)
		default:
			e.fail(ev.Call, needsChoice(others))
			return
		}
	}
	c := &store.Commit{Name: "discard", Strict: true}
	seen := map[string]bool{}
	for _, d := range doomed {
		if d.State == store.Sent {
			e.fail(ev.Call, failure(CodeBadRequest, "The change "+strconv.Quote(d.ID)+
				" is just being sent. Wait for its answer, then discard again."))
			return
		}
		if !seen[d.ID] {
			seen[d.ID] = true
			c.Ended = append(c.Ended, store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
				End: store.DiscardedByUser, Fields: record.Names(d.Fields), AtMs: e.nowMs})
		}
	}
	for id := range seen {
		e.closeQuestion(id)
	}
	e.commit(c, func() {
		e.reply(ev.Call, nil)
		e.announceOutbox()
	}, func(problem *Error) {
		e.fail(ev.Call, problem)
		e.askWaiting()
	})
}

// dependants of a create: the later changes of its own record, and the changes of others that
// point at it, directly or over a further create.
func (e *Engine) dependants(create *store.Mutation) (own, others []*store.Mutation) {
	doomed := map[store.Key]bool{create.Key: true}
	for _, q := range e.stage.Outbox() {
		if q.Key == create.Key {
			if q.ID != create.ID {
				own = append(own, q)
			}
			continue
		}
		if slices.ContainsFunc(e.needs(q), func(key store.Key) bool { return doomed[key] }) {
			others = append(others, q)
			if q.Operation == conflict.Create {
				doomed[q.Key] = true
			}
		}
	}
	return own, others
}

func needsChoice(others []*store.Mutation) *Error {
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
	problem := failure(CodeNeedsChoice, strconv.Itoa(len(others))+" changes need the record that this one "+
		"creates: "+text+". Say what becomes of them: dependants 'discard' or 'keep'.")
	problem.Detail = list.List().Text()
	return problem
}
