package push

import (
	"slices"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/decide"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/peer"
	"github.com/deltabase/deltabase/sync/pull"
	"github.com/deltabase/deltabase/sync/tell"
)

// Push sends the outbox. One request is under way at a time:
//
//	pick ─▶ "mark sent" committed ─▶ Send ─▶ answers ─▶ "acknowledge" / "conflict noted" / "hold"
//	                                  └─ no definite answer ─▶ backoff, alone, read first ─▶ pick
type Push struct {
	own    func() bool
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	line   *tell.Line
	peer   *peer.Peer
	auth   *auth.Auth
	link   *link.Link
	pull   *pull.Pull
	merger *merge.Merger
	outbox *outbox.Outbox
	decide *decide.Decider

	busy        bool  // a batch is being marked, sent or looked up
	attempts    int   // failed requests in a row
	paused      bool  // until the timer "push" fires
	cutOff      bool  // paused because of the network
	failedMs    int64 // when it was paused
	notBeforeMs int64 // until then the server asked to wait
	toldBusy    bool  // the app was told that the server keeps failing
	alone       map[string]bool
	verified    map[string]bool     // mutations that were read and found not applied
	looking     map[string]bool     // mutations that were refused or are in conflict, while the server's row is being read
	troubled    map[string]*backing // by mutation id, so that one that fails lets others pass
}

// New makes a Push with nothing under way. own reports whether this app may send what is queued.
func New(own func() bool, c *clock.Clock, setup *config.Setup, d *door.Door, line *tell.Line, pr *peer.Peer,
	a *auth.Auth, l *link.Link, pulls *pull.Pull, m *merge.Merger, o *outbox.Outbox, dec *decide.Decider) *Push {
	return &Push{own: own, clock: c, setup: setup, door: d, line: line, peer: pr, auth: a, link: l, pull: pulls,
		merger: m, outbox: o, decide: dec, alone: map[string]bool{}, verified: map[string]bool{},
		looking: map[string]bool{}, troubled: map[string]*backing{}}
}

// Interrupted forgets the request under way. Its mutations stay sent and unanswered.
func (p *Push) Interrupted() {
	p.clock.Forget("push")
	p.busy, p.paused = false, false
	p.verified, p.looking = map[string]bool{}, map[string]bool{}
}

// Plan starts the next batch, unless something stands in its way. The first round of pulls comes before the first
// mutation, as in Amplify.
func (p *Push) Plan() {
	if p.busy || p.paused || !p.link.Connected() || !p.pull.Settled() || p.link.IsUnreachable() || !p.own() {
		return
	}
	batch := p.pickBatch()
	if len(batch) == 0 {
		return
	}
	mode := p.auth.ModeOf(batch[0])
	if m := batch[0]; !canary.BlindResend && p.Unsure(m) {
		p.busy = true
		p.lookUp(m)
		return
	}
	p.busy = true
	c := &store.Commit{Name: "mark sent", Strict: true}
	ids := make([]string, 0, len(batch))
	for _, m := range batch {
		ids = append(ids, m.ID)
		if m.State == store.Pending || p.unfenced(m) {
			marked := *m
			marked.State = store.Sent
			c.Keep(&marked)
		}
	}
	if canary.UnmarkedSend {
		p.sendBatch(ids, mode)
		return
	}
	staged := slices.ContainsFunc(ids, func(id string) bool { return p.door.Touched(id) })
	if c.Empty() && !staged {
		p.sendBatch(ids, mode)
		return
	}
	send, failed := p.link.OfConnection(func() { p.sendBatch(ids, mode) }), p.link.OfConnection(func() { p.failed(0) })
	if c.Empty() { // the members were sent before, and the staged transaction brings them back from parking
		p.door.WhenDurable(send, func(*app.Error) { failed() })
		return
	}
	p.door.Commit(c, send, func(*app.Error) { failed() })
}

// unfenced reports whether a mutation must not be sent again before this engine has committed once more. The mutation
// was marked as sent earlier, and plain AppSync would carry it out twice. If another engine has replaced this one
// meanwhile, the commit fails and fences this engine; the other one committed before it looked the mutation up.
func (p *Push) unfenced(m *store.Mutation) bool { return p.peer.IsPlain() }

// sendBatch sends mutations whose mark as sent is committed.
func (p *Push) sendBatch(ids []string, mode string) {
	if !p.link.Connected() || !p.auth.Have(mode) {
		p.busy = false
		return
	}
	var batch []*store.Mutation
	var out []appsync.Mutation
	for _, id := range ids {
		m, ok := p.door.Image.Mutation(id)
		if model := p.modelOf(m, ok); model != nil {
			batch = append(batch, m)
			out = append(out, p.wire(model, m))
		}
	}
	if len(batch) == 0 {
		p.busy = false
		return
	}
	request, keys := appsync.MutationRequest(p.setup.Schema, out)
	p.peer.AnnounceUs(&request)
	p.link.Request("push", mode, request.Body(), link.RequestTimeoutMs, func(a link.Answer) { p.answered(batch, keys, a) })
}

func (p *Push) modelOf(m *store.Mutation, ok bool) *schema.Model {
	if !ok {
		return nil
	}
	return p.setup.Schema.Model(m.Key.Model)
}
