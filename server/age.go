package server

import "sync"

// NextTime is the time of the next change: that of the clock, and never an earlier one than the last
// change has. Where the clock is far behind, because it once ran ahead, each change gets a millisecond
// of its own: a delta from the last one on then has what came later, and not all since the jump.
func NextTime(lastMs, nowMs int64) int64 {
	if lastMs-nowMs > ClockAheadMs {
		return lastMs + 1
	}
	return max(lastMs, nowMs)
}

// ages knows how old log entries are whatever their times say: which position had been reached when. It
// begins with the server, so that entries with times ahead of the clock expire when it has run for as
// long as the log reaches back.
type ages struct {
	mu      sync.Mutex
	reached []reached // the oldest first
}

type reached struct{ ms, seq int64 }

// note takes down a position, and does so at most once in everyMs. A clock that went back has been ahead.
func (a *ages) note(nowMs, seq, everyMs int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.reached {
		a.reached[i].ms = min(a.reached[i].ms, nowMs)
	}
	if n := len(a.reached); n == 0 || nowMs-a.reached[n-1].ms >= everyMs {
		a.reached = append(a.reached, reached{nowMs, seq})
	}
}

// before is the last position that is known to have been reached before a time, 0 for none.
func (a *ages) before(ms int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.reached) > 1 && a.reached[1].ms < ms {
		a.reached = a.reached[1:]
	}
	if len(a.reached) == 0 || a.reached[0].ms >= ms {
		return 0
	}
	return a.reached[0].seq
}
