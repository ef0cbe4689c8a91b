package store

import (
	"encoding/json"
	"flag"
	"slices"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/query/querytest"
	"github.com/deltabase/deltabase/record"
)

var relatedQueries = flag.Int("queries", 10_000, "how many random queries TestRelatedPredicates asks; before a release 1,000,000")

// kin is an image of a random family of models, with a stage over it.
type kin struct {
	*querytest.Source
	family *querytest.Family
	image  *Image
	stage  *Stage
	count  int
}

func newKin(seed uint64) *kin {
	s := querytest.New(seed)
	f := s.Family()
	k := &kin{Source: s, family: f, image: NewImage(f.Schema)}
	k.stage = NewStage(k.image)
	return k
}

// change is a commit with rows, tombstones, removals and mutations of any models.
func (k *kin) change(t *testing.T) *Commit {
	c := &Commit{}
	for range 1 + k.IntN(6) {
		n := k.IntN(len(k.family.Models))
		model := k.family.Models[n].Name
		row := record.TrustString(k.Member(k.family, n))
		id, err := k.family.Schema.Model(model).RecordID(row)
		if err != nil {
			t.Fatal(err)
		}
		key := Key{model, id}
		k.count++
		switch pick := k.IntN(12); {
		case pick < 7:
			c.Rows = append(c.Rows, Row{Model: model, ID: id, Base: row})
		case pick < 8:
			c.Removed = append(c.Removed, key)
		case pick < 9:
			var deleted record.Builder
			deleted.SetBool("_deleted", true)
			c.Rows = append(c.Rows, Row{Model: model, ID: id, Base: record.Overlay(row, deleted.Object())})
		default:
			m := Mutation{ID: "m" + record.OfInt(int64(k.count)).String(), Key: key, Operation: conflict.Update, State: Pending, Fields: row}
			if k.IntN(4) == 0 {
				m.Operation = conflict.Delete
			}
			c.Mutations = append(c.Mutations, m)
		}
	}
	for _, m := range k.stage.Outbox() {
		if k.IntN(3) == 0 {
			c.Ended = append(c.Ended, Ended{MutationID: m.ID, Key: m.Key, End: Acknowledged})
		}
	}
	c.Clear = k.IntN(100) == 0
	return c
}

// seen is what the reference looks at: every record of every model, decoded.
func (k *kin) seen(t *testing.T, view func(Key) record.Value, ids map[string]map[string]bool) (all [][]querytest.Fields, keys [][]string) {
	for _, m := range k.family.Models {
		var rows []querytest.Fields
		var names []string
		for id := range ids[m.Name] {
			if v := view(Key{m.Name, id}); v.Exists() {
				var row querytest.Fields
				if err := json.Unmarshal(v.Text(), &row); err != nil {
					t.Fatal(err)
				}
				rows, names = append(rows, row), append(names, id)
			}
		}
		all, keys = append(all, rows), append(keys, names)
	}
	return all, keys
}

// ids are all that a kin may hold: those of its tables and of what is staged.
func (k *kin) ids() map[string]map[string]bool {
	ids := map[string]map[string]bool{}
	for _, m := range k.family.Models {
		ids[m.Name] = map[string]bool{}
		if t := k.image.tables[m.Name]; t != nil {
			t.each(func(slot int32) bool {
				ids[m.Name][t.ids.id(slot)] = true
				return true
			})
		}
	}
	for key := range k.stage.over.rows {
		ids[key.Model][key.ID] = true
	}
	for key := range k.stage.over.byKey {
		ids[key.Model][key.ID] = true
	}
	return ids
}

// TestRelatedPredicates holds random queries on random models, committed and staged, between random changes,
// against a reference that looks at every record for every part of a filter.
func TestRelatedPredicates(t *testing.T) {
	queries := *relatedQueries
	if testing.Short() {
		queries = min(queries, 2_000)
	}
	some, none := 0, 0
	for seed, asked := uint64(1), 0; asked < queries; seed++ {
		k := newKin(seed)
		for range 8 {
			k.stage.Add(k.change(t))
		}
		for range 20 {
			if k.IntN(2) == 0 {
				k.stage.Add(k.change(t))
			}
			for k.stage.Len() > k.IntN(3) {
				k.stage.Done()
			}
			ids := k.ids()
			committed, keys := k.seen(t, k.image.View, ids)
			staged, stagedKeys := k.seen(t, k.stage.View, ids)
			for range 10 {
				n := k.IntN(len(k.family.Models))
				filter := k.RelatedFilter(k.family, n)
				asked++
				found := k.ask(t, seed, n, filter, committed, keys[n])
				k.askStaged(t, seed, n, filter, staged, stagedKeys[n])
				if found > 0 && found < len(keys[n]) {
					some++
				} else {
					none++
				}
			}
		}
	}
	if some < none/10 {
		t.Errorf("%d queries find some records and not all, %d do not: they tell little", some, none)
	}
}

func (k *kin) ask(t *testing.T, seed uint64, n int, filter string, all [][]querytest.Fields, keys []string) (found int) {
	model := k.family.Schema.Model(k.family.Models[n].Name)
	p, err := query.ParseRelated(k.family.Schema, model, record.TrustString(filter))
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, filter, err)
	}
	if k.IntN(4) == 0 {
		if p, err = query.ParseRelated(k.family.Schema, model, p.Filter()); err != nil {
			t.Fatalf("seed %d: %s, written anew: %v", seed, filter, err)
		}
	}
	got := map[string]bool{}
	rows := k.image.Select(model.Name, p, nil, query.Page{})
	for _, row := range rows {
		id, _ := model.RecordID(row)
		got[id] = true
	}
	if len(got) != len(rows) {
		t.Fatalf("seed %d: %s finds a record twice", seed, filter)
	}
	around := query.NewAround(k.image)
	for i, id := range keys {
		want := k.family.Holds(n, filter, all[n][i], all)
		alone := p.MatchAround(k.image.View(Key{model.Name, id}), around)
		if got[id] != want || alone != want {
			t.Fatalf("seed %d: %s of %s for %s: found %v, by itself %v, by the reference %v", seed, filter, model.Name, id, got[id], alone, want)
		}
	}
	ordering := []query.SortKey{{Field: "n", Descending: k.IntN(2) == 0}}
	page := query.Page{Limit: 1 + k.IntN(3), Number: k.IntN(2)}
	query.Sort(rows, ordering)
	from, to := page.Slice(len(rows))
	if sorted := k.image.Select(model.Name, p, ordering, page); !slices.EqualFunc(sorted, rows[from:to], record.Equal) {
		t.Fatalf("seed %d: %s, a page of it in order: %v, of all it is %v", seed, filter, sorted, rows[from:to])
	}
	return len(got)
}

func (k *kin) askStaged(t *testing.T, seed uint64, n int, filter string, all [][]querytest.Fields, keys []string) {
	model := k.family.Schema.Model(k.family.Models[n].Name)
	p, err := query.ParseRelated(k.family.Schema, model, record.TrustString(filter))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, row := range k.stage.Ahead(append(p.Models(), model.Name)).Select(model.Name, p, nil, query.Page{}) {
		id, _ := model.RecordID(row)
		found[id] = true
	}
	for i, id := range keys {
		if want := k.family.Holds(n, filter, all[n][i], all); found[id] != want {
			t.Fatalf("seed %d: %s of %s for %s: %v as staged, by the reference %v", seed, filter, model.Name, id, found[id], want)
		}
	}
}
