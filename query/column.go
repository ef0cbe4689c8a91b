package query

import (
	"bytes"
	"math"

	"github.com/deltabase/deltabase/record"
)

// Column is one field of many records, read once: nine bytes per record and no pointers. So queries need not walk
// through the records, and the garbage collector has nothing to follow. Numbers are copied; texts stay in their
// records. A Column keeps the distinctions of the Client dialect: null equals missing, numbers are float64.
type Column struct {
	kinds []cellKind
	data  []uint64 // a number's bits, or the offset and length of a text
}

type cellKind uint8

const (
	cellNull cellKind = iota // or missing
	cellFalse
	cellTrue
	cellNumber
	cellText  // without escapes: what lies between the quotes
	cellOther // anything else, as it is written
)

// Texts gives the text of record n, in which the cells of a Column lie.
type Texts interface{ Text(n int32) []byte }

// NewColumn makes a column with room for n records. It grows when there are more.
func NewColumn(n int) *Column {
	return &Column{make([]cellKind, 0, n), make([]uint64, 0, n)}
}

// Set stores the field of record n. place lies in the text that Texts gives for n.
func (c *Column) Set(n int32, p record.Place) {
	for int(n) >= len(c.kinds) {
		c.kinds = append(c.kinds, cellNull)
		c.data = append(c.data, 0)
	}
	kind, data := cellOther, span(p.Offset, len(p.Value.Text()))
	switch v := p.Value; v.Kind() {
	case record.Missing, record.Null:
		kind = cellNull
	case record.Number:
		kind, data = cellNumber, math.Float64bits(number(v))
	case record.Bool:
		kind = cellFalse
		if v.Bool() {
			kind = cellTrue
		}
	case record.String:
		if text := v.Text(); bytes.IndexByte(text, '\\') < 0 {
			kind, data = cellText, span(p.Offset+1, len(text)-2)
		}
	}
	c.kinds[n], c.data[n] = kind, data
}

func span(offset, length int) uint64 { return uint64(offset)<<32 | uint64(uint32(length)) }

// text is the text of a cellText or cellOther.
func (c *Column) text(n int32, texts Texts) []byte {
	offset := c.data[n] >> 32
	return texts.Text(n)[offset : offset+c.data[n]&math.MaxUint32]
}

// sortValue is the cell as sortValueOf reads it in the record.
func (c *Column) sortValue(n int32, texts Texts) sortValue {
	switch c.kinds[n] {
	case cellTrue:
		return sortValue{num: 1}
	case cellNumber:
		return sortValue{num: math.Float64frombits(c.data[n])}
	case cellText:
		return sortValue{rank: rankText, text: c.text(n, texts)}
	case cellOther:
		return sortValueOf(record.Trust(c.text(n, texts)))
	}
	return sortValue{}
}

// Plain is the text of record n if that is a String without escapes, so that nothing has to be decoded.
func (c *Column) Plain(n int32, texts Texts) (text []byte, ok bool) {
	if c.kinds[n] != cellText {
		return nil, false
	}
	return c.text(n, texts), true
}

// IsNull reports whether a record has no value in this field.
func (c *Column) IsNull(n int32) bool { return c.kinds[n] == cellNull }

// Finder evaluates a predicate on columns instead of on records.
type Finder struct {
	root  bound
	texts Texts
}

// bound is a node together with the column of its comparison.
type bound struct {
	node     *node
	column   *Column
	constant [cellNumber]bool // what the comparison gives for null, false and true
	numbers  *interval        // the range of numbers for which the comparison holds, nil if they are not one range
	related  func(n int32) bool
	children []bound
}

// interval is a range of numbers. Most predicates on tables ask for one, and its four fields make 100,000 comparisons
// fast.
type interval struct {
	from, to     float64
	noFrom, noTo bool // the end itself is excluded
}

func (i *interval) has(n float64) bool {
	return (n > i.from || n == i.from && !i.noFrom) && (n < i.to || n == i.to && !i.noTo)
}

// interval returns the numbers for which the comparison holds, nil if they are not one range.
func (c *comparison) interval() *interval {
	i := &interval{from: math.Inf(-1), to: math.Inf(1)}
	switch c.op {
	case eq:
		if o := &c.operands[0]; o.kind == record.Number {
			i.from, i.to = o.num, o.num
			return i
		}
		return nil
	case lt, le:
		i.to, i.noTo = c.operands[0].js, c.op == lt
	case gt, ge:
		i.from, i.noFrom = c.operands[0].js, c.op == gt
	case between:
		i.from, i.to = c.operands[0].js, c.operands[1].js
	default:
		return nil
	}
	return i // no number is greater than or equal to NaN
}

// Columnar reports whether the predicate can be evaluated on columns. Only the Client dialect can.
func (p *Predicate) Columnar() bool { return p == nil || p.dialect == Client }

// On prepares a Columnar predicate. columns gives the column of a field. related answers the parts about other models,
// by the number of a record; it is nil when there are no such parts.
func (p *Predicate) On(columns func(field string) *Column, texts Texts, related func(*Related) func(n int32) bool) *Finder {
	if p == nil {
		return nil
	}
	return &Finder{bind(&p.root, columns, related), texts}
}

func bind(n *node, columns func(field string) *Column, related func(*Related) func(n int32) bool) bound {
	b := bound{node: n}
	if n.kind == kindRelated {
		b.related = related(n.related)
		return b
	}
	if n.kind == kindLeaf {
		b.column, b.numbers = columns(n.leaf.field), n.leaf.interval()
		b.constant = [cellNumber]bool{cellNull: n.leaf.matchClient(record.Value{}),
			cellFalse: n.leaf.matchClient(record.OfBool(false)), cellTrue: n.leaf.matchClient(record.OfBool(true))}
		return b
	}
	b.children = make([]bound, len(n.children))
	for i := range n.children {
		b.children[i] = bind(&n.children[i], columns, related)
	}
	return b
}

// Keep returns the records for which the predicate holds, in the given order. A nil Finder keeps all. The result
// overwrites the given slice.
func (f *Finder) Keep(records []int32) []int32 {
	if f == nil {
		return records
	}
	if f.root.node.kind != kindAll {
		return f.keep(&f.root, records)
	}
	for i := range f.root.children {
		records = f.keep(&f.root.children[i], records)
	}
	return records
}

func (f *Finder) keep(b *bound, records []int32) []int32 {
	kept := records[:0]
	for _, n := range records {
		if f.holds(b, n) {
			kept = append(kept, n)
		}
	}
	return kept
}

func (f *Finder) holds(b *bound, n int32) bool {
	switch b.node.kind {
	case kindLeaf:
		return f.matches(b, n)
	case kindNot:
		return !f.holds(&b.children[0], n)
	case kindRelated:
		return b.related(n)
	}
	any := b.node.kind == kindAny
	for i := range b.children {
		if f.holds(&b.children[i], n) == any {
			return any
		}
	}
	return !any
}

func (f *Finder) matches(b *bound, n int32) bool {
	c, leaf := b.column, b.node.leaf
	switch kind := c.kinds[n]; kind {
	case cellNumber:
		number := math.Float64frombits(c.data[n])
		if b.numbers != nil {
			return b.numbers.has(number)
		}
		return leaf.matchNumber(number)
	case cellText:
		return leaf.matchText(c.text(n, f.texts))
	case cellOther:
		return leaf.matchClient(record.Trust(c.text(n, f.texts)))
	default:
		return b.constant[kind]
	}
}
