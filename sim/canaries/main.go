//go:build canary

// Command canaries plants one bug after the other and lets the simulation find it.
//
//	go run -tags canary ./sim/canaries                       all of them
//	go run -tags canary ./sim/canaries -canary lost-rebase   one
//
// It prints a line for each, canary=NAME seeds=K violation=..., and ends with status 1 when one was
// not found, or when the simulation fails without any.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/sim"
)

func main() {
	only := flag.String("canary", "", "the one to plant; all without")
	seeds := flag.Int("seeds", 2_000, "in how many seeds each must be found")
	healthy := flag.Int("healthy", 100, "how many seeds are played without a planted bug")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "seeds that run side by side")
	flag.Parse()

	passed := *only != "" || plays(*healthy, *workers)
	found, wanted := 0, 0
	for _, c := range sim.Canaries {
		if *only != "" && c.Name != *only {
			continue
		}
		wanted++
		if hunt(c, *seeds, *workers) {
			found++
		}
	}
	canary.Sing("")
	fmt.Printf("canaries=%d found=%d\n", wanted, found)
	if !passed || found < wanted || wanted == 0 {
		os.Exit(1)
	}
}

// plays reports whether the simulation holds with all canaries silent.
func plays(seeds, workers int) bool {
	canary.Sing("")
	totals := sim.Campaign{First: 1, Seeds: seeds, Workers: workers, Failures: 1}.Run()
	for _, r := range totals.Failures {
		fmt.Printf("without a canary, seed %d fails: %s\n", r.Seed, r.Failure)
	}
	fmt.Println("canary=none", totals)
	return len(totals.Failures) == 0
}

// hunt plants a bug and plays seeds until one fails that does not fail without it.
func hunt(c sim.Canary, seeds, workers int) bool {
	began := time.Now()
	for first := uint64(1); first <= uint64(seeds); {
		if !canary.Sing(c.Name) {
			fmt.Printf("canary=%s is in sim.Canaries and not in internal/canary\n", c.Name)
			return false
		}
		totals := sim.Campaign{First: first, Seeds: seeds - int(first) + 1, Workers: workers, Failures: 1}.Run()
		canary.Sing("")
		for _, r := range totals.Failures {
			first = r.Seed + 1
			if sim.RunSeed(r.Seed).Failure == nil {
				fmt.Printf("canary=%s seeds=%d violation=%s (seed %d, %.1f s)\n", c.Name, r.Seed,
					oneLine(r.Failure.String()), r.Seed, time.Since(began).Seconds())
				return true
			}
		}
		if len(totals.Failures) == 0 {
			break
		}
	}
	fmt.Printf("canary=%s seeds=%d NOT FOUND (%.1f s): %s (rule %d)\n", c.Name, seeds, time.Since(began).Seconds(),
		c.Breaks, c.Rule)
	return false
}

// oneLine keeps the beginning of a message.
func oneLine(text string) string {
	for i := range text {
		if text[i] == '\n' || i >= 200 {
			return text[:i] + " ..."
		}
	}
	return text
}
