package sync

import (
	"math"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
)

// pageAnswered reads a page. asked tells that the request would have made our own server announce
// itself.
func (e *Engine) pageAnswered(mp *modelPull, run *pullRun, a answer, asked bool) {
	run.request = 0
	switch {
	case a.failed != "":
		e.pullFailed(mp, pullFailure{code: app.CodeNetwork, kind: "Transient", keepRun: true,
			message: "The server could not be reached: " + a.message})
		return
	case e.turnedAway(a):
		mp.state = pullWaiting // the same page, when there are others
		return
	case a.status == 429 || a.status >= 500:
		e.pullFailed(mp, pullFailure{code: app.CodeServerError, kind: "Transient", keepRun: true,
			retryAfterMs: a.retryAfterMs,
			message:      "The server answered with status " + strconv.Itoa(a.status) + "."})
		return
	}
	response, err := appsync.ParseResponse(a.body)
	if err != nil && a.status >= 400 {
		e.pageRefused(mp, run, response, a.status)
		return
	}
	if err != nil {
		e.pullFailed(mp, pullFailure{code: app.CodeServerError, kind: "Unknown",
			message: "The server's answer is not GraphQL: " + err.Error()})
		return
	}
	key := appsync.SyncField(mp.model)
	page, ok := appsync.PageOf(response, key)
	if !ok && e.turnedAwayBy(response, a) {
		mp.state = pullWaiting
		return
	}
	e.auth.Accepted(a.mode, a.token)
	if !ok {
		e.pageRefused(mp, run, response, a.status)
		return
	}
	e.auth.ModeWorked(mp.model.Name, config.OperationRead, run.mode)
	mp.tried = nil
	e.peer.Learn(response, asked)
	mp.attempts, e.pull.toldNetwork = 0, false
	errors := slices.DeleteFunc(response.Errors, hidesField)
	e.reportPartial(mp, errors)
	run.failures = run.failures || len(errors) > 0
	e.applyPage(mp, run, page, response.Cursors[key])
}

// pageRefused handles an answer without a page.
func (e *Engine) pageRefused(mp *modelPull, run *pullRun, r appsync.Response, status int) {
	f := pullFailure{code: app.CodeServerError, kind: "Unknown", message: "The server gave no page (status " + strconv.Itoa(status) + ").",
		definite: status >= 400}
	if len(r.Errors) > 0 && peer.IsPassing(r.Errors[0]) {
		e.pullFailed(mp, pullFailure{code: app.CodeServerError, kind: "Transient", keepRun: true, message: r.Errors[0].Message})
		return
	}
	if len(r.Errors) > 0 {
		f.message = r.Errors[0].Message
		for _, err := range r.Errors {
			if peer.IsUnauthorized(err.Type) {
				if e.nextReader(mp, run) {
					return
				}
				f = pullFailure{code: app.CodeUnauthorized, kind: "Unauthorized", definite: true,
					leastMs: pullUnauthorizedMs, message: err.Message}
				break
			}
		}
	}
	if status == 400 && e.peer.MayHaveRefused() {
		f.definite = false
	}
	if run.arguments.NextToken != "" && f.code != app.CodeUnauthorized {
		e.giveUpProgress(mp) // the token may have expired: begin anew
		f.definite = false
	}
	e.pullFailed(mp, f)
}

// hidesField reports an error about a field of a row that the user may not read: it is null, and the row is
// as whole as this user ever sees it. Nobody is told of it with each page.
func hidesField(err appsync.Error) bool {
	return err.Type == appsync.Unauthorized && len(err.Path) > 3 && err.Path[1] == "items"
}

// reportPartial tells of errors beside good rows, which are kept.
func (e *Engine) reportPartial(mp *modelPull, errors []appsync.Error) {
	if len(errors) == 0 {
		return
	}
	var list record.ListBuilder
	for _, err := range errors {
		var b record.Builder
		b.SetString("message", err.Message)
		b.SetString("errorType", err.Type)
		list.Add(b.Object())
		e.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
			Code: app.CodeServerError, Kind: "BadRecord", Message: err.Message})
	}
	var b record.Builder
	b.Set("errors", list.List())
	b.SetString("modelName", mp.model.Name)
	e.line.Announce(app.HubPartial, b.Object().Text())
}

