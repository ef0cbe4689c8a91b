package live

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/tell"
)

// Host is the engine. It sends notifications to tabs and knows which models are synced.
type Host interface {
	Notify(tab string, observer uint32, body []byte)
	Synced(model string) bool // whether the model was synced since its start
}

// Live tells observers of what is committed, each change once and in the order of the commits.
type Live struct {
	host  Host
	line  *tell.Line
	queue Queue
	door  *door.Door
	setup *config.Setup

	watchers   []*watcher
	followers  []*follower
	toldPaused string // the paused auth modes that followers were told of
}

// New makes a room without observers.
func New(host Host, line *tell.Line, q Queue, d *door.Door, setup *config.Setup) *Live {
	return &Live{host: host, line: line, queue: q, door: d, setup: setup}
}

// Observation is the engine's event Observe; its fields are described there.
type Observation struct {
	Call     app.Call
	Observer uint32
	Of       string
	Model    string
	ID       string
	Filter   record.Value
	Live     bool
	Sort     record.Value
	Limit    int // of a live query, as in Find
	Page     int
	Since    uint64
}

// Find is the engine's event Query; its fields are described there.
type Find struct {
	Call   app.Call
	Model  string
	ID     string
	Filter record.Value
	Sort   record.Value // [{"field":"title","direction":"ASCENDING"}]
	Limit  int
	Page   int
}

// Tally is the engine's event Aggregate; its fields are described there.
type Tally struct {
	Call   app.Call
	Model  string
	Filter record.Value
	Asked  record.Value
}

// What an Observation can be about besides records.
const (
	OfOutbox = "outbox"
	OfStatus = "status"
)

// Leave forgets the observers of a tab.
func (l *Live) Leave(tab string) {
	l.watchers = slices.DeleteFunc(l.watchers, func(w *watcher) bool { return w.tab == tab })
	l.unfollow(func(f *follower) bool { return f.tab == tab })
}
