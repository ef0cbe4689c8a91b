package queue

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// A queued change belongs to the app and to the person that made it. It is never sent to another app's server, nor with
// another person's token (rule 12).

// appKey names the meta entry with the app that last used the database.
const appKey = "db/app"

// identity tells apps apart, by the endpoint that a database syncs with and by its schema. An app that changes its
// schema keeps its endpoint, and an app that moves to another endpoint keeps its schema. When both differ, it is
// another app on the same origin that uses the same database name.
type identity struct{ endpoint, schema string }

func (a identity) same(b identity) bool { return a.endpoint == b.endpoint || a.schema == b.schema }

func (a identity) text() string { return a.schema + " " + a.endpoint }

func appOf(text string) (a identity, known bool) {
	a.schema, a.endpoint, known = strings.Cut(text, " ")
	return a, known
}

func (q *Queue) app() identity {
	return identity{endpoint: q.setup.Config.Endpoint, schema: q.setup.Hash}
}

// Handover is what changes when another app begins to use a database.
type Handover struct {
	away    []store.Mutation // parked, because they belong to the app before
	back    []store.Mutation // brought back: they belong to this app, and were parked when it left
	misfits []*store.Mutation
}

// ChangeHands parks the changes of the app that used the database before, and brings back those that were parked when
// this app left.
func (q *Queue) ChangeHands(c *store.Commit) Handover {
	var h Handover
	now := q.app()
	was, known := appOf(q.door.Stage.Meta(appKey).Str())
	local := q.noteLocal(c)
	if known && was == now {
		h.misfits = q.outbox.Misfits(c)
		q.changeLocal(c, local)
		return h
	}
	c.Set(appKey, record.OfString(now.text()))
	if known && !was.same(now) {
		for _, m := range q.door.Stage.Outbox() {
			if m.SchemaHash == q.setup.Hash {
				continue // this app made it before a transaction could record the new app
			}
			q.decide.CloseQuestion(m.ID)
			h.away = append(h.away, q.parked(m))
		}
		for _, m := range q.outbox.CreatesOfLocal(c, local) {
			h.away = append(h.away, q.parked(&m))
		}
		for i := range h.away {
			h.away[i].App, h.away[i].Away = was.text(), true
			c.Keep(&h.away[i])
		}
	}
	for _, m := range q.door.Image.Parked() {
		of, _ := appOf(m.App)
		if m.Away && of.same(now) && !q.door.Touched(m.ID) {
			next, misfit := q.unparked(m)
			if q.outbox.BringBack(c, &next) {
				h.back = append(h.back, next)
			}
			if misfit != nil {
				h.misfits = append(h.misfits, misfit)
			}
		}
	}
	if len(h.away) == 0 {
		h.misfits = append(h.misfits, q.outbox.Misfits(c)...)
		q.changeLocal(c, local)
	}
	return h
}

// Own reports whether this app may send what is queued. It may not until a transaction has parked the changes of
// another app.
func (q *Queue) Own() bool {
	was, known := appOf(q.door.Stage.Meta(appKey).Str())
	return !known || was.same(q.app())
}

// IsDue reports whether a handover, or models that became syncable, could not be committed yet. Until then, records
// whose changes are not queued yet would seem obsolete to a page of the server, which would remove them.
func (q *Queue) IsDue() bool {
	return !q.Own() || q.door.Stage.Meta(localKey).Str() != strings.Join(q.outbox.LocalModels(), " ")
}

// HandOverLater tries the handover again after its transaction failed.
func (q *Queue) HandOverLater() {
	q.clock.After("handover", handoverRetryMs, func() {
		if q.ready() {
			q.Refit(&store.Commit{Name: "meta"})
		}
	})
}

// TellHandover tells the app which changes were parked and which came back.
func (q *Queue) TellHandover(h Handover) {
	if len(h.away) > 0 {
		var entries record.ListBuilder
		for i := range h.away {
			entries.Add(q.parkedEntry(&h.away[i]))
		}
		q.TellParked(entries, "Another app has this database now: endpoint and schema are others. The changes of "+
			"the app before are kept until it opens the database again. Give each app a database name of its own.")
	}
	for i := range h.back {
		q.line.Enqueued(&h.back[i])
	}
	q.decide.TellMisfits(h.misfits)
}

// Refit adapts the queue when the schema or the endpoint changes while the engine runs.
func (q *Queue) Refit(c *store.Commit) {
	h := q.ChangeHands(c)
	if c.Empty() {
		return
	}
	c.Strict = true
	q.door.Commit(c, func() { q.TellHandover(h) }, func(*app.Error) { q.HandOverLater() })
}
