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

// Decider asks the app about what only it can decide, and stops what nobody can send.
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
	untold     []string // ids of changes that the app has not heard of as held
}

// New makes a decider without questions. ready reports that the database is there.
func New(ready func() bool, out *effect.Out, line *tell.Line, c *clock.Clock, setup *config.Setup, d *door.Door,
	tabs *ask.Tabs, m *merge.Merger, o *outbox.Outbox) *Decider {
	return &Decider{ready: ready, out: out, line: line, clock: c, setup: setup, door: d, tabs: tabs, merger: m, outbox: o,
		conflicts:  ask.New(tabs, c, "answer ", handlerAnswerMs),
		migrations: ask.New(tabs, c, "migrate ", handlerAnswerMs)}
}

// BackoffMs is how long a change that was decided so often waits.
func (dec *Decider) BackoffMs(attempts int) int64 {
	return dec.clock.Backoff(conflictBaseMs, conflictCapMs, attempts)
}
