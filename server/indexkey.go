package server

import (
	"encoding/binary"
	"math"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// A key of an index is the concatenation of its fields' values, in bytes that sort like the values: strings by their
// UTF-8 bytes, numbers by value. No value is a prefix of another. So the keys of all rows with the same first values
// share exactly one prefix. A row whose first field is null is not in the index; null in a later field sorts before all
// values.

// kind of a field in a key: i integer, f floating point, b boolean, s any text.
func partKind(f *schema.Field) byte {
	switch f.Type.Scalar {
	case schema.Int, schema.AWSTimestamp:
		return 'i'
	case schema.Float:
		return 'f'
	case schema.Boolean:
		return 'b'
	}
	return 's'
}

// key is the key of a row in an index; "" when the first field is null or has a value of another type.
func (ix *index) key(row record.Value) string {
	key, ok := appendPart(nil, ix.fields[0], row.Field(ix.fields[0].Name))
	if !ok {
		return ""
	}
	for _, f := range ix.fields[1:] {
		if longer, ok := appendSort(key, f, row.Field(f.Name)); ok {
			key = longer
		} else {
			key = append(key, sortNull)
		}
	}
	return string(key)
}

// prefix is the common prefix of the keys of all rows with these values in the first fields.
func (ix *index) prefix(values ...record.Value) (prefix string, ok bool) {
	key, ok := appendPart(nil, ix.fields[0], values[0])
	for i, v := range values[1:] {
		if ok {
			key, ok = appendSort(key, ix.fields[i+1], v)
		}
	}
	return string(key), ok
}

// appendSort appends the value of a field after the first one.
func appendSort(dst []byte, f *schema.Field, v record.Value) (out []byte, ok bool) {
	return appendPart(append(dst, sortValue), f, v)
}

const (
	sortNull   = 0x00 // in place of null
	sortValue  = 0x01 // before a value
	partEscape = 0x00 // before the end of a string, and before 0xFF for a zero byte within it
	partZero   = 0xFF
	partEnd    = 0x01
)

// appendPart appends one value; ok is false when a key can't hold it.
func appendPart(dst []byte, f *schema.Field, v record.Value) (out []byte, ok bool) {
	switch partKind(f) {
	case 'i':
		n, ok := v.Int()
		return binary.BigEndian.AppendUint64(dst, uint64(n)^1<<63), ok
	case 'f':
		if v.Kind() != record.Number {
			return dst, false
		}
		bits := math.Float64bits(v.Float() + 0) // -0 is 0
		if bits&(1<<63) != 0 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
		return binary.BigEndian.AppendUint64(dst, bits), true
	case 'b':
		b := byte(0)
		if v.Bool() {
			b = 1
		}
		return append(dst, b), v.Kind() == record.Bool
	}
	if v.Kind() != record.String {
		return dst, false
	}
	return append(appendText(dst, v.Str()), partEscape, partEnd), true
}

// appendText appends a string without its end mark: the prefix of the keys of all longer strings.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		dst = append(dst, text[i])
		if text[i] == partEscape {
			dst = append(dst, partZero)
		}
	}
	return dst
}

// behind is the first key after all keys with a prefix; "" when there is none.
func behind(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}

// bounds are the keys from one key up to another, which is not included.
type bounds struct{ from, to string }

func prefixed(prefix string) bounds { return bounds{prefix, behind(prefix)} }

func (b bounds) within(other bounds) bounds {
	narrower := bounds{max(b.from, other.from), min(b.to, other.to)}
	if b.to == "" || other.to == "" { // no upper bound
		narrower.to = max(b.to, other.to)
	}
	return narrower
}

// sorted narrows the keys with a prefix by a condition on the fields that follow, such as {"between": ["a", "b"]}. For
// one such field the operands are its values; for several they are objects with the first few of them. The error is a
// sentence.
func (ix *index) sorted(prefix string, fields []*schema.Field, condition record.Value) (bounds, string) {
	b, reason := prefixed(prefix), ""
	condition.Fields(func(operator string, operand record.Value) bool {
		var narrower bounds
		if narrower, reason = sortedBy(prefix, fields, operator, operand); reason == "" {
			b = b.within(narrower)
		}
		return reason == ""
	})
	return b, reason
}

func sortedBy(prefix string, fields []*schema.Field, operator string, operand record.Value) (bounds, string) {
	all := prefixed(prefix + string([]byte{sortValue}))
	if operator == "between" {
		var ends []record.Value
		operand.Elements(func(_ int, v record.Value) bool {
			ends = append(ends, v)
			return true
		})
		if len(ends) != 2 {
			return all, `"between" takes two values, the lower one first`
		}
		low, reason := sortPrefix(prefix, fields, ends[0], false)
		high, reason2 := sortPrefix(prefix, fields, ends[1], false)
		return bounds{low, behind(high)}, reason + reason2
	}
	key, reason := sortPrefix(prefix, fields, operand, operator == "beginsWith")
	switch operator {
	case "eq", "beginsWith":
		return prefixed(key), reason
	case "lt":
		return bounds{all.from, key}, reason
	case "le":
		return bounds{all.from, behind(key)}, reason
	case "gt":
		return bounds{behind(key), all.to}, reason
	case "ge":
		return bounds{key, all.to}, reason
	}
	return all, "there is no operator " + operator + " for a key"
}

// sortPrefix is the beginning of a key that an operand describes. With open it leaves the end mark off a last string.
func sortPrefix(prefix string, fields []*schema.Field, operand record.Value, open bool) (string, string) {
	values := make([]record.Value, len(fields))
	if operand.Kind() != record.Object {
		values[0] = operand
	} else {
		for i, f := range fields {
			values[i] = operand.Field(f.Name)
		}
	}
	given := 0
	for given < len(values) && !values[given].IsNull() {
		given++
	}
	for _, v := range values[given:] {
		if !v.IsNull() {
			return prefix, "the value of " + fields[given].Name + " is missing"
		}
	}
	if given == 0 {
		return prefix, "a value is missing"
	}
	key := []byte(prefix)
	for i, v := range values[:given] {
		if open && i == given-1 && v.Kind() == record.String && partKind(fields[i]) == 's' {
			return string(appendText(append(key, sortValue), v.Str())), ""
		}
		var ok bool
		if key, ok = appendSort(key, fields[i], v); !ok {
			return prefix, "the value of " + fields[i].Name + " is of another type"
		}
	}
	return string(key), ""
}
