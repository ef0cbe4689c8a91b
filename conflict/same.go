package conflict

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// SameValue reports whether two values of a field mean the same to an app. Null equals missing. Numbers are compared by
// value, AWSJSON by the value inside the string, an ID written as a number by its digits, embedded types property by
// property, and everything else by its text, dates included. The field is nil when the schema does not know it.
func SameValue(f *schema.Field, a, b record.Value) bool {
	if f == nil || a.IsNull() || b.IsNull() {
		return record.Equal(a, b)
	}
	if f.Array {
		return sameElements(f, a, b)
	}
	return sameSingle(f, a, b)
}

func sameSingle(f *schema.Field, a, b record.Value) bool {
	if record.Equal(a, b) {
		return true
	}
	if n := f.Embedded(); n != nil {
		return sameProperties(n, a, b)
	}
	switch f.Type.Scalar {
	case schema.AWSJSON:
		inside, ok := jsonInside(a)
		other, ok2 := jsonInside(b)
		return ok && ok2 && record.Equal(inside, other)
	case schema.ID:
		return a.Kind() != b.Kind() && idText(a) == idText(b)
	}
	return false
}

func sameProperties(n *schema.NonModel, a, b record.Value) bool {
	return a.Kind() == record.Object && b.Kind() == record.Object &&
		record.SameFields(a, b, func(name string, x, y record.Value) bool { return SameValue(n.Field(name), x, y) })
}

func idText(v record.Value) string {
	if v.Kind() == record.String {
		return v.Str()
	}
	return string(v.Text())
}

func sameElements(f *schema.Field, a, b record.Value) bool {
	if a.Kind() != record.List || b.Kind() != record.List {
		return record.Equal(a, b)
	}
	var other []record.Value
	b.Elements(func(_ int, element record.Value) bool {
		other = append(other, element)
		return true
	})
	n, same := 0, true
	a.Elements(func(i int, element record.Value) bool {
		n++
		same = i < len(other) && sameSingle(f, element, other[i])
		return same
	})
	return same && n == len(other)
}
