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

// Three things delay the outbox: a pause of the whole queue after a failure that is not due to a single mutation, a
// Retry-After of the server, and the backoff of a single mutation that fails (troubled) while others pass. The first
// and the last end early when the network is back or the app wants that. The time that the server asked for is always
// waited out.

// backing says how often one mutation failed, and until when it waits.
type backing struct {
	attempts int
	untilMs  int64
	told     bool // the app was told
}

// Wake ends delays, because the network is back or the app wants changes sent now.
func (p *Push) Wake() {
	p.attempts, p.toldBusy = 0, false
	p.troubled = map[string]*backing{}
	p.clock.Forget("push")
	p.paused = p.notBeforeMs > p.clock.NowMs()
	if p.paused {
		p.clock.After("push", p.notBeforeMs-p.clock.NowMs(), func() { p.paused = false })
	}
}

// Nudge shortens a pause that is due to the network, because the app wants something sent.
func (p *Push) Nudge() {
	if p.paused && p.cutOff {
		p.clock.Sooner("push", p.link.PauseSince(p.failedMs), func() { p.paused = false })
	}
}

// ClockSetBack moves all points in time back with the clock.
func (p *Push) ClockSetBack(byMs int64) {
	p.notBeforeMs -= byMs
	p.failedMs -= byMs
	for _, b := range p.troubled {
		b.untilMs -= byMs
	}
}

// Ended forgets what was kept about a mutation.
func (p *Push) Ended(id string) {
	delete(p.alone, id)
	delete(p.verified, id)
	delete(p.looking, id)
	delete(p.troubled, id)
}

// failed pauses the whole queue, because the server can't be reached or takes no requests.
func (p *Push) failed(retryAfterMs int64) {
	p.busy, p.paused, p.cutOff = false, true, false
	p.attempts++
	p.failedMs = p.clock.NowMs()
	if asked := clock.Asked(retryAfterMs); asked > 0 {
		p.notBeforeMs = p.clock.NowMs() + asked
	}
	p.clock.After("push", p.clock.Retry(p.attempts, retryAfterMs), func() { p.paused = false })
}

// troubleWith delays one mutation while others pass.
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

// reportBusy reports once that the server keeps failing. Changes that it does not take stay queued.
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

// reportPassing reports once that the server keeps putting off one mutation.
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
