package sync

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// misfit says why a queued mutation does not fit the schema of today, "" when it does (rule 11).
func (e *Engine) misfit(q *store.Mutation, how schema.Strictness) string {
	m := e.setup.Schema().Model(q.Key.Model)
	if m == nil {
		return "the schema no longer has the model " + strconv.Quote(q.Key.Model)
	}
	for _, name := range record.Names(q.Fields) {
		if e.setup.Shape(m.Name).Fields[name] == nil {
			return "the model " + m.Name + " no longer has the field " + strconv.Quote(name)
		}
	}
	complete := q.Operation == conflict.Create && how == schema.Strict
	if err := e.setup.Schema().CheckAs(how, m, q.Fields, complete); err != nil {
		return err.Error()
	}
	if _, err := query.Parse(m, q.Condition, query.Client); err != nil {
		return "its condition: " + strings.TrimSuffix(err.Error(), ".")
	}
	return ""
}

func heldBySchema(q *store.Mutation) bool {
	return q.State == store.Held && q.Cause != nil && q.Cause.Code == app.CauseSchema
}

func schemaHolds(q *store.Mutation, reason string) store.Mutation {
	next := *q
	next.State = store.Held
	next.Cause = &store.Cause{Code: app.CauseSchema, Message: "The change does not fit the new schema: " +
		reason + ". Edit it, or discard it."}
	return next
}

// misfits goes through the outbox after the schema changed: what does not fit is held, under the hash
// that it was saved with; what was held for that and fits again goes on. It returns what the app must
// hear of.
func (e *Engine) misfits(c *store.Commit) []*store.Mutation {
	var told []*store.Mutation
	for _, q := range e.door.Stage().Outbox() {
		if e.localOnly(q.Key.Model) {
			continue
		}
		if q.SchemaHash == e.setup.Hash() && !heldBySchema(q) || q.State == store.Held && !heldBySchema(q) ||
			q.State == store.Sent && !e.stranded(q) {
			continue
		}
		next := *q
		switch reason := e.misfit(q, e.setup.Config().Validate); {
		case q.State == store.Sent:
			next.SchemaHash = e.setup.Hash()
			c.Keep(&next)
			shown := next
			shown.Cause = strandedCause(q)
			told = append(told, &shown)
		case reason != "" && heldBySchema(q):
		case reason != "":
			next = schemaHolds(q, reason)
			c.Keep(&next)
			told = append(told, &next)
		case heldBySchema(q):
			if again, problem := e.again(q); problem == nil {
				c.Keep(&again)
			}
		default:
			next.SchemaHash = e.setup.Hash()
			c.Keep(&next)
		}
	}
	return told
}

// refit is for a schema or an endpoint that changes while the engine runs.
func (e *Engine) refit(c *store.Commit) {
	h := e.changeHands(c)
	if c.Empty() {
		return
	}
	c.Strict = true
	e.door.Commit(c, func() { e.tellHandover(h) }, func(*app.Error) { e.handOverLater() })
}

// refitted is a mutation that clear() had parked, as the schema of today lets it go on; told is set
// when it no longer fits.
func (e *Engine) refitted(m store.Mutation) (next store.Mutation, told *store.Mutation) {
	if m.SchemaHash == e.setup.Hash() || m.State == store.Sent || m.State == store.Held || e.localOnly(m.Key.Model) {
		return m, nil
	}
	if reason := e.misfit(&m, e.setup.Config().Validate); reason != "" {
		next = schemaHolds(&m, reason)
		return next, &next
	}
	m.SchemaHash = e.setup.Hash()
	return m, nil
}

// migratedBy is a held mutation with the fields that the app's migration gave it.
func (e *Engine) migratedBy(m *store.Mutation, fields record.Value) (store.Mutation, *app.Error) {
	sh := e.setup.Shape(m.Key.Model)
	next := *m
	if sh == nil {
		return next, modelGone(m)
	}
	if m.Operation != conflict.Delete {
		if err := e.setup.Schema().CheckAs(e.setup.Config().Validate, sh.Model, fields, false); err != nil {
			return next, app.NewError(app.CodeInvalidValue, err.Error())
		}
		next.Fields = record.Without(sh.Settable(fields), sh.Model.Key...)
	}
	if m.Operation == conflict.Create {
		keys, err := sh.Model.KeyFields(m.Key.ID)
		if err != nil {
			keys = record.Pick(m.Fields, sh.Model.Key...)
		}
		next.Fields = record.Overlay(keys, next.Fields)
		if e.circular(&next) {
			return next, inCircle()
		}
	}
	if _, err := query.Parse(sh.Model, m.Condition, query.Client); err != nil {
		next.Condition = record.Value{} // the callback saw it, and answered all the same
	}
	return e.again(&next)
}
