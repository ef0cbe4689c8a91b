package pull

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/merge"
)

// progress is how far a base run has come. It is committed with each page, so that a run that was
// cut off goes on behind the last page that is here, after a restart too.
//
// At its end a run must know every id that the server returned (rule 8). Records that appeared here
// after the run had begun can't be missing from it, so only ids of older records are kept: lists
// under "run/Post/1", "run/Post/2" and so on, one per page that had such.
type progress struct {
	startedAt int64 // server time of the first page, ms: what was written since comes with the next delta
	beganMs   int64 // this device's time then
	order     int64 // the highest order then: records with a higher one appeared since
	pages     int64
	received  int64 // rows so far
	estimate  int64 // rows in all, as the server thinks; 0 for unknown
	counts    merge.Counts
	listFrom  int64  // lists of ids that are kept: from this number
	listTo    int64  // up to this one, not included
	reset     bool   // the rows here are from another log or server: those that come replace them
	reader    string // who reads it: a run is one reader's
}

// numbers are what of it is kept as numbers, by name.
func (p *progress) numbers() []number {
	return []number{{"startedAt", &p.startedAt}, {"began", &p.beganMs}, {"order", &p.order}, {"pages", &p.pages},
		{"received", &p.received}, {"estimate", &p.estimate}, {"new", &p.counts.Added},
		{"updated", &p.counts.Updated}, {"deleted", &p.counts.Deleted}, {"listFrom", &p.listFrom},
		{"listTo", &p.listTo}}
}

type number struct {
	name string
	at   *int64
}

// ProgressKey names the meta entry with the progress of a run that is not finished.
func ProgressKey(model string) string { return "run/" + model }

func seenKey(model string, list int64) string {
	return ProgressKey(model) + "/" + strconv.FormatInt(list, 10)
}

// readProgress returns the progress of the last run that was not finished, and the entry that holds
// it, Missing for none.
func (p *Pull) readProgress(model string) (was progress, kept record.Value) {
	kept = p.door.Stage.Meta(ProgressKey(model))
	return decodeProgress(kept), kept
}

func decodeProgress(kept record.Value) (p progress) {
	for _, n := range p.numbers() {
		*n.at, _ = kept.Field(n.name).Int()
	}
	p.reset, p.reader = kept.Field("reset").Bool(), kept.Field("reader").Str()
	return p
}

// resumable reports whether a run can go on: it asks the same server for the same fields of the same
// scope, and began less than a syncInterval ago.
func (p *Pull) resumable(model string, was progress, kept record.Value) bool {
	return kept.Field("token").Str() != "" && was.beganMs <= p.clock.NowMs() && p.clock.NowMs()-was.beganMs < p.setup.Config.SyncIntervalMs &&
		kept.Field("selection").Str() == p.setup.Shape(model).Selection && kept.Field("endpoint").Str() == p.setup.Config.Endpoint &&
		record.Equal(kept.Field("expression"), p.setup.Config.FilterOf(model))
}

// resume takes up a run where its last durable page ended. What happened since the connection was
// lost is not in it, so a delta follows.
func (p *Pull) resume(mp *modelPull, was progress, kept record.Value) *modelRun {
	filter, whole := p.setup.Config.SentFilter(mp.model.Name)
	run := &modelRun{progress: was, base: true, trusted: whole, resumed: true, failures: kept.Field("partial").Bool(),
		seen: map[string]bool{}, touched: map[string]bool{}, staleFrom: was.listFrom}
	run.arguments.NextToken, run.arguments.UseCursor = kept.Field("token").Str(), kept.Field("cursor").Bool()
	run.arguments.Filter = filter
	for list := was.listFrom; list < was.listTo; list++ {
		p.door.Stage.Meta(seenKey(mp.model.Name, list)).Elements(func(_ int, id record.Value) bool {
			run.seen[id.Str()] = true
			return true
		})
	}
	return run
}

// keepProgress adds to a page's commit what the run needs to go on behind it. ids are those of the
// page that were here before the run.
func (p *Pull) keepProgress(mp *modelPull, run *modelRun, token string, ids []string, c *store.Commit) {
	model := mp.model.Name
	run.dropLists(model, c)
	if len(ids) > 0 {
		var list record.ListBuilder
		for _, id := range ids {
			list.AddString(id)
		}
		c.Set(seenKey(model, run.listTo), list.List())
		run.listTo++
	}
	var b record.Builder
	b.SetString("token", token)
	for _, n := range run.numbers() {
		b.SetInt(n.name, *n.at)
	}
	b.SetBool("cursor", run.arguments.UseCursor)
	b.SetBool("reset", run.reset)
	b.SetBool("partial", run.failures || run.nullItems > 0)
	if filter := p.setup.Config.FilterOf(model); filter.Exists() {
		b.Set("expression", filter)
	}
	b.SetString("selection", p.setup.Shape(model).Selection)
	b.SetString("endpoint", p.setup.Config.Endpoint)
	b.SetString("reader", run.reader)
	c.Set(ProgressKey(model), b.Object())
}

// endProgress forgets a run's progress with the commit of its last page.
func (p *Pull) endProgress(model string, c *store.Commit) {
	was, kept := p.readProgress(model)
	if !kept.Exists() {
		return
	}
	c.Set(ProgressKey(model), record.Value{})
	for list := was.listFrom; list < was.listTo; list++ {
		c.Set(seenKey(model, list), record.Value{})
	}
}

// dropLists removes, with the first page of a new run, the lists of one that was given up.
func (run *modelRun) dropLists(model string, c *store.Commit) {
	for ; run.staleFrom < run.listFrom; run.staleFrom++ {
		c.Set(seenKey(model, run.staleFrom), record.Value{})
	}
}

// giveUpProgress lets the next run begin from the first page: the server refused the token.
func (p *Pull) giveUpProgress(mp *modelPull) {
	c := &store.Commit{Name: "meta"}
	p.endProgress(mp.model.Name, c)
	if !c.Empty() {
		p.door.Commit(c, nil, nil)
	}
}

// progressOf is what syncProgress tells after a page of a run that has several:
// {model, records, pages, estimate, isFullSync}. estimate is left out when the server gives none.
func (p *Pull) progressOf(mp *modelPull, run *modelRun) []byte {
	var b record.Builder
	b.SetString("model", mp.model.Name)
	b.SetInt("records", run.received)
	b.SetInt("pages", run.pages)
	if run.estimate > 0 {
		b.SetInt("estimate", max(run.estimate, run.received))
	}
	b.SetBool("isFullSync", run.base)
	return b.Object().Text()
}
