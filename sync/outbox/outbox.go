package outbox

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// Outbox decides what becomes of queued changes, on the staged view.
type Outbox struct {
	clock *clock.Clock
	setup *config.Setup
	door  *door.Door

	somebodyElses func(*store.Mutation) bool
}

// New makes the rules of an outbox. somebodyElses reports a change that another person made than who is signed in.
func New(c *clock.Clock, setup *config.Setup, d *door.Door, somebodyElses func(*store.Mutation) bool) *Outbox {
	return &Outbox{clock: c, setup: setup, door: d, somebodyElses: somebodyElses}
}
