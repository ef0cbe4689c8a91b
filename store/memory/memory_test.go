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
