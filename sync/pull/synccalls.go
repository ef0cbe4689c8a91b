package pull

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/sync/app"
)

// syncCall is a call of sync() that waits for its answer. It resolves when each of its models has come through a run
// that began after the call. It fails with the first model whose run fails, and at once when nothing can be asked for:
// the app shows that, while the engine goes on trying by itself.
type syncCall struct {
	call   app.Call
	of     []awaitedModel
	misses uint64 // probes that had found nobody before
}

// awaitedModel is one model of a syncCall.
type awaitedModel struct {
	mp       *modelPull
	run      uint64 // the number of the last run that began before
	failures uint64
}

// Sync asks for a run of the named models, or of all, and answers the call when they have come through.
func (p *Pull) Sync(call app.Call, names []string) {
	models, problem := p.named(names)
	if problem == nil {
		problem = p.hindrance()
	}
	if problem == nil && len(p.syncCalls) >= syncCallsMax {
		problem = app.NewError(app.CodeBadRequest, "More than "+strconv.Itoa(syncCallsMax)+" calls of sync() are unanswered. "+
			"Wait for one of them.")
	}
	w := &syncCall{call: call, misses: p.link.Misses()}
	for _, mp := range models {
		if problem == nil && mp.state == stateBackingOff && mp.toldToWait {
			problem = mp.trouble
		}
		w.of = append(w.of, awaitedModel{mp, mp.runs, mp.failures})
	}
	if problem != nil {
		p.line.Fail(call, problem)
		return
	}
	p.syncCalls = append(p.syncCalls, w)
	p.ask(models)
}

// ask has the models run. A first round that did not begin yet waits for the subscriptions, and covers all of them.
func (p *Pull) ask(models []*modelPull) {
	if p.settled && !p.active {
		p.beginRound(models)
		return
	}
	for _, mp := range models {
		if mp.state != stateIdle {
			p.askAgain(mp)
		}
	}
}

// named are the models with these names, each once; all of them for none.
func (p *Pull) named(names []string) ([]*modelPull, *app.Error) {
	if len(names) == 0 {
		return p.list, nil
	}
	var models []*modelPull
	for _, name := range names {
		mp := p.models[name]
		if mp == nil && p.setup.Schema.Model(name) != nil {
			return nil, app.NewError(app.CodeBadRequest, "Records of "+name+" stay on this device (syncable: false): there is "+
				"nothing to sync.")
		}
		if mp == nil {
			return nil, app.UnknownModel(name)
		}
		if !slices.Contains(models, mp) {
			models = append(models, mp)
		}
	}
	return models, nil
}

// hindrance is why nothing can be asked for now.
func (p *Pull) hindrance() *app.Error {
	switch {
	case p.setup.Config.Endpoint == "":
		return app.NewError(app.CodeNotConfigured, "No endpoint is configured, so there is nothing to sync with. Give "+
			"configure() an endpoint.")
	case p.link.IsClosed():
		return app.NewError(app.CodePaused, "Syncing is paused. Call resume() first.")
	case !p.link.Connected():
		return app.NewError(app.CodeClosed, "The store was stopped or cleared before the sync came through. Call sync() again.")
	case p.held():
		return app.NewError(app.CodeQuota, "The disk is full, so nothing is fetched. Free some room: fetching goes on by itself.")
	}
	return nil
}

// AnswerSyncCalls answers the calls whose time has come; it is called after every event.
func (p *Pull) AnswerSyncCalls() {
	if len(p.syncCalls) == 0 {
		return
	}
	hindrance := p.hindrance()
	p.syncCalls = slices.DeleteFunc(p.syncCalls, func(w *syncCall) bool {
		problem := hindrance
		if problem == nil {
			problem = p.failed(w)
		}
		switch {
		case problem != nil:
			p.line.Fail(w.call, problem)
		case slices.ContainsFunc(w.of, func(of awaitedModel) bool { return of.mp.came <= of.run }):
			return false
		default:
			p.line.Reply(w.call, nil)
		}
		return true
	})
}

func (p *Pull) failed(w *syncCall) *app.Error {
	for _, of := range w.of {
		switch {
		case p.models[of.mp.model.Name] != of.mp:
			return app.UnknownModel(of.mp.model.Name)
		case of.mp.failures > of.failures && of.mp.came <= of.run:
			return of.mp.trouble
		}
	}
	if p.link.IsUnreachable() && p.link.Misses() > w.misses {
		return app.NewError(app.CodeNetwork, "The server could not be reached. It is tried again without another call.")
	}
	return nil
}

// TabGone forgets the calls of a tab.
func (p *Pull) TabGone(tab string) {
	p.syncCalls = slices.DeleteFunc(p.syncCalls, func(w *syncCall) bool { return w.call.Tab == tab })
}

// failedNow notes what is told to those who wait for a model.
func (mp *modelPull) failedNow(problem *app.Error) {
	mp.trouble = problem
	mp.failures++
}
