package query_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/query/querytest"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// shelf is a set of records, with columns of some of its fields.
type shelf struct {
	model   *schema.Model
	rows    []record.Value
	decoded []map[string]any
	columns map[string]*query.Column
}

func newShelf(s *querytest.Source, n int) *shelf {
	f := &shelf{model: querytest.Schema().Model("Film"), columns: map[string]*query.Column{}}
	for i := range n {
		text := s.Record(strconv.Itoa(i))
		f.rows = append(f.rows, record.TrustString(text))
		f.decoded = append(f.decoded, query.DecodeRecord(text))
	}
	return f
}

func (f *shelf) Text(n int32) []byte { return f.rows[n].Text() }

func (f *shelf) column(name string) *query.Column {
	c := f.columns[name]
	if c == nil {
		c = query.NewColumn(len(f.rows))
		for n := range f.rows {
			f.read(c, name, n)
		}
		f.columns[name] = c
	}
	return c
}

func (f *shelf) read(c *query.Column, name string, n int) {
	places := make([]record.Place, 1)
	record.Locate(f.rows[n], []string{name}, places)
	c.Set(int32(n), places[0])
}

// put replaces a record.
func (f *shelf) put(n int, text string) {
	f.rows[n], f.decoded[n] = record.TrustString(text), query.DecodeRecord(text)
	for name, c := range f.columns {
		f.read(c, name, n)
	}
}

func (f *shelf) all() []int32 {
	list := make([]int32, len(f.rows))
	for n := range list {
		list[n] = int32(n)
	}
	return list
}

func (f *shelf) parse(t *testing.T, filter string, d query.Dialect) *query.Predicate {
	t.Helper()
	p, err := query.Parse(f.model, record.TrustString(filter), d)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return p
}

// kept is what a predicate keeps of the shelf, by columns where there is one that knows how.
func (f *shelf) kept(p *query.Predicate) map[int32]bool {
	kept := map[int32]bool{}
	for _, n := range p.On(f.column, f, nil).Keep(f.all()) {
		kept[n] = true
	}
	return kept
}

func predicates(t *testing.T) (seeds uint64, perSeed int) {
	if testing.Short() {
		return 2, 1_000
	}
	return 20, 3_000
}

// TestOperatorsAreDrawn: an operator that no random filter has would be compared with nothing.
func TestOperatorsAreDrawn(t *testing.T) {
	s := querytest.New(0)
	var drawn strings.Builder
	for range 1_000 {
		drawn.WriteString(s.Filter())
	}
	for _, name := range query.OperatorNames(query.Client) {
		if !strings.Contains(drawn.String(), `"`+name+`":`) {
			t.Errorf("query/querytest/filter.go never draws the operator %s", name)
		}
	}
}

// TestEvaluatorsAgree holds 60,000 random filters, by the records' texts and by columns, against
// the naive reference, on records that hold everything which may be in them.
func TestEvaluatorsAgree(t *testing.T) {
	seeds, perSeed := predicates(t)
	for seed := range seeds {
		s := querytest.New(seed)
		f := newShelf(s, 3)
		matches := 0
		for range perSeed {
			f.put(s.IntN(len(f.rows)), s.Record("x"))
			filter := s.Filter()
			p := f.parse(t, filter, query.Client)
			kept, reference := f.kept(p), query.NewReference(query.Client, filter)
			for n, row := range f.rows {
				got, want := p.Match(row), reference.Holds(f.decoded[n])
				if got != want || kept[int32(n)] != want && p != nil {
					t.Fatalf("seed %d: %s on %s: %v by its text, %v by columns, %v by the reference", seed, filter, row, got, kept[int32(n)], want)
				}
				if got {
					matches++
				}
			}
		}
		if all := perSeed * len(f.rows); matches < all/10 || matches > all*9/10 {
			t.Errorf("seed %d: %d of %d match: the filters tell little", seed, matches, all)
		}
	}
}

// TestDialectsAgree holds 60,000 of the page's predicates, by texts and by columns, against the server's
// filters and its subscriptions', where they are to mean the same: values of their fields' types.
func TestDialectsAgree(t *testing.T) {
	seeds, perSeed := predicates(t)
	for seed := range seeds {
		s := querytest.New(seed)
		s.Typed = true
		f := newShelf(s, 3)
		for k := range perSeed {
			f.put(s.IntN(len(f.rows)), s.Record("x"))
			dialects, filter := []query.Dialect{query.Server}, s.Filter()
			if k%2 == 0 {
				dialects, filter = append(dialects, query.Subscription), s.SubscriptionFilter()
			}
			kept := f.kept(f.parse(t, filter, query.Client))
			for _, d := range dialects {
				p, reference := f.parse(t, filter, d), query.NewReference(d, filter)
				for n, row := range f.rows {
					if got := p.Match(row); got != kept[int32(n)] || got != reference.Holds(f.decoded[n]) {
						t.Fatalf("seed %d: %s on %s: %v in dialect %d, %v in the page", seed, filter, row, got, d, kept[int32(n)])
					}
				}
			}
		}
	}
}

// TestOrderingsAgree holds orderings by columns against those by the records' texts.
func TestOrderingsAgree(t *testing.T) {
	for seed := range uint64(200) {
		s := querytest.New(seed)
		f := newShelf(s, 20)
		keys, err := query.ParseSort(f.model, record.TrustString(s.Ordering()))
		if err != nil {
			t.Fatal(err)
		}
		o := query.NewOrdering(keys, f.column, f)
		order, rows := f.all(), slices.Clone(f.rows)
		o.Sort(order)
		query.Sort(rows, keys)
		for i, n := range order {
			if f.rows[n] != rows[i] {
				t.Fatalf("%v: record %d is %s, by the texts %s", keys, i, f.rows[n], rows[i])
			}
		}
		for a, x := range f.rows {
			for b, y := range f.rows {
				if got, want := o.Compare(int32(a), int32(b)), query.Compare(x, y, keys); sign(got) != sign(want) {
					t.Fatalf("%v: %s and %s: %d, by their texts %d", keys, x, y, got, want)
				}
				if got, want := o.Against(int32(a), y.Field(keys[0].Field)), query.Compare(x, y, keys[:1]); sign(got) != sign(want) {
					t.Fatalf("%v: %s against the value of %s: %d, by their texts %d", keys, x, y, got, want)
				}
			}
		}
	}
}

func sign(n int) int { return min(1, max(-1, n)) }
