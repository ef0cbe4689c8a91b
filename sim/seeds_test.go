package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

var (
	seeds = flag.Int("seeds", 150, "how many seeds TestSeeds runs")
	first = flag.Uint64("first", 1, "the first seed")
)

// run is one seed: random work of a few devices under faults, then a calm in which everything
// must converge.
type run struct {
	*testing.T
	seed    uint64
	world   *World
	devices []*Device
	draw    *rand.Rand
	saves   int
	taken   map[string]*Device // ids of mutations whose save resolved
}

// TestSeeds keeps rules 1, 2, 3, 5 and 9 over random histories: every resolved save ends with a
// journal entry or is still in the outbox, all devices end with the server's rows and versions,
// and no list holds a token twice.
func TestSeeds(t *testing.T) {
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		r := &run{T: t, seed: seed, draw: rand.New(rand.NewPCG(seed, 2)), taken: map[string]*Device{}}
		r.play()
		if t.Failed() {
			t.Fatalf("seed %d failed: go test ./sim -run TestSeeds -first %d -seeds 1", seed, seed)
		}
	}
}

func (r *run) play() {
	strategies := []conflict.Strategy{conflict.Automerge, conflict.Optimistic}
	w, err := NewWorld(blogSchema(r.T), server.Options{Strategy: strategies[r.seed%2]}, r.seed)
	if err != nil {
		r.Fatal(err)
	}
	r.world = w
	for i := range 2 + r.draw.IntN(2) {
		d := w.NewDevice(string(rune('a' + i)))
		if r.draw.IntN(2) == 0 {
			d.Handler = r.decide
		}
		r.devices = append(r.devices, d)
	}
	boot(r.T, r.devices...)
	w.Net.LoseRequest, w.Net.LoseResponse = r.draw.Float64()*0.3, r.draw.Float64()*0.3
	faults := r.draw.IntN(3) > 0
	for range 80 {
		d := r.devices[r.draw.IntN(len(r.devices))]
		r.work(d)
		if faults && r.draw.IntN(5) == 0 {
			r.fault(d)
		}
		w.Pass(r.draw.Int64N(700))
	}
	r.calm()
}

func (r *run) decide(q record.Value) (string, record.Value) {
	switch r.draw.IntN(4) {
	case 0:
		return "applyRemote", record.Value{}
	case 1:
		return "retryLocal", record.Value{}
	case 2:
		return "throw", record.Value{}
	}
	var b record.Builder
	b.SetString("title", fmt.Sprintf("decided %d", r.draw.IntN(100)))
	return "retry", record.Overlay(q.Field("remote"), b.Object())
}

// work is one local write, not waited for.
func (r *run) work(d *Device) {
	r.saves++
	id := fmt.Sprintf("p%d", r.draw.IntN(12))
	mutation := fmt.Sprintf("%s-%d", d.Name, r.saves)
	event := func(c engine.Call) engine.Event {
		if r.draw.IntN(8) == 0 {
			return engine.Delete{Call: c, MutationID: mutation, Model: "Post", ID: id}
		}
		var fields record.Builder
		fields.SetString("id", id)
		fields.SetString("title", fmt.Sprintf("%s %d", d.Name, r.saves))
		if r.draw.IntN(3) == 0 {
			var tags record.ListBuilder
			tags.AddString(mutation)
			fields.Set("tags", tags.List())
		}
		if r.draw.IntN(3) == 0 {
			fields.SetString("body", mutation)
		}
		row := fields.Object()
		return engine.Save{Call: c, MutationID: mutation, Model: "Post", Record: row, Fields: row}
	}
	call := d.Call(event)
	life := d.life
	r.world.after(1, func() { r.watch(d, life, call, mutation) })
}

// watch notes a save once it resolved; the engine may die before.
func (r *run) watch(d *Device, life int, call uint32, mutation string) {
	if d.life != life {
		return
	}
	reply, ok := d.Answer(call)
	if !ok {
		r.world.after(1, func() { r.watch(d, life, call, mutation) })
		return
	}
	if reply.Err == nil && string(reply.Body) != "[]" {
		r.taken[mutation] = d
	}
}

func (r *run) fault(d *Device) {
	switch r.draw.IntN(5) {
	case 0:
		d.Cut(!d.cut)
	case 1:
		d.Crash(r.draw.IntN(10))
		boot(r.T, d)
	case 2:
		if err := r.world.RestartServer(); err != nil {
			r.Fatal(err)
		}
	case 3:
		d.Disk.FailNext("", "quota")
	case 4:
		r.world.hub.closeAll()
	}
}

// calm ends all faults and checks what must hold then.
func (r *run) calm() {
	r.world.Net.LoseRequest, r.world.Net.LoseResponse = 0, 0
	for _, d := range r.devices {
		if d.cut {
			d.Cut(false)
		}
		d.Handler = func(record.Value) (string, record.Value) { return "retryLocal", record.Value{} }
	}
	r.world.Pass(900_000)
	want := r.world.serverRows(r.T, "Post")
	for id, row := range want {
		times := map[string]int{}
		row.Field("tags").Elements(func(_ int, tag record.Value) bool {
			times[tag.Str()]++
			if times[tag.Str()] > r.tokenMax() {
				r.Errorf("%s: a token too often in %s", id, row.Text())
			}
			return true
		})
	}
	for _, d := range r.devices {
		r.converged(d, want)
	}
	r.accounted()
}

// tokenMax is how often one save's list element may be in a list at the server. AUTOMERGE appends
// a stale list, and a field that is sent once more (rule 3) may meet another stale version.
func (r *run) tokenMax() int {
	if r.seed%2 == 0 {
		return 2
	}
	return 1
}

func (r *run) converged(d *Device, want map[string]record.Value) {
	held := map[string]bool{}
	d.outbox(r.T).Elements(func(_ int, m record.Value) bool {
		if state := m.Field("state").Str(); state != "held" && state != "blocked" {
			r.Errorf("%s: a mutation does not move: %s", d.Name, m.Text())
		}
		held[m.Field("recordId").Str()] = true
		return true
	})
	got := d.rows(r.T, "Post")
	for id, row := range want {
		mine := got[id]
		if !held[id] && (conflict.StampOf(mine).Version != conflict.StampOf(row).Version ||
			!record.Equal(mine.Field("title"), row.Field("title")) || !record.Equal(mine.Field("tags"), row.Field("tags"))) {
			r.Errorf("%s %s: %s, the server has %s", d.Name, id, mine.Text(), row.Text())
		}
	}
	for id := range got {
		if _, there := want[id]; !there && !held[id] {
			r.Errorf("%s: %s is not at the server: %s", d.Name, id, got[id].Text())
		}
	}
}

// accounted looks for every resolved save in the journal or the outbox on its device's disk.
func (r *run) accounted() {
	for _, d := range r.devices {
		image, _, err := d.store.Load(r.world.Schema)
		if err != nil {
			r.Fatal(err)
		}
		ended := map[string]bool{}
		for _, e := range image.Journal() {
			ended[e.MutationID] = true
		}
		for mutation, owner := range r.taken {
			if _, queued := image.Mutation(mutation); owner == d && !queued && !ended[mutation] {
				r.Errorf("%s: %s was acknowledged and is lost", d.Name, mutation)
			}
		}
	}
}