// applyPage stages the rows of a page and asks for the next one at once; with the last page goes
// the cursor, in the same transaction, with each other page of a base run its progress.
func (e *Engine) applyPage(mp *modelPull, run *pullRun, page appsync.Page, reply appsync.CursorReply) {
	if run.pages == 0 {
		e.beginRun(run, page, reply)
	}
	if canary.LastStart {
		run.startedAt = page.StartedAt
	}
	run.pages++
	run.received += int64(len(page.Items) + page.NullItems)
	run.nullItems += page.NullItems
	run.truncated = page.NextToken != "" && run.received >= int64(e.setup.Config().SyncMaxRecords)
	last := page.NextToken == "" || run.truncated
	g := e.merger.Begin("apply page", e.sourceOf(run))
	g.Draft().Kind = store.Page
	older := e.mergePage(mp, run, g, page.Items)
	e.mergeLeft(mp, g, run, reply)
	failed := func(problem *app.Error) {
		if mp.run == run {
			e.pullFailed(mp, pullFailure{code: problem.Code, kind: "Unknown", message: problem.Message})
		}
	}
	if !last {
		run.counts.Add(g.Came())
		if run.base {
			e.keepProgress(mp, run, page.NextToken, older, g.Draft())
		}
		tell := e.progressOf(mp, run)
		e.merger.Finish(g, func() { e.line.Announce(app.HubSyncProgress, tell) }, failed)
		run.arguments.NextToken = page.NextToken
		e.requestPage(mp)
		return
	}
	e.removeUnseen(mp, run, g)
	run.counts.Add(g.Came())
	g.Draft().Meta = append(g.Draft().Meta, e.cursorEntry(mp.model.Name, run, reply.Cursor))
	if run.base {
		e.endProgress(mp.model.Name, g.Draft())
	}
	if canary.CursorFirst {
		e.door.Commit(&store.Commit{Kind: store.Page, Name: g.Draft().Name, Meta: g.Draft().Meta}, nil, nil)
		g.Draft().Meta = nil
		e.door.Flush()
	}
	e.merger.Finish(g, func() {
		if run.pages > 1 {
			e.line.Announce(app.HubSyncProgress, e.progressOf(mp, run))
		}
		if mp.run == run {
			e.runDone(mp, run)
		}
	}, failed)
}

// beginRun notes what the first page says about the whole run.
func (e *Engine) beginRun(run *pullRun, page appsync.Page, reply appsync.CursorReply) {
	run.startedAt, run.beganMs, run.order = page.StartedAt, e.clock.NowMs(), int64(e.door.Stage().Order())
	run.estimate = reply.Total
	if run.arguments.UseCursor && !run.base && reply.Base {
		run.base, run.reset, run.seen = true, true, map[string]bool{} // the server no longer knew our cursor
	}
}

// mergePage brings in a page's rows and returns the ids of those that were here before the run.
func (e *Engine) mergePage(mp *modelPull, run *pullRun, g *merge.Merge, rows []record.Value) (older []string) {
	for _, row := range rows {
		id, err := mp.model.RecordID(row)
		if err != nil {
			run.failures = true
			e.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
				Code: app.CodeServerError, Kind: "BadRecord", Message: err.Error(), Remote: row})
			continue
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		if run.base && !run.seen[id] {
			if order := e.door.Stage().OrderOf(key); order != 0 && int64(order) <= run.order {
				run.seen[id] = true
				older = append(older, id)
			}
		}
		g.Row(mp.model, key, row)
	}
	return older
}

