package memory

import (
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Opener {
		disk := &Disk{}
		return func(testing.TB) store.Backend { return disk.Connect() }
	})
}

func TestDeletedDatabaseComesBack(t *testing.T) {
	disk := &Disk{}
	storetest.RunRebuild(t, func(testing.TB) store.Backend { return disk.Connect() },
		func(testing.TB) { disk.Vanish() })
}

func TestEphemeral(t *testing.T) {
	db := OpenEphemeral()
	image, _, err := db.Load(storetest.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	stage := store.NewStage(image)
	stage.Add(&store.Commit{Strict: true, Rows: []store.Row{storetest.Row("Post", "a", 1, "x")}})
	if err := db.Commit(stage.Take()); err != nil {
		t.Fatal(err)
	}
	stage.Done()
	again, _, err := db.Load(storetest.Schema(t))
	if err != nil || storetest.Content(again) != storetest.Content(image) {
		t.Errorf("%v", err)
	}
}

func TestManyHistories(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 60
	}
	for seed := uint64(100); seed < 100+seeds; seed++ {
		disk := &Disk{}
		storetest.RunHistory(t, func(testing.TB) store.Backend { return disk.Connect() }, seed, 80)
	}
}
