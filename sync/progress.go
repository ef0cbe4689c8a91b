package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// progress is how far a base run has come. It is committed with each page, so that a run that was
// cut off goes on behind the last page that is here, after a restart too.
//
// At its end a run must know every id that the server returned (rule 8). Records that appeared here
// after the run had begun can't be missing from it, so only ids of older records are kept: lists
// under "run/Post/1", "run/Post/2" and so on, one per page that had such.
type progress struct {
	exists     bool
	token      string
	startedAt  int64 // server time of the first page, ms
	beganMs    int64 // this device's time of the first page
	order      uint64
	pages      int64
	received   int64
	estimate   int64
	useCursor  bool
	reset      bool
	partial    bool // something did not come through: the run must not remove anything
	counts     counts
	listFrom   int64 // lists of ids that are kept: from this number
	listTo     int64 // up to this one, not included
	expression record.Value
	selection  string
	endpoint   string
	reader     string // who reads it
}

func progressKey(model string) string { return "run/" + model }

func seenKey(model string, list int64) string {
	return progressKey(model) + "/" + strconv.FormatInt(list, 10)
}

func (e *Engine) readProgress(model string) progress {
	v := e.stage.Meta(progressKey(model))
	number := func(name string) int64 {
		n, _ := v.Field(name).Int()
		return n
	}
	return progress{
		exists: v.Kind() == record.Object, token: v.Field("token").Str(),
		startedAt: number("startedAt"), beganMs: number("began"), order: uint64(number("order")),
		pages: number("pages"), received: number("received"), estimate: number("estimate"),
		useCursor: v.Field("cursor").Bool(), reset: v.Field("reset").Bool(), partial: v.Field("partial").Bool(),
		counts:   counts{number("new"), number("updated"), number("deleted")},
		listFrom: number("listFrom"), listTo: number("listTo"),
		expression: v.Field("expression"), selection: v.Field("selection").Str(), endpoint: v.Field("endpoint").Str(),
		reader: v.Field("reader").Str(),
	}
}

// holds reports whether the run can go on: it asks the same server for the same fields of the same
// scope, and began less than a syncInterval ago.
func (p progress) holds(e *Engine, model string) bool {
	return p.exists && p.token != "" && p.beganMs <= e.nowMs && e.nowMs-p.beganMs < e.config.SyncIntervalMs &&
		p.selection == e.shapes[model].selection && p.endpoint == e.config.Endpoint &&
		record.Equal(p.expression, e.config.Expressions[model].filter)
}

// resume takes up a run where its last durable page ended. What happened since the connection was
// lost is not in it, so a delta follows.
func (e *Engine) resume(mp *modelPull, p progress) *pullRun {
	run := &pullRun{base: true, trusted: true, resumed: true, reset: p.reset, startedAt: p.startedAt,
		beganMs: p.beganMs, order: p.order, pages: p.pages, received: int(p.received), estimate: p.estimate,
		failures: p.partial, counts: p.counts, listFrom: p.listFrom, listTo: p.listTo,
		seen: map[string]bool{}, touched: map[string]bool{}}
	run.arguments.NextToken, run.arguments.UseCursor = p.token, p.useCursor
	run.arguments.Filter = e.config.Expressions[mp.model.Name].filter
	for list := p.listFrom; list < p.listTo; list++ {
		e.stage.Meta(seenKey(mp.model.Name, list)).Elements(func(_ int, id record.Value) bool {
			run.seen[id.Str()] = true
			return true
		})
	}
	return run
}

// keepProgress adds to a page's commit what the run needs to go on behind it. ids are those of the
// page that were here before the run.
func (e *Engine) keepProgress(mp *modelPull, run *pullRun, token string, ids []string, c *store.Commit) {
	model := mp.model.Name
	run.dropLists(model, c)
	if len(ids) > 0 {
		var list record.ListBuilder
		for _, id := range ids {
			list.AddString(id)
		}
		c.Meta = append(c.Meta, store.MetaEntry{Key: seenKey(model, run.listTo), Value: list.List()})
		run.listTo++
	}
	var b record.Builder
	b.SetString("token", token)
	b.SetInt("startedAt", run.startedAt)
	b.SetInt("began", run.beganMs)
	b.SetInt("order", int64(run.order))
	b.SetInt("pages", run.pages)
	b.SetInt("received", int64(run.received))
	b.SetInt("estimate", run.estimate)
	b.SetBool("cursor", run.arguments.UseCursor)
	b.SetBool("reset", run.reset)
	b.SetBool("partial", run.failures || run.nullItems > 0)
	b.SetInt("new", run.counts.added)
	b.SetInt("updated", run.counts.updated)
	b.SetInt("deleted", run.counts.deleted)
	b.SetInt("listFrom", run.listFrom)
	b.SetInt("listTo", run.listTo)
	if filter := e.config.Expressions[model].filter; filter.Exists() {
		b.Set("expression", filter)
	}
	b.SetString("selection", e.shapes[model].selection)
	b.SetString("endpoint", e.config.Endpoint)
	b.SetString("reader", run.reader)
	c.Meta = append(c.Meta, store.MetaEntry{Key: progressKey(model), Value: b.Object()})
}

// endProgress forgets a run's progress with the commit of its last page.
func (e *Engine) endProgress(model string, c *store.Commit) {
	p := e.readProgress(model)
	if !p.exists {
		return
	}
	c.Meta = append(c.Meta, store.MetaEntry{Key: progressKey(model)})
	for list := p.listFrom; list < p.listTo; list++ {
		c.Meta = append(c.Meta, store.MetaEntry{Key: seenKey(model, list)})
	}
}

// dropLists removes, with the first page of a new run, the lists of one that was given up.
func (run *pullRun) dropLists(model string, c *store.Commit) {
	for ; run.staleFrom < run.listFrom; run.staleFrom++ {
		c.Meta = append(c.Meta, store.MetaEntry{Key: seenKey(model, run.staleFrom)})
	}
}

// giveUpProgress lets the next run begin from the first page: the server refused the token.
func (e *Engine) giveUpProgress(mp *modelPull) {
	c := &store.Commit{Name: "meta"}
	e.endProgress(mp.model.Name, c)
	if !c.Empty() {
		e.commit(c, nil, nil)
	}
}

// progressOf is what syncProgress tells after a page of a run that has several:
// {model, records, pages, estimate, isFullSync}. estimate is left out when the server gives none.
func (e *Engine) progressOf(mp *modelPull, run *pullRun) []byte {
	var b record.Builder
	b.SetString("model", mp.model.Name)
	b.SetInt("records", int64(run.received))
	b.SetInt("pages", run.pages)
	if run.estimate > 0 {
		b.SetInt("estimate", max(run.estimate, int64(run.received)))
	}
	b.SetBool("isFullSync", run.base)
	return b.Object().Text()
}
