package sync

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

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
	// A save has resolved when its observers hear of it. Observers come before everything else, so that they know of a
	// change when a model is announced as synced.
	landed.Answer()
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
	e.pull.Dropped()
	e.repeat()
}
