// Command run plays seeds of the simulation.
//
//	go run ./sim/run -seeds 1000            plays seeds 1 to 1000
//	go run ./sim/run -first 42 -seeds 1 -v  plays one seed and tells its story
//	go run ./sim/run -seeds 200 -hash       prints one hash over the traces of 200 seeds
//	go run ./sim/run -seeds 9 -fresh 1m     plays nine, then new ones for a minute from a start that it draws
//
// It ends with one line of totals, and with status 1 when a seed failed; of the fresh ones -tolerate may.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/deltabase/deltabase/sim"
)

func main() {
	first := flag.Uint64("first", 1, "the first seed")
	seeds := flag.Int("seeds", 100, "how many seeds at least")
	atLeast := flag.Duration("for", 0, "how long at least")
	fresh := flag.Duration("fresh", 0, "how long seeds are played afterwards from a start that is drawn and printed")
	tolerate := flag.Int("tolerate", 0, "how many fresh seeds may fail: each is told, to be looked into, and stops nobody's work")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "seeds that run side by side")
	failures := flag.Int("failures", 3, "end after so many failed seeds; 0 for never")
	shrink := flag.Duration("shrink", 20*time.Second, "how long each failure may be shrunk; 0 for not at all")
	hash := flag.Bool("hash", false, "print a hash over all traces, in the order of seeds")
	progress := flag.Duration("progress", 0, "how often the totals so far are printed; 0 for never")
	tell := flag.Bool("v", false, "tell the whole story of the first seed")
	flag.Parse()
	debug.SetGCPercent(1500) // worlds are small and short-lived

	if *tell {
		r := sim.RunPlan(sim.NewPlan(*first), true)
		for _, line := range r.Story {
			fmt.Println(line)
		}
	}
	hashes := map[uint64]string{}
	played, told := 0, time.Now()
	campaign := sim.Campaign{First: *first, Seeds: *seeds, AtLeast: *atLeast, Workers: *workers, Failures: *failures,
		Each: func(r sim.Result) {
			if r.Failure != nil {
				fmt.Printf("seed %d failed: %s\n", r.Seed, r.Failure)
			}
			if *hash {
				hashes[r.Seed] = r.Hash
			}
			if played++; *progress > 0 && time.Since(told) >= *progress {
				told = time.Now()
				fmt.Printf("%d seeds so far\n", played)
			}
		}}
	totals := campaign.Run()
	tolerated := 0
	if *fresh > 0 && (*failures == 0 || len(totals.Failures) < *failures) {
		campaign.First, campaign.Seeds, campaign.AtLeast, campaign.Failures = drawStart(), 1, *fresh, *tolerate+*failures
		fmt.Printf("%d seeds from %d on are played; fresh ones begin at %d\n", totals.Seeds, *first, campaign.First)
		found := campaign.Run()
		if len(found.Failures) <= *tolerate {
			tolerated = len(found.Failures)
		}
		totals.Add(found)
	}
	for _, r := range totals.Failures {
		report(r, *shrink)
	}
	if *hash {
		sum := sha256.New()
		for n := range *seeds {
			sum.Write([]byte(hashes[*first+uint64(n)]))
		}
		fmt.Printf("hash=%x\n", sum.Sum(nil))
	}
	fmt.Println(totals)
	if tolerated > 0 {
		fmt.Printf("%d fresh seeds failed, which stops nobody up to %d: look into them, and see sim/RECORD.md\n", tolerated, *tolerate)
	}
	if len(totals.Failures) > tolerated {
		os.Exit(1)
	}
}

// drawStart draws where fresh seeds begin: no run plays those of another one.
func drawStart() uint64 {
	var drawn [8]byte
	rand.Read(drawn[:]) // never fails
	return binary.LittleEndian.Uint64(drawn[:]) >> 16
}

// report prints a failure's shrunk story and the command that repeats it.
func report(r sim.Result, within time.Duration) {
	if within > 0 {
		shrunk := sim.Shrink(sim.NewPlan(r.Seed), within)
		again := sim.RunPlan(shrunk, true)
		fmt.Printf("seed %d shrunk to %d operations and %d faults: %s\n", r.Seed, len(shrunk.Ops), len(shrunk.Faults), again.Failure)
		for _, line := range again.Story {
			fmt.Println("  " + line)
		}
	}
	fmt.Printf("seed %d again: ./build.sh sim 1 %d\n", r.Seed, r.Seed)
}
