package tell

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// Outbox announces whether the outbox is empty. Held changes count: while there are any, not everything has reached the
// server.
func (l *Line) Outbox() { l.Announce(app.HubOutbox, l.OutboxStatus()) }

// OutboxStatus is {isEmpty}.
func (l *Line) OutboxStatus() []byte {
	var b record.Builder
	b.SetBool("isEmpty", len(l.door.Image.Outbox()) == 0)
	return b.Object().Text()
}

func (l *Line) element(event, model string, element record.Value) {
	var b record.Builder
	b.SetString("model", model)
	b.Set("element", element)
	l.Announce(event, b.Object().Text())
}

// Enqueued announces a change that was saved.
func (l *Line) Enqueued(m *store.Mutation) {
	element := m.Fields
	if s := l.setup.Schema.Model(m.Key.Model); s != nil {
		if key, err := s.KeyFields(m.Key.ID); err == nil {
			element = record.Overlay(key, m.Fields)
		}
	}
	l.element(app.HubEnqueued, m.Key.Model, element)
	l.Outbox()
}

// Processed announces a change that has ended. row is its record after that.
func (l *Line) Processed(model string, row record.Value) {
	l.element(app.HubProcessed, model, row)
	l.Outbox()
}

// Held tells the Hub and the errorHandler that a mutation is held.
func (l *Line) Held(m *store.Mutation) {
	var b record.Builder
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("mutationId", m.ID)
	b.SetString("code", m.Cause.Code)
	b.SetString("message", m.Cause.Message)
	l.Announce(app.HubFailed, b.Object().Text())
	l.Outbox()
	l.Change(m, m.Cause.Code, app.KindOfCause(m.Cause.Code, m.Cause.Message), m.Cause.Message, nil)
}

// Superseded tells of fields of a change for which the server kept another client's values.
func (l *Line) Superseded(m *store.Mutation, fields []string, row record.Value) {
	var names record.ListBuilder
	for _, f := range fields {
		names.AddString(f)
	}
	var b record.Builder
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("mutationId", m.ID)
	b.Set("fields", names.List())
	l.Announce(app.HubSuperseded, b.Object().Text())
	shown := *m
	shown.Remote = row
	l.Change(&shown, app.CodeSuperseded, "Unknown", "Somebody else changed the same fields first, and the "+
		"server kept their values: "+strings.Join(fields, ", ")+". Save again to set yours.", fields)
}

// Change reports a change that is held, superseded or put off. localModel is what it sends, with the key; remoteModel
// is the server's row as far as it is known here.
func (l *Line) Change(m *store.Mutation, code, kind, message string, fields []string) {
	local, remote := m.Fields, m.Remote
	if model := l.setup.Schema.Model(m.Key.Model); model != nil {
		if key, err := model.KeyFields(m.Key.ID); err == nil {
			local = record.Overlay(key, m.Fields)
		}
	}
	if remote.IsNull() {
		row, _ := l.door.Image.Row(m.Key)
		remote = row.Base
	}
	l.Report(app.Trouble{Process: "mutate", Operation: app.WordOf(m.Operation), Model: m.Key.Model, Code: code,
		Kind: kind, Message: message, Local: local, Remote: remote, Mutation: m.ID, Fields: fields})
}
