package server

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// pastOf adds to a row's past the former values of the fields on which rights depend, when a write changes them.
func pastOf(m *schema.Model, before Row, row record.Value, seq int64) string {
	fields := rightsFields(m)
	if len(fields) == 0 || before.Text == "" {
		return before.Past
	}
	stored := record.TrustString(before.Text)
	changed := slices.ContainsFunc(fields, func(name string) bool {
		return !sameOrNull(stored.Field(name), row.Field(name))
	})
	if !changed {
		return before.Past
	}
	var entry record.Builder
	entry.SetInt("until", seq)
	entry.Set("fields", record.Pick(stored, fields...))
	past := record.TrustString(before.Past)
	skip := 0
	if before.Past != "" {
		skip = max(0, past.Len()+1-PastReadersMax)
	}
	var list record.ListBuilder
	if before.Past != "" {
		past.Elements(func(i int, one record.Value) bool {
			if i >= skip {
				list.Add(one)
			}
			return true
		})
	}
	list.Add(entry.Object())
	return list.List().String()
}

// covered reports whether a role could read a version that a client with a cursor at seq may have: the version of that
// time, or a later one.
func (r rights) covered(past string, seq int64) bool {
	found := false
	if past == "" {
		return false
	}
	record.TrustString(past).Elements(func(_ int, one record.Value) bool {
		until, _ := one.Field("until").Int()
		found = until > seq && r.cover(one.Field("fields"))
		return !found
	})
	return found
}