// mergeLeft takes away what changed on the server and no longer matches the sync expression.
func (e *Engine) mergeLeft(mp *modelPull, g *merge.Merge, run *pullRun, reply appsync.CursorReply) {
	for i, id := range reply.Left {
		left := conflict.Stamp{Version: math.MaxInt64, ChangedAt: run.startedAt}
		if i < len(reply.LeftAt) && i < len(reply.LeftVersions) {
			left = conflict.Stamp{Version: reply.LeftVersions[i], ChangedAt: reply.LeftAt[i]}
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		known := g.Base(key)
		if known.Exists() && conflict.Replaces(left, merge.OwnStamp(known)) {
			continue // it came back meanwhile
		}
		e.pull.LeftScope(key, left)
		if len(e.door.Stage().Mutations(key)) > 0 && left.Version != math.MaxInt64 {
			g.Leave(mp.model, key, known, left)
		} else {
			g.Dismiss(mp.model, key)
		}
	}
}

// removeUnseen ends a base run: rows that the server did not return are gone there, or left the
// scope. Only a complete run may say so, and never about rows with pending changes or rows that
// changed meanwhile (rule 8).
func (e *Engine) removeUnseen(mp *modelPull, run *pullRun, g *merge.Merge) {
	if !e.sawAll(run) {
		return
	}
	mp.touchBuffered()
	e.door.Stage().EachRow(mp.model.Name, func(row store.Row) bool {
		if canary.RemovesTouched && !run.seen[row.ID] {
			g.Remove(row.Key())
		}
		if int64(row.Order) > run.order || run.seen[row.ID] {
			return true
		}
		outside := e.setup.Config().OutOfScope(mp.model, row.Base) // such a row need not stay in any case
		if outside || !run.changedSince(row) {
			g.Dismiss(mp.model, row.Key())
		}
		if outside {
			e.pull.LeftScope(row.Key(), merge.OwnStamp(row.Base))
		}
		return true
	})
}

// sawAll reports that a run has returned every row that the server has in the sync expression.
func (e *Engine) sawAll(run *pullRun) bool {
	return run.base && !run.truncated && !run.failures && run.nullItems == 0 &&
		run.received < int64(e.setup.Config().SyncMaxRecords)
}

// changedSince reports that a row changed after the run had begun, be it over an earlier connection:
// the run need not have returned it. What came meanwhile with an older time is no such row: it is a
// late answer or message about a version that the run would have returned. In the millisecond of the
// beginning, which lasts while the server's clock is set back, only what came meanwhile is one.
func (run *pullRun) changedSince(row store.Row) bool {
	if run.reset {
		return run.touched[row.ID]
	}
	return (run.resumed || run.touched[row.ID]) && conflict.StampOf(row.Base).ChangedAt >= run.startedAt
}

// touchBuffered notes the ids in the buffer: a run must not remove what changed meanwhile.
func (mp *modelPull) touchBuffered() {
	if mp.run == nil {
		return
	}
	for _, message := range mp.buffer[min(mp.run.buffered, len(mp.buffer)):] {
		if id, err := mp.model.RecordID(message); err == nil {
			mp.run.touched[id] = true
		}
	}
}

// runDone comes after the commit of the last page: buffered messages go through the same merge,
// then the model is synced.
func (e *Engine) runDone(mp *modelPull, run *pullRun) {
	mp.run, mp.state = nil, pullDone
	mp.again = mp.again || run.resumed // what changed between the connections
	// The run that follows closes a gap before the messages; one follows the subscriptions' acks.
	mp.live = !mp.again && e.socket.settled
	if run.truncated {
		e.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
			Code: app.CodeTruncated, Kind: "Unknown", Message: "The server has more records of " +
				mp.model.Name + " than syncMaxRecords (" + strconv.Itoa(e.setup.Config().SyncMaxRecords) +
				"). The rest is not here."})
	}
	// Plain AppSync tells of rows that leave, and its base queries may lag behind what it told.
	if e.setup.Config().Scoped(mp.model.Name) && e.sawAll(run) && e.peer.Kind() == peer.Deltabase {
		mp.seenAtMs = run.startedAt
	}
	if e.startsOver(run) && !run.failures && run.nullItems == 0 {
		e.dropEarlier(mp, run)
	}
	if mp.live {
		messages := mp.buffer
		mp.buffer = nil
		if !canary.BufferDropped {
			mp.again = e.applyMessages(mp, messages)
		}
	}
	goOn := e.ofConnection(func() { e.pulledOnce(mp, run) })
	e.door.WhenDurable(func() {
		e.modelSynced(mp, run)
		goOn()
	}, func(*app.Error) {})
}

