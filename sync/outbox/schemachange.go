package outbox

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
func (o *Outbox) misfit(q *store.Mutation, how schema.Strictness) string {
	m := o.setup.Schema.Model(q.Key.Model)
	if m == nil {
		return "the schema no longer has the model " + strconv.Quote(q.Key.Model)
	}
	for _, name := range record.Names(q.Fields) {
		if o.setup.Shape(m.Name).Fields[name] == nil {
			return "the model " + m.Name + " no longer has the field " + strconv.Quote(name)
		}
	}
	complete := q.Operation == conflict.Create && how == schema.Strict
	if err := o.setup.Schema.CheckAs(how, m, q.Fields, complete); err != nil {
		return err.Error()
	}
	if _, err := query.Parse(m, q.Condition, query.Client); err != nil {
		return "its condition: " + strings.TrimSuffix(err.Error(), ".")
	}
	return ""
}

// HeldBySchema reports a change that is held because it does not fit the schema.
func HeldBySchema(q *store.Mutation) bool {
	return q.State == store.Held && q.Cause != nil && q.Cause.Code == app.CauseSchema
}

func schemaHolds(q *store.Mutation, reason string) store.Mutation {
	next := *q
	next.State = store.Held
	next.Cause = &store.Cause{Code: app.CauseSchema, Message: "The change does not fit the new schema: " +
		reason + ". Edit it, or discard it."}
	return next
}

// Misfits goes through the outbox after the schema changed: what does not fit is held, under the hash
// that it was saved with; what was held for that and fits again goes on. It returns what the app must
// hear of.
func (o *Outbox) Misfits(c *store.Commit) []*store.Mutation {
	var told []*store.Mutation
	for _, q := range o.door.Stage.Outbox() {
		if o.LocalOnly(q.Key.Model) {
			continue
		}
		if q.SchemaHash == o.setup.Hash && !HeldBySchema(q) || q.State == store.Held && !HeldBySchema(q) ||
			q.State == store.Sent && !o.Stranded(q) {
			continue
		}
		next := *q
		switch reason := o.misfit(q, o.setup.Config.Validate); {
		case q.State == store.Sent:
			next.SchemaHash = o.setup.Hash
			c.Keep(&next)
			shown := next
			shown.Cause = StrandedCause(q)
			told = append(told, &shown)
		case reason != "" && HeldBySchema(q):
		case reason != "":
			next = schemaHolds(q, reason)
			c.Keep(&next)
			told = append(told, &next)
		case HeldBySchema(q):
			if again, problem := o.Again(q); problem == nil {
				c.Keep(&again)
			}
		default:
			next.SchemaHash = o.setup.Hash
			c.Keep(&next)
		}
	}
	return told
}

// Refitted is a mutation that clear() had parked, as the schema of today lets it go on; told is set
// when it no longer fits.
func (o *Outbox) Refitted(m store.Mutation) (next store.Mutation, told *store.Mutation) {
	if m.SchemaHash == o.setup.Hash || m.State == store.Sent || m.State == store.Held || o.LocalOnly(m.Key.Model) {
		return m, nil
	}
	if reason := o.misfit(&m, o.setup.Config.Validate); reason != "" {
		next = schemaHolds(&m, reason)
		return next, &next
	}
	m.SchemaHash = o.setup.Hash
	return m, nil
}

// MigratedBy is a held mutation with the fields that the app's migration gave it.
func (o *Outbox) MigratedBy(m *store.Mutation, fields record.Value) (store.Mutation, *app.Error) {
	sh := o.setup.Shape(m.Key.Model)
	next := *m
	if sh == nil {
		return next, ModelGone(m)
	}
	if m.Operation != conflict.Delete {
		if err := o.setup.Schema.CheckAs(o.setup.Config.Validate, sh.Model, fields, false); err != nil {
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
		if o.circular(&next) {
			return next, inCircle()
		}
	}
	if _, err := query.Parse(sh.Model, m.Condition, query.Client); err != nil {
		next.Condition = record.Value{} // the callback saw it, and answered all the same
	}
	return o.Again(&next)
}
