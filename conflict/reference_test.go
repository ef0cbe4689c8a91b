package conflict

import (
	"reflect"
	"strconv"

	"github.com/deltabase/deltabase/record"
)

// The naive reference: AUTOMERGE word for word as docs/protocol.md#automerge has it, on decoded
// values. It shares nothing with the package but the scanner.

// boxed is what an AWSJSON string holds.
type boxed struct{ inside any }

// shapes says where the model of the tests has AWSJSON; the rest is what its text says.
var shapes = map[string]any{"meta": "json", "notes": "list of json", "parentId": "id", "addr": map[string]any{
	"extra": "json", "inner": map[string]any{"extra": "json"}}}

// decoded makes plain Go values of a text; shape is that of a field.
func decoded(v record.Value, shape any) any {
	switch v.Kind() {
	case record.List:
		if shape == "json" {
			return boxed{decoded(v, nil)}
		}
		var element any
		if shape == "list of json" {
			element = "json"
		}
		list := []any{}
		v.Elements(func(_ int, e record.Value) bool { list = append(list, decoded(e, element)); return true })
		return list
	case record.Object:
		inside, object := shape.(map[string]any)
		if shape == "json" {
			return boxed{decoded(v, nil)}
		}
		fields := map[string]any{}
		v.Fields(func(name string, e record.Value) bool {
			if object {
				fields[name] = decoded(e, inside[name])
			} else {
				fields[name] = decoded(e, nil)
			}
			return true
		})
		return fields
	}
	return decodedScalar(v, shape)
}

func decodedScalar(v record.Value, shape any) any {
	if v.IsNull() {
		return nil
	}
	var plain any
	switch v.Kind() {
	case record.Bool:
		plain = v.Bool()
	case record.String:
		inside, err := record.Parse([]byte(v.Str()))
		if shape == "json" && err == nil {
			return boxed{decoded(inside, nil)}
		}
		return v.Str()
	default:
		plain = v.Float()
		if n, ok := v.Int(); ok {
			plain = n
		}
		if n, ok := plain.(int64); ok && shape == "id" {
			return strconv.FormatInt(n, 10)
		}
	}
	if shape == "json" {
		return boxed{plain}
	}
	return plain
}

// reference merges one value into another.
func reference(stored, input any) any {
	if stored == nil {
		return input // ADDED
	}
	switch s := stored.(type) {
	case []any:
		if i, ok := input.([]any); ok {
			return append(append([]any{}, s...), i...) // APPENDED
		}
	case map[string]any:
		if i, ok := input.(map[string]any); ok {
			return referenceFields(s, i)
		}
	case boxed:
		if i, ok := input.(boxed); ok {
			return boxed{reference(s.inside, i.inside)}
		}
	}
	return stored // REJECTED
}

func referenceFields(stored, input map[string]any) map[string]any {
	merged := map[string]any{}
	for name, v := range stored {
		merged[name] = v
	}
	for name, v := range input {
		merged[name] = reference(stored[name], v)
	}
	return merged
}

// alike compares decoded values; null equals missing in an object.
func alike(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && covered(x, y) && covered(y, x)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for n := range x {
			if !alike(x[n], y[n]) {
				return false
			}
		}
		return true
	case boxed:
		y, ok := b.(boxed)
		return ok && alike(x.inside, y.inside)
	}
	return reflect.DeepEqual(a, b)
}

func covered(x, y map[string]any) bool {
	for name, v := range x {
		if !alike(v, y[name]) {
			return false
		}
	}
	return true
}
