package query

import (
	"slices"
	"sort"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// SortKey is one field of an ordering.
type SortKey struct {
	Field      string
	Descending bool
}

// ParseSort reads [{"field":"title","direction":"ASCENDING"}]; null and Missing give nil.
// "direction" is ASCENDING when it is left out. The error is a *FilterError.
func ParseSort(m *schema.Model, list record.Value) ([]SortKey, error) {
	if list.IsNull() {
		return nil, nil
	}
	if list.Kind() != record.List {
		return nil, wrong("sort", "An ordering is a list of {field, direction}.")
	}
	var keys []SortKey
	var err error
	list.Elements(func(i int, element record.Value) bool {
		var key SortKey
		path := "sort[" + strconv.Itoa(i) + "]"
		if i == sortKeysMax {
			err = wrong(path, "An ordering has at most "+strconv.Itoa(sortKeysMax)+" fields.")
		} else if key, err = parseSortKey(m, element, path); err == nil {
			keys = append(keys, key)
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

func parseSortKey(m *schema.Model, v record.Value, path string) (SortKey, error) {
	key := SortKey{Field: v.Field("field").Str()}
	p := parser{model: m}
	f := m.Field(key.Field)
	if f == nil && !p.undeclared(key.Field) || f != nil && f.Type.Model != "" {
		return key, wrong(path, "Invalid field for model. field: "+key.Field+", model: "+m.Name)
	}
	switch v.Field("direction").Str() {
	case "DESCENDING":
		key.Descending = true
	case "ASCENDING":
	default:
		if v.Field("direction").Exists() {
			return key, wrong(path, "A sort direction is ASCENDING or DESCENDING, not "+
				strconv.Quote(v.Field("direction").Str())+".")
		}
	}
	return key, nil
}

// Compare orders two records by keys, with values compared as in the Client dialect; 0 when equal. Where JavaScript
// finds neither value smaller, the order is: null and numbers, then texts, then lists and objects.
func Compare(a, b record.Value, keys []SortKey) int {
	for _, key := range keys {
		x, y := sortValueOf(a.Field(key.Field)), sortValueOf(b.Field(key.Field))
		if order := x.compare(&y); order != 0 {
			return directed(order, key)
		}
	}
	return 0
}

// Sort orders rows in place by keys, as Compare does. Equal rows keep their order. The fields of each row are read
// once, not once for each comparison.
func Sort(rows []record.Value, keys []SortKey) {
	if len(keys) == 0 || len(rows) < 2 {
		return
	}
	order := sorted(len(rows), keys, func(row, key int) sortValue {
		return sortValueOf(rows[row].Field(keys[key].Field))
	})
	from := slices.Clone(rows)
	for i, n := range order {
		rows[i] = from[n]
	}
}

// sorted returns the numbers below n in the order of keys. Numbers that no key tells apart keep their order. value is
// called once for each number and key.
func sorted(n int, keys []SortKey, value func(number, key int) sortValue) []int32 {
	values := make([]sortValue, 0, n*len(keys))
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
		for key := range keys {
			values = append(values, value(i, key))
		}
	}
	sort.Slice(order, func(i, j int) bool {
		x, y := int(order[i])*len(keys), int(order[j])*len(keys)
		for k, key := range keys {
			if order := values[x+k].compare(&values[y+k]); order != 0 {
				return directed(order, key) < 0
			}
		}
		return order[i] < order[j]
	})
	return order
}

func directed(order int, key SortKey) int {
	if key.Descending {
		return -order
	}
	return order
}

type sortRank uint8

const (
	rankNumber sortRank = iota // and null and false, which are 0, and true, which is 1
	rankText
	rankOther
)

// sortValue is a value read for sorting.
type sortValue struct {
	rank sortRank
	num  float64
	text []byte
}

func sortValueOf(v record.Value) sortValue {
	switch v.Kind() {
	case record.String:
		return sortValue{rank: rankText, text: content(v)}
	case record.List, record.Object:
		return sortValue{rank: rankOther}
	}
	return sortValue{num: numberJS(v)}
}

func (a *sortValue) compare(b *sortValue) int {
	switch {
	case a.rank != b.rank:
		return int(a.rank) - int(b.rank)
	case a.rank == rankText:
		return compareUTF16(a.text, b.text)
	}
	return compareNumbers(a.num, b.num)
}
