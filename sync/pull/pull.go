package pull

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/live"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
	"github.com/deltabase/deltabase/sync/tell"
)

// Pull fetches the server's records. A round is one pull of every model, parents before children. It begins when every
// subscription is acknowledged or given up, so that each change is in a page or in a message.
//
//	idle ─ round ─▶ waiting ─▶ running ─ last page durable ─▶ done (live: messages apply at once)
//	                   ▲          └─ failure ─▶ backing off ─┐
//	                   └───────────────────────────────────────┘
type Pull struct {
	held   func() bool
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	line   *tell.Line
	peer   *peer.Peer
	auth   *auth.Auth
	link   *link.Link
	live   *live.Live
	merger *merge.Merger

	models         map[string]*modelPull
	list           []*modelPull // parents first
	active         bool         // a round is under way
	succeeded      bool         // some model was pulled successfully in this round
	owesReady      bool         // the round ended without a successful pull, so syncQueriesReady is still to be announced
	settled        bool         // the first round since connecting is over, so mutations may be sent
	established    bool         // subscriptionsEstablished was announced
	announcedReady bool
	polls          int         // polls in a row without news
	syncCalls      []*syncCall // calls of sync() without an answer
}

// New makes a Pull of no models. held reports whether a page could not be stored now.
func New(held func() bool, c *clock.Clock, setup *config.Setup, d *door.Door, line *tell.Line, p *peer.Peer,
	a *auth.Auth, l *link.Link, view *live.Live) *Pull {
	return &Pull{held: held, clock: c, setup: setup, door: d, line: line, peer: p, auth: a, link: l, live: view,
		models: map[string]*modelPull{}}
}

// Merge sets the merger that takes the rows. It asks Pull what is in the sync expressions.
func (p *Pull) Merge(by *merge.Merger) { p.merger = by }

type state uint8

const (
	stateIdle state = iota
	stateWaiting
	stateRunning
	stateBackingOff
	stateDone
)

// modelPull is the state of one model's pulls.
type modelPull struct {
	model    *schema.Model
	state    state
	run      *modelRun
	settled  bool // done with in this round, successfully or not
	live     bool // pulled since the subscriptions are acknowledged
	synced   bool // since start
	again    bool // another run is needed after this one
	cutOff   bool // it backs off because of the network
	attempts int
	buffer   []record.Value
	tried    []string                  // auth modes by which the server did not let it be read
	gone     map[string]conflict.Stamp // rows that left the sync expression, by id: an older message about one is late
	seenAtMs int64                     // server time at which a base run saw everything in the sync expression
	told     []byte                    // the last modelSynced, to be repeated to tabs that start later

	runs       uint64 // how many runs have begun
	came       uint64 // the number of the last successful run that asked for everything since it began
	failures   uint64 // how often calls that waited for a run had to fail
	trouble    *app.Error
	toldToWait bool // the server said how long to back off
}

// Reset forgets runs and rounds, but not which models are synced.
func (p *Pull) Reset() {
	for _, mp := range p.list {
		mp.state, mp.run, mp.settled, mp.live = stateIdle, nil, false, false
		mp.again, mp.attempts, mp.buffer, mp.tried, mp.gone, mp.seenAtMs = false, 0, nil, nil, nil, 0
	}
	p.active, p.settled, p.established = false, false, false
}

// UseSchema lists the models to pull from a new schema.
func (p *Pull) UseSchema() {
	known := p.models
	p.models, p.list = map[string]*modelPull{}, nil
	for _, m := range p.setup.Schema.Order() {
		if !m.Syncable {
			continue
		}
		mp := known[m.Name]
		if mp == nil {
			mp = &modelPull{}
		}
		mp.model = m
		p.models[m.Name] = mp
		p.list = append(p.list, mp)
	}
}

// Begin begins a round, which pulls every model once.
func (p *Pull) Begin() { p.beginRound(p.list) }

func (p *Pull) beginRound(models []*modelPull) {
	p.active, p.succeeded = true, false
	for _, mp := range models {
		mp.settled, mp.attempts = false, 0
		p.askAgain(mp)
	}
	p.line.Announce(app.HubSyncStarted, modelNames(models))
	p.endRound()
}

func modelNames(models []*modelPull) []byte {
	var names record.ListBuilder
	for _, mp := range models {
		names.AddString(mp.model.Name)
	}
	var b record.Builder
	b.Set("models", names.List())
	return b.Object().Text()
}

// askAgain asks for a run of one model; while one is under way, for another after it.
func (p *Pull) askAgain(mp *modelPull) {
	switch {
	case mp.run != nil && mp.state != stateDone:
		mp.again = true
		if mp.state == stateBackingOff {
			mp.state = stateWaiting
			p.clock.Forget("pull " + mp.model.Name)
		}
	default:
		mp.state = stateWaiting
		p.clock.Forget("pull " + mp.model.Name)
	}
}

// Plan starts the pulls that can start: a model after its parents, and only a few models at a time.
func (p *Pull) Plan() {
	if !p.link.Connected() || p.held() {
		return
	}
	running := 0
	for _, mp := range p.list {
		if mp.state == stateRunning {
			running++
		}
	}
	for _, mp := range p.list {
		if running == parallelModelsMax {
			return
		}
		if mp.state != stateWaiting || !p.parentsSettled(mp) || !p.mayPull(mp) {
			continue
		}
		running++
		mp.state = stateRunning
		if mp.run == nil {
			mp.run = p.newRun(mp)
			mp.runs++
			mp.run.number = mp.runs
		}
		p.requestPage(mp)
	}
}

func (p *Pull) parentsSettled(mp *modelPull) bool {
	for _, parent := range p.setup.Schema.Parents(mp.model) {
		if above := p.models[parent.Name]; above != nil && !above.settled {
			return false
		}
	}
	return true
}

// settleModel notes that a model no longer holds up others. After the last model it ends the round.
func (p *Pull) settleModel(mp *modelPull) {
	if !mp.settled {
		mp.settled = true
		p.endRound()
	}
}

func (p *Pull) endRound() {
	for _, mp := range p.list {
		if !mp.settled {
			return
		}
	}
	if !p.active {
		return
	}
	p.active, p.settled = false, true
	p.owesReady = !p.succeeded && len(p.list) > 0
	if !p.owesReady {
		p.line.Announce(app.HubSyncReady, nil)
	}
	p.SayReady()
	p.planInterval()
	p.planPoll()
}

// planInterval sets a timer for the next base run that will be due.
func (p *Pull) planInterval() {
	due := p.setup.Config.SyncIntervalMs
	for _, mp := range p.list {
		if c := p.readCursor(mp.model.Name); c.lastBase > 0 {
			due = min(due, c.lastBase+p.setup.Config.SyncIntervalMs-p.clock.NowMs())
		}
	}
	if len(p.list) > 0 {
		p.clock.After("interval", max(due, min(baseRunLeastMs, p.setup.Config.SyncIntervalMs)), func() { p.Begin() })
	}
}
