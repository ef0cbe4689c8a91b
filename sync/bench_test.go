package sync_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	engine "github.com/deltabase/deltabase/sync"
)

func benchHost(b *testing.B) *host {
	text, err := os.ReadFile("testdata/schema.json")
	if err != nil {
		b.Fatal(err)
	}
	s, err := schema.Load(text)
	if err != nil {
		b.Fatal(err)
	}
	h := newHost(s)
	pending = nil
	for _, word := range []string{"reply", "hub", "commit", "send", "notify"} {
		h.quiet[word] = true
	}
	return h
}

// BenchmarkOfflineSaves queues 1,000 saves of different records, one after the other.
func BenchmarkOfflineSaves(b *testing.B) {
	for b.Loop() {
		h := benchHost(b)
		h.step(engine.Offline{})
		if err := commands["up"](h, []string{"A"}); err != nil {
			b.Fatal(err)
		}
		for i := range 1000 {
			row := record.TrustString(fmt.Sprintf(`{"id":"s%d","title":"t"}`, i))
			h.step(engine.Save{Call: h.newCall("A"), MutationID: fmt.Sprintf("n%d", i), Model: "Post",
				Record: row, Fields: row})
			settle()
		}
	}
}

// BenchmarkSavesAtOnce issues 1,000 saves while the first transaction is in flight, online, and
// lets the server take them.
func BenchmarkSavesAtOnce(b *testing.B) {
	for b.Loop() {
		h := benchHost(b)
		if err := commands["up"](h, []string{"A"}); err != nil {
			b.Fatal(err)
		}
		for i := range 1000 {
			row := record.TrustString(fmt.Sprintf(`{"id":"s%d","title":"t"}`, i))
			h.step(engine.Save{Call: h.newCall("A"), MutationID: fmt.Sprintf("n%d", i), Model: "Post",
				Record: row, Fields: row})
		}
		h.serve()
	}
}

// BenchmarkPull fetches 10,000 rows into an observed model.
func BenchmarkPull(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		h := benchHost(b)
		if err := commands["fill"](h, []string{"Post", "9999"}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := commands["up"](h, []string{"A"}); err != nil {
			b.Fatal(err)
		}
	}
}
