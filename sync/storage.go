package sync

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/pull"
)

// What happens when the local database fails under the engine; SPEC.md has the list.
//
//	no room for pulled rows    pulls wait and try again; saves go on in the store's reserve
//	deleted while it was open  reads go on from the image; the image is written anew, at once when
//	                           changes are unsent, else before the next commit, which then goes again
//	no answer for 5 s          told to the app, and waited for
//	in memory only             told to the app
type storage struct {
	ephemeral bool
	full      bool // pulled rows found no room, and no page was written since
	waits     bool // pulls wait for the timer "room"
	attempts  int  // attempts in a row that found no room for pulled rows
	toldMs    int64
	mixed     bool    // the commit that found no room held both pulled rows and saves
	again     []Event // those saves, to be planned again
	unfit     bool    // queued mutations were not yet compared with the schema
	marked    bool    // the marker was compared since this engine began
}

// markerKey names the meta entry that tells this database from one made after an eviction.
const markerKey = "db/marker"

func (e *Engine) openStorage(ev Loaded) {
	e.storage.marked = false
	if e.storage.ephemeral = ev.Ephemeral; ev.Ephemeral {
		e.line.Announce(app.HubStorage, e.storageStatus())
	}
}

func (e *Engine) storageStatus() []byte {
	var b record.Builder
	b.SetBool("ephemeral", e.storage.ephemeral)
	b.SetBool("full", e.storage.full)
	return b.Object().Text()
}

// startBody is the answer to a start: null, or {"ephemeral":true}.
func (e *Engine) startBody() []byte {
	if !e.storage.ephemeral {
		return nil
	}
	return []byte(`{"ephemeral":true}`)
}

// opensUnwritten reports whether the engine goes on although its first row could not be written. A full disk can still
// be read. Of a database that was deleted meanwhile, only the image is left. Mutations that do not fit the schema are
// held as soon as something can be written.
func (e *Engine) opensUnwritten(problem *app.Error) bool {
	if e.halted != nil || problem.Code != app.CodeQuota && !e.door.Gone() {
		return false
	}
	e.storage.unfit = true
	e.phase = ready
	e.resumeWaiting()
	return true
}

// wrote is called for every transaction that completed.
func (e *Engine) wrote(c *store.Commit) {
	e.foundRoom(c)
	if e.storage.unfit {
		e.storage.unfit = false
		e.queue.Refit(&store.Commit{Name: "meta"})
	}
}

// noRoom pauses the pulls when a commit of theirs found the disk full.
func (e *Engine) noRoom(c *store.Commit, mixed bool, problem *app.Error) {
	s := &e.storage
	if problem.Code != app.CodeQuota || c == nil {
		return
	}
	if c.Strict {
		s.mixed = mixed
		if !s.mixed {
			return
		}
	}
	if !s.full && (s.toldMs == 0 || e.clock.NowMs()-s.toldMs > roomToldMs) {
		s.toldMs = e.clock.NowMs()
		e.line.Report(app.Trouble{Process: "sync", Code: app.CodeQuota, Kind: "Transient", Message: "The disk, or this " +
			"site's share of it, is full. Nothing is fetched from the server until there is room; saves go " +
			"on as long as a small reserve lasts."})
	}
	if !s.full {
		s.full = true
		e.line.Announce(app.HubStorage, e.storageStatus())
		e.pull.Release()
	}
	s.attempts++
	s.waits = true
	e.clock.After("room", e.clock.Backoff(roomBaseMs, roomCapMs, s.attempts), func() { s.waits = false })
}

// holdsPulls reports that no page of the server could be kept now: the disk has no room for it, or the database is
// passing to another app and that could not be written yet.
func (e *Engine) holdsPulls() bool {
	due := !e.storage.waits && e.storage.unfit && e.queue.IsDue()
	if due && !e.clock.Has("handover") {
		e.queue.HandOverLater()
	}
	return due || e.storage.waits
}

