package store

import (
	"strconv"
	"testing"
)

func TestSince(t *testing.T) {
	i := NewImage(blog(t))
	put := func(seq, order uint64, id, row string) {
		i.Apply(&Commit{Seq: seq, OrderMax: order, Rows: []Row{{Model: "Post", ID: id, Order: order, Base: value(t, row)}}})
	}
	put(1, 1, "a", `{"id":"a","title":"x","_version":1}`)
	put(2, 2, "b", `{"id":"b","title":"x","_version":1}`)
	put(3, 2, "a", `{"id":"a","title":"x","_version":2}`) // only bookkeeping
	put(4, 4, "c", `{"id":"c","title":"x","_version":1}`)
	put(5, 4, "b", `{"id":"b","title":"y","_version":2}`)
	for _, c := range []struct {
		since, order uint64
		ids          string
	}{{0, 0, "abc"}, {1, 1, "bc"}, {2, 2, "cb"}, {4, 4, "b"}, {5, 4, ""}} {
		keys, order := i.Since(c.since)
		ids := ""
		for _, key := range keys {
			ids += key.ID
		}
		if ids != c.ids || order != c.order {
			t.Errorf("since %d: %q up to order %d, want %q up to %d", c.since, ids, order, c.ids, c.order)
		}
	}
}

func TestRecentCommitsAreBounded(t *testing.T) {
	var r recentCommits
	for seq := range uint64(3 * recentCommitsMax) {
		r.add(recentCommit{seq: seq, keys: []Key{{"Post", strconv.FormatUint(seq, 10)}}})
	}
	if len(r.list) != recentCommitsMax || r.count != recentCommitsMax {
		t.Errorf("%d commits with %d records are kept", len(r.list), r.count)
	}
	r.add(recentCommit{keys: make([]Key, 2*recentKeysMax)})
	if len(r.list) != 1 || r.count != 2*recentKeysMax {
		t.Errorf("beside a huge commit, %d are kept", len(r.list)-1)
	}
}
