package merge

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// Scope knows what is pulled, and remembers which rows left that (sync/pull).
type Scope interface {
	LeftScope(key store.Key, at conflict.Stamp)         // a row left with that change
	IsLate(key store.Key, incoming conflict.Stamp) bool // it is from before it left
	HasLeft(key store.Key, here conflict.Stamp) bool    // after the change that is here
	ChangedOtherwise(key store.Key)                     // than by the run that is under way
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

// Begin begins a merge that becomes a commit of that name.
func (m *Merger) Begin(name string, from Source) *Merge {
	return &Merge{by: m, source: from, commit: &store.Commit{Name: name}, at: map[store.Key]int{},
		removed: map[store.Key]bool{}}
}

// Finish stages what a merge came to. then runs once that is durable, at once when nothing has
// changed and nothing is on its way.
func (m *Merger) Finish(g *Merge, then func(), failed func(*app.Error)) {
	g.cascade()
	if g.commit.Empty() {
		if then == nil {
			then = func() {}
		}
		m.door.WhenDurable(then, failed) // what is known already may be staged only, and fail
		return
	}
	m.door.CommitInOrder(g.commit, g.order, then, failed)
}