// dropEarlier forgets messages that came before our server was asked for the first page of a run that replaced the
// rows here. It had read them then; and where it was restored since, they may tell what it has no more.
func (e *Engine) dropEarlier(mp *modelPull, run *pullRun) {
	came := 0
	mp.buffer = slices.DeleteFunc(mp.buffer, func(row record.Value) bool {
		came++
		id, err := mp.model.RecordID(row)
		if came > run.buffered || err != nil {
			return false
		}
		_, here := e.door.Stage().Row(store.Key{Model: mp.model.Name, ID: id})
		return here || e.sawAll(run)
	})
}

// modelSynced tells that a model is here as the server has it.
func (e *Engine) modelSynced(mp *modelPull, run *pullRun) {
	first := !mp.synced
	mp.synced = true
	var c, b record.Builder
	c.SetInt("new", run.counts.Added)
	c.SetInt("updated", run.counts.Updated)
	c.SetInt("deleted", run.counts.Deleted)
	b.SetString("model", mp.model.Name)
	b.SetBool("isFullSync", run.base)
	b.SetBool("isDeltaSync", !run.base)
	b.Set("counts", c.Object())
	mp.told = b.Object().Text()
	e.line.Announce(app.HubModelSynced, mp.told)
	if first {
		e.live.Synced(mp.model.Name)
	}
}

// pulledOnce goes on with the round, or with another run of the same model.
func (e *Engine) pulledOnce(mp *modelPull, run *pullRun) {
	e.pull.succeeded = true
	if run.counts != (merge.Counts{}) {
		e.pull.polls = 0
	}
	if mp.again {
		mp.again = false
		mp.state = pullWaiting
		return
	}
	e.settleModel(mp)
	if e.pull.owesReady && !slices.ContainsFunc(e.pull.list, func(mp *modelPull) bool { return !mp.synced }) {
		e.pull.owesReady = false
		e.line.Announce(app.HubSyncReady, nil)
	}
}

// message takes a row from a subscription: at once when the model is live, after its pull else. What
// came during a run that failed goes first, so that messages stay in order.
func (e *Engine) message(mp *modelPull, row record.Value) {
	if mp.live && mp.run == nil {
		rows := append(mp.buffer, row)
		mp.buffer = nil
		if e.applyMessages(mp, rows) {
			e.pullAgain(mp)
		}
		return
	}
	if len(mp.buffer) >= pullMessagesMax {
		mp.touchBuffered()
		mp.buffer, mp.again, mp.live = nil, true, false // the next run fetches them
		if mp.run != nil {
			mp.run.buffered = 0
		}
	}
	mp.buffer = append(mp.buffer, row)
}

// applyMessages merges rows from subscriptions. A base run that saw everything also saw what older
// messages tell: if their row is not here, it has left the sync expression since, and no message says
// so. It reports that a message is just as old as the run: it and those behind it come with a delta.
func (e *Engine) applyMessages(mp *modelPull, rows []record.Value) (unsure bool) {
	g := e.merger.Begin("apply messages", merge.Message)
	for _, row := range rows {
		id, err := mp.model.RecordID(row)
		if err != nil {
			continue
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		if changedAt := conflict.StampOf(row).ChangedAt; changedAt > mp.seenAtMs || g.Base(key).Exists() {
			g.Row(mp.model, key, row)
		} else if changedAt == mp.seenAtMs {
			mp.live, unsure = false, true
			break
		}
	}
	var problem *app.Error
	failed := e.ofConnection(func() {
		mp.live = false // what got lost comes with a delta
		e.pullFailed(mp, pullFailure{code: problem.Code, kind: "Unknown", message: problem.Message})
	})
	e.merger.Finish(g, nil, func(reason *app.Error) {
		problem = reason
		failed()
	})
	return unsure
}
