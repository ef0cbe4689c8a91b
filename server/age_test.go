package server

import "testing"

// TestAges: a position is old when the clock has gone on for long since it was noted; a clock that was
// ahead then, and went back, makes it no older.
func TestAges(t *testing.T) {
	const minute = 60_000
	var a ages
	if got := a.before(1 << 50); got != 0 {
		t.Errorf("a new server knows %d as old", got)
	}
	for _, step := range []struct{ nowMin, seq, before int64 }{
		{0, 5, 0}, {1, 8, 0}, {40, 20, 0}, {41, 21, 5}, {42, 30, 8}, // 40 minutes reach back to 1, 2, ...
		{43 + 1_000, 40, 30}, // the clock jumps ahead
		{44, 50, 0},          // and back: what was noted last is as young as now
		{84, 60, 30}, {85, 70, 40},
	} {
		if got := a.before((step.nowMin - 40) * minute); got != step.before {
			t.Errorf("at minute %d: old up to %d, want %d", step.nowMin, got, step.before)
		}
		a.note(step.nowMin*minute, step.seq, minute)
	}
}

func TestAgesAreFew(t *testing.T) {
	var a ages
	for now := int64(0); now < 1_000_000; now++ {
		a.note(now, now, 10_000)
		a.before(now - 10_000*AgesMax)
	}
	if n := len(a.reached); n > AgesMax+2 {
		t.Errorf("%d positions are kept", n)
	}
}
