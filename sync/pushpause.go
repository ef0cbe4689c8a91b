package sync

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/peer"
)

// Three things delay the outbox: a pause of the whole queue after a failure that says nothing about
// a single mutation, a Retry-After of the server, and the backoff of one mutation that fails on its
// own (troubled), while others pass. The first and the last end early when the network is back or
// the app asks for it; what the server asked for is waited out.

// backing is how often one mutation failed, and until when it waits.
type backing struct {
	attempts int
	untilMs  int64
	told     bool // the app knows
}

// wakePush forgets delays: the network is back, or somebody wants it now.
func (e *Engine) wakePush() {
	p := &e.push
	p.attempts, p.toldBusy = 0, false
	p.troubled = map[string]*backing{}
	e.clock.Forget("push")
	p.paused = p.notBeforeMs > e.clock.NowMs()
	if p.paused {
		e.clock.After("push", p.notBeforeMs-e.clock.NowMs(), func() { p.paused = false })
	}
}

// clockSetBack moves the points in time along.
func (p *pushQueue) clockSetBack(byMs int64) {
	p.notBeforeMs -= byMs
	p.failedMs -= byMs
	for _, b := range p.troubled {
		b.untilMs -= byMs
	}
}

// ended forgets a mutation.
func (p *pushQueue) ended(id string) {
	delete(p.alone, id)
	delete(p.verified, id)
	delete(p.looking, id)
	delete(p.troubled, id)
}

// pushFailed pauses the whole queue: the server can't be reached, or refuses to talk to us.
func (e *Engine) pushFailed(retryAfterMs int64) {
	p := &e.push
	p.busy, p.paused, p.cutOff = false, true, false
	p.attempts++
	p.failedMs = e.clock.NowMs()
	if asked := clock.Asked(retryAfterMs); asked > 0 {
		p.notBeforeMs = e.clock.NowMs() + asked
	}
	e.clock.After("push", e.clock.Retry(p.attempts, retryAfterMs), func() { p.paused = false })
}

// troubleWith delays one mutation and lets others pass.
func (e *Engine) troubleWith(id string) *backing {
	b := e.push.troubled[id]
	if b == nil {
		b = &backing{}
		e.push.troubled[id] = b
	}
	b.attempts++
	b.untilMs = e.clock.NowMs() + e.clock.Retry(b.attempts, 0)
	return b
}

// reportBusy tells once that the server keeps failing; what it does not take stays queued.
func (e *Engine) reportBusy(m *store.Mutation, a answer) {
	if e.push.attempts < pushFailuresMax || e.push.toldBusy {
		return
	}
	e.push.toldBusy = true
	code, what := app.CodeServerError, "The server could not take changes"
	if a.status == 429 {
		code, what = app.CodeRateLimited, "The server asks for fewer requests"
	}
	e.line.Change(m, code, "Transient", strings.TrimSpace(what+" (status "+strconv.Itoa(a.status)+
		"); the changes are kept and sent again. "+peer.ErrorText(a.body)), nil)
}

// reportPassing tells once that the server keeps putting off one mutation.
func (e *Engine) reportPassing(m *store.Mutation, b *backing, err appsync.Error) {
	if b.attempts < pushFailuresMax || b.told {
		return
	}
	b.told = true
	code := app.CodeServerError
	if peer.IsThrottling(err.Type) {
		code = app.CodeRateLimited
	}
	e.line.Change(m, code, "Transient", strings.TrimSpace("The server puts the change off ("+err.Type+
		"); it is kept and sent again. "+err.Message), nil)
}
