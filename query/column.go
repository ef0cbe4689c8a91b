package query

import (
	"math"
	"slices"

	"github.com/deltabase/deltabase/record"
)

// Column is one field of many records, read once: nine bytes per record and no pointers, so that
// queries need not walk through the records and the garbage collector has nothing to follow.
// Numbers are copied; texts stay in their records, except those with escapes, which are kept
// unescaped. A Column knows what the Client dialect can tell apart: null equals missing, numbers
// are float64.
type Column struct {
	kinds []cellKind
	data  []uint64 // a number's bits, or the offset and length of a text
	own   []byte   // unescaped texts
	dead  int      // bytes of own that no cell names any more
}

type cellKind uint8

const (
	cellNull cellKind = iota // or missing
	cellFalse
	cellTrue
	cellNumber
	cellText    // without escapes, inside the record
	cellOwnText // in own
	cellOther   // a list or an object, inside the record
)

// Texts gives the text of a record, by its number, that a Column's cells lie in.
type Texts interface{ Text(n int32) []byte }

// Grow makes room for n records at once.
func (c *Column) Grow(n int) {
	c.kinds = slices.Grow(c.kinds, max(0, n-len(c.kinds)))
	c.data = slices.Grow(c.data, max(0, n-len(c.data)))
}

// Set stores the field of record n. The place is one in the text that Texts gives for n.
func (c *Column) Set(n int32, p record.Place) {
	for int(n) >= len(c.kinds) {
		c.kinds = append(c.kinds, cellNull)
		c.data = append(c.data, 0)
	}
	if c.kinds[n] == cellOwnText {
		c.dead += int(uint32(c.data[n]))
	}
	switch v := p.Value; v.Kind() {
	case record.Number:
		c.kinds[n], c.data[n] = cellNumber, math.Float64bits(number(v))
	case record.Bool:
		c.kinds[n] = cellFalse
		if v.Bool() {
			c.kinds[n] = cellTrue
		}
	case record.String:
		c.setText(n, p)
	case record.List, record.Object:
		c.kinds[n], c.data[n] = cellOther, span(p.Offset, len(v.Text()))
	default:
		c.kinds[n] = cellNull
	}
	if c.dead > ownBytesSlack && 2*c.dead > len(c.own) {
		c.compact()
	}
}

func (c *Column) setText(n int32, p record.Place) {
	quoted := p.Value.Text()
	text := content(p.Value)
	if len(text) == 0 || &text[0] == &quoted[1] {
		c.kinds[n], c.data[n] = cellText, span(p.Offset+1, len(text))
		return
	}
	c.kinds[n], c.data[n] = cellOwnText, span(len(c.own), len(text))
	c.own = append(c.own, text...)
}

func span(offset, length int) uint64 { return uint64(offset)<<32 | uint64(uint32(length)) }

func cut(text []byte, at uint64) []byte {
	offset := at >> 32
	return text[offset : offset+at&math.MaxUint32]
}

// compact throws out the unescaped texts of cells that have changed.
func (c *Column) compact() {
	own := make([]byte, 0, len(c.own)-c.dead)
	for n, kind := range c.kinds {
		if kind == cellOwnText {
			text := cut(c.own, c.data[n])
			c.data[n] = span(len(own), len(text))
			own = append(own, text...)
		}
	}
	c.own, c.dead = own, 0
}

func (c *Column) text(n int32, texts Texts) []byte {
	if c.kinds[n] == cellOwnText {
		return cut(c.own, c.data[n])
	}
	return cut(texts.Text(n), c.data[n])
}

// sortValue is the cell as sortValueOf reads it in the record.
func (c *Column) sortValue(n int32, texts Texts) sortValue {
	switch c.kinds[n] {
	case cellTrue:
		return sortValue{num: 1}
	case cellNumber:
		return sortValue{num: math.Float64frombits(c.data[n])}
	case cellText, cellOwnText:
		return sortValue{rank: rankText, text: c.text(n, texts)}
	case cellOther:
		return sortValue{rank: rankOther}
	}
	return sortValue{}
}

// Finder evaluates a predicate on columns instead of on records.
type Finder struct {
	root  bound
	texts Texts
}

// bound is a node whose comparison knows its column.
type bound struct {
	node     *node
	column   *Column
	constant [cellNumber]bool // what the comparison gives for null, false and true
	children []bound
}

// On prepares a predicate for columns; columns gives that of a field. Only the Client dialect can
// be evaluated so: ok is false for others, and for nil.
func (p *Predicate) On(columns func(field string) *Column, texts Texts) (f *Finder, ok bool) {
	if p == nil || p.dialect != Client {
		return nil, false
	}
	return &Finder{bind(&p.root, columns), texts}, true
}

func bind(n *node, columns func(field string) *Column) bound {
	b := bound{node: n}
	if n.kind == kindLeaf {
		b.column = columns(n.leaf.field)
		b.constant = [cellNumber]bool{cellNull: n.leaf.matchClient(record.Value{}),
			cellFalse: n.leaf.matchClient(record.OfBool(false)), cellTrue: n.leaf.matchClient(record.OfBool(true))}
		return b
	}
	b.children = make([]bound, len(n.children))
	for i := range n.children {
		b.children[i] = bind(&n.children[i], columns)
	}
	return b
}

// Keep returns the records for which the predicate holds, in the given order. It writes over the
// given slice.
func (f *Finder) Keep(records []int32) []int32 {
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
		return leaf.matchNumber(math.Float64frombits(c.data[n]))
	case cellText, cellOwnText:
		return leaf.matchText(c.text(n, f.texts))
	case cellOther:
		return leaf.matchClient(record.Trust(cut(f.texts.Text(n), c.data[n])))
	default:
		return b.constant[kind]
	}
}
