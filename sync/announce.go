package sync

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

func (e *Engine) announce(event string, data []byte) {
	if e.greeting.open {
		e.greeting.waiting = append(e.greeting.waiting, Announce{Event: event, Data: data})
		return
	}
	e.emit(Announce{Event: event, Data: data})
}

func (e *Engine) announceNetwork() { e.announce("networkStatus", e.networkStatus()) }

func (e *Engine) networkStatus() []byte {
	var b record.Builder
	b.SetBool("active", !e.link.closed && !e.link.unreachable)
	return b.Object().Text()
}

// announceOutbox tells whether anything is left in the outbox, held changes included: while one
// is there, not everything has reached the server.
func (e *Engine) announceOutbox() { e.announce("outboxStatus", e.outboxStatus()) }

func (e *Engine) outboxStatus() []byte {
	var b record.Builder
	b.SetBool("isEmpty", len(e.image.Outbox()) == 0)
	return b.Object().Text()
}

// announceReady is said once per start.
func (e *Engine) announceReady() {
	if e.pull.announcedReady {
		return
	}
	e.pull.announcedReady = true
	e.announce("ready", nil)
}

// announceCurrent brings a tab that starts later to where the others are.
func (e *Engine) announceCurrent(name string) {
	if e.greeting.open {
		return // it hears all of it with the others
	}
	say := func(event string, data []byte) { e.emit(Announce{Tab: name, Event: event, Data: data}) }
	if e.config.Endpoint != "" {
		say("networkStatus", e.networkStatus())
	}
	say("storageSubscribed", nil)
	if e.storage.ephemeral || e.storage.full {
		say("storageStatus", e.storageStatus())
	}
	say("outboxStatus", e.outboxStatus())
	if e.pull.established {
		say("subscriptionsEstablished", nil)
	}
	if e.pull.active || e.pull.settled {
		say("syncQueriesStarted", modelNames(e.pull.list))
	}
	for _, mp := range e.pull.list {
		if mp.synced {
			say("modelSynced", mp.told)
		}
	}
	if e.pull.settled && !e.pull.active && !e.pull.owesReady {
		say("syncQueriesReady", nil)
	}
	if e.pull.announcedReady {
		say("ready", nil)
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
	if s := e.schema.Model(m.Key.Model); s != nil {
		if key, err := s.KeyFields(m.Key.ID); err == nil {
			element = record.Overlay(key, m.Fields)
		}
	}
	e.announceElement("outboxMutationEnqueued", m.Key.Model, element)
	e.announceOutbox()
}

func (e *Engine) announceProcessed(model string, row record.Value) {
	e.announceElement("outboxMutationProcessed", model, row)
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
	e.announce("outboxMutationFailed", b.Object().Text())
	e.announceOutbox()
	e.reportMutation(m, m.Cause.Code, kindOfCause(m.Cause.Code), m.Cause.Message, nil)
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
	e.announce("outboxMutationSuperseded", b.Object().Text())
	shown := *m
	shown.Remote = row
	e.reportMutation(&shown, CodeSuperseded, "Unknown", "Somebody else changed the same fields first, and the "+
		"server kept their values: "+strings.Join(fields, ", ")+". Save again to set yours.", fields)
}
