package outbox

import (
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// Outbox decides what becomes of queued changes, on the staged view.
type Outbox struct {
	clock *clock.Clock
	setup *config.Setup
	door  *door.Door
}

// New makes the rules of an outbox.
func New(c *clock.Clock, setup *config.Setup, d *door.Door) *Outbox {
	return &Outbox{clock: c, setup: setup, door: d}
}
