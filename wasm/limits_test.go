//go:build !js

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
	"time"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
)

// limit is one constant of limits.go: its value, written down once more (times in ms), and whether so much is within it.
type limit struct {
	name   string
	value  int
	within func(t *testing.T, n int) bool
}

var limitTable = []limit{
	{"loadRetriesMax", 3, func(t *testing.T, n int) bool { // a database that opens at the n-th repetition is not salvaged
		failures, destroyed := n, false
		b := browserOf(&memory.Disk{})
		open := b.open
		b.open = func(name string, lost func(), preread func() store.Preread) (store.Store, error) {
			if failures--; failures >= 0 {
				return nil, fault(store.CodeUnknown)
			}
			return open(name, lost, preread)
		}
		b.destroy = func(string) error { destroyed = true; return nil }
		if got := openBrowser(t, b).start(); got.kind != outReply {
			t.Errorf("start answered %s %s", got.text(1), got.text(2))
		}
		return !destroyed
	}},
	{"loadRetry", 100, func(t *testing.T, n int) bool {
		waited := []time.Duration{}
		b := browserOf(&memory.Disk{})
		b.open = func(string, func(), func() store.Preread) (store.Store, error) { return nil, fault(store.CodeUnknown) }
		b.destroy = func(string) error { return fault(store.CodeUnknown) }
		b.pause = func(d time.Duration) { waited = append(waited, d) }
		openBrowser(t, b).start()
		return len(waited) == 3 && waited[0] >= ms(n) && waited[1] == 4*waited[0] && waited[2] == 16*waited[0]
	}},
	{"storagePatience", 5_000, func(t *testing.T, n int) bool { // told after two looks
		waited, told := time.Duration(0), false
		var look func()
		w := &watch{after: func(d time.Duration, f func()) { waited, look = waited+d, f }}
		w.begin(func() { told = true })
		for !told {
			look()
		}
		return waited >= ms(n)
	}},
	{"idleAfter", 3_000, func(t *testing.T, n int) bool { // a channel of a timer says nothing of its time
		return idleAfter >= ms(n)
	}},
	{"foldQuiet", 100, func(_ *testing.T, n int) bool { // two looks after the last job, each that much later
		waited := time.Duration(0)
		p := &pace{after: func(d time.Duration) <-chan time.Time { waited += d; return make(chan time.Time) }}
		for p.want(); !p.due(); {
			p.looked()
		}
		return waited >= 2*ms(n)
	}},
	{"foldWaitsMax", 500, func(_ *testing.T, n int) bool { // the job before the last one still puts the step off
		p := &pace{after: func(time.Duration) <-chan time.Time { return make(chan time.Time) }}
		p.want()
		for range n - 1 {
			p.job()
		}
		return !p.due()
	}},
	{"outBufferBytesMax", 1 << 20, func(_ *testing.T, n int) bool { // one of that size is kept
		h := &host{emit: func([]byte) {}, out: make([]byte, 0, n)}
		h.send(outWake, 0, []byte("1"))
		return h.out != nil
	}},
	{"jobsMax", 16, func(_ *testing.T, n int) bool { // what comes beyond waits; a loss that is noticed then is left out
		d := newHost(browserOf(&memory.Disk{}), func([]byte) {}).disk
		for range n {
			d.lost()
		}
		return len(d.jobs) == n
	}},
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// TestLimits tries each limit at N and at N+1.
func TestLimits(t *testing.T) {
	for _, one := range limitTable {
		t.Run(one.name, func(t *testing.T) {
			for n, want := range map[int]bool{one.value: true, one.value + 1: false} {
				if got := one.within(t, n); got != want {
					t.Errorf("%d: within %v, want %v", n, got, want)
				}
			}
		})
	}
}

// TestLimitsAreComplete: every constant of limits.go is in the table.
func TestLimitsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, one := range limitTable {
		known[one.name] = true
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "limits.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		group, ok := n.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			return true
		}
		for _, one := range group.Specs {
			for _, name := range one.(*ast.ValueSpec).Names {
				if !known[name.Name] {
					t.Errorf("%s has no entry in the table; say how it is tested at N and N+1", name.Name)
				}
				delete(known, name.Name)
			}
		}
		return false
	})
	for name := range known {
		t.Errorf("%s is in the table and not in limits.go", name)
	}
}
