package sim

import (
	"strings"
	"testing"
	"time"
)

// TestSeeds plays a few seeds; thousands more are played by `./build.sh sim`.
func TestSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	totals := Campaign{First: 13, Seeds: 16, Workers: 2}.Run()
	for _, r := range totals.Failures {
		t.Errorf("seed %d: %s\nagain: ./build.sh sim 1 %d", r.Seed, r.Failure, r.Seed)
	}
	if totals.Operations < 16*150 || totals.Faults < 16*15 || totals.Requests < 16*100 {
		t.Errorf("too little happened: %s", totals)
	}
	t.Log(totals)
}

// TestSameSeedSameTrace: a run repeats byte for byte.
func TestSameSeedSameTrace(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	for seed := uint64(21); seed < 25; seed++ {
		if a, b := RunSeed(seed), RunSeed(seed); a.Hash != b.Hash {
			t.Errorf("seed %d: %s, then %s", seed, a.Hash, b.Hash)
		}
	}
	if RunSeed(21).Hash == RunSeed(22).Hash {
		t.Error("two seeds with one trace")
	}
}

// TestPlans: each seed has its 200 operations and 20 faults, and half of the kinds are off.
func TestPlans(t *testing.T) {
	for seed := uint64(1); seed <= 300; seed++ {
		p := NewPlan(seed)
		if len(p.Ops) < opsMin || len(p.Faults) < faultsMin || len(p.Setup.Devices) < 2 || len(p.Setup.Devices) > 5 {
			t.Fatalf("seed %d: %d operations, %d faults, %d devices", seed, len(p.Ops), len(p.Faults), len(p.Setup.Devices))
		}
		if n := len(p.Setup.kinds()); n > len(faultOrder)/2 || n < len(faultOrder)/2-5 { // some are for tokens, or not for plain AppSync
			t.Errorf("seed %d: %d of %d kinds of faults are on", seed, n, len(faultOrder))
		}
	}
}

// TestLeavingOut: what is left of a plan happens as before when other entries are left out.
func TestLeavingOut(t *testing.T) {
	p := NewPlan(14)
	shorter := *p
	shorter.Faults, shorter.Ops = nil, p.Ops[:20]
	lines := RunPlan(&shorter, true).Story
	shorter.Ops = p.Ops[:21]
	longer := RunPlan(&shorter, true).Story
	for n, line := range lines {
		if n >= len(longer) || strings.Contains(line, "CALM") || line != longer[n] {
			if at := p.Ops[20].AtMs; n < len(longer) && line != longer[n] && secondsOf(longer[n]) < at {
				t.Errorf("before the entry at %d ms: %q became %q", at, line, longer[n])
			}
			return
		}
	}
}

func secondsOf(line string) int64 {
	d, _ := time.ParseDuration(strings.TrimSpace(line[:8]) + "s")
	return d.Milliseconds()
}
