package pull

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/merge"
)

// progress says how far a base run has come. It is committed with each page, so that an interrupted run goes on behind
// the last stored page, even after a restart.
//
// At its end a run must know every id that the server returned (rule 8). Records that were first stored here after the
// run had begun can't be missing from it. So only ids of older records are kept, in lists under "run/Post/1",
// "run/Post/2" and so on: one for each page that had some.
type progress struct {
	startedAt int64 // server time of the first page, ms: the next delta brings what was written since
	beganMs   int64 // this device's time then
	order     int64 // the highest order at that time: records with a higher one were stored here since
	pages     int64
	received  int64 // rows so far
	estimate  int64 // the server's estimate of all rows; 0 for unknown
	counts    merge.Counts
	listFrom  int64  // number of the first list of ids that is kept
	listTo    int64  // number behind the last one
	reset     bool   // the rows here are from another log or server, so rows of the run replace them
	reader    string // who reads it: a run goes on only for the same reader
}

// numbers are the parts that are kept as numbers, by name.
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

// ProgressKey names the meta entry with the progress of an unfinished run.
func ProgressKey(model string) string { return "run/" + model }

func seenKey(model string, list int64) string {
	return ProgressKey(model) + "/" + strconv.FormatInt(list, 10)
}

// readProgress returns the progress of the last unfinished run and the entry that holds it, Missing for none.
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

// resumable reports whether a run can go on: it asks the same server for the same fields of the same sync expression,
// and began less than a syncInterval ago.
func (p *Pull) resumable(model string, was progress, kept record.Value) bool {
	return kept.Field("token").Str() != "" && was.beganMs <= p.clock.NowMs() && p.clock.NowMs()-was.beganMs < p.setup.Config.SyncIntervalMs &&
		kept.Field("selection").Str() == p.setup.Shape(model).Selection && kept.Field("endpoint").Str() == p.setup.Config.Endpoint &&
		record.Equal(kept.Field("expression"), p.setup.Config.FilterOf(model))
}

// resume continues a run behind its last durable page. Changes since the connection was lost may be on earlier pages,
// so a delta follows.
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

// keepProgress adds to the commit of a page what the run needs in order to go on behind it. ids are those on the page
// that were here before the run.
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

// endProgress removes the progress of a run, with the commit of its last page.
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

// dropLists removes the lists of a run that was given up, with the first page of the new run.
func (run *modelRun) dropLists(model string, c *store.Commit) {
	for ; run.staleFrom < run.listFrom; run.staleFrom++ {
		c.Set(seenKey(model, run.staleFrom), record.Value{})
	}
}

// giveUpProgress makes the next run begin with its first page, because the server refused the page token.
func (p *Pull) giveUpProgress(mp *modelPull) {
	c := &store.Commit{Name: "meta"}
	p.endProgress(mp.model.Name, c)
	if !c.Empty() {
		p.door.Commit(c, nil, nil)
	}
}

// progressOf is the data of syncProgress after a page of a run that has several: {model, records, pages, estimate,
// isFullSync}. estimate is left out when the server gives none.
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
