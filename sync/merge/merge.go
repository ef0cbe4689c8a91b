package merge

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Merge collects server rows for one commit: those of pages, messages and answers alike. A row replaces the known one
// by version (conflict.Replaces); pending changes stay on top of it.
type Merge struct {
	by      *Merger
	source  Source
	commit  *store.Commit
	at      map[store.Key]int // places in commit.Rows
	removed map[store.Key]bool
	deleted []store.Key // deleted records; what they own is hidden when the merge is complete
	order   []store.Key // the order in which observers hear of a cascade
	named   map[*schema.Field]byChild
	owners  map[string]bool // owner model -> whether it has tombstones
	back    []returned
	counts  Counts
	looked  int // rows that the cascade looked at, a measure for tests
}

// Counts of one model's run, for modelSynced.
type Counts struct{ Added, Updated, Deleted int64 }

// Draft is the commit that the merge goes into, to which others may add.
func (g *Merge) Draft() *store.Commit { return g.commit }

// Came is how many rows came: added, updated and deleted.
func (g *Merge) Came() Counts { return g.counts }

// Base is the server row of a record as this merge leaves it.
func (g *Merge) Base(key store.Key) record.Value {
	if i, ok := g.at[key]; ok {
		return g.commit.Rows[i].Base
	}
	if g.removed[key] {
		return record.Value{}
	}
	row, _ := g.by.door.Stage.Row(key)
	return row.Base
}

// Row merges one server row.
func (g *Merge) Row(model *schema.Model, key store.Key, row record.Value) {
	reset := g.source.reset != nil && g.source.reset(key.ID)
	known := g.Base(key)
	incoming := conflict.StampOf(row)
	if !g.source.page && !(known.Exists() && isOlder(incoming, conflict.StampOf(known))) {
		g.by.scope.ChangedOtherwise(key) // an older row changes nothing, so the run may still know better
	}
	outside := !g.source.trusted && !incoming.Deleted && g.by.setup.Config.OutOfScope(model, row)
	switch {
	case known.Exists():
		stamp := conflict.StampOf(known)
		if !canary.StaleRow && !(canary.Resurrect && stamp.Deleted) &&
			!conflict.Replaces(stamp, incoming) && !uncovers(known, incoming) && !g.source.coversAgain(known, incoming) &&
			(!reset || stamp == incoming) {
			if outside && stamp == incoming && g.source.page {
				g.by.scope.LeftScope(key, incoming)
				g.Remove(key) // a row of this page outside of the sync expression goes with the next pull
			} else if stamp == incoming && !incoming.Deleted && g.source.completes(known, row) {
				g.counts.Updated++
				g.put(key, record.Overlay(known, row))
			}
			return
		}
	case g.by.scope.IsLate(key, incoming) && !reset:
		return
	}
	if outside {
		g.by.scope.LeftScope(key, incoming)
		if known.Exists() && len(g.by.door.Stage.Mutations(key)) > 0 {
			g.put(key, row)
		} else if known.Exists() {
			g.Remove(key)
		}
		return
	}
	alive := known.Exists() && !conflict.StampOf(known).Deleted
	if !incoming.Deleted {
		if atMs, hidden := g.hiddenAt(key, row); hidden {
			stamp := conflict.StampOf(known)
			if !alive && known.Exists() && !conflict.Replaces(stamp, incoming) && !(reset && stamp.Version != incoming.Version) {
				return // it is already hidden
			}
			row, incoming.Deleted = hide(row, atMs), true
		}
	}
	switch {
	case incoming.Deleted && alive:
		g.counts.Deleted++
	case !incoming.Deleted && alive:
		g.counts.Updated++
	case !incoming.Deleted:
		g.counts.Added++
	}
	if incoming.Deleted { // also a tombstone that replaces an older one, because its time counts
		g.deleted = append(g.deleted, key)
	}
	if reset {
		g.contest(model, key, row)
	}
	g.put(key, row)
}

// contest makes a queued change meet the server's row as a conflict when it was made on a version that the server lost.
// A record that was created anew after a restore counts through the same versions again, with other values (rule 3).
// The change then names the version before the server's. Before version 1 there is none (Gaps in SPEC.md).
func (g *Merge) contest(model *schema.Model, key store.Key, row record.Value) {
	incoming := conflict.StampOf(row)
	for _, m := range g.by.door.Stage.Mutations(key) {
		made := conflict.StampOf(m.Base)
		if m.State == store.Sent || m.Operation == conflict.Create || incoming.Version <= 1 || m.Version != incoming.Version ||
			made.ChangedAt == incoming.ChangedAt || !differs(model, m, row) {
			continue
		}
		next := *m
		next.Version = incoming.Version - 1
		made.Version = next.Version
		next.Base = conflict.WithStamp(m.Base, made)
		g.commit.Keep(&next)
		g.commit.Strict = true
	}
}

// differs reports whether a field that a change sets, or deletes, has another value in a row than it had when the
// change was made.
func differs(model *schema.Model, m *store.Mutation, row record.Value) bool {
	for _, f := range model.Stored() {
		sets := m.Operation == conflict.Delete && !f.ReadOnly || m.Fields.Field(f.Name).Exists()
		if sets && !conflict.SameValue(f, m.Base.Field(f.Name), row.Field(f.Name)) {
			return true
		}
	}
	return false
}

// isOlder reports whether a row was already replaced by the known one, and does not belong to a new life of the same
// id.
func isOlder(incoming, known conflict.Stamp) bool {
	return incoming != known && !conflict.Replaces(known, incoming)
}

func (g *Merge) put(key store.Key, row record.Value) {
	if g.mayHide(key.Model) {
		if was := g.Base(key); deletedMs(row) < deletedMs(was) {
			g.back = append(g.back, returned{key, was})
		}
	}
	for field, named := range g.named {
		if o := g.by.setup.Shape(key.Model).Naming(field); o != nil {
			named.note(*o, key, row)
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

// Remove removes a row, unless a change of this page still needs it.
func (g *Merge) Remove(key store.Key) {
	known := g.Base(key)
	if !canary.RemovesPending && len(g.by.door.Stage.Mutations(key)) > 0 || !known.Exists() {
		return
	}
	if deletedMs(known) > 0 {
		g.back = append(g.back, returned{key, known})
	}
	g.takeOut(key)
	if !conflict.StampOf(known).Deleted {
		g.counts.Deleted++
	}
	g.removed[key] = true
	if _, stored := g.by.door.Stage.Row(key); stored {
		g.commit.Removed = append(g.commit.Removed, key)
	}
}

// takeOut forgets a row that this merge has put: a page of a delta may hold a row both before and after it left the
// sync expression.
func (g *Merge) takeOut(key store.Key) {
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

// Add adds the counts of a page.
func (c *Counts) Add(o Counts) {
	c.Added += o.Added
	c.Updated += o.Updated
	c.Deleted += o.Deleted
}
