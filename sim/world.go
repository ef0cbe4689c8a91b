// Package sim runs real engines and the real server core in one process, under a virtual clock
// and over a network and disks that fail. They exchange the real bytes: GraphQL, JSON and realtime
// frames. A seed gives a plan (plan.go), the plan a run, and the same plan the same run, byte for
// byte. An oracle (oracle.go) that shares no code with what it judges watches every byte.
package sim

import (
	"github.com/deltabase/deltabase/server"
	tables "github.com/deltabase/deltabase/server/memory"
)

const epochMs = 1_800_000_000_000 // where the virtual clock begins

// happeningsMax ends a run that makes no progress in virtual time.
const happeningsMax = 3_000_000

// World is a server, its network and its devices. Not safe for concurrent use.
type World struct {
	plan    *Plan
	nowMs   int64
	queue   agenda
	passed  int // happenings so far
	trace   *trace
	oracle  *oracle
	devices []*Device

	server       *server.Server
	tables       *watchedTables
	hub          *hub
	options      server.Options
	down         bool  // the server is restarting
	serverSkewMs int64 // what the server's clock is off
	publishing   bool
	windows      []*window
	lastLatency  latencyCount
	issuer       *issuer
	calming      bool // the faults are over
	restores     int  // how often a backup took the place of the server's tables

	operations, faults, requests int
}

// newWorld makes a world with an empty server and devices that are switched off.
func newWorld(p *Plan, told bool) *World {
	w := &World{plan: p, nowMs: epochMs}
	w.trace = newTrace(w, told)
	w.oracle = newOracle(w)
	w.tables = &watchedTables{inner: tables.NewFrom(0, drawnTables(roll(p.Seed, ofServer))), oracle: w.oracle}
	w.options = server.Options{APIKeys: []string{apiKey}, Sandbox: true, Strategies: p.Setup.Strategies,
		Function: "decide", NewID: func() string { panic("every record of the simulation has an id") }}
	w.issuer = &issuer{world: w}
	if p.Setup.Tokens {
		w.options.Tokens = w.issuer
	}
	if p.Setup.Expiry {
		w.options.DeltaTTLMinutes, w.options.TombstoneTTLMinutes = 1, 2
	}
	w.startServer()
	for n, setup := range p.Setup.Devices {
		w.devices = append(w.devices, newDevice(w, n, setup))
	}
	return w
}

// play runs phase one, in which everything goes wrong, and phase two, in which it heals.
func (w *World) play() {
	for _, d := range w.devices {
		d.boot()
	}
	w.after(keepAliveMs, w.keepAlive)
	w.after(purgeEveryMs, w.purge)
	for n := range w.plan.Faults {
		f := w.plan.Faults[n]
		w.after(f.AtMs, func() { w.strike(f) })
	}
	for n := range w.plan.Ops {
		op := w.plan.Ops[n]
		w.after(op.AtMs, func() { w.operate(op) })
	}
	w.pass(w.plan.EndMs)
	if w.oracle.failure == nil {
		w.calm()
	}
}

// after plans f for delayMs from now. What is planned for one moment happens in order of planning.
func (w *World) after(delayMs int64, f func()) {
	w.queue.push(happening{w.nowMs + max(0, delayMs), w.queue.next(), f})
}

// pass lets a span of virtual time pass, or less when the oracle has seen enough.
func (w *World) pass(ms int64) {
	deadline := w.nowMs + ms
	for w.oracle.failure == nil {
		if len(w.queue.list) == 0 || w.queue.list[0].atMs > deadline {
			w.nowMs = deadline
			return
		}
		h := w.queue.pop()
		w.nowMs = h.atMs
		h.run()
		if w.passed++; w.passed > happeningsMax {
			w.oracle.fail("busy", "", "more than %d things happened: somebody goes round in circles", happeningsMax)
		}
	}
}

// happening is something that will happen.
type happening struct {
	atMs    int64
	ordinal uint64
	run     func()
}

func (h *happening) before(other *happening) bool {
	return h.atMs < other.atMs || h.atMs == other.atMs && h.ordinal < other.ordinal
}

// agenda is a heap of happenings.
type agenda struct {
	list  []happening
	count uint64
}

func (a *agenda) next() uint64 {
	a.count++
	return a.count
}

func (a *agenda) push(h happening) {
	a.list = append(a.list, h)
	for at := len(a.list) - 1; at > 0; {
		above := (at - 1) / 2
		if !a.list[at].before(&a.list[above]) {
			return
		}
		a.list[at], a.list[above] = a.list[above], a.list[at]
		at = above
	}
}

func (a *agenda) pop() happening {
	first := a.list[0]
	last := len(a.list) - 1
	a.list[0] = a.list[last]
	a.list[last] = happening{}
	a.list = a.list[:last]
	for at := 0; ; {
		least := at
		for below := 2*at + 1; below <= 2*at+2 && below < last; below++ {
			if a.list[below].before(&a.list[least]) {
				least = below
			}
		}
		if least == at {
			return first
		}
		a.list[at], a.list[least] = a.list[least], a.list[at]
		at = least
	}
}