// turnAway answers a call whose commit failed, or keeps the call so that repeat can plan it again.
func (e *Engine) turnAway(call app.Call, event Event, problem *app.Error) {
	if e.storage.mixed {
		e.storage.again = append(e.storage.again, event)
		return
	}
	e.line.Fail(call, problem)
}

// repeat plans again the saves that were refused because they shared a commit with pulled rows on a full disk: without
// those rows they may find room.
func (e *Engine) repeat() {
	again := e.storage.again
	e.storage.mixed, e.storage.again = false, nil
	for _, event := range again {
		e.handle(event)
	}
}

// foundRoom ends the pause of the pulls once a page was written.
func (e *Engine) foundRoom(c *store.Commit) {
	s := &e.storage
	if !s.full || c == nil || !c.Kind.Has(store.Page) {
		return
	}
	s.full, s.waits, s.attempts = false, false, 0
	e.clock.Forget("room")
	e.line.Announce(app.HubStorage, e.storageStatus())
}

// storageLost handles the host's report that the database is gone.
func (e *Engine) storageLost(fault *store.Fault) {
	if e.halted != nil || e.door.Image == nil || fault == nil {
		return
	}
	if problem := app.OfFault(fault); problem.Code == app.CodeVersionSkew {
		e.halt(problem)
		e.door.Drop(problem)
		return
	}
	if fault.Code != store.CodeDeleted {
		return // the next commit shows what it means
	}
	e.door.Lost()
}

// storageSlow tells the app what the engine waits for.
func (e *Engine) storageSlow() {
	switch {
	case e.phase == loading:
		e.line.Report(app.Trouble{Process: "sync", Code: app.CodeBlocked, Kind: "Transient", Message: "The local database " +
			"does not open: another program deletes it, or holds it open. Close the other tabs of this " +
			"app; it is waited for."})
	case e.door.Busy():
		e.line.Report(app.Trouble{Process: "sync", Code: app.CodeStorageSlow, Kind: "Transient", Message: "The browser has been " +
			"writing to the local database for more than five seconds. What was saved meanwhile is still waiting."})
	}
}

// checkMarker compares, once in an engine's life, what the page remembers with what the database says. If only one of
// them knows the marker, the browser has removed the other. The engine then makes a new marker and fetches everything
// again.
func (e *Engine) checkMarker(ev Start) {
	if !ev.Marker.Exists() || e.storage.ephemeral {
		return
	}
	own := e.door.Stage.Meta(markerKey).Str()
	given, unsent := strings.CutSuffix(ev.Marker.Str(), "+")
	first := !e.storage.marked
	e.storage.marked = true
	if first && own != given {
		e.evicted(own == "", unsent)
	}
	if first && (own == "" || own != given) {
		own = e.outbox.MutationID("")
		c := &store.Commit{Name: "meta", Meta: []store.MetaEntry{{Key: markerKey, Value: record.OfString(own)}}}
		for _, m := range e.setup.Schema.Models {
			if e.door.Stage.Meta(pull.CursorKey(m.Name)).Exists() {
				c.Set(pull.CursorKey(m.Name), record.Value{})
			}
		}
		e.door.Commit(c, nil, nil)
	}
	if own == given {
		return
	}
	e.door.WhenDurable(func() {
		e.out.Emit(Announce{Tab: ev.Call.Tab, Event: app.Marker, Data: record.OfString(own).Text()})
	}, func(*app.Error) {})
}

func (e *Engine) evicted(database, unsent bool) {
	message := "The browser removed what this site kept beside its local database."
	if database {
		message = "The browser removed this site's local database."
		if unsent {
			message += " Changes that had not reached the server were lost with it."
		}
	}
	e.line.Report(app.Trouble{Process: "sync", Code: app.CodeEvicted, Kind: "Unknown",
		Message: message + " All rows are fetched again."})
}
