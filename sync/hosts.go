package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/live"
)

// What rooms need of the engine, and of rooms that are made after them.

// liveHostOf is what observers need of the engine (sync/live).
type liveHostOf struct{ e *Engine }

func (h *liveHostOf) Notify(tab string, observer uint32, body []byte) {
	h.e.out.Emit(Notify{Tab: tab, Observer: observer, Body: body})
}

func (h *liveHostOf) Synced(model string) bool { return h.e.pull.Synced(model) }

// authHostOf is what credentials need of the engine (sync/auth).
type authHostOf struct{ e *Engine }

func (h *authHostOf) AskToken(tab, mode string, refresh bool) uint64 {
	id := h.e.out.NextID()
	h.e.out.Emit(AskToken{ID: id, Tab: tab, Mode: mode, Refresh: refresh})
	return id
}

func (h *authHostOf) Ready() bool   { return h.e.phase == ready }
func (h *authHostOf) Running() bool { return h.e.running }
func (h *authHostOf) Reconnect()    { h.e.reconnect() }

// linkHost tells the link whether the app wants network work to go on (sync/link).
type linkHost struct{ e *Engine }

func (h *linkHost) Working() bool { return h.e.running && h.e.phase == ready && !h.e.clearing }

// liveQueueOf is what followers of the outbox and of statuses need of the queue (sync/live).
type liveQueueOf struct{ e *Engine }

func (h *liveQueueOf) Status(key store.Key) live.Status { return h.e.queue.StatusOf(key) }

func (h *liveQueueOf) Entries(list []*store.Mutation, each func(*store.Mutation, record.Value)) {
	h.e.queue.Entries(list, each)
}

// doorHost carries out what the commit door decides (sync/door).
type doorHost struct{ e *Engine }

func (h *doorHost) Before(c *store.Commit) []store.Key { return h.e.merger.Aftermath(c) }

func (h *doorHost) Write(whole *store.Commit) uint64 {
	if canary.RelaxedOutbox {
		whole.Strict = false
	}
	id := h.e.out.NextID()
	h.e.out.Emit(Commit{ID: id, Commit: whole})
	return id
}

func (h *doorHost) Rebuild(whole *store.Commit) uint64 {
	id := h.e.out.NextID()
	h.e.out.Emit(Rebuild{ID: id, Whole: whole})
	return id
}

func (h *doorHost) Halted() *app.Error { return h.e.halted }

func (h *doorHost) Deleted() {
	h.e.line.Report(app.Trouble{Process: "sync", Code: app.CodeDeleted, Kind: "Unknown", Message: "The local database was " +
		"deleted while this page had it open. What the page holds is written anew, unsent changes first."})
}
