package merge

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// Scope knows which rows are in the sync expressions, and remembers which left them (sync/pull).
type Scope interface {
	LeftScope(key store.Key, at conflict.Stamp)         // a row left with the change of that stamp
	IsLate(key store.Key, incoming conflict.Stamp) bool // the incoming row is from before the record left
	HasLeft(key store.Key, here conflict.Stamp) bool    // the record left after the change that is stored here
	ChangedOtherwise(key store.Key)                     // a row came otherwise than by the run that is under way
}

// Merger makes merges.
type Merger struct {
	door  *door.Door
	setup *config.Setup
	scope Scope
}

// New makes a merger for what is in a scope.
func New(d *door.Door, setup *config.Setup, s Scope) *Merger {
	return &Merger{door: d, setup: setup, scope: s}
}

// Begin begins a merge whose commit gets this name.
func (m *Merger) Begin(name string, from Source) *Merge {
	return &Merge{by: m, source: from, commit: &store.Commit{Name: name}, at: map[store.Key]int{},
		removed: map[store.Key]bool{}}
}

// Finish stages what a merge has collected. then runs once that is durable; at once when the merge changed nothing and
// nothing is staged.
func (m *Merger) Finish(g *Merge, then func(), failed func(*app.Error)) {
	g.cascade()
	if g.commit.Empty() {
		if then == nil {
			then = func() {}
		}
		m.door.WhenDurable(then, failed) // known rows may be staged only, and their transaction may fail
		return
	}
	m.door.CommitInOrder(g.commit, g.order, then, failed)
}
