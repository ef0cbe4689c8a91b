package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

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

func (e *Engine) committed(id uint64) {
	if whole := e.door.Landing(id); whole != nil {
		e.wrote(whole)
	}
	landed := e.door.Committed(id)
	if landed == nil {
		return
	}
	for _, id := range landed.Ended {
		e.push.Ended(id)
	}
	// Observers come first: when a promise resolves or a model is told to be synced, they know.
	if landed.Cleared {
		e.pull.Cleared()
		e.live.Refresh()
	} else {
		e.live.Changed(landed.Changes)
	}
	e.live.Landed(landed)
	landed.Run()
	if e.door.FoldDue() {
		e.out.Emit(Fold{})
	}
}

func (e *Engine) commitFailed(id uint64, fault *store.Fault) {
	lost, whole, mixed := e.door.Failed(id, fault)
	if !lost {
		return
	}
	problem := app.OfFault(fault)
	if problem.Code == app.CodeFenced || problem.Code == app.CodeVersionSkew {
		e.halt(problem)
	}
	e.noRoom(whole, mixed, problem)
	e.door.Drop(problem)
	e.repeat()
}
