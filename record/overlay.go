package record

import "bytes"

// inlineFields is the size up to which objects are indexed without an allocation.
const inlineFields = 32

// field is one field of an object. It has the name as it is written between the quotes, and as it reads: decoded once,
// however often it is compared.
type field struct {
	raw, name []byte
	value     Value
}

func decoded(raw []byte) []byte {
	if !hasEscape(raw) {
		return raw
	}
	return unescape(make([]byte, 0, len(raw)), raw, keepHalf)
}

// fieldTable is an object that was scanned once for many lookups. A large one is hashed, so that a lookup compares at
// most namesLinearMax names.
type fieldTable struct {
	list     []field
	byName   map[string]int
	compared int // names, or hashes of names, compared in all lookups
}

func fieldsOf(v Value, room []field) fieldTable {
	t := fieldTable{list: room}
	for w := walk(v, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return t
		}
		t.list = append(t.list, field{raw, decoded(raw), value})
	}
}

func (t *fieldTable) find(name []byte) int {
	if len(t.list) > namesLinearMax {
		return t.findHashed(name)
	}
	for i := range t.list {
		t.compared++
		if bytes.Equal(t.list[i].name, name) {
			return i
		}
	}
	return -1
}

func (t *fieldTable) findHashed(name []byte) int {
	if t.byName == nil {
		t.byName = make(map[string]int, len(t.list))
		for i := len(t.list) - 1; i >= 0; i-- { // when two fields have one name, the first counts, as in a scan
			t.byName[of(t.list[i].name).text] = i
		}
	}
	t.compared++
	if i, ok := t.byName[string(name)]; ok {
		return i
	}
	return -1
}

func (t *fieldTable) get(name []byte) Value {
	if i := t.find(name); i >= 0 {
		return t.list[i].value
	}
	return Value{}
}

// Index finds the fields of one object, which was scanned once.
type Index struct{ table fieldTable }

// IndexOf scans an object. The Index of any other value is empty.
func IndexOf(v Value) *Index { return &Index{fieldsOf(v, nil)} }

// Field is Value.Field.
func (x *Index) Field(name string) Value { return x.table.get([]byte(name)) }

func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return (hasEscape(a) || hasEscape(b)) &&
		bytes.Equal(unescape(nil, a, keepHalf), unescape(nil, b, keepHalf))
}

// Overlay returns base with the fields of changes in place of its own, nulls included. Other fields keep base's text.
// The order is that of base, with new fields at the end. A value that is not an object counts as an empty one.
func Overlay(base, changes Value) Value {
	if changes.Kind() == Object && base.Kind() != Object {
		return changes
	}
	return overlay(base, changes, nil)
}

// OverlayFunc is Overlay with the result of merge in place of each field of changes. merge gets the field's value and
// its value in base, Missing for none, in the order of changes. Where it returns Missing, base keeps its value.
func OverlayFunc(base, changes Value, merge func(name string, before, change Value) Value) Value {
	if changes.Kind() == Object && base.Kind() != Object {
		base = of([]byte("{}"))
	}
	return overlay(base, changes, merge)
}

func overlay(base, changes Value, merge func(name string, before, change Value) Value) Value {
	var room, more [inlineFields]field
	put := fieldsOf(changes, room[:0])
	if len(put.list) == 0 {
		return base
	}
	if merge != nil {
		stored := fieldsOf(base, more[:0])
		for i := range put.list {
			one := &put.list[i]
			one.value = merge(nameOf(one.raw), stored.get(one.name), one.value)
		}
	}
	b := Builder{text: make([]byte, 0, len(base.text)+len(changes.text))}
	for w := walk(base, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			break
		}
		if i := put.find(decoded(raw)); i >= 0 && put.list[i].value.Exists() {
			value = put.list[i].value
			put.list[i].value = Value{} // already written
		}
		b.setRaw(raw, value)
	}
	for _, f := range put.list {
		b.setRaw(f.raw, f.value)
	}
	return b.Object()
}

// Changed returns an object of those fields of after that are not Equal in before.
func Changed(before, after Value) Value {
	var room [inlineFields]field
	old := fieldsOf(before, room[:0])
	var b Builder
	for w := walk(after, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return b.Object()
		}
		if !Equal(old.get(decoded(raw)), value) {
			b.setRaw(raw, value)
		}
	}
}

// Without returns v without the named fields; v itself when it has none of them.
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
	raw = decoded(raw)
	for _, name := range names {
		if string(raw) == name {
			return true
		}
	}
	return false
}

// Pick returns the named fields of v, in the order of names, as far as v has them.
func Pick(v Value, names ...string) Value {
	var b Builder
	for _, name := range names {
		b.Set(name, v.Field(name))
	}
	return b.Object()
}
