package sync

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// migration asks the app about changes that do not fit the schema. They are held on disk before
// anybody is asked, so nothing depends on the answer:
//
//	held ─▶ asked ─ fields that fit ─▶ pending
//	          │ ├─ DISCARD ──────────▶ ended
//	          │ └─ nothing, thrown, fields that don't fit, no callback ─▶ stays held, and is told
//	          └─ 30 s, or the tab is gone ─▶ the next tab
//
// Who is asked is as in rule 4: the tab that saved, then any with a callback. A change that is still
// held is asked about again when a tab with a callback starts.
type migration struct {
	open   map[string]*question // by mutation id
	asks   map[uint64]string    // effect -> mutation id
	untold []string             // ids that the app has not heard of as held
}

// tellMisfits takes up what a schema change held.
func (e *Engine) tellMisfits(held []*store.Mutation) {
	for _, m := range held {
		if m.State == store.Sent {
			e.announceHeld(m)
			continue
		}
		e.migration.untold = append(e.migration.untold, m.ID)
	}
	e.askMigrations()
}

// askMigrations asks about everything that the schema holds and nobody is being asked about.
func (e *Engine) askMigrations() {
	if e.phase != ready || !e.anyStarted() {
		return
	}
	for _, m := range e.image.Outbox() {
		if q := e.migration.open[m.ID]; heldBySchema(m) && (q == nil || q.tab == "") {
			e.askMigration(m.ID)
		}
	}
}

// waitsForMigration finds a change that is still to be decided.
func (e *Engine) waitsForMigration(id string) *store.Mutation {
	m, ok := e.image.Mutation(id)
	if !ok || !heldBySchema(m) || e.commits.touched[id] > 0 {
		return nil
	}
	return m
}

// askMigration puts the question to the next tab. When all were asked, their answers are still
// awaited, but the app hears that the change is held.
func (e *Engine) askMigration(id string) {
	e.clock.Forget("migrate " + id)
	m := e.waitsForMigration(id)
	if m == nil {
		e.closeMigration(id)
		return
	}
	q := e.migration.open[id]
	if q == nil {
		q = &question{tried: map[string]bool{}}
	}
	t := e.migrator(m, q)
	if t == nil {
		q.tab = ""
		if e.told(id) {
			e.announceHeld(m)
		}
		return
	}
	if e.migration.open == nil {
		e.migration.open, e.migration.asks = map[string]*question{}, map[uint64]string{}
	}
	e.migration.open[id] = q
	q.tab, q.tried[t.name] = t.name, true
	effect := e.nextID()
	q.asks = append(q.asks, effect)
	e.migration.asks[effect] = id
	e.emit(AskMigration{ID: effect, Tab: t.name, Change: e.describeMisfit(m)})
	e.clock.After("migrate "+id, handlerAnswerMs, func() { e.askMigration(id) })
}

// migrator is the tab to ask next, nil when all were asked.
func (e *Engine) migrator(m *store.Mutation, q *question) *tab {
	var first *tab
	for _, t := range e.tabs {
		if !t.started || !t.migrates || q.tried[t.name] {
			continue
		}
		if t.name == m.Tab {
			return t
		}
		if first == nil {
			first = t
		}
	}
	return first
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
	id, ours := e.migration.asks[ev.Effect]
	if !ours {
		return false
	}
	m := e.waitsForMigration(id)
	e.closeMigration(id)
	switch {
	case m == nil: // retried, edited, discarded or parked meanwhile
	case ev.Decision == "discard":
		e.discardMisfit(m)
	case ev.Decision == "migrate" && ev.Model.Kind() == record.Object:
		next, problem := e.migratedBy(m, ev.Model)
		if problem != nil {
			e.keepHeld(m, "What the migrate callback gave does not fit either: "+problem.Message)
			break
		}
		c := &store.Commit{Name: "migrate", Strict: true, Mutations: []store.Mutation{next}}
		e.commit(c, func() {
			e.told(id)
			e.announceOutbox()
		}, func(*app.Error) { e.askMigration(id) })
	default:
		e.keepHeld(m, "")
	}
	return true
}

func (e *Engine) migrationFailed(ev HandlerFailed) bool {
	id, ours := e.migration.asks[ev.Effect]
	if !ours {
		return false
	}
	m := e.waitsForMigration(id)
	e.closeMigration(id)
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
		own, others := e.dependants(m)
		if len(others) > 0 {
			e.keepHeld(m, needsChoice(others, "Discard it by outbox.discard(), and say what becomes of them.").Message)
			return
		}
		doomed = append(doomed, own...)
	}
	c := &store.Commit{Name: "discard", Strict: true}
	for _, d := range doomed {
		if d.State == store.Sent {
			e.keepHeld(m, inFlight(d).Message)
			return
		}
		e.closeQuestion(d.ID)
		c.End(&store.Ended{MutationID: d.ID, Key: d.Key, Operation: d.Operation,
			End: store.DiscardedByHandler, Fields: record.Names(d.Fields), AtMs: e.clock.NowMs()})
	}
	e.commit(c, func() {
		e.told(m.ID)
		e.announceOutbox()
	}, func(*app.Error) { e.askMigration(m.ID) })
}

// keepHeld leaves a change held and tells the app of it: once, or when there is more to say.
func (e *Engine) keepHeld(m *store.Mutation, why string) {
	if e.told(m.ID) || why != "" {
		shown := *m
		shown.Cause = &store.Cause{Code: m.Cause.Code, Message: strings.TrimSpace(m.Cause.Message + " " + why)}
		e.announceHeld(&shown)
	}
}

// told notes that the app need not hear of a held change any more; false when it has before.
func (e *Engine) told(id string) bool {
	at := slices.Index(e.migration.untold, id)
	if at < 0 {
		return false
	}
	e.migration.untold = slices.Delete(e.migration.untold, at, at+1)
	return true
}

// closeMigration forgets a question; later answers to it are ignored.
func (e *Engine) closeMigration(id string) {
	q := e.migration.open[id]
	if q == nil {
		return
	}
	for _, effect := range q.asks {
		delete(e.migration.asks, effect)
	}
	delete(e.migration.open, id)
	e.clock.Forget("migrate " + id)
}

// passMigrationsOn asks other tabs what one that is gone was asked.
func (e *Engine) passMigrationsOn(name string) {
	if e.image == nil {
		return
	}
	for _, m := range e.image.Outbox() {
		if q := e.migration.open[m.ID]; q != nil && q.tab == name {
			e.askMigration(m.ID)
		}
	}
}
