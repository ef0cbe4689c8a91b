package query

import "github.com/deltabase/deltabase/record"

// Ordering orders records by columns as Compare orders them by their texts.
type Ordering struct {
	keys    []SortKey
	columns []*Column // of the keys
	texts   Texts
}

// NewOrdering makes an ordering; columns gives the column of a field.
func NewOrdering(keys []SortKey, columns func(field string) *Column, texts Texts) *Ordering {
	o := &Ordering{keys: keys, texts: texts}
	for _, key := range keys {
		o.columns = append(o.columns, columns(key.Field))
	}
	return o
}

// Compare is negative when record a comes before b, 0 when no key tells them apart.
func (o *Ordering) Compare(a, b int32) int {
	for i, c := range o.columns {
		x, y := c.sortValue(a, o.texts), c.sortValue(b, o.texts)
		if order := x.compare(&y); order != 0 {
			return directed(order, o.keys[i])
		}
	}
	return 0
}

// Against compares record n with a value of the first key's field. Records that compare as equal are consecutive in an
// ordered list. They may still have different values, because no ordering tells null, false and 0 apart.
func (o *Ordering) Against(n int32, value record.Value) int {
	x, y := o.columns[0].sortValue(n, o.texts), sortValueOf(value)
	return directed(x.compare(&y), o.keys[0])
}

// Sort orders records in place, in the order in which Sort of this package puts their texts.
func (o *Ordering) Sort(records []int32) {
	order := sorted(len(records), o.keys, func(n, key int) sortValue {
		return o.columns[key].sortValue(records[n], o.texts)
	})
	for i, n := range order {
		order[i] = records[n]
	}
	copy(records, order)
}
