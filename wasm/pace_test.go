//go:build !js

package main

import (
	"testing"
	"time"
)

func TestFoldingWaitsForQuiet(t *testing.T) {
	timers := 0
	p := &pace{after: func(d time.Duration) <-chan time.Time {
		if d != foldQuiet {
			t.Errorf("a look after %v", d)
		}
		timers++
		return make(chan time.Time)
	}}
	due := func(want bool, when string) {
		t.Helper()
		if p.due() != want {
			t.Errorf("%s: due is %v", when, !want)
		}
	}
	p.job()
	due(false, "nobody wants to fold")
	p.want()
	for range 100 {
		p.job()
	}
	due(false, "jobs came")
	if timers != 1 {
		t.Errorf("100 jobs set %d timers", timers)
	}
	p.looked()
	due(false, "jobs came before the first look")
	p.looked()
	due(true, "no job came between two looks")
	p.stepped(true)
	due(true, "the next step, as long as nothing comes")
	p.job()
	due(false, "a job came between two steps")
	p.looked()
	p.looked()
	p.stepped(false)
	due(false, "nothing is left to fold")
}

func TestFoldingIsPutOffABoundedNumberOfTimes(t *testing.T) {
	p := &pace{after: func(time.Duration) <-chan time.Time { return make(chan time.Time) }}
	p.want()
	for n := range 3 * foldWaitsMax {
		p.job()
		if want := (n+1)%foldWaitsMax == 0; p.due() != want {
			t.Fatalf("after %d jobs: due is %v", n+1, !want)
		}
		if p.due() {
			p.stepped(true)
		}
	}
}
