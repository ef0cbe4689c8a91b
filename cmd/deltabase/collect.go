package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// collecting sets how often the garbage collector runs. The heap of a server is small, so that at Go's own
// setting, under load, it is collected every few dozen requests: a fifth of the processor time. While
// many requests come and the heap is small it may grow further; else Go's setting holds, and what is idle takes no
// more memory than before. GOGC in the environment wins.
type collecting struct{ posts atomic.Int64 }

func (c *collecting) run(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	tick := time.NewTicker(collectLookEvery)
	defer tick.Stop()
	now := collectPercent
	defer debug.SetGCPercent(collectPercent)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if next := percentFor(c.posts.Swap(0), liveBytes()); next != now {
			debug.SetGCPercent(next)
			now = next
		}
	}
}

// percentFor is the collector's setting after so many requests in a collectLookEvery, with so much that lives.
func percentFor(posts int64, live uint64) int {
	if posts < collectBusyPosts || live > collectSmallBytes {
		return collectPercent
	}
	return collectBusyPercent
}

func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
