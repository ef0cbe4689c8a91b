package storetest

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// testHistories runs random commits, folds, reloads and takeovers. The image that the commits were
// applied to in memory says what a load has to find.
func testHistories(t *testing.T, database func(t testing.TB) Opener) {
	seeds := 12
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) { RunHistory(t, database(t), uint64(seed), 120) })
	}
}

// RunHistory runs one random history.
func RunHistory(t testing.TB, open Opener, seed uint64, steps int) {
	h := &history{session: start(t, open, Small), rand: rand.New(rand.NewPCG(seed, 1))}
	for range steps {
		switch h.rand.IntN(10) {
		case 0:
			h.reload()
		case 1, 2, 3:
			if _, err := h.db.Fold(); err != nil {
				t.Fatalf("seed %d: fold: %v", seed, err)
			}
		default:
			h.group()
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	h.foldAll()
	h.reload()
}

// testFailingHistories runs histories in which any transaction may fail, or happen without an answer,
// and which go on afterwards: what failed must have left nothing behind, in memory either.
func testFailingHistories(t *testing.T, database func(t testing.TB) Opener) {
	seeds := 12
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			f, s := startFaulty(t, database(t), Small)
			h := &history{session: s, faults: f, rand: rand.New(rand.NewPCG(uint64(seed), 2))}
			for range 160 {
				if h.rand.IntN(3) == 0 {
					f.name, f.times, f.kind = "", 1, kinds[h.rand.IntN(len(kinds))]
				}
				switch h.rand.IntN(10) {
				case 0:
					f.times = 0
					h.reload()
				case 1, 2, 3, 4:
					var err error
					for more := true; more; {
						more, err = h.db.Fold()
					}
					if fault := store.AsFault(err); fault != nil && fault.Doubtful {
						f.times = 0
						h.reload() // as the program does when it can't know what is on the disk
					}
				default:
					h.group()
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			f.times = 0
			h.foldAll()
			h.reload()
		})
	}
}

type history struct {
	*session
	faults *faulty // nil where no transaction fails
	rand   *rand.Rand
	saved  int
}

// group commits one to three plans as one transaction and compares with what the stage showed.
func (h *history) group() {
	stage := store.NewStage(h.image)
	for range 1 + h.rand.IntN(3) {
		stage.Add(h.plan(stage))
	}
	shown := map[store.Key]string{}
	for _, model := range []string{"Post", "Comment"} {
		for n := range 14 {
			key := store.Key{Model: model, ID: "r" + number(n)}
			shown[key] = text(stage.View(key))
		}
	}
	outbox := len(stage.Outbox())
	c := stage.Take()
	if err := h.db.Commit(c); err != nil && h.faults != nil {
		stage.Drop()
		return
	} else if err != nil {
		h.Fatalf("commit: %v", err)
	}
	for _, change := range stage.Done() {
		if text(change.Before) == text(change.After) {
			h.Errorf("a change that changes nothing: %+v", change)
		}
	}
	for key, want := range shown {
		if got := text(h.image.View(key)); got != want {
			h.Errorf("%v: the stage showed %s, the image %s", key, want, got)
		}
	}
	if len(h.image.Outbox()) != outbox {
		h.Errorf("the stage's outbox had %d, the image's %d", outbox, len(h.image.Outbox()))
	}
}

func text(v record.Value) string {
	if !v.Exists() {
		return "nothing"
	}
	return string(v.Text())
}

func (h *history) key() store.Key {
	model := "Post"
	if h.rand.IntN(3) == 0 {
		model = "Comment"
	}
	return store.Key{Model: model, ID: "r" + number(h.rand.IntN(14))}
}

func (h *history) row(key store.Key) store.Row {
	row := Row(key.Model, key.ID, int64(h.rand.IntN(1000)), "v"+number(h.rand.IntN(1000)))
	if h.rand.IntN(6) == 0 {
		row.Base = record.Overlay(row.Base, record.TrustString(`{"_deleted":true}`))
	}
	return row
}

func (h *history) plan(stage *store.Stage) *store.Commit {
	c := &store.Commit{Name: "random", Strict: h.rand.IntN(2) == 0}
	switch choice := h.rand.IntN(20); {
	case choice < 7:
		op := []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete}[h.rand.IntN(3)]
		h.saved++
		c.Mutations = append(c.Mutations, Saved("m"+number(h.saved), op, h.key(), "s"+number(h.saved)))
	case choice < 10:
		h.move(stage, c)
	case choice < 14:
		h.end(stage, c)
	case choice < 18:
		for range 1 + h.rand.IntN(10) { // up to a bulk commit
			c.Rows = append(c.Rows, h.row(h.key()))
		}
		c.Meta = append(c.Meta, meta("cursor/Post", number(h.rand.IntN(100))))
	case choice < 19:
		c.Removed = append(c.Removed, h.key(), h.key())
		c.Meta = append(c.Meta, meta("cursor/Post", ""))
	default:
		h.clear(stage, c)
	}
	return c
}

// move gives a queued mutation another state.
func (h *history) move(stage *store.Stage, c *store.Commit) {
	if queued := stage.Outbox(); len(queued) > 0 {
		moved := *queued[h.rand.IntN(len(queued))]
		moved.State = []store.State{store.Sent, store.Conflicted, store.Held, store.Parked}[h.rand.IntN(4)]
		moved.Cause = &store.Cause{Code: "conflict", Message: "moved"}
		c.Mutations = append(c.Mutations, moved)
	}
}

// end answers a queued mutation.
func (h *history) end(stage *store.Stage, c *store.Commit) {
	if queued := stage.Outbox(); len(queued) > 0 {
		m := *queued[h.rand.IntN(len(queued))]
		c.Ended = append(c.Ended, ended(m, store.Acknowledged))
		if h.rand.IntN(3) > 0 {
			c.Rows = append(c.Rows, h.row(m.Key))
		}
	}
}

// clear parks some mutations, ends some and leaves the rest unnamed.
func (h *history) clear(stage *store.Stage, c *store.Commit) {
	c.Clear = true
	for _, m := range stage.Outbox() {
		switch h.rand.IntN(3) {
		case 0:
			parked := *m
			parked.State = store.Parked
			c.Mutations = append(c.Mutations, parked)
		case 1:
			c.Ended = append(c.Ended, ended(*m, store.DiscardedByUser))
		}
	}
}
