package sim

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Result is what became of one seed.
type Result struct {
	Seed       uint64
	Failure    *Failure // nil when everything held
	Operations int      // that were carried out
	Faults     int      // that struck
	Requests   int      // that the server worked on
	Hash       string   // SHA-256 over every event, effect and byte, in hexadecimal
	Story      []string // what happened, line by line, when it was asked for
}

// RunSeed plays the plan of a seed. The same seed gives the same result, on every platform.
func RunSeed(seed uint64) Result { return RunPlan(NewPlan(seed), false) }

// RunPlan plays a plan, perhaps one that was shortened; told keeps the story.
func RunPlan(p *Plan, told bool) Result {
	w := newWorld(p, told)
	w.playSafely()
	return Result{Seed: p.Seed, Failure: w.oracle.failure, Operations: w.operations, Faults: w.faults,
		Requests: w.requests, Hash: w.trace.text(), Story: w.trace.lines}
}

// playSafely takes a panic of what is tested for a failure.
func (w *World) playSafely() {
	defer func() {
		if problem := recover(); problem != nil {
			w.oracle.fail("panic", "", "%v\n%s", problem, debug.Stack())
		}
	}()
	w.play()
}

// Totals of many seeds.
type Totals struct {
	Seeds, Operations, Faults, Requests int
	Failures                            []Result
	Seconds                             float64
}

// String is the line that ends a run of the simulation.
func (t Totals) String() string {
	return fmt.Sprintf("seeds=%d failures=%d operations=%d faults=%d requests=%d seeds_per_second=%.1f",
		t.Seeds, len(t.Failures), t.Operations, t.Faults, t.Requests, float64(t.Seeds)/max(t.Seconds, 0.001))
}

// Campaign is a run of many seeds.
type Campaign struct {
	First    uint64
	Seeds    int           // at least
	AtLeast  time.Duration // and at least that long
	Workers  int           // seeds that run side by side
	Failures int           // end after that many; 0 for never
	Each     func(Result)  // hears every result, in no order, one at a time; may be nil
}

// Run plays the seeds from First on.
func (c Campaign) Run() Totals {
	began := time.Now()
	var next atomic.Int64
	var stop atomic.Bool
	var lock sync.Mutex
	var totals Totals
	var workers sync.WaitGroup
	for range max(c.Workers, 1) {
		workers.Go(func() {
			for !stop.Load() {
				n := next.Add(1) - 1
				if int(n) >= c.Seeds && time.Since(began) >= c.AtLeast {
					return
				}
				r := RunSeed(c.First + uint64(n))
				lock.Lock()
				totals.add(r)
				if c.Failures > 0 && len(totals.Failures) >= c.Failures {
					stop.Store(true)
				}
				if c.Each != nil {
					c.Each(r)
				}
				lock.Unlock()
			}
		})
	}
	workers.Wait()
	totals.Seconds = time.Since(began).Seconds()
	return totals
}

// Add takes in the totals of another campaign.
func (t *Totals) Add(other Totals) {
	t.Seeds += other.Seeds
	t.Operations += other.Operations
	t.Faults += other.Faults
	t.Requests += other.Requests
	t.Failures = append(t.Failures, other.Failures...)
	t.Seconds += other.Seconds
}

func (t *Totals) add(r Result) {
	t.Seeds++
	t.Operations += r.Operations
	t.Faults += r.Faults
	t.Requests += r.Requests
	if r.Failure != nil {
		t.Failures = append(t.Failures, r)
	}
}
