package decide

import (
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/tell"
)

// Decider asks the app for decisions that only it can make, and holds changes that can't be sent.
type Decider struct {
	ready  func() bool
	out    *effect.Out
	line   *tell.Line
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	tabs   *ask.Tabs
	merger *merge.Merger
	outbox *outbox.Outbox

	conflicts  *ask.Questions
	migrations *ask.Questions
	untold     []string // ids of held changes of which the app was not told yet
}

// New makes a Decider without questions. ready reports whether the database is loaded.
func New(ready func() bool, out *effect.Out, line *tell.Line, c *clock.Clock, setup *config.Setup, d *door.Door,
	tabs *ask.Tabs, m *merge.Merger, o *outbox.Outbox) *Decider {
	return &Decider{ready: ready, out: out, line: line, clock: c, setup: setup, door: d, tabs: tabs, merger: m, outbox: o,
		conflicts:  ask.New(tabs, c, "answer ", handlerAnswerMs),
		migrations: ask.New(tabs, c, "migrate ", handlerAnswerMs)}
}

// BackoffMs is how long a change waits after this many attempts at a decision.
func (dec *Decider) BackoffMs(attempts int) int64 {
	return dec.clock.Backoff(conflictBaseMs, conflictCapMs, attempts)
}
