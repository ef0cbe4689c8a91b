package sync

import (
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/config"
)

// A queued change belongs to the app and to the person that made it: it is never sent to another
// app's server, nor by somebody else's token (rule 12).

// appKey names the meta entry with the app that the database served last.
const appKey = "db/app"

// identity is an app by where a database syncs, and by which schema. An app that changes its schema keeps its
// endpoint, and one that moves keeps its schema: when both differ it is another app, which was given
// the same database name on the same origin.
type identity struct{ endpoint, schema string }

func (a identity) same(b identity) bool { return a.endpoint == b.endpoint || a.schema == b.schema }

func (a identity) text() string { return a.schema + " " + a.endpoint }

func appOf(text string) (a identity, known bool) {
	a.schema, a.endpoint, known = strings.Cut(text, " ")
	return a, known
}

func (e *Engine) app() identity {
	return identity{endpoint: e.setup.Config.Endpoint, schema: e.setup.Hash}
}

// handover is what changes hands with the app that uses a database.
type handover struct {
	away    []store.Mutation // parked, because another app comes
	back    []store.Mutation // of the app that comes, which were parked when it went
	misfits []*store.Mutation
}

// changeHands parks what waits when the database comes to another app, and brings back what had
// waited for this one.
func (e *Engine) changeHands(c *store.Commit) handover {
	var h handover
	now := e.app()
	was, known := appOf(e.door.Stage.Meta(appKey).Str())
	local := e.noteLocal(c)
	if known && was == now {
		h.misfits = e.outbox.Misfits(c)
		e.changeLocal(c, local)
		return h
	}
	c.Set(appKey, record.OfString(now.text()))
	if known && !was.same(now) {
		for _, m := range e.door.Stage.Outbox() {
			if m.SchemaHash == e.setup.Hash {
				continue // made by this app, before a transaction could say that it came
			}
			e.decide.CloseQuestion(m.ID)
			h.away = append(h.away, e.parked(m))
		}
		for _, m := range e.outbox.CreatesOfLocal(c, local) {
			h.away = append(h.away, e.parked(&m))
		}
		for i := range h.away {
			h.away[i].App, h.away[i].Away = was.text(), true
			c.Keep(&h.away[i])
		}
	}
	for _, m := range e.door.Image.Parked() {
		of, _ := appOf(m.App)
		if m.Away && of.same(now) && !e.door.Touched(m.ID) {
			next, misfit := e.unparked(m)
			if e.outbox.BringBack(c, &next) {
				h.back = append(h.back, next)
			}
			if misfit != nil {
				h.misfits = append(h.misfits, misfit)
			}
		}
	}
	if len(h.away) == 0 {
		h.misfits = append(h.misfits, e.outbox.Misfits(c)...)
		e.changeLocal(c, local)
	}
	return h
}

// ownQueue reports whether what waits may be sent: not until a transaction has parked another app's.
func (e *Engine) ownQueue() bool {
	was, known := appOf(e.door.Stage.Meta(appKey).Str())
	return !known || was.same(e.app())
}

// handoverDue reports that the opening transaction could not be written, on a full disk, although the
// database changes hands or models became syncable by it. Until it is, a page of the server would take
// records for obsolete that are not queued yet.
func (e *Engine) handoverDue() bool {
	return e.storage.unfit && (!e.ownQueue() || e.door.Stage.Meta(localKey).Str() != strings.Join(e.outbox.LocalModels(), " "))
}

// handOverLater tries again what a failing storage did not take.
func (e *Engine) handOverLater() {
	e.clock.After("handover", handoverRetryMs, func() {
		if e.phase == ready {
			e.refit(&store.Commit{Name: "meta"})
		}
	})
}

// tellHandover tells the page what changed hands.
func (e *Engine) tellHandover(h handover) {
	if len(h.away) > 0 {
		var entries record.ListBuilder
		for i := range h.away {
			entries.Add(e.parkedEntry(&h.away[i]))
		}
		e.tellParked(entries, "Another app has this database now: endpoint and schema are others. The changes of "+
			"the app before are kept until it opens the database again. Give each app a database name of its own.")
	}
	for i := range h.back {
		e.line.Enqueued(&h.back[i])
	}
	e.decide.TellMisfits(h.misfits)
}

// tellParked reports changes that were taken out of the outbox.
func (e *Engine) tellParked(entries record.ListBuilder, message string) {
	var b record.Builder
	b.SetInt("count", int64(entries.Len()))
	b.Set("mutations", entries.List())
	e.line.Announce(app.HubUnsentParked, b.Object().Text())
	e.line.Report(app.Trouble{Process: "mutate", Code: app.CodeUnsentParked, Kind: "Unknown", Message: message})
}

// parked is a mutation as it waits outside of the outbox: whose it is, and what it was.
func (e *Engine) parked(m *store.Mutation) store.Mutation {
	next := *m
	if m.State == store.Sent {
		next.Cause = &store.Cause{Code: sentBefore, Message: "It was sent and not answered."}
	}
	if m.Operation == conflict.Create {
		next.Base = e.outbox.FormerLife(m)
	}
	next.State, next.App, next.Owner = store.Parked, e.app().text(), e.ownerOf(m)
	return next
}

// unparked is a parked mutation as it goes on; misfit is set when it no longer fits the schema.
func (e *Engine) unparked(m *store.Mutation) (next store.Mutation, misfit *store.Mutation) {
	next = *m
	next.App, next.Away = "", false
	switch {
	case m.Cause == nil:
		next.State = store.Pending
	case m.Cause.Code == sentBefore:
		next.State, next.Cause = store.Sent, nil
	case m.Cause.Code == app.CodeConflict && m.Remote.Kind() == record.Object:
		next.State = store.Conflicted
	default:
		next.State = store.Held
	}
	return e.outbox.Refitted(next)
}

// ownerOf is by whom a change was to be sent, as reader() gives it; "" for nobody in particular.
func (e *Engine) ownerOf(m *store.Mutation) string {
	if m.Owner != "" {
		return m.Owner
	}
	modes := []string{e.auth.DefaultMode()}
	if model := e.setup.Schema.Model(m.Key.Model); model != nil {
		modes = e.auth.ModesFor(model, string(m.Operation))
	}
	if len(modes) == 1 && modes[0] == config.ModeNone && e.setup.Config.DefaultAuthMode == "" && e.auth.Undeclared() {
		modes = config.ProvidedModes // no page has started yet, and said by which it goes
	}
	for _, mode := range modes {
		if subject := e.auth.LastSubject(mode); subject != "" {
			return mode + "/" + subject
		}
	}
	return ""
}

// foreign says why a parked change stays parked here, nil when it may be restored.
func (e *Engine) foreign(m *store.Mutation) *store.Cause {
	if of, known := appOf(m.App); known && !of.same(e.app()) {
		return &store.Cause{Code: app.CauseAnotherApp, Message: "It belongs to another app that used this database, and " +
			"waits until that opens it again."}
	}
	mode, subject, _ := strings.Cut(m.Owner, "/")
	if known := e.auth.LastSubject(mode); known != "" && !auth.SameSubject(subject, known) && !canary.OthersChanges {
		return auth.SomebodyElses()
	}
	return nil
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
