package record

import "bytes"

// inlineFields: objects up to this size are indexed without an allocation.
const inlineFields = 32

// field is one field of an object, its name as written between the quotes.
type field struct {
	raw   []byte
	value Value
}

type fieldList []field

// fieldsOf scans an object once, so that many lookups don't scan it many times.
func fieldsOf(v Value, room []field) fieldList {
	for w := walk(v, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return room
		}
		room = append(room, field{raw, value})
	}
}

func (l fieldList) find(raw []byte) int {
	for i := range l {
		if sameName(l[i].raw, raw) {
			return i
		}
	}
	return -1
}

func (l fieldList) get(raw []byte) Value {
	if i := l.find(raw); i >= 0 {
		return l[i].value
	}
	return Value{}
}

func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return (hasEscape(a) || hasEscape(b)) &&
		bytes.Equal(unescape(nil, a, keepHalf), unescape(nil, b, keepHalf))
}

// Overlay returns base with every field of changes put in its place (nulls included); fields
// that changes lacks keep base's text. The order is base's, new fields at the end. What is not
// an object counts as an empty one.
func Overlay(base, changes Value) Value {
	if changes.Kind() != Object {
		return base
	}
	if base.Kind() != Object {
		return changes
	}
	var room [inlineFields]field
	put := fieldsOf(changes, room[:0])
	if len(put) == 0 {
		return base
	}
	b := Builder{text: make([]byte, 0, len(base.text)+len(changes.text))}
	for w := walk(base, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			break
		}
		if i := put.find(raw); i >= 0 {
			value = put[i].value
			put[i].value = Value{} // written
		}
		b.setRaw(raw, value)
	}
	for _, f := range put {
		b.setRaw(f.raw, f.value)
	}
	return b.Object()
}

// Changed returns an object of the fields of after that are not Equal in before.
func Changed(before, after Value) Value {
	var room [inlineFields]field
	old := fieldsOf(before, room[:0])
	var b Builder
	for w := walk(after, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return b.Object()
		}
		if !Equal(old.get(raw), value) {
			b.setRaw(raw, value)
		}
	}
}

// Without returns v less the named fields, v itself when it has none of them.
func Without(v Value, names ...string) Value {
	if v.Kind() != Object {
		return v
	}
	found := false
	b := Builder{text: make([]byte, 0, len(v.text))}
	for w := walk(v, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			break
		}
		if named(raw, names) {
			found = true
			continue
		}
		b.setRaw(raw, value)
	}
	if !found {
		return v
	}
	return b.Object()
}

func named(raw []byte, names []string) bool {
	for _, name := range names {
		if nameIs(raw, name) {
			return true
		}
	}
	return false
}

// Pick returns v with only the named fields, in the order of names; those that v lacks are left
// out.
func Pick(v Value, names ...string) Value {
	var b Builder
	for _, name := range names {
		b.Set(name, v.Field(name))
	}
	return b.Object()
}
