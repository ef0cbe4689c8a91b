package merge

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Merge brings server rows into one commit: pages, messages and answers go the same way. A row
// replaces the known one by version (conflict.Replaces); pending changes stay on top of it.
type Merge struct {
	by      *Merger
	source  Source
	commit  *store.Commit
	at      map[store.Key]int // places in commit.Rows
	removed map[store.Key]bool
	deleted []store.Key // what goes along with them is looked for when the merge is complete
	order   []store.Key // in which observers hear of a cascade
	named   map[*schema.Field]byChild
	owners  map[string]bool // models with tombstones
	back    []returned
	counts  Counts
	looked  int // rows that the cascade looked at
}

// Counts of one model's run, for modelSynced.
type Counts struct{ Added, Updated, Deleted int64 }

// Draft is the commit that the merge goes into, to which others may add.
func (g *Merge) Draft() *store.Commit { return g.commit }

// Came is how many rows came, by what became of them.
func (g *Merge) Came() Counts { return g.counts }

// Base is a record's server row as this merge leaves it.
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
		g.by.scope.ChangedOtherwise(key) // an older row changes nothing: the run may know better
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
				g.Remove(key) // what this page wrote outside of its scope goes with the next pull
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
				return // it is hidden already
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
	if incoming.Deleted { // a tombstone too that replaces an older one: its time counts
		g.deleted = append(g.deleted, key)
	}
	if reset {
		g.contest(model, key, row)
	}
	g.put(key, row)
}

// contest lets what waits for a record name a version before the server's, where it names one that the server lost: a
// record that was created anew after a restore has the same versions again, with other values (rule 3). Before
// version 1 there is none (Gaps in SPEC.md).
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

// differs reports that a field that a change sets, or takes away, has another value in a row than when it was made.
func differs(model *schema.Model, m *store.Mutation, row record.Value) bool {
	for _, f := range model.Stored() {
		sets := m.Operation == conflict.Delete && !f.ReadOnly || m.Fields.Field(f.Name).Exists()
		if sets && !conflict.SameValue(f, m.Base.Field(f.Name), row.Field(f.Name)) {
			return true
		}
	}
	return false
}

// isOlder reports a row that known has replaced, and that is not of a new life of the same id.
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

// Remove takes a row away unless a change of this page still needs it.
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

// takeOut forgets a row that this merge has put: a log may hold a row before and after it left the
// scope.
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

// Add sums up the counts of pages.
func (c *Counts) Add(o Counts) {
	c.Added += o.Added
	c.Updated += o.Updated
	c.Deleted += o.Deleted
}
