package decide

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/outbox"
)

// The engine asks the app about changes that do not fit the schema. They are held on disk before a tab is asked, so
// nothing is lost without an answer:
//
//	held ─▶ asked ─ fields that fit ─▶ pending
//	          │ ├─ DISCARD ──────────▶ ended
//	          │ └─ nothing, thrown, fields that don't fit, no callback ─▶ stays held, and is told
//	          └─ 30 s, or the tab is gone ─▶ the next tab
//
// Tabs are asked in the order of rule 4: first the one that saved the change, then each with a callback. The engine
// asks again about a change that is still held when a tab with a callback starts.

// TellMisfits asks the app about changes that a new schema has held. It tells the app at once of those that were
// already sent.
func (dec *Decider) TellMisfits(held []*store.Mutation) {
	for _, m := range held {
		if m.State == store.Sent {
			dec.line.Held(m)
			continue
		}
		dec.untold = append(dec.untold, m.ID)
	}
	dec.AskMigrations()
}

// AskMigrations asks about every change that is held because of the schema and that no tab is being asked about.
func (dec *Decider) AskMigrations() {
	if !dec.ready() || !dec.tabs.AnyStarted() {
		return
	}
	for _, m := range dec.door.Image.Outbox() {
		if outbox.HeldBySchema(m) && dec.migrations.With(m.ID) == "" {
			dec.askMigration(m.ID)
		}
	}
}

// waitsForMigration finds a change that the app still has to decide about; nil if it was decided.
func (dec *Decider) waitsForMigration(id string) *store.Mutation {
	m, ok := dec.door.Image.Mutation(id)
	if !ok || !outbox.HeldBySchema(m) || dec.door.Touched(id) {
		return nil
	}
	return m
}

// askMigration asks the next tab. When all tabs were asked, the engine still waits for their answers, but tells the app
// that the change is held.
func (dec *Decider) askMigration(id string) {
	dec.migrations.Release(id)
	m := dec.waitsForMigration(id)
	if m == nil {
		dec.migrations.Close(id)
		return
	}
	t := dec.migrations.Next(id, m.Tab, func(t *ask.Tab) bool { return t.Migrates })
	if t == nil {
		if dec.told(id) {
			dec.line.Held(m)
		}
		return
	}
	number := dec.out.NextID()
	dec.out.Emit(effect.AskMigration{ID: number, Tab: t.Name, Change: dec.describeMisfit(m)})
	dec.migrations.Put(id, t, number, func() { dec.askMigration(id) })
}

func (dec *Decider) describeMisfit(m *store.Mutation) []byte {
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
	b.SetString("to", dec.setup.Hash)
	b.SetString("reason", m.Cause.Message)
	b.SetInt("savedAt", m.SavedAtMs)
	return b.Object().Text()
}

// migrated takes the answer of a migrate callback; false when the effect was not such a question.
func (dec *Decider) migrated(number uint64, decision string, model record.Value) bool {
	id, ours := dec.migrations.Asked(number)
	if !ours {
		return false
	}
	m := dec.waitsForMigration(id)
	dec.migrations.Close(id)
	switch {
	case m == nil: // retried, edited, discarded or parked meanwhile
	case decision == "discard":
		dec.discardMisfit(m)
	case decision == "migrate" && model.Kind() == record.Object:
		next, problem := dec.outbox.MigratedBy(m, model)
		if problem != nil {
			dec.keepHeld(m, "What the migrate callback gave does not fit either: "+problem.Message)
			break
		}
		c := &store.Commit{Name: "migrate", Strict: true, Mutations: []store.Mutation{next}}
		dec.door.Commit(c, func() {
			dec.told(id)
			dec.line.Outbox()
		}, func(*app.Error) { dec.askMigration(id) })
	default:
		dec.keepHeld(m, "")
	}
	return true
}

func (dec *Decider) migrationFailed(number uint64, message string) bool {
	id, ours := dec.migrations.Asked(number)
	if !ours {
		return false
	}
	m := dec.waitsForMigration(id)
	dec.migrations.Close(id)
	if m != nil {
		dec.keepHeld(m, message)
	}
	return true
}

// discardMisfit ends a change that the app gave up. A create that other changes need stays held, because a person has
// to choose what becomes of those (rule 5).
func (dec *Decider) discardMisfit(m *store.Mutation) {
	doomed := []*store.Mutation{m}
	if m.Operation == conflict.Create {
		own, others := dec.outbox.Dependants(m)
		if len(others) > 0 {
			dec.keepHeld(m, outbox.NeedsChoice(others, "Discard it by outbox.discard(), and say what becomes of them.").Message)
			return
		}
		doomed = append(doomed, own...)
	}
	c := &store.Commit{Name: "discard", Strict: true}
	for _, d := range doomed {
		if d.State == store.Sent {
			dec.keepHeld(m, outbox.InFlight(d).Message)
			return
		}
		dec.CloseQuestion(d.ID)
		c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
			End: store.DiscardedByHandler, Fields: record.Names(d.Fields), AtMs: dec.clock.NowMs()})
	}
	dec.door.Commit(c, func() {
		dec.told(m.ID)
		dec.line.Outbox()
	}, func(*app.Error) { dec.askMigration(m.ID) })
}

// keepHeld leaves a change held and tells the app of it: the first time, and whenever there is a reason to add.
func (dec *Decider) keepHeld(m *store.Mutation, why string) {
	if dec.told(m.ID) || why != "" {
		shown := *m
		shown.Cause = &store.Cause{Code: m.Cause.Code, Message: strings.TrimSpace(m.Cause.Message + " " + why)}
		dec.line.Held(&shown)
	}
}

// told notes that the app was told of a held change, or need not be. It is false when that was noted before.
func (dec *Decider) told(id string) bool {
	at := slices.Index(dec.untold, id)
	if at < 0 {
		return false
	}
	dec.untold = slices.Delete(dec.untold, at, at+1)
	return true
}

// passMigrationsOn asks other tabs what a tab that is gone was being asked.
func (dec *Decider) passMigrationsOn(name string) {
	if dec.door.Image == nil {
		return
	}
	for _, m := range dec.door.Image.Outbox() {
		if dec.migrations.With(m.ID) == name {
			dec.askMigration(m.ID)
		}
	}
}
