package sync

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// merge brings server rows into one commit: pages, messages and answers go the same way. A row
// replaces the known one by version (conflict.Replaces); pending changes stay on top of it.
type merge struct {
	e       *Engine
	commit  *store.Commit
	at      map[store.Key]int // places in commit.Rows
	removed map[store.Key]bool
	deleted []store.Key // what goes along with them is looked for when the merge is complete
	order   []store.Key // in which observers hear of a cascade
	gone    map[*schema.Field]map[string]int64
	owners  map[string]bool // models with tombstones
	back    map[string]bool // models with records that are there again
	counts  counts
	looked  int // rows that the cascade looked at
}

// counts of one model's run, for modelSynced.
type counts struct{ added, updated, deleted int64 }

func (e *Engine) newMerge(name string) *merge {
	return &merge{e: e, commit: &store.Commit{Name: name}, at: map[store.Key]int{},
		removed: map[store.Key]bool{}}
}

func (g *merge) base(key store.Key) record.Value {
	if i, ok := g.at[key]; ok {
		return g.commit.Rows[i].Base
	}
	if g.removed[key] {
		return record.Value{}
	}
	row, _ := g.e.door.Stage().Row(key)
	return row.Base
}

// row merges one server row. trusted rows are in scope whatever they hold: the answers to our
// own mutations, and pages that the server filtered.
func (g *merge) row(model *schema.Model, key store.Key, row record.Value, trusted bool) {
	e := g.e
	p := e.pull.models[key.Model]
	reset := false
	if p != nil && p.run != nil {
		if !p.run.applying {
			p.run.touched[key.ID] = true
		}
		reset = p.run.applying && e.startsOver(p.run) && !p.run.touched[key.ID]
	}
	known := g.base(key)
	incoming := conflict.StampOf(row)
	outside := !trusted && !incoming.Deleted && e.setup.Config().OutOfScope(model, row)
	switch {
	case known.Exists():
		stamp := conflict.StampOf(known)
		if !canary.StaleRow && !(canary.Resurrect && stamp.Deleted) &&
			!conflict.Replaces(stamp, incoming) && !uncovers(known, incoming) && !p.coversAgain(known, incoming) &&
			(!reset || stamp == incoming) {
			if outside && stamp == incoming && p != nil && p.run != nil && p.run.applying {
				p.leftScope(key.ID, incoming)
				g.remove(key) // what this page wrote outside of its scope goes with the next pull
			} else if stamp == incoming && !incoming.Deleted && p.completes(known, row) {
				g.counts.updated++
				g.put(key, record.Overlay(known, row))
			}
			return
		}
	case p.isLate(key.ID, incoming) && !reset:
		return
	}
	if outside {
		p.leftScope(key.ID, incoming)
		if known.Exists() && len(e.door.Stage().Mutations(key)) > 0 {
			g.put(key, row)
		} else if known.Exists() {
			g.remove(key)
		}
		return
	}
	alive := known.Exists() && !conflict.StampOf(known).Deleted
	if !incoming.Deleted {
		if atMs, hidden := g.hiddenAt(key, row); hidden {
			stamp := conflict.StampOf(known)
			if !alive && known.Exists() && !conflict.Replaces(stamp, incoming) && !(reset && stamp.Version != incoming.Version) {
				return // it is hidden already
			}
			row, incoming.Deleted = hide(row, atMs), true
		}
	}
	switch {
	case incoming.Deleted && alive:
		g.counts.deleted++
	case !incoming.Deleted && alive:
		g.counts.updated++
	case !incoming.Deleted:
		g.counts.added++
	}
	if incoming.Deleted { // a tombstone too that replaces an older one: its time counts
		g.deleted = append(g.deleted, key)
	}
	g.put(key, row)
}

// startsOver reports a run whose rows replace those here whatever their versions: our server knew no cursor, or
// was not asked about it because a base run was due. It may have been restored from a backup; else what it
// returns is never older than what came before the run. Plain AppSync's base queries may lag behind.
func (e *Engine) startsOver(run *pullRun) bool {
	return run.reset || run.base && !run.resumed && e.serverKind() == kindDeltabase
}

// completes reports a row in a base run that says more about the same version than what is here. A field
// that came with a new schema was not asked for before, and AppSync's messages have null for what the
// mutation behind them did not select.
func (mp *modelPull) completes(known, row record.Value) bool {
	if mp == nil || mp.run == nil || !mp.run.applying || !mp.run.base || canary.KnownIsWhole {
		return false
	}
	more := false
	row.Fields(func(name string, value record.Value) bool {
		more = !value.IsNull() && !record.Equal(value, known.Field(name))
		return !more
	})
	return more
}

// commitMerge stages what a merge came to. then runs once that is durable, at once when nothing has
// changed and nothing is on its way.
func (e *Engine) commitMerge(g *merge, then func(), failed func(*app.Error)) {
	g.cascade()
	if g.commit.Empty() {
		if then == nil {
			then = func() {}
		}
		e.door.WhenDurable(then, failed) // what is known already may be staged only, and fail
		return
	}
	e.door.CommitInOrder(g.commit, g.order, then, failed)
}

func (g *merge) put(key store.Key, row record.Value) {
	if g.mayHide(key.Model) {
		was, is := deletedMs(g.base(key)), deletedMs(row)
		if was != is {
			g.gone = nil
		}
		if is < was {
			g.cameBack(key.Model)
		}
	}
	delete(g.removed, key)
	if i, ok := g.at[key]; ok {
		g.commit.Rows[i].Base = row
		return
	}
	g.at[key] = len(g.commit.Rows)
	g.commit.Rows = append(g.commit.Rows, store.Row{Model: key.Model, ID: key.ID, Base: row})
}

// remove takes a row away unless a change of this page still needs it.
func (g *merge) remove(key store.Key) {
	known := g.base(key)
	if !canary.RemovesPending && len(g.e.door.Stage().Mutations(key)) > 0 || !known.Exists() {
		return
	}
	if deletedMs(known) > 0 {
		g.cameBack(key.Model)
	}
	g.takeOut(key)
	if !conflict.StampOf(known).Deleted {
		g.counts.deleted++
	}
	g.removed[key] = true
	if _, stored := g.e.door.Stage().Row(key); stored {
		g.commit.Removed = append(g.commit.Removed, key)
	}
}

// takeOut forgets a row that this merge has put: a log may hold a row before and after it left the
// scope.
func (g *merge) takeOut(key store.Key) {
	place, here := g.at[key]
	if !here {
		return
	}
	g.commit.Rows = slices.Delete(g.commit.Rows, place, place+1)
	delete(g.at, key)
	for other, at := range g.at {
		if at > place {
			g.at[other] = at - 1
		}
	}
}

func (c *counts) add(o counts) {
	c.added += o.added
	c.updated += o.updated
	c.deleted += o.deleted
}
