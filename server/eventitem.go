package server

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// A conflict function gets an AWSJSON field as the value that it holds, not as a string with JSON inside, because
// AppSync stores it like that. The function's answer is converted back to a string.

// eventItem is a row or an input in the form for a function.
func (s *Server) eventItem(m *schema.Model, v record.Value) record.Value {
	return s.eachJSON(m.Field, v, func(inside record.Value) record.Value {
		if inside.Kind() != record.String {
			return inside
		}
		value, err := record.Parse([]byte(inside.Str()))
		if err != nil {
			return inside
		}
		return value
	})
}

// storedItem is a function's item in the stored form.
func (s *Server) storedItem(m *schema.Model, v record.Value) record.Value {
	return s.eachJSON(m.Field, v, func(value record.Value) record.Value {
		return record.OfString(value.String())
	})
}

// eachJSON replaces every AWSJSON value of an object, also in lists and embedded types. Nulls stay.
func (s *Server) eachJSON(fieldOf func(string) *schema.Field, v record.Value, replace func(record.Value) record.Value) record.Value {
	if v.Kind() != record.Object {
		return v
	}
	var b record.Builder
	v.Fields(func(name string, value record.Value) bool {
		b.Set(name, s.replaceJSON(fieldOf(name), value, replace))
		return true
	})
	return b.Object()
}

func (s *Server) replaceJSON(f *schema.Field, v record.Value, replace func(record.Value) record.Value) record.Value {
	if f == nil || v.IsNull() || f.Type.Scalar != schema.AWSJSON && f.Type.NonModel == "" {
		return v
	}
	one := replace
	if f.Type.NonModel != "" {
		one = func(v record.Value) record.Value {
			return s.eachJSON(s.schema.NonModel(f.Type.NonModel).Field, v, replace)
		}
	}
	if !f.Array || v.Kind() != record.List {
		return one(v)
	}
	var list record.ListBuilder
	v.Elements(func(_ int, element record.Value) bool {
		if !element.IsNull() {
			element = one(element)
		}
		list.Add(element)
		return true
	})
	return list.List()
}

// resolvedRow is the row that results from a function's item. The item replaces the whole row, and must fit the model
// as a new record must. The function can't set the key, metadata and the timestamps that the server maintains. reason
// says what is wrong with the item, "" when it fits.
func (x *execution) resolvedRow(mu *mutation, stored, item record.Value) (row record.Value, reason string) {
	m := mu.model
	if item.Kind() != record.Object {
		return row, "RESOLVE has no item"
	}
	item = record.Without(conflict.WithoutMeta(item), m.Key...)
	var keep record.Builder
	for _, name := range m.Key {
		keep.Set(name, stored.Field(name))
	}
	for _, name := range []string{m.CreatedAt, m.UpdatedAt} {
		f := m.Field(name)
		if name == "" || f != nil && !implicit(m, f) && item.Field(name).Exists() {
			continue
		}
		item = record.Without(item, name)
		if name == m.UpdatedAt {
			keep.Set(name, x.now())
		} else {
			keep.Set(name, stored.Field(name))
		}
	}
	kept := keep.Object()
	item = x.server.storedItem(m, item)
	c := coercer{types: x.server.api.types, variable: "item"}
	// The key is part of the input; the coercer would miss it otherwise.
	input := record.Overlay(record.Pick(kept, m.Key...), item)
	row, err := c.object(x.server.api.types.Types[appsync.InputType(m, conflict.Create)], input, "item")
	if err != nil {
		return row, "the item does not fit the model: " + err.Error()
	}
	row = withoutNullKeys(m, record.Overlay(row, kept))
	stamp := conflict.Stamp{Version: 1 << 52, ChangedAt: x.call.NowMs}
	if len(conflict.WithStamp(row, stamp).Text()) > RecordBytesMax {
		return row, "the item is larger than a record may be"
	}
	return row, ""
}
