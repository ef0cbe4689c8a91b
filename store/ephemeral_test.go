package store_test

import (
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

func TestEphemeral(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Opener {
		backend := store.NewEphemeral()
		return func(testing.TB) store.Backend { return backend }
	})
}
