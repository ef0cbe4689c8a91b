package query

import (
	"math"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Aggregation asks about groups of records. By are the fields whose values a group has in common (none: all records are
// one group). The other fields are those whose sum, least, greatest or mean value is wanted. A value that is null or
// missing counts in none of these.
type Aggregation struct {
	By, Sum, Min, Max, Avg []string
}

// ParseAggregation reads {"by":["state"],"sum":["total"],"min":[],"max":[],"avg":[]}; each list may be left out. By
// takes fields that hold one number, text, enum value or Boolean; sum and avg take numbers, min and max take numbers
// and texts. The error is a *FilterError.
func ParseAggregation(m *schema.Model, v record.Value) (*Aggregation, error) {
	a := &Aggregation{}
	for _, list := range []struct {
		name  string
		into  *[]string
		takes func(schema.Type) bool
		what  string
	}{
		{"by", &a.By, groupable, "one number, text, enum or Boolean"},
		{"sum", &a.Sum, numeric, "one number"},
		{"min", &a.Min, rankable, "one number or text"},
		{"max", &a.Max, rankable, "one number or text"},
		{"avg", &a.Avg, numeric, "one number"},
	} {
		var err error
		v.Field(list.name).Elements(func(i int, element record.Value) bool {
			path := list.name + "[" + strconv.Itoa(i) + "]"
			if i == aggregatedFieldsMax {
				err = wrong(path, "At most "+strconv.Itoa(aggregatedFieldsMax)+" fields can be named.")
				return false
			}
			name := element.Str()
			if t, ok := storedType(m, name); !ok || !list.takes(t) {
				err = wrong(path, strconv.Quote(name)+" is not a field of "+m.Name+" that holds "+list.what+".")
				return false
			}
			*list.into = append(*list.into, name)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// storedType is the type of a stored field; false for lists and for fields that are not stored.
func storedType(m *schema.Model, name string) (schema.Type, bool) {
	for _, f := range m.Stored() {
		if f.Name == name {
			return f.Type, !f.Array
		}
	}
	return schema.Type{}, false
}

func numeric(t schema.Type) bool {
	return t.Scalar == schema.Int || t.Scalar == schema.Float || t.Scalar == schema.AWSTimestamp
}

func groupable(t schema.Type) bool {
	return t.Enum != "" || t.Scalar != "" && t.Scalar != schema.AWSJSON
}

func rankable(t schema.Type) bool { return groupable(t) && t.Scalar != schema.Boolean }

// Fields are the fields whose cells Groups.Add takes, in that order.
func (a *Aggregation) Fields() []string {
	names := make([]string, 0, len(a.By)+len(a.Sum)+len(a.Min)+len(a.Max)+len(a.Avg))
	for _, list := range [][]string{a.By, a.Sum, a.Min, a.Max, a.Avg} {
		names = append(names, list...)
	}
	return names
}

// Cell is one value of a record, as an aggregation reads it.
type Cell struct {
	Kind record.Kind // Null also stands for a missing value
	num  float64
	text []byte
}

// CellOf reads a value. The cell of a text is a part of it.
func CellOf(v record.Value) Cell {
	switch v.Kind() {
	case record.Missing, record.Null:
		return Cell{Kind: record.Null}
	case record.Number:
		return Cell{Kind: record.Number, num: number(v)}
	case record.String:
		return Cell{Kind: record.String, text: content(v)}
	}
	return Cell{Kind: v.Kind(), text: v.Text()}
}

// Cell reads record n as CellOf reads the record's field.
func (c *Column) Cell(n int32, texts Texts) Cell {
	switch c.kinds[n] {
	case cellNull:
		return Cell{Kind: record.Null}
	case cellFalse:
		return CellOf(record.OfBool(false))
	case cellTrue:
		return CellOf(record.OfBool(true))
	case cellNumber:
		return Cell{Kind: record.Number, num: math.Float64frombits(c.data[n])}
	case cellText:
		return Cell{Kind: record.String, text: c.text(n, texts)}
	}
	return CellOf(record.Trust(c.text(n, texts)))
}

// value is the cell as JSON. A number beyond the range of a float64 is written so that a reader gets an infinity.
func (c *Cell) value() record.Value {
	switch c.Kind {
	case record.Number:
		return numberValue(c.num)
	case record.String:
		return record.OfString(string(c.text))
	case record.Null:
		return record.NullValue()
	}
	return record.Trust(c.text)
}

func numberValue(n float64) record.Value {
	switch {
	case math.IsNaN(n):
		return record.NullValue()
	case math.IsInf(n, 1):
		return record.TrustString("1e999")
	case math.IsInf(n, -1):
		return record.TrustString("-1e999")
	case n == math.Trunc(n) && math.Abs(n) < 1<<53:
		return record.OfInt(int64(n))
	}
	return record.TrustString(strconv.FormatFloat(n, 'g', -1, 64))
}

// key tells values of By apart. Equal numbers are one value, however they are written.
func (c *Cell) key(to []byte) []byte {
	to = append(to, byte(c.Kind))
	if c.Kind == record.Number {
		return strconv.AppendUint(to, math.Float64bits(c.num+0), 16) // -0 is 0
	}
	to = strconv.AppendInt(to, int64(len(c.text)), 10)
	return append(append(to, ':'), c.text...)
}

// Groups collects the answer to an Aggregation.
type Groups struct {
	asked *Aggregation
	found map[string]*tally
	order []*tally
	key   []byte
}

type tally struct {
	by       []Cell
	count    int64
	sums     []float64 // of Sum, then of Avg
	counts   []int64   // of the values in them
	extremes []Cell    // of Min, then of Max
}

// NewGroups begins without records. Without By, one group exists from the beginning.
func NewGroups(a *Aggregation) *Groups {
	g := &Groups{asked: a, found: map[string]*tally{}}
	if len(a.By) == 0 {
		g.of(nil)
	}
	return g
}

// Add adds a record, by the cells of Aggregation.Fields.
func (g *Groups) Add(cells []Cell) {
	a := g.asked
	next := func(names []string) []Cell {
		part := cells[:len(names)]
		cells = cells[len(names):]
		return part
	}
	into := g.of(next(a.By))
	into.count++
	into.add(0, next(a.Sum))
	into.extend(0, next(a.Min), -1)
	into.extend(len(a.Min), next(a.Max), 1)
	into.add(len(a.Sum), next(a.Avg))
}

func (g *Groups) of(by []Cell) *tally {
	g.key = g.key[:0]
	for i := range by {
		g.key = by[i].key(g.key)
	}
	if known := g.found[string(g.key)]; known != nil {
		return known
	}
	a := g.asked
	sums := len(a.Sum) + len(a.Avg)
	made := &tally{by: append([]Cell(nil), by...), sums: make([]float64, sums), counts: make([]int64, sums),
		extremes: make([]Cell, len(a.Min)+len(a.Max))}
	for i := range made.extremes {
		made.extremes[i].Kind = record.Null
	}
	g.found[string(g.key)] = made
	g.order = append(g.order, made)
	return made
}

func (t *tally) add(from int, cells []Cell) {
	for i := range cells {
		if cells[i].Kind == record.Number {
			t.sums[from+i] += cells[i].num
			t.counts[from+i]++
		}
	}
}

// extend keeps the least (direction -1) or greatest (1) values. It compares texts as sorting does.
func (t *tally) extend(from int, cells []Cell, direction int) {
	for i := range cells {
		best := &t.extremes[from+i]
		if cells[i].Kind != record.Number && cells[i].Kind != record.String {
			continue
		}
		if best.Kind == record.Null || cells[i].compare(best)*direction > 0 {
			*best = cells[i]
		}
	}
}

func (c *Cell) compare(other *Cell) int {
	switch {
	case c.Kind != other.Kind:
		return int(c.Kind) - int(other.Kind)
	case c.Kind == record.String:
		return compareUTF16(c.text, other.text)
	}
	return compareNumbers(c.num, other.num)
}

// List is [{"by":{"state":"open"},"count":2,"sum":{"total":7},"min":{},"max":{},"avg":{}}], with the groups in the
// order in which their first records were added. A sum of no values is 0; a least, greatest or mean of no values is
// null.
func (g *Groups) List() record.Value {
	a := g.asked
	var list record.ListBuilder
	for _, one := range g.order {
		var b record.Builder
		b.Set("by", object(a.By, func(i int) record.Value { return one.by[i].value() }))
		b.SetInt("count", one.count)
		b.Set("sum", object(a.Sum, func(i int) record.Value { return numberValue(one.sums[i]) }))
		b.Set("min", object(a.Min, func(i int) record.Value { return one.extremes[i].value() }))
		b.Set("max", object(a.Max, func(i int) record.Value { return one.extremes[len(a.Min)+i].value() }))
		b.Set("avg", object(a.Avg, func(i int) record.Value {
			i += len(a.Sum)
			return numberValue(one.sums[i] / float64(one.counts[i])) // 0/0 is NaN, which is null
		}))
		list.Add(b.Object())
	}
	return list.List()
}

func object(names []string, value func(i int) record.Value) record.Value {
	var b record.Builder
	for i, name := range names {
		b.Set(name, value(i))
	}
	return b.Object()
}
