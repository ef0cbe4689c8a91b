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
		return coveredBy(a, b) && coveredBy(b, a)
	}
	return false
}

func equalStrings(a, b []byte) bool {
	if !hasEscape(a) && !hasEscape(b) {
		return false // the texts differ
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

// coveredBy reports whether each field of a that is not null is Equal in b.
func coveredBy(a, b Value) bool {
	var room [inlineFields]field
	fields := fieldsOf(b, room[:0])
	for w := walk(a, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return true
		}
		if !Equal(value, fields.get(raw)) {
			return false
		}
	}
}
