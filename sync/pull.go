package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/peer"
)

// puller fetches what the server has. A round is one pull of every model, parents before
// children; it begins when all subscriptions are acknowledged or given up, so that no change
// falls between page and message.
//
//	idle ─ round ─▶ waiting ─▶ running ─ last page durable ─▶ done (live: messages apply at once)
//	                   ▲          └─ failure ─▶ backing off ─┐
//	                   └───────────────────────────────────────┘
type puller struct {
	models         map[string]*modelPull
	list           []*modelPull // parents first
	active         bool         // a round is under way
	succeeded      bool         // some model came through in this round
	owesReady      bool         // the round ended without any model coming through
	toldNetwork    bool         // the unreachable server was reported since it was last reached
	settled        bool         // the first round since connecting is over: mutations may go
	established    bool         // subscriptionsEstablished was said
	announcedReady bool
	polls          int // in a row, without news
}

type pullState uint8

const (
	pullIdle pullState = iota
	pullWaiting
	pullRunning
	pullBackingOff
	pullDone
)

// modelPull is where one model stands.
type modelPull struct {
	model    *schema.Model
	state    pullState
	run      *pullRun
	settled  bool // in this round, successfully or not
	live     bool // pulled since the subscriptions are up
	synced   bool // since start
	again    bool // another run is needed after this one
	cutOff   bool // it backs off because of the network
	attempts int
	buffer   []record.Value
	tried    []string                  // auth modes that may not read it
	gone     map[string]conflict.Stamp // rows that left the scope, by id: older messages about them are late
	seenAtMs int64                     // server time at which a base run saw everything in the sync expression
	told     []byte                    // the last modelSynced, for tabs that start later
}

// pullRun is one run over the pages of a model.
type pullRun struct {
	progress
	request   uint64
	mode      string // of auth
	arguments appsync.SyncArguments
	base      bool
	trusted   bool // the server applied the sync expression
	resumed   bool // it was begun over an earlier connection
	nullItems int
	failures  bool // errors beside rows: not everything was seen
	truncated bool
	seen      map[string]bool // ids that came, of records that were here before
	touched   map[string]bool // ids that changed otherwise since the first page was asked for
	buffered  int             // messages that had come before
	staleFrom int64           // lists of ids from this number on, before listFrom, are those of a run that was given up
}

// reset forgets runs and rounds; what is synced stays known.
func (p *puller) reset() {
	for _, mp := range p.list {
		mp.state, mp.run, mp.settled, mp.live = pullIdle, nil, false, false
		mp.again, mp.attempts, mp.buffer, mp.tried, mp.gone, mp.seenAtMs = false, 0, nil, nil, nil, 0
	}
	p.active, p.settled, p.established = false, false, false
}

