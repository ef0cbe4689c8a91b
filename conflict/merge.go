package conflict

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Merge is AUTOMERGE: it merges the fields of an input into the stored row, by type (docs/protocol.md#automerge). There
// is no base version, so every field of the input counts as changed.
//
//	stored null or absent    the input's value
//	input null               stored stays
//	two lists                stored followed by input, duplicates kept
//	two maps                 the same rules, property by property
//	AWSJSON                  as the value inside the string, written back as a string
//	anything else            stored stays
//
// Key and metadata fields of the input are ignored, and so is updatedAt if the stored row has one. rejected names the
// fields in which the stored row kept something although the input had another value.
func Merge(m *schema.Model, stored, input record.Value) (row record.Value, rejected []string) {
	row = record.OverlayFunc(stored, input, func(name string, before, in record.Value) record.Value {
		if isMeta(name) || m.IsKey(name) {
			return record.Value{}
		}
		merged, whole := mergeField(m.Field(name), before, in)
		if !whole && !isTimestamp(m, name) {
			rejected = append(rejected, name)
		}
		return merged
	})
	return row, rejected
}

// mergeField merges one value. whole is false when the stored row kept something although the input had another value.
// The field is nil when the schema does not know it.
func mergeField(f *schema.Field, stored, in record.Value) (merged record.Value, whole bool) {
	if stored.IsNull() {
		return in, true
	}
	if f != nil && f.Type.Scalar == schema.AWSJSON && !f.Array {
		return mergeJSON(stored, in)
	}
	if f != nil && f.Type.NonModel != "" && !f.Array {
		return mergeMaps(f.Embedded(), stored, in)
	}
	return mergeValues(stored, in)
}

// mergeValues merges two values by the kinds of their texts.
func mergeValues(stored, in record.Value) (merged record.Value, whole bool) {
	switch {
	case stored.IsNull():
		return in, true
	case stored.Kind() == record.List && in.Kind() == record.List:
		return appended(stored, in), true
	case stored.Kind() == record.Object && in.Kind() == record.Object:
		return mergeMaps(nil, stored, in)
	}
	return stored, record.Equal(stored, in)
}

// mergeMaps merges property by property; n is the embedded type, nil when it is not known.
func mergeMaps(n *schema.NonModel, stored, in record.Value) (merged record.Value, whole bool) {
	if stored.Kind() != record.Object || in.Kind() != record.Object {
		return mergeValues(stored, in)
	}
	whole = true
	merged = record.OverlayFunc(stored, in, func(name string, before, value record.Value) record.Value {
		value, all := mergeField(property(n, name), before, value)
		whole = whole && all
		return value
	})
	return merged, whole
}

// mergeJSON merges AWSJSON: strings that hold JSON. A text that is not JSON counts as a plain string.
func mergeJSON(stored, in record.Value) (merged record.Value, whole bool) {
	inside, ok := jsonInside(stored)
	other, ok2 := jsonInside(in)
	if !ok || !ok2 {
		return stored, record.Equal(stored, in)
	}
	result, whole := mergeValues(inside, other)
	if record.Equal(result, inside) {
		return stored, whole // with the stored spelling
	}
	return record.OfString(string(result.Text())), whole
}

func appended(stored, in record.Value) record.Value {
	var list record.ListBuilder
	add := func(_ int, element record.Value) bool {
		list.Add(element)
		return true
	}
	stored.Elements(add)
	in.Elements(add)
	return list.List()
}

// jsonInside is the value that an AWSJSON string holds. For a value that is not a string it is the value itself.
func jsonInside(v record.Value) (record.Value, bool) {
	if v.Kind() != record.String {
		return v, !v.IsNull()
	}
	inside, err := record.Parse([]byte(v.Str()))
	return inside, err == nil
}

func property(n *schema.NonModel, name string) *schema.Field {
	if n == nil {
		return nil
	}
	return n.Field(name)
}

func isTimestamp(m *schema.Model, name string) bool {
	return name != "" && (name == m.CreatedAt || name == m.UpdatedAt)
}
