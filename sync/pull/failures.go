package pull

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/app"
)

// fail plans another attempt at a run. A definite failure, or one that repeats, is reported once, and the model then no
// longer holds up the round.
func (p *Pull) fail(mp *modelPull, f failure) {
	run := mp.run
	if run != nil {
		p.link.Cancel(run.request)
		if !f.keepRun {
			mp.run = nil
		}
	}
	mp.cutOff = f.code == app.CodeNetwork
	if mp.cutOff {
		p.link.Lost()
	}
	mp.attempts++
	mp.state = stateBackingOff
	mp.toldToWait = f.retryAfterMs > 0
	if problem := app.NewError(f.code, f.message); f.definite || mp.toldToWait || mp.attempts >= failuresMax {
		mp.failedNow(problem)
	}
	if !mp.settled && (f.definite || mp.attempts >= failuresMax) {
		if f.code != app.CodeQuota && (f.code != app.CodeNetwork || !p.link.ToldNetwork()) {
			p.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model),
				Model: mp.model.Name, Code: f.code, Kind: f.kind, Message: f.message})
		}
		p.link.TellNetwork(p.link.ToldNetwork() || f.code == app.CodeNetwork)
		p.settleModel(mp)
	}
	delay := max(p.clock.Retry(mp.attempts, f.retryAfterMs), f.leastMs)
	p.clock.After("pull "+mp.model.Name, delay, func() {
		if mp.state == stateBackingOff {
			mp.state = stateWaiting
		}
	})
}

// failure is why a run failed.
type failure struct {
	code, kind, message   string
	definite              bool // another attempt soon would fail as well
	keepRun               bool // the next attempt asks for the same page
	retryAfterMs, leastMs int64
}

// Wake ends the delay of pulls that failed because of the network.
func (p *Pull) Wake() {
	for _, mp := range p.list {
		if mp.state == stateBackingOff && mp.cutOff {
			mp.state = stateWaiting
			p.clock.Forget("pull " + mp.model.Name)
		}
	}
}
