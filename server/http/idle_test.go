package http_test

import (
	"runtime"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// TestIdleSockets: an idle socket has one goroutine, and keeps little. The bounds hold the client's side,
// which is in this process: about 15 kB.
func TestIdleSockets(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	const sockets, idleMost, listeningMost = 300, 45_000, 70_000
	kept := func() uint64 {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before, goroutines := kept(), runtime.NumGoroutine()
	wires := make([]*wire, sockets)
	for i := range wires {
		wires[i] = s.connect()
	}
	idle := int(kept()-before) / sockets
	if each := float64(runtime.NumGoroutine()-goroutines) / sockets; each > 1.2 {
		t.Errorf("an idle socket has %.1f goroutines, want 1", each)
	}
	for _, w := range wires {
		for _, operation := range []string{"Create", "Update", "Delete"} {
			w.start(operation, "subscription { on"+operation+"Todo { id title count note createdAt updatedAt _version _deleted _lastChangedAt } }")
			w.expect(appsync.TypeStartAck)
		}
	}
	listening := int(kept()-before) / sockets
	t.Logf("both sides of a socket keep %d bytes, with three subscriptions %d", idle, listening)
	if idle > idleMost || listening > listeningMost {
		t.Errorf("both sides of a socket keep %d bytes, with three subscriptions %d; want %d and %d at most", idle, listening, idleMost, listeningMost)
	}
	runtime.KeepAlive(wires)
}
