//go:build !js

package main

import (
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	var look func()
	timers, told := 0, ""
	w := &watch{after: func(d time.Duration, f func()) {
		if d != storagePatience/2 {
			t.Errorf("a look after %v", d)
		}
		timers++
		look = f
	}}
	begin := func(name string) func() { return w.begin(func() { told += name }) }
	for range 100 {
		begin("quick ")()
	}
	if timers != 1 {
		t.Errorf("100 quick commits set %d timers", timers)
	}
	look() // nothing is under way
	done := begin("slow ")
	look()
	if told != "" {
		t.Errorf("told at the first look: %s", told)
	}
	look()
	done()
	next := begin("next ")
	look()
	next()
	begin("last ")
	look()
	if told != "slow " {
		t.Errorf("told: %s", told)
	}
	look()
	if told != "slow last " {
		t.Errorf("told: %s", told)
	}
}
