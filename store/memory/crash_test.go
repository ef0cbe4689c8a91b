package memory

import (
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

type writer struct {
	*testing.T
	db    *Store
	image *store.Image
}

func boot(t *testing.T, disk *Disk) *writer {
	t.Helper()
	w := &writer{T: t, db: OpenLimited(disk, storetest.Small)}
	var faults []*store.Fault
	var err error
	if w.image, faults, err = w.db.Load(storetest.Schema(t)); err != nil || len(faults) > 0 {
		t.Fatalf("load: %v %v", err, faults)
	}
	return w
}

func (w *writer) commit(c *store.Commit) error {
	stage := store.NewStage(w.image)
	stage.Add(c)
	if err := w.db.Commit(stage.Take()); err != nil {
		return err
	}
	stage.Done()
	return nil
}

// Every point of a run of strict and relaxed commits and folds: a power loss takes a suffix of
// the relaxed ones, and what is left is exactly one of the images on the way.
func TestCrashLosesARelaxedSuffixOnly(t *testing.T) {
	const steps = 40
	for stop := 1; stop <= steps; stop++ {
		for lose := 0; lose <= 4; lose++ {
			disk := &Disk{}
			w := boot(t, disk)
			images := []string{storetest.Content(w.image)} // after each transaction, folds included
			strict := 0
			for n := range stop {
				before := disk.Relaxed()
				c := &store.Commit{Name: "step", Strict: n%5 == 0, Rows: []store.Row{
					storetest.Row("Post", string(rune('a'+n%7)), int64(n+1), "x")}}
				if n%5 == 0 {
					c.Mutations = []store.Mutation{storetest.Saved("m"+string(rune('a'+n)), conflict.Update,
						store.Key{Model: "Comment", ID: "c"}, "y")}
				}
				if n%3 == 2 {
					if _, err := w.db.Fold(); err != nil {
						t.Fatal(err)
					}
					if disk.Relaxed() > before {
						images = append(images, storetest.Content(w.image))
					}
				}
				if err := w.commit(c); err != nil {
					t.Fatal(err)
				}
				images = append(images, storetest.Content(w.image))
				if c.Strict {
					strict = len(images) - 1
				}
			}
			lost := disk.Crash(lose)
			if lost > len(images)-1-strict {
				t.Fatalf("stop %d: %d transactions were lost, %d are relaxed", stop, lost, len(images)-1-strict)
			}
			if err := w.commit(&store.Commit{Name: "late"}); store.AsFault(err).Code != store.CodeClosed {
				t.Errorf("a commit of a dead program: %v", err)
			}
			if got := storetest.Content(boot(t, disk).image); got != images[len(images)-1-lost] {
				t.Fatalf("stop %d, lost %d: the image is none of the run\n got %s\nwant %s", stop, lost,
					got, images[len(images)-1-lost])
			}
		}
	}
}

func TestFailNextFailsByName(t *testing.T) {
	disk := &Disk{}
	w := boot(t, disk)
	disk.FailNext("acknowledge", store.CodeQuota)
	disk.FailNext("", store.CodeAborted)
	code := func(name string) string {
		if fault := store.AsFault(w.commit(&store.Commit{Name: name})); fault != nil {
			return fault.Code
		}
		return "done"
	}
	for _, step := range [][2]string{
		{"save+outbox, acknowledge", store.CodeQuota},
		{"save+outbox", store.CodeAborted},
		{"save+outbox, acknowledge", "done"},
	} {
		if got := code(step[0]); got != step[1] {
			t.Errorf("%s: %s, want %s", step[0], got, step[1])
		}
	}
	names := ""
	for _, b := range disk.Batches() {
		names += b.Name + "; "
	}
	if names != "open; save+outbox, acknowledge; " {
		t.Errorf("the transactions were %s", names)
	}
	if disk.Relaxed() != 2 || disk.Crash(9) != 2 {
		t.Error("both transactions were relaxed")
	}
}

func TestBatchesAreBounded(t *testing.T) {
	disk := &Disk{}
	w := boot(t, disk)
	for range batchesMax + 10 {
		if err := w.commit(&store.Commit{Name: "n"}); err != nil {
			t.Fatal(err)
		}
	}
	if kept := len(disk.Batches()); kept > batchesMax || kept < batchesMax/2 {
		t.Errorf("%d batches are kept", kept)
	}
}
