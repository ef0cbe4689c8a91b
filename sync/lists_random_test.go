package sync_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestListsEndAsLastSaved plays edits of a list while somebody else keeps changing other fields of
// the record, requests and answers get lost and the engine restarts, under AUTOMERGE, in turn
// against our server and plain AppSync. Nobody else touches the list, so it ends as it was saved
// last, whatever was merged on the way. Before resends were strict, seed 57 ended with the
// list ["a","a","12","a","40","a","48","a","48"].
func TestListsEndAsLastSaved(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		h := newHost(s)
		pending = nil
		p := &player{host: h, draw: rand.New(rand.NewPCG(seed, 11)), last: map[string]lastValue{}}
		h.server.plain = seed%2 == 0
		p.boot()
		if err := h.others([]string{"Post", "create", `{"id":"q0","title":"t","tags":["a"]}`}); err != nil {
			t.Fatal(err)
		}
		settle()
		if h.socket != 0 && len(h.subs) == 0 {
			h.connect()
		}
		h.serve()
		want := `["a"]`
		for i := range 60 {
			switch p.draw.IntN(8) {
			case 0, 1:
				tags := fmt.Sprintf(`["a","%d"]`, i)
				count := len(h.resolved)
				p.save("Post", fmt.Sprintf(`{"id":"q0","tags":%s}`, tags))
				settle()
				if len(h.resolved) > count {
					want = tags
				}
			case 2, 3, 4:
				if err := h.others([]string{"Post", "update", fmt.Sprintf(`{"id":"q0","title":"o%d"}`, i)}); err != nil {
					t.Fatal(err)
				}
			case 5, 6:
				p.answer()
			case 7:
				p.pass(p.draw.Int64N(2000))
			}
			settle()
		}
		if problem := p.calm(); problem != "" {
			t.Fatalf("seed %d: %s", seed, problem)
		}
		row := h.server.rows["Post/q0"]
		if got := row.Field("tags").String(); got != want {
			t.Fatalf("seed %d: the list is %s, saved last was %s\n%s\ngo test ./sync -run TestListsEndAsLastSaved", seed, got,
				want, strings.Join(h.lines[max(0, len(h.lines)-*tail):], "\n"))
		}
	}
}