// prepare makes the list of models to pull from the schema.
func (e *Engine) preparePulls() {
	p := &e.pull
	known := p.models
	p.models, p.list = map[string]*modelPull{}, nil
	for _, m := range e.setup.Schema().Order() {
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

// beginRound pulls every model once.
func (e *Engine) beginRound() { e.beginRoundOf(e.pull.list) }

func (e *Engine) beginRoundOf(models []*modelPull) {
	p := &e.pull
	p.active, p.succeeded = true, false
	for _, mp := range models {
		mp.settled, mp.attempts = false, 0
		e.pullAgain(mp)
	}
	e.line.Announce(app.HubSyncStarted, modelNames(models))
	e.endRound()
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

// pullAgain asks for a run of one model, after the one under way if there is one.
func (e *Engine) pullAgain(mp *modelPull) {
	switch {
	case mp.run != nil && mp.state != pullDone:
		mp.again = true
		if mp.state == pullBackingOff {
			mp.state = pullWaiting
			e.clock.Forget("pull " + mp.model.Name)
		}
	default:
		mp.state = pullWaiting
		e.clock.Forget("pull " + mp.model.Name)
	}
}

// planPulls starts what may run: parents are settled first, a few models at a time.
func (e *Engine) planPulls() {
	if !e.connected() || e.storage.waits {
		return
	}
	if e.handoverDue() {
		if !e.clock.Has("handover") {
			e.handOverLater()
		}
		return
	}
	running := 0
	for _, mp := range e.pull.list {
		if mp.state == pullRunning {
			running++
		}
	}
	for _, mp := range e.pull.list {
		if running == pullParallelMax {
			return
		}
		if mp.state != pullWaiting || !e.parentsSettled(mp) || !e.mayPull(mp) {
			continue
		}
		running++
		mp.state = pullRunning
		if mp.run == nil {
			mp.run = e.newRun(mp)
		}
		e.requestPage(mp)
	}
}

func (e *Engine) parentsSettled(mp *modelPull) bool {
	for _, parent := range e.setup.Schema().Parents(mp.model) {
		if p := e.pull.models[parent.Name]; p != nil && !p.settled {
			return false
		}
	}
	return true
}

// newRun decides between base and delta, and how the server is asked.
func (e *Engine) newRun(mp *modelPull) *pullRun {
	mode := e.auth.ModeFor(mp.model, config.OperationRead, mp.tried)
	reader := e.auth.Reader(mode)
	last, kept := e.readProgress(mp.model.Name)
	if last.reader == reader && e.resumable(mp.model.Name, last, kept) {
		run := e.resume(mp, last, kept)
		run.mode = mode
		return run
	}
	run := &pullRun{touched: map[string]bool{}, mode: mode, staleFrom: last.listFrom,
		progress: progress{reader: reader, listFrom: last.listTo, listTo: last.listTo}}
	was := e.readCursor(mp.model.Name)
	filter, whole := e.setup.Config().SentFilter(mp.model.Name)
	switch {
	case !e.cursorHolds(mp.model.Name, was) || was.reader != reader && was.reader != "":
		run.base, run.trusted = true, whole
		run.reset = was.exists && was.endpoint != e.setup.Config().Endpoint
		run.arguments.UseCursor = e.peer.MayTakeCursor()
		run.arguments.Filter = filter
	case was.cursor != "" && e.peer.Kind() != peer.AppSync:
		run.trusted = whole
		run.arguments.UseCursor, run.arguments.Cursor = true, was.cursor
		run.arguments.Filter = filter
	default:
		run.arguments.LastSync = was.lastSync
	}
	if run.base {
		run.seen = map[string]bool{}
	}
	return run
}

func (e *Engine) requestPage(mp *modelPull) {
	run := mp.run
	if !e.auth.Have(run.mode) {
		mp.state = pullWaiting // the next plan goes on with this run
		return
	}
	if run.reader != e.auth.Reader(run.mode) {
		mp.run, mp.state = nil, pullWaiting // somebody else signed in
		return
	}
	if run.arguments.NextToken == "" && e.peer.Kind() == peer.Deltabase {
		clear(run.touched) // our server has what is here now when it reads the first page
		run.buffered = len(mp.buffer)
	}
	run.arguments.Limit = max(1, min(e.setup.Config().SyncMaxRecords-int(run.received), e.setup.Config().SyncPageSize))
	request := appsync.SyncRequest(e.setup.Schema(), mp.model, run.arguments)
	asked := e.peer.AnnounceInPage(&request)
	run.request = e.request("pull "+mp.model.Name, run.mode, request.Body(), pullTimeoutMs, func(a answer) {
		if mp.run == run {
			e.pageAnswered(mp, run, a, asked)
		}
	})
}

// settleModel notes that a model no longer holds up others, and ends the round after the last.
func (e *Engine) settleModel(mp *modelPull) {
	if !mp.settled {
		mp.settled = true
		e.endRound()
	}
}

func (e *Engine) endRound() {
	p := &e.pull
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
		e.line.Announce(app.HubSyncReady, nil)
	}
	e.announceReady()
	e.planInterval()
	e.planPoll()
}

// planInterval wakes the engine when the next base run is due.
func (e *Engine) planInterval() {
	due := e.setup.Config().SyncIntervalMs
	for _, mp := range e.pull.list {
		if c := e.readCursor(mp.model.Name); c.lastBase > 0 {
			due = min(due, c.lastBase+e.setup.Config().SyncIntervalMs-e.clock.NowMs())
		}
	}
	if len(e.pull.list) > 0 {
		e.clock.After("interval", max(due, min(baseRunLeastMs, e.setup.Config().SyncIntervalMs)), func() { e.beginRound() })
	}
}

// pullFailed retries a run later. definite failures, and those that repeat, are reported once and
// no longer hold up the round.
func (e *Engine) pullFailed(mp *modelPull, f pullFailure) {
	run := mp.run
	if run != nil {
		e.cancel(run.request)
		if !f.keepRun {
			mp.run = nil
		}
	}
	mp.cutOff = f.code == app.CodeNetwork
	if mp.cutOff && !e.socket.acked {
		e.reached(false)
	} else if mp.cutOff {
		e.doubt()
	}
	mp.attempts++
	mp.state = pullBackingOff
	if !mp.settled && (f.definite || mp.attempts >= pullFailuresMax) {
		if f.code != app.CodeQuota && (f.code != app.CodeNetwork || !e.pull.toldNetwork) {
			e.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model),
				Model: mp.model.Name, Code: f.code, Kind: f.kind, Message: f.message})
		}
		e.pull.toldNetwork = e.pull.toldNetwork || f.code == app.CodeNetwork
		e.settleModel(mp)
	}
	delay := max(e.clock.Retry(mp.attempts, f.retryAfterMs), f.leastMs)
	e.clock.After("pull "+mp.model.Name, delay, func() {
		if mp.state == pullBackingOff {
			mp.state = pullWaiting
		}
	})
}

// pullFailure is why a run failed.
type pullFailure struct {
	code, kind, message   string
	definite              bool // trying again soon is of no use
	keepRun               bool // go on with the same page
	retryAfterMs, leastMs int64
}
