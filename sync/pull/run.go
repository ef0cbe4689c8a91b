package pull

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/peer"
)

// modelRun is one run over the pages of a model.
type modelRun struct {
	progress
	number    uint64 // among those of its model
	request   uint64
	mode      string // the auth mode
	arguments appsync.SyncArguments
	base      bool
	trusted   bool // the server applied the sync expression
	resumed   bool // it began over an earlier connection
	nullItems int
	failures  bool // there were errors beside rows, so it did not see everything
	truncated bool
	unsure    bool            // it spared rows that may come from before the server was restored
	dropped   bool            // a change of a row that it spares may have been lost with a failed commit
	seen      map[string]bool // ids of returned rows that were here before the run
	touched   map[string]bool // ids of rows that changed otherwise since the first page was requested
	buffered  int             // messages in the buffer when the first page was requested
	staleFrom int64           // lists of ids from this number up to listFrom belong to a run that was given up
}

// newRun chooses between base run and delta, and how the server is asked.
func (p *Pull) newRun(mp *modelPull) *modelRun {
	mode := p.auth.ModeFor(mp.model, config.OperationRead, mp.tried)
	reader := p.auth.Reader(mode)
	last, kept := p.readProgress(mp.model.Name)
	if last.reader == reader && p.resumable(mp.model.Name, last, kept) {
		run := p.resume(mp, last, kept)
		run.mode = mode
		return run
	}
	run := &modelRun{touched: map[string]bool{}, mode: mode, staleFrom: last.listFrom,
		progress: progress{reader: reader, listFrom: last.listTo, listTo: last.listTo}}
	was := p.readCursor(mp.model.Name)
	filter, whole := p.setup.Config.SentFilter(mp.model.Name)
	switch {
	case !p.cursorHolds(mp.model.Name, was) || was.reader != reader && was.reader != "":
		run.base, run.trusted = true, whole
		run.reset = was.exists && was.endpoint != p.setup.Config.Endpoint
		run.arguments.UseCursor = p.peer.MayTakeCursor()
		run.arguments.Filter = filter
	case was.cursor != "" && p.peer.Kind() != peer.AppSync:
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

func (p *Pull) requestPage(mp *modelPull) {
	run := mp.run
	if !p.auth.Have(run.mode) {
		mp.state = stateWaiting // the next Plan goes on with this run
		return
	}
	if run.reader != p.auth.Reader(run.mode) {
		mp.run, mp.state = nil, stateWaiting // another user has signed in
		return
	}
	if run.arguments.NextToken == "" && p.peer.Kind() == peer.Deltabase {
		clear(run.touched) // our server reads its first page after this, so the page holds whatever is stored here now
		run.buffered = len(mp.buffer)
	}
	run.arguments.Limit = max(1, min(p.setup.Config.SyncMaxRecords-int(run.received), p.setup.Config.SyncPageSize))
	request := appsync.SyncRequest(p.setup.Schema, mp.model, run.arguments)
	asked := p.peer.AnnounceInPage(&request)
	run.request = p.link.Request("pull "+mp.model.Name, run.mode, request.Body(), answerMsMax, func(a link.Answer) {
		if mp.run == run {
			p.pageAnswered(mp, run, a, asked)
		}
	})
}
