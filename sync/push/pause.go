package push

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/link"
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

// Wake forgets delays: the network is back, or somebody wants it now.
func (p *Push) Wake() {
	p.attempts, p.toldBusy = 0, false
	p.troubled = map[string]*backing{}
	p.clock.Forget("push")
	p.paused = p.notBeforeMs > p.clock.NowMs()
	if p.paused {
		p.clock.After("push", p.notBeforeMs-p.clock.NowMs(), func() { p.paused = false })
	}
}

// Nudge is a call by which the app wants something sent: a pause because of the network ends sooner.
func (p *Push) Nudge() {
	if p.paused && p.cutOff {
		p.clock.Sooner("push", p.link.PauseSince(p.failedMs), func() { p.paused = false })
	}
}

// ClockSetBack moves the points in time along.
func (p *Push) ClockSetBack(byMs int64) {
	p.notBeforeMs -= byMs
	p.failedMs -= byMs
	for _, b := range p.troubled {
		b.untilMs -= byMs
	}
}

// Ended forgets a mutation.
func (p *Push) Ended(id string) {
	delete(p.alone, id)
	delete(p.verified, id)
	delete(p.looking, id)
	delete(p.troubled, id)
}

// failed pauses the whole queue: the server can't be reached, or refuses to talk to us.
func (p *Push) failed(retryAfterMs int64) {
	p.busy, p.paused, p.cutOff = false, true, false
	p.attempts++
	p.failedMs = p.clock.NowMs()
	if asked := clock.Asked(retryAfterMs); asked > 0 {
		p.notBeforeMs = p.clock.NowMs() + asked
	}
	p.clock.After("push", p.clock.Retry(p.attempts, retryAfterMs), func() { p.paused = false })
}

// troubleWith delays one mutation and lets others pass.
func (p *Push) troubleWith(id string) *backing {
	b := p.troubled[id]
	if b == nil {
		b = &backing{}
		p.troubled[id] = b
	}
	b.attempts++
	b.untilMs = p.clock.NowMs() + p.clock.Retry(b.attempts, 0)
	return b
}

// reportBusy tells once that the server keeps failing; what it does not take stays queued.
func (p *Push) reportBusy(m *store.Mutation, a link.Answer) {
	if p.attempts < failuresUntoldMax || p.toldBusy {
		return
	}
	p.toldBusy = true
	code, what := app.CodeServerError, "The server could not take changes"
	if a.Status == 429 {
		code, what = app.CodeRateLimited, "The server asks for fewer requests"
	}
	p.line.Change(m, code, "Transient", strings.TrimSpace(what+" (status "+strconv.Itoa(a.Status)+
		"); the changes are kept and sent again. "+peer.ErrorText(a.Body)), nil)
}

// reportPassing tells once that the server keeps putting off one mutation.
func (p *Push) reportPassing(m *store.Mutation, b *backing, err appsync.Error) {
	if b.attempts < failuresUntoldMax || b.told {
		return
	}
	b.told = true
	code := app.CodeServerError
	if peer.IsThrottling(err.Type) {
		code = app.CodeRateLimited
	}
	p.line.Change(m, code, "Transient", strings.TrimSpace("The server puts the change off ("+err.Type+
		"); it is kept and sent again. "+err.Message), nil)
}
