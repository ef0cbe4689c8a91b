package sync

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

func (e *Engine) announce(event string, data []byte) {
	if e.greeting.open {
		e.greeting.waiting = append(e.greeting.waiting, Announce{Event: event, Data: data})
		return
	}
	e.emit(Announce{Event: event, Data: data})
}

func (e *Engine) announceNetwork() { e.announce(app.HubNetwork, e.networkStatus()) }

func (e *Engine) networkStatus() []byte {
	var b record.Builder
	b.SetBool("active", !e.link.closed && !e.link.unreachable)
	return b.Object().Text()
}

// announceOutbox tells whether anything is left in the outbox, held changes included: while one
// is there, not everything has reached the server.
func (e *Engine) announceOutbox() { e.announce(app.HubOutbox, e.outboxStatus()) }

func (e *Engine) outboxStatus() []byte {
	var b record.Builder
	b.SetBool("isEmpty", len(e.door.Image().Outbox()) == 0)
	return b.Object().Text()
}

// announceReady is said once per start.
func (e *Engine) announceReady() {
	if e.pull.announcedReady {
		return
	}
	e.pull.announcedReady = true
	e.announce(app.HubReady, nil)
}

// announceCurrent brings a tab that starts later to where the others are.
func (e *Engine) announceCurrent(name string) {
	if e.greeting.open {
		return // it hears all of it with the others
	}
	say := func(event string, data []byte) { e.emit(Announce{Tab: name, Event: event, Data: data}) }
	if e.setup.Config().Endpoint != "" {
		say(app.HubNetwork, e.networkStatus())
	}
	say(app.HubSubscribed, nil)
	if e.storage.ephemeral || e.storage.full {
		say(app.HubStorage, e.storageStatus())
	}
	say(app.HubOutbox, e.outboxStatus())
	if e.pull.established {
		say(app.HubEstablished, nil)
	}
	if e.pull.active || e.pull.settled {
		say(app.HubSyncStarted, modelNames(e.pull.list))
	}
	for _, mp := range e.pull.list {
		if mp.synced {
			say(app.HubModelSynced, mp.told)
		}
	}
	if e.pull.settled && !e.pull.active && !e.pull.owesReady {
		say(app.HubSyncReady, nil)
	}
	if e.pull.announcedReady {
		say(app.HubReady, nil)
	}
}

func (e *Engine) announceElement(event, model string, element record.Value) {
	var b record.Builder
	b.SetString("model", model)
	b.Set("element", element)
	e.announce(event, b.Object().Text())
}

func (e *Engine) announceEnqueued(m *store.Mutation) {
	element := m.Fields
	if s := e.setup.Schema().Model(m.Key.Model); s != nil {
		if key, err := s.KeyFields(m.Key.ID); err == nil {
			element = record.Overlay(key, m.Fields)
		}
	}
	e.announceElement(app.HubEnqueued, m.Key.Model, element)
	e.announceOutbox()
}

func (e *Engine) announceProcessed(model string, row record.Value) {
	e.announceElement(app.HubProcessed, model, row)
	e.announceOutbox()
}

// announceHeld tells of a mutation that stopped: to the Hub and to the errorHandler.
func (e *Engine) announceHeld(m *store.Mutation) {
	var b record.Builder
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("mutationId", m.ID)
	b.SetString("code", m.Cause.Code)
	b.SetString("message", m.Cause.Message)
	e.announce(app.HubFailed, b.Object().Text())
	e.announceOutbox()
	e.reportMutation(m, m.Cause.Code, app.KindOfCause(m.Cause.Code), m.Cause.Message, nil)
}

func (e *Engine) announceSuperseded(m *store.Mutation, fields []string, row record.Value) {
	var names record.ListBuilder
	for _, f := range fields {
		names.AddString(f)
	}
	var b record.Builder
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("mutationId", m.ID)
	b.Set("fields", names.List())
	e.announce(app.HubSuperseded, b.Object().Text())
	shown := *m
	shown.Remote = row
	e.reportMutation(&shown, app.CodeSuperseded, "Unknown", "Somebody else changed the same fields first, and the "+
		"server kept their values: "+strings.Join(fields, ", ")+". Save again to set yours.", fields)
}

// reportMutation tells of a change that is held, superseded or put off. localModel is what it sends,
// with the key; remoteModel the server's row as far as it is known here.
func (e *Engine) reportMutation(m *store.Mutation, code, kind, message string, fields []string) {
	local, remote := m.Fields, m.Remote
	if model := e.setup.Schema().Model(m.Key.Model); model != nil {
		if key, err := model.KeyFields(m.Key.ID); err == nil {
			local = record.Overlay(key, m.Fields)
		}
	}
	if remote.IsNull() {
		row, _ := e.door.Image().Row(m.Key)
		remote = row.Base
	}
	e.report(app.Trouble{Process: "mutate", Operation: app.WordOf(m.Operation), Model: m.Key.Model, Code: code,
		Kind: kind, Message: message, Local: local, Remote: remote, Mutation: m.ID, Fields: fields})
}

func (e *Engine) report(t app.Trouble) { e.emit(Report{Tab: t.Tab, Body: t.Body()}) }
