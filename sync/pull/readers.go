package pull

import (
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
)

// mayPull reports whether a model can be requested now. A model whose auth mode is paused no longer holds up its
// children and the round.
func (p *Pull) mayPull(mp *modelPull) bool {
	if mp.run != nil && p.auth.IsAbsent(mp.run.mode) {
		mp.run = nil // the next run reads by another mode
	}
	mode := ""
	if mp.run != nil {
		mode = mp.run.mode
	} else if mode = p.auth.ModeFor(mp.model, config.OperationRead, mp.tried); mode == "" {
		mp.tried = nil
		mode = p.auth.ModeFor(mp.model, config.OperationRead, nil)
	}
	if p.auth.Have(mode) {
		return true
	}
	if p.auth.Paused(mode, "sync") {
		mp.failedNow(app.NewError(app.CodeUnauthorized, "There are no credentials to sync "+mp.model.Name+" with. Sign in, then "+
			"sync again."))
		p.settleModel(mp)
	}
	return false
}

// nextReader notes that a mode may not read a model, and reports whether another mode is left to try.
func (p *Pull) nextReader(mp *modelPull, run *modelRun) bool {
	mp.tried = append(mp.tried, run.mode)
	if p.auth.ModeFor(mp.model, config.OperationRead, mp.tried) == "" {
		mp.tried = nil
		return false
	}
	mp.run, mp.state = nil, stateWaiting
	return true
}
