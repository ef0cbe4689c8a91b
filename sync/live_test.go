package sync_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// liveList is the page's side of an observeQuery (LiveResult of js/page/observe.ts).
type liveList []record.Value

func (l liveList) apply(t *testing.T, body record.Value) liveList {
	t.Helper()
	put := elements(body.Field("put"))
	if body.Field("all").Bool() {
		return put
	}
	out, at := places(body.Field("out")), places(body.Field("at"))
	if len(at) != len(put) {
		t.Fatalf("%d places for %d rows", len(at), len(put))
	}
	var next liveList
	for from := 0; from < len(l) || len(put) > 0; {
		switch {
		case len(put) > 0 && at[0] == len(next):
			next, put, at = append(next, put[0]), put[1:], at[1:]
		case len(out) > 0 && out[0] == from:
			from, out = from+1, out[1:]
		case from < len(l):
			next, from = append(next, l[from]), from+1
		default:
			t.Fatalf("the places do not fit a list of %d: %s", len(l), body.Text())
		}
	}
	return next
}

func elements(list record.Value) (values []record.Value) {
	list.Elements(func(_ int, v record.Value) bool {
		values = append(values, v)
		return true
	})
	return values
}

func places(list record.Value) (numbers []int) {
	for _, v := range elements(list) {
		n, _ := v.Int()
		numbers = append(numbers, int(n))
	}
	return numbers
}

// liveQueries are whole results, single records, and some pages: the first, later ones, ones that are
// empty most of the time, of one row, without a limit, and far beyond the end.
func liveQueries(draw *rand.Rand) []engine.Observe {
	filters := []record.Value{{}, record.TrustString(`{"rating":{"ge":3}}`)}
	sorts := []record.Value{{}, record.TrustString(`[{"field":"rating","direction":"DESCENDING"},{"field":"title","direction":"ASCENDING"}]`)}
	queries := []engine.Observe{{Filter: filters[0], Sort: sorts[0]}, {Filter: filters[1], Sort: sorts[1]}, {ID: "p3"}, {ID: "none"}}
	pages := [][2]int{{0, 3}, {3, 0}, {3, 1}, {1, 0}, {1, 4}, {5, 2}, {100, 0}, {100, 1}, {7, math.MaxInt}, {math.MaxInt, 1}}
	for range 8 {
		page := pages[draw.IntN(len(pages))]
		queries = append(queries, engine.Observe{Filter: filters[draw.IntN(2)], Sort: sorts[draw.IntN(2)], Limit: page[0], Page: page[1]})
	}
	for i := range queries {
		queries[i].Model = "Post"
	}
	return queries
}

// TestLiveResults keeps rule 9 for observeQuery over random histories: what the page puts together
// from the patches is what a query answers, in the same order.
func TestLiveResults(t *testing.T) {
	for seed := range uint64(10) {
		draw := rand.New(rand.NewPCG(seed, 3))
		queries := liveQueries(draw)
		h := newHost(loadSchema(t))
		pending = nil
		if err := commands["up"](h, []string{"A"}); err != nil {
			t.Fatal(err)
		}
		lists, synced := make([]liveList, len(queries)), make([]bool, len(queries))
		for i, q := range queries {
			q.Call, q.Observer, q.Live = h.newCall("A"), uint32(i), true
			h.step(q)
		}
		for n := range 100 {
			id := fmt.Sprintf("p%d", draw.IntN(15))
			for range 1 + draw.IntN(4)*draw.IntN(2) { // several in one transaction, now and then
				liveWork(h, draw, fmt.Sprintf("%d-%d-%d", seed, n, h.call), id)
				id = fmt.Sprintf("p%d", draw.IntN(15))
			}
			settle()
			if draw.IntN(3) == 0 {
				h.serve()
			}
			for _, note := range h.notes {
				body := record.Trust(note.Body)
				news := body.Field("all").Bool() || body.Field("out").Exists() || body.Field("at").Exists()
				if !news && body.Field("isSynced").Bool() == synced[note.Observer] {
					t.Fatalf("seed %d step %d query %d: a notification tells nothing", seed, n, note.Observer)
				}
				synced[note.Observer] = body.Field("isSynced").Bool()
				lists[note.Observer] = lists[note.Observer].apply(t, body)
			}
			h.notes = nil
			for i, q := range queries {
				h.step(engine.Query{Call: h.newCall("A"), Model: "Post", ID: q.ID, Filter: q.Filter, Sort: q.Sort, Limit: q.Limit, Page: q.Page})
				if got, want := textOf(lists[i]), string(h.replies[len(h.replies)-1].Text()); got != want {
					t.Fatalf("seed %d step %d query %d:\nthe page has %s\nthe query gives %s", seed, n, i, got, want)
				}
			}
		}
	}
}

func liveWork(h *host, draw *rand.Rand, mutation, id string) {
	if draw.IntN(5) == 0 {
		h.step(engine.Delete{Call: h.newCall("A"), MutationID: mutation, Model: "Post", ID: id})
		return
	}
	row := record.TrustString(fmt.Sprintf(`{"id":"%s","title":"t%d","rating":%d}`, id, draw.IntN(4), draw.IntN(6)))
	h.step(engine.Save{Call: h.newCall("A"), MutationID: mutation, Model: "Post", Record: row, Fields: row})
}

func textOf(rows []record.Value) string {
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = string(row.Text())
	}
	return "[" + strings.Join(texts, ",") + "]"
}
