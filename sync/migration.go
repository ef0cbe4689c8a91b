package sync

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/outbox"
)

// The app is asked about changes that do not fit the schema. They are held on disk before
// anybody is asked, so nothing depends on the answer:
//
//	held ─▶ asked ─ fields that fit ─▶ pending
//	          │ ├─ DISCARD ──────────▶ ended
//	          │ └─ nothing, thrown, fields that don't fit, no callback ─▶ stays held, and is told
//	          └─ 30 s, or the tab is gone ─▶ the next tab
//
// Who is asked is as in rule 4: the tab that saved, then any with a callback. A change that is still
// held is asked about again when a tab with a callback starts.

// tellMisfits takes up what a schema change held.
func (e *Engine) tellMisfits(held []*store.Mutation) {
	for _, m := range held {
		if m.State == store.Sent {
			e.line.Held(m)
			continue
		}
		e.untold = append(e.untold, m.ID)
	}
	e.askMigrations()
}

// askMigrations asks about everything that the schema holds and nobody is being asked about.
func (e *Engine) askMigrations() {
	if e.phase != ready || !e.tabs.AnyStarted() {
		return
	}
	for _, m := range e.door.Image().Outbox() {
		if outbox.HeldBySchema(m) && e.migrations.With(m.ID) == "" {
			e.askMigration(m.ID)
		}
	}
}

// waitsForMigration finds a change that is still to be decided.
func (e *Engine) waitsForMigration(id string) *store.Mutation {
	m, ok := e.door.Image().Mutation(id)
	if !ok || !outbox.HeldBySchema(m) || e.door.Touched(id) {
		return nil
	}
	return m
}

// askMigration puts the question to the next tab. When all were asked, their answers are still
// awaited, but the app hears that the change is held.
func (e *Engine) askMigration(id string) {
	e.migrations.Release(id)
	m := e.waitsForMigration(id)
	if m == nil {
		e.migrations.Close(id)
		return
	}
	t := e.migrations.Next(id, m.Tab, func(t *ask.Tab) bool { return t.Migrates })
	if t == nil {
		if e.told(id) {
			e.line.Held(m)
		}
		return
	}
	effect := e.out.NextID()
	e.out.Emit(AskMigration{ID: effect, Tab: t.Name, Change: e.describeMisfit(m)})
	e.migrations.Put(id, t, effect, func() { e.askMigration(id) })
}

func (e *Engine) describeMisfit(m *store.Mutation) []byte {
	var b record.Builder
	b.SetString("mutationId", m.ID)
	b.SetString("model", m.Key.Model)
	b.SetString("id", m.Key.ID)
	b.SetString("operation", string(m.Operation))
	b.Set("fields", m.Fields)
	if m.Condition.Exists() {
		b.Set("condition", m.Condition)
	} else {
		b.SetNull("condition")
	}
	b.SetString("from", m.SchemaHash)
	b.SetString("to", e.setup.Hash())
	b.SetString("reason", m.Cause.Message)
	b.SetInt("savedAt", m.SavedAtMs)
	return b.Object().Text()
}

// migrated takes the answer of a migrate callback; false when the effect asked something else.
func (e *Engine) migrated(ev HandlerAnswered) bool {
	id, ours := e.migrations.Asked(ev.Effect)
	if !ours {
		return false
	}
	m := e.waitsForMigration(id)
	e.migrations.Close(id)
	switch {
	case m == nil: // retried, edited, discarded or parked meanwhile
	case ev.Decision == "discard":
		e.discardMisfit(m)
	case ev.Decision == "migrate" && ev.Model.Kind() == record.Object:
		next, problem := e.outbox.MigratedBy(m, ev.Model)
		if problem != nil {
			e.keepHeld(m, "What the migrate callback gave does not fit either: "+problem.Message)
			break
		}
		c := &store.Commit{Name: "migrate", Strict: true, Mutations: []store.Mutation{next}}
		e.door.Commit(c, func() {
			e.told(id)
			e.line.Outbox()
		}, func(*app.Error) { e.askMigration(id) })
	default:
		e.keepHeld(m, "")
	}
	return true
}

func (e *Engine) migrationFailed(ev HandlerFailed) bool {
	id, ours := e.migrations.Asked(ev.Effect)
	if !ours {
		return false
	}
	m := e.waitsForMigration(id)
	e.migrations.Close(id)
	if m != nil {
		e.keepHeld(m, ev.Message)
	}
	return true
}

// discardMisfit ends a change that the app gave up. A create that others need stays: what becomes of
// those is a person's choice (rule 5).
func (e *Engine) discardMisfit(m *store.Mutation) {
	doomed := []*store.Mutation{m}
	if m.Operation == conflict.Create {
		own, others := e.outbox.Dependants(m)
		if len(others) > 0 {
			e.keepHeld(m, outbox.NeedsChoice(others, "Discard it by outbox.discard(), and say what becomes of them.").Message)
			return
		}
		doomed = append(doomed, own...)
	}
	c := &store.Commit{Name: "discard", Strict: true}
	for _, d := range doomed {
		if d.State == store.Sent {
			e.keepHeld(m, outbox.InFlight(d).Message)
			return
		}
		e.closeQuestion(d.ID)
		c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
			End: store.DiscardedByHandler, Fields: record.Names(d.Fields), AtMs: e.clock.NowMs()})
	}
	e.door.Commit(c, func() {
		e.told(m.ID)
		e.line.Outbox()
	}, func(*app.Error) { e.askMigration(m.ID) })
}

// keepHeld leaves a change held and tells the app of it: once, or when there is more to say.
func (e *Engine) keepHeld(m *store.Mutation, why string) {
	if e.told(m.ID) || why != "" {
		shown := *m
		shown.Cause = &store.Cause{Code: m.Cause.Code, Message: strings.TrimSpace(m.Cause.Message + " " + why)}
		e.line.Held(&shown)
	}
}

// told notes that the app need not hear of a held change any more; false when it has before.
func (e *Engine) told(id string) bool {
	at := slices.Index(e.untold, id)
	if at < 0 {
		return false
	}
	e.untold = slices.Delete(e.untold, at, at+1)
	return true
}

// passMigrationsOn asks other tabs what one that is gone was asked.
func (e *Engine) passMigrationsOn(name string) {
	if e.door.Image() == nil {
		return
	}
	for _, m := range e.door.Image().Outbox() {
		if e.migrations.With(m.ID) == name {
			e.askMigration(m.ID)
		}
	}
}
