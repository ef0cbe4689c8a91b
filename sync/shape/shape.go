package shape

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Shape is what the engine derives from a model once per schema.
type Shape struct {
	schema    *schema.Schema
	Model     *schema.Model
	Fields    map[string]*schema.Field // stored fields that the app may set, key fields included
	groups    [][]string               // composite sort keys, sent whole (docs/protocol.md#the-api-of-a-schema)
	relations []*schema.Field          // BELONGS_TO, and HAS_ONE with its key here
	Owners    []string                 // owner fields, which inputs leave out while they are null
	Selection string                   // hash of the fields that the server is asked for
	Owns      []Ownership              // HAS_MANY and HAS_ONE fields
	OwnedBy   []Ownership              // such fields of other models, whose children are of this one
}

// Of makes the shapes of all models, by name.
func Of(s *schema.Schema) map[string]*Shape {
	shapes := make(map[string]*Shape, len(s.Models))
	for _, m := range s.Models {
		shapes[m.Name] = shapeOf(s, m)
	}
	ownerships(s, shapes)
	return shapes
}

func shapeOf(s *schema.Schema, m *schema.Model) *Shape {
	sh := &Shape{schema: s, Model: m, Fields: map[string]*schema.Field{}}
	for _, f := range m.Stored() {
		if !f.ReadOnly {
			sh.Fields[f.Name] = f
		}
	}
	for _, f := range m.Fields {
		a := f.Association
		if a != nil && (a.Kind == schema.BelongsTo || a.Kind == schema.HasOne && len(a.TargetNames) > 0) {
			sh.relations = append(sh.relations, f)
		}
	}
	for _, rule := range m.Auth {
		if rule.Allow == "owner" && rule.OwnerField != "" && !slices.Contains(sh.Owners, rule.OwnerField) {
			sh.Owners = append(sh.Owners, rule.OwnerField)
		}
	}
	for _, index := range m.Indexes {
		if len(index.Fields) > 2 {
			sh.addGroup(index.Fields[1:])
		}
	}
	h := fnv.New64a()
	h.Write([]byte(appsync.Selection(s, m)))
	sh.Selection = strconv.FormatUint(h.Sum64(), 16)
	return sh
}

// addGroup adds a set of fields, united with every set that it overlaps.
func (sh *Shape) addGroup(fields []string) {
	united := slices.Clone(fields)
	var apart [][]string
	for _, g := range sh.groups {
		if slices.ContainsFunc(g, func(f string) bool { return slices.Contains(united, f) }) {
			for _, f := range g {
				if !slices.Contains(united, f) {
					united = append(united, f)
				}
			}
		} else {
			apart = append(apart, g)
		}
	}
	sh.groups = append(apart, united)
}

// Whole completes changed fields so that no composite sort key is sent in part; the rest comes from row.
func (sh *Shape) Whole(changed, row record.Value) record.Value {
	for _, g := range sh.groups {
		if slices.ContainsFunc(g, func(f string) bool { return changed.Field(f).Exists() }) {
			changed = record.Overlay(record.Pick(row, g...), changed)
		}
	}
	return changed
}

// Settable keeps the fields that the app may set. AWSJSON values become JSON text, the form in which the server returns
// them.
func (sh *Shape) Settable(fields record.Value) record.Value {
	var b record.Builder
	fields.Fields(func(name string, v record.Value) bool {
		f := sh.Fields[name]
		if f == nil {
			return true
		}
		b.Set(name, jsonText(f, v))
		return true
	})
	return b.Object()
}

// jsonText writes the AWSJSON values in v, which is a value of f, as text.
func jsonText(f *schema.Field, v record.Value) record.Value {
	n := f.Embedded()
	switch {
	case v.IsNull(), f.Type.Scalar != schema.AWSJSON && n == nil:
		return v
	case f.Array && v.Kind() == record.List:
		one := *f
		one.Array = false
		var list record.ListBuilder
		v.Elements(func(_ int, element record.Value) bool {
			list.Add(jsonText(&one, element))
			return true
		})
		return list.List()
	case n != nil && v.Kind() == record.Object:
		var b record.Builder
		v.Fields(func(name string, value record.Value) bool {
			if inner := n.Field(name); inner != nil {
				value = jsonText(inner, value)
			}
			b.Set(name, value)
			return true
		})
		return b.Object()
	case n == nil && v.Kind() != record.String:
		return record.OfString(v.String())
	}
	return v
}
