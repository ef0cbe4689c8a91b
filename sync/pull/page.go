package pull

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/peer"
)

// pageAnswered reads a page. asked says that our own server would have named itself in the answer.
func (p *Pull) pageAnswered(mp *modelPull, run *modelRun, a link.Answer, asked bool) {
	run.request = 0
	switch {
	case a.Failed != "":
		p.fail(mp, failure{code: app.CodeNetwork, kind: "Transient", keepRun: true,
			message: "The server could not be reached: " + a.Message})
		return
	case p.link.TurnedAway(a):
		mp.state = stateWaiting // the same page is requested again with new credentials
		return
	case a.Status == 429 || a.Status >= 500:
		p.fail(mp, failure{code: app.CodeServerError, kind: "Transient", keepRun: true,
			retryAfterMs: a.RetryAfterMs,
			message:      "The server answered with status " + strconv.Itoa(a.Status) + "."})
		return
	}
	response, err := appsync.ParseResponse(a.Body)
	if err != nil && a.Status >= 400 {
		p.pageRefused(mp, run, response, a.Status)
		return
	}
	if err != nil {
		p.fail(mp, failure{code: app.CodeServerError, kind: "Unknown",
			message: "The server's answer is not GraphQL: " + err.Error()})
		return
	}
	key := appsync.SyncField(mp.model)
	page, ok := appsync.PageOf(response, key)
	if !ok && p.link.TurnedAwayBy(response, a) {
		mp.state = stateWaiting
		return
	}
	p.link.Accepted(a)
	if !ok {
		p.pageRefused(mp, run, response, a.Status)
		return
	}
	p.auth.ModeWorked(mp.model.Name, config.OperationRead, run.mode)
	mp.tried = nil
	p.peer.Learn(response, asked)
	mp.attempts = 0
	p.link.TellNetwork(false)
	errors := slices.DeleteFunc(response.Errors, hidesField)
	p.reportPartial(mp, errors)
	run.failures = run.failures || len(errors) > 0
	p.applyPage(mp, run, page, response.Cursors[key])
}

// pageRefused handles an answer that has no page.
func (p *Pull) pageRefused(mp *modelPull, run *modelRun, r appsync.Response, status int) {
	f := failure{code: app.CodeServerError, kind: "Unknown", message: "The server gave no page (status " + strconv.Itoa(status) + ").",
		definite: status >= 400}
	if len(r.Errors) > 0 && peer.IsPassing(r.Errors[0]) {
		p.fail(mp, failure{code: app.CodeServerError, kind: "Transient", keepRun: true, message: r.Errors[0].Message})
		return
	}
	if len(r.Errors) > 0 {
		f.message, f.kind = r.Errors[0].Message, peer.KindOf(r.Errors[0])
		if appsync.IsMismatch(f.message) {
			f.definite = true
			f.message += ". The API was made from another schema than " + mp.model.Name +
				" of this app: deploy the schema, or generate the models anew."
		}
		for _, err := range r.Errors {
			if peer.IsUnauthorized(err.Type) {
				if p.nextReader(mp, run) {
					return
				}
				f = failure{code: app.CodeUnauthorized, kind: "Unauthorized", definite: true,
					leastMs: unauthorizedMs, message: err.Message}
				break
			}
		}
	}
	if status == 400 && p.peer.MayHaveRefused() {
		f.definite = false
	}
	if run.arguments.NextToken != "" && f.code != app.CodeUnauthorized {
		p.giveUpProgress(mp) // the token may have expired, so the run begins anew
		f.definite = false
	}
	p.fail(mp, f)
}

// hidesField reports whether an error is about a field that the user may not read. The field is null, and this user
// never gets more of the row, so the app is not told with each page.
func hidesField(err appsync.Error) bool {
	return err.Type == appsync.Unauthorized && len(err.Path) > 3 && err.Path[1] == "items"
}

// reportPartial reports errors beside good rows. The rows are kept.
func (p *Pull) reportPartial(mp *modelPull, errors []appsync.Error) {
	if len(errors) == 0 {
		return
	}
	var list record.ListBuilder
	for _, err := range errors {
		var b record.Builder
		b.SetString("message", err.Message)
		b.SetString("errorType", err.Type)
		list.Add(b.Object())
		p.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
			Code: app.CodeServerError, Kind: peer.KindOf(err), Message: err.Message})
	}
	var b record.Builder
	b.Set("errors", list.List())
	b.SetString("modelName", mp.model.Name)
	p.line.Announce(app.HubPartial, b.Object().Text())
}

// applyPage stages the rows of a page and asks for the next page at once. The commit of the last page also holds the
// cursor; that of every other page of a base run holds the progress of the run.
func (p *Pull) applyPage(mp *modelPull, run *modelRun, page appsync.Page, reply appsync.CursorReply) {
	if run.pages == 0 {
		p.beginRun(run, page, reply)
	}
	if canary.LastStart {
		run.startedAt = page.StartedAt
	}
	run.pages++
	run.received += int64(len(page.Items) + page.NullItems)
	run.nullItems += page.NullItems
	run.truncated = page.NextToken != "" && run.received >= int64(p.setup.Config.SyncMaxRecords)
	last := page.NextToken == "" || run.truncated
	g := p.merger.Begin("apply page", p.sourceOf(run))
	g.Draft().Kind = store.Page
	older := p.mergePage(mp, run, g, page.Items)
	p.mergeLeft(mp, g, run, reply)
	failed := func(problem *app.Error) {
		if mp.run == run {
			p.fail(mp, failure{code: problem.Code, kind: "Unknown", message: problem.Message})
		}
	}
	if !last {
		run.counts.Add(g.Came())
		if run.base {
			p.keepProgress(mp, run, page.NextToken, older, g.Draft())
		}
		tell := p.progressOf(mp, run)
		p.merger.Finish(g, func() { p.line.Announce(app.HubSyncProgress, tell) }, failed)
		run.arguments.NextToken = page.NextToken
		p.requestPage(mp)
		return
	}
	p.removeUnseen(mp, run, g)
	run.counts.Add(g.Came())
	g.Draft().Meta = append(g.Draft().Meta, p.cursorEntry(mp.model.Name, run, reply.Cursor))
	if run.base {
		p.endProgress(mp.model.Name, g.Draft())
	}
	if canary.CursorFirst {
		p.door.Commit(&store.Commit{Kind: store.Page, Name: g.Draft().Name, Meta: g.Draft().Meta}, nil, nil)
		g.Draft().Meta = nil
		p.door.Flush()
	}
	p.merger.Finish(g, func() {
		if run.pages > 1 {
			p.line.Announce(app.HubSyncProgress, p.progressOf(mp, run))
		}
		if mp.run == run {
			p.runDone(mp, run)
		}
	}, failed)
}

// beginRun notes what the first page says about the whole run.
func (p *Pull) beginRun(run *modelRun, page appsync.Page, reply appsync.CursorReply) {
	run.startedAt, run.beganMs, run.order = page.StartedAt, p.clock.NowMs(), int64(p.door.Stage.Order())
	run.estimate = reply.Total
	if run.arguments.UseCursor && !run.base && reply.Base {
		run.base, run.reset, run.seen = true, true, map[string]bool{} // the server no longer knew our cursor
	}
}
