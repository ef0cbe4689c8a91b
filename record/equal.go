package record

import "bytes"

// Equal compares deeply: numbers by value, strings unescaped, objects without regard to order.
// Null equals Missing at the top level and for the fields of objects.
func Equal(a, b Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	if a.Kind() != b.Kind() {
		return false
	}
	if a.text == b.text {
		return true
	}
	switch a.Kind() {
	case Number:
		return equalNumbers(a, b)
	case String:
		return equalStrings(a.bytes(), b.bytes())
	case List:
		return equalLists(a, b)
	case Object:
		return equalObjects(a, b)
	}
	return false
}

func equalStrings(a, b []byte) bool {
	if !hasEscape(a) && !hasEscape(b) {
		return false // different texts
	}
	return bytes.Equal(unescape(nil, a, keepHalf), unescape(nil, b, keepHalf))
}

func equalLists(a, b Value) bool {
	w, x := walk(a, List), walk(b, List)
	for {
		left, ok := w.element()
		right, ok2 := x.element()
		if !ok || !ok2 {
			return ok == ok2
		}
		if !Equal(left, right) {
			return false
		}
	}
}

// equalObjects compares each field once: every field of a that is not null must be Equal in b, and b must not have more
// such fields. Looking from both sides would double the work at each level of nesting.
func equalObjects(a, b Value) bool {
	return samePairs(a, b, func(_ []byte, x, y Value) bool { return Equal(x, y) })
}

// SameFields reports whether two objects have the same fields that are not null, and same holds for each pair. A null
// counts as a missing field.
func SameFields(a, b Value, same func(name string, x, y Value) bool) bool {
	return samePairs(a, b, func(raw []byte, x, y Value) bool { return same(nameOf(raw), x, y) })
}

func samePairs(a, b Value, same func(raw []byte, x, y Value) bool) bool {
	var room [inlineFields]field
	fields := fieldsOf(b, room[:0])
	left := 0
	for i := range fields.list {
		if !fields.list[i].value.IsNull() {
			left++
		}
	}
	for w := walk(a, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return left == 0
		}
		if value.IsNull() {
			continue
		}
		other := fields.get(decoded(raw))
		if other.IsNull() || !same(raw, value, other) {
			return false
		}
		left--
	}
}
