package outbox

import (
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/shape"
)

// InFlight refuses what the app would do with a change that is under way.
func InFlight(m *store.Mutation) *app.Error {
	return app.NewError(app.CodeInFlight, "The change "+strconv.Quote(m.ID)+" was sent, and its answer is awaited. Wait "+
		"until it has ended or is held; to change the record meanwhile, save it again.")
}

func inCircle() *app.Error {
	return app.NewError(app.CodeBadRequest, "The create would point at a record whose create waits for this one. "+
		"Leave that field out, and save it instead: that is sent after both.")
}

// ParkedChange refuses what the app would do with a change that clear() parked.
func ParkedChange(m *store.Mutation) *app.Error {
	return app.NewError(app.CodeBadRequest, "The change "+strconv.Quote(m.ID)+" was parked by clear(). Call "+
		"outbox.restore() first.")
}

// Again is a held mutation on its way once more: on top of what the server showed last. Its
// attempts begin a new round, so that its wire id is a new one.
func (o *Outbox) Again(m *store.Mutation) (store.Mutation, *app.Error) {
	next := *m
	next.State, next.Cause, next.Resent = store.Pending, nil, false
	next.Attempts = (m.Attempts/attemptRound + 1) * attemptRound
	next.SchemaHash = o.setup.Hash
	model := o.setup.Schema.Model(m.Key.Model)
	if model == nil {
		return next, ModelGone(m)
	}
	how := schema.Loose // the server may have learnt to take what it refused
	if HeldBySchema(m) {
		how = o.setup.Config.Validate
	}
	if reason := o.misfit(&next, how); reason != "" {
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

// Edited is a mutation with other fields, checked like a save.
func (o *Outbox) Edited(m *store.Mutation, fields record.Value) (*store.Mutation, *app.Error) {
	sh := o.setup.Shape(m.Key.Model)
	switch {
	case m.State == store.Parked:
		return nil, ParkedChange(m)
	case sh == nil:
		return nil, ModelGone(m)
	case m.State == store.Sent:
		return nil, InFlight(m)
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
	if err := o.setup.Schema.CheckAs(o.setup.Config.Validate, sh.Model, fields, false); err != nil {
		return nil, app.NewError(app.CodeInvalidValue, err.Error())
	}
	view := o.door.Stage.View(m.Key)
	after := record.Overlay(view, sh.Settable(fields))
	if problem := o.TooLong(sh, view, after); problem != nil {
		return nil, problem
	}
	next := *m
	// What the model no longer has is let go: as it stands, the change could never be sent.
	next.Fields = record.Overlay(sh.Settable(m.Fields), sh.Whole(sh.Settable(fields), after))
	next.SchemaHash = o.setup.Hash
	if !sh.Points(fields) {
		return &next, nil
	}
	if problem := o.CheckParents(sh, after, after); problem != nil {
		return nil, problem
	}
	if o.circular(&next) {
		return nil, inCircle()
	}
	return &next, nil
}

// CheckParents asks that each record that the row belongs to exists locally.
func (o *Outbox) CheckParents(sh *shape.Shape, row, shown record.Value) *app.Error {
	for _, p := range sh.PointsAt(row) {
		if p.Field.Association.Kind != "BELONGS_TO" || o.door.Stage.View(p.To).Exists() {
			continue
		}
		return app.NewError(app.CodeMissingParent, "Data integrity error. You tried to save a "+sh.Model.Name+
			" ("+shown.String()+") but the instance assigned to the \""+p.Field.Name+
			"\" property does not exist in the local database. If you're trying to create the related \""+
			p.To.Model+"\", you must save it independently first.")
	}
	return nil
}

// MutationID is the page's id, or one of our own for a page that gave none.
func (o *Outbox) MutationID(given string) string {
	if given != "" {
		return given
	}
	return "e" + strconv.FormatUint(o.clock.Random(), 36) + strconv.FormatUint(o.clock.Random(), 36)
}

// WithoutNulls is a row without the fields that are null.
func WithoutNulls(row record.Value) record.Value {
	var b record.Builder
	row.Fields(func(name string, v record.Value) bool {
		if !v.IsNull() {
			b.Set(name, v)
		}
		return true
	})
	return b.Object()
}

// TooLong refuses what makes a record longer than servers store. One that is too long already may get shorter.
func (o *Outbox) TooLong(sh *shape.Shape, before, after record.Value) *app.Error {
	most := schema.RecordBytesMax - schema.RecordAddedBytes
	if o.setup.Config.Validate == schema.Loose || o.setup.Config.Endpoint == "" || !sh.Model.Syncable || len(after.Text()) <= most {
		return nil
	}
	size := len(WithoutNulls(sh.Settable(after)).Text())
	if size <= most || size <= len(WithoutNulls(sh.Settable(before)).Text()) {
		return nil
	}
	return app.NewError(app.CodeInvalidValue, "The "+sh.Model.Name+" would have "+strconv.Itoa(size)+" bytes; at most "+
		strconv.Itoa(most)+" are stored. Keep large values elsewhere and their address here, or split the record.")
}
