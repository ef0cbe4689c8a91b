package sim

import (
	"fmt"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// question is a conflict that a tab's handler was asked about and has not answered.
type question struct {
	effect   uint64
	tab      string
	mutation string
	conflict record.Value
}

// ask puts a conflict to a page's conflictHandler. The kinds of handlers: retryLocal, applyRemote
// and retry always decide so; mixed decides now this way, now that; throws often throws; slow
// answers late or, until everything heals, never.
func (p *process) ask(f engine.AskHandler) {
	conflict := record.Trust(f.Conflict)
	q := &question{effect: f.ID, tab: f.Tab, mutation: conflict.Field("mutationId").Str(), conflict: conflict}
	p.asks[f.ID] = q
	p.world.oracle.asked(p, q)
	t := p.device.tab(f.Tab)
	if t == nil {
		return // it is gone; the engine is about to learn of it
	}
	attempts, _ := conflict.Field("attempts").Int()
	d := roll(p.world.plan.Seed, hashOf(q.mutation), uint64(attempts), hashOf(f.Tab))
	delay := d.between(1, 50)
	switch t.handler {
	case "slow":
		if d.chance(0.4) {
			return
		}
		delay = d.between(100, 45_000)
	case "throws":
		if d.chance(0.7) {
			p.world.after(delay, func() { p.answer(q, "throw", record.Value{}) })
			return
		}
	}
	decision := t.handler
	switch t.handler {
	case "mixed", "throws", "slow":
		decision = one(d, "retryLocal", "retryLocal", "applyRemote", "retry", "throw", "nonsense")
	}
	p.world.after(delay, func() { p.answer(q, decision, modelOf(q, d)) })
}

// answer gives a handler's decision, if its tab is still there.
func (p *process) answer(q *question, decision string, model record.Value) {
	if p.dead || p.asks[q.effect] == nil || p.device.tab(q.tab) == nil {
		return
	}
	delete(p.asks, q.effect)
	if decision == "throw" {
		p.deliver(engine.HandlerFailed{Effect: q.effect, Message: "It was thrown."})
		return
	}
	if decision != "retry" {
		model = record.Value{}
	}
	p.world.oracle.decidedBy(p, q, decision, model)
	p.deliver(engine.HandlerAnswered{Effect: q.effect, Decision: decision, Model: model})
}

// modelOf is what a handler returns for retry: the remote row with the local text, or with a new one.
func modelOf(q *question, d *dice) record.Value {
	remote := q.conflict.Field("remote")
	if remote.Kind() != record.Object {
		return q.conflict.Field("local")
	}
	shape := modelShapes[q.conflict.Field("model").Str()]
	var b record.Builder
	if local := q.conflict.Field("local").Field(shape.text); d.chance(0.5) && !local.IsNull() {
		b.Set(shape.text, local)
	} else {
		b.SetString(shape.text, fmt.Sprintf("decided %s", q.mutation))
	}
	return record.Overlay(remote, b.Object())
}

// answerAll answers every question that was left open, when everything heals.
func (p *process) answerAll() {
	effects := sortedKeys(p.asks)
	for _, effect := range effects {
		p.answer(p.asks[effect], "retryLocal", record.Value{})
	}
}
