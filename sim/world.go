// Package sim runs real engines and the real server core in one process, under a virtual clock
// and over a network and disks that can fail. They exchange the real bytes: GraphQL, JSON and
// realtime frames. Everything is drawn from one seed, so a run repeats exactly.
package sim

import (
	"container/heap"
	"math/rand/v2"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	tables "github.com/deltabase/deltabase/server/memory"
)

const epochMs = 1_800_000_000_000 // where the virtual clock begins

// World is a server, its network and its devices. Not safe for concurrent use.
type World struct {
	Schema  *schema.Schema
	Server  *server.Server
	Tables  server.Tables
	Net     Network
	Devices []*Device

	nowMs   int64
	random  *rand.Rand
	queue   happenings
	ordinal uint64
	options server.Options
	hub     *hub
}

// NewWorld makes a world with an empty server.
func NewWorld(s *schema.Schema, options server.Options, seed uint64) (*World, error) {
	options.APIKeys = []string{apiKey}
	options.Sandbox = true
	w := &World{Schema: s, nowMs: epochMs, random: rand.New(rand.NewPCG(seed, 1)), options: options}
	w.Tables = tables.New(0)
	w.Net = Network{LatencyMs: 20}
	return w, w.startServer()
}

func (w *World) startServer() (err error) {
	w.Server, err = server.New(w.Schema, w.options, w.Tables)
	w.hub = newHub(w)
	return err
}

// RestartServer severs every connection and starts the server again on the same tables.
func (w *World) RestartServer() error {
	w.hub.closeAll()
	return w.startServer()
}

// NowMs is the virtual clock.
func (w *World) NowMs() int64 { return w.nowMs }

// happening is something that will happen.
type happening struct {
	atMs    int64
	ordinal uint64
	run     func()
}

// after plans f for delayMs from now. What is planned for one moment happens in order of planning.
func (w *World) after(delayMs int64, f func()) {
	w.ordinal++
	heap.Push(&w.queue, happening{w.nowMs + max(0, delayMs), w.ordinal, f})
}

// Run lets time pass until until reports true; false when untilMs virtual ms passed before, or
// nothing is left to happen.
func (w *World) Run(untilMs int64, until func() bool) bool {
	deadline := w.nowMs + untilMs
	for !until() {
		if len(w.queue) == 0 || w.queue[0].atMs > deadline {
			w.nowMs = deadline
			return until()
		}
		h := heap.Pop(&w.queue).(happening)
		w.nowMs = h.atMs
		h.run()
	}
	return true
}

// Pass lets a span of virtual time pass.
func (w *World) Pass(ms int64) { w.Run(ms, func() bool { return false }) }

type happenings []happening

func (q happenings) Len() int { return len(q) }
func (q happenings) Less(i, j int) bool {
	return q[i].atMs < q[j].atMs || q[i].atMs == q[j].atMs && q[i].ordinal < q[j].ordinal
}
func (q happenings) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *happenings) Push(x any)   { *q = append(*q, x.(happening)) }
func (q *happenings) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
