package queue

import (
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/decide"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/pull"
	"github.com/deltabase/deltabase/sync/push"
	"github.com/deltabase/deltabase/sync/tell"
)

// Queue is the outbox as the app sees it.
type Queue struct {
	ready  func() bool
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	line   *tell.Line
	auth   *auth.Auth
	pull   *pull.Pull
	outbox *outbox.Outbox
	decide *decide.Decider
	push   *push.Push
}

// New makes the queue of a database. ready reports whether the database is loaded.
func New(ready func() bool, c *clock.Clock, setup *config.Setup, d *door.Door, line *tell.Line, a *auth.Auth,
	pulls *pull.Pull, o *outbox.Outbox, dec *decide.Decider, p *push.Push) *Queue {
	return &Queue{ready: ready, clock: c, setup: setup, door: d, line: line, auth: a, pull: pulls, outbox: o,
		decide: dec, push: p}
}
