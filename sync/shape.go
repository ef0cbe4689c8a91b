package sync

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// shape is what the engine derives from a model once per schema.
type shape struct {
	model     *schema.Model
	fields    map[string]*schema.Field // stored fields that the app may set, key fields included
	groups    [][]string               // composite sort keys that are sent whole (docs/protocol.md#the-api-of-a-schema)
	relations []*schema.Field          // BELONGS_TO, and HAS_ONE with its key here
	owners    []string                 // fields that are left out of inputs while null
	selection string                   // hash of what is asked of the server
	owns      []ownership              // HAS_MANY and HAS_ONE fields
	ownedBy   []ownership              // those of other models that lead here
}

func shapesOf(s *schema.Schema) map[string]*shape {
	shapes := make(map[string]*shape, len(s.Models))
	for _, m := range s.Models {
		shapes[m.Name] = shapeOf(s, m)
	}
	ownerships(s, shapes)
	return shapes
}

func shapeOf(s *schema.Schema, m *schema.Model) *shape {
	sh := &shape{model: m, fields: map[string]*schema.Field{}}
	for _, f := range m.Stored() {
		if !f.ReadOnly {
			sh.fields[f.Name] = f
		}
	}
	for _, f := range m.Fields {
		a := f.Association
		if a != nil && (a.Kind == schema.BelongsTo || a.Kind == schema.HasOne && len(a.TargetNames) > 0) {
			sh.relations = append(sh.relations, f)
		}
	}
	for _, rule := range m.Auth {
		if rule.Allow == "owner" && rule.OwnerField != "" && !slices.Contains(sh.owners, rule.OwnerField) {
			sh.owners = append(sh.owners, rule.OwnerField)
		}
	}
	for _, index := range m.Indexes {
		if len(index.Fields) > 2 {
			sh.addGroup(index.Fields[1:])
		}
	}
	h := fnv.New64a()
	h.Write([]byte(appsync.Selection(s, m)))
	sh.selection = strconv.FormatUint(h.Sum64(), 16)
	return sh
}

// addGroup adds a set of fields and unites it with those it meets.
func (sh *shape) addGroup(fields []string) {
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

// whole completes changed fields to whole composite sort keys, the rest of them from row.
func (sh *shape) whole(changed, row record.Value) record.Value {
	for _, g := range sh.groups {
		if slices.ContainsFunc(g, func(f string) bool { return changed.Field(f).Exists() }) {
			changed = record.Overlay(record.Pick(row, g...), changed)
		}
	}
	return changed
}

// settable keeps the fields that the app may set; AWSJSON values become JSON text, the form in
// which the server gives them back.
func (sh *shape) settable(fields record.Value) record.Value {
	var b record.Builder
	fields.Fields(func(name string, v record.Value) bool {
		f := sh.fields[name]
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

// pointsAt lists the records that the foreign keys of a row lead to.
func (e *Engine) pointsAt(sh *shape, row record.Value) []pointer {
	var found []pointer
	for _, f := range sh.relations {
		target := e.schema.Model(f.Type.Model)
		key := e.schema.ForeignKey(f, row)
		if target == nil || !key.Exists() {
			continue
		}
		if id, err := target.RecordID(key); err == nil {
			found = append(found, pointer{field: f, to: store.Key{Model: target.Name, ID: id}})
		}
	}
	return found
}

// pointer is one foreign key with a value.
type pointer struct {
	field *schema.Field
	to    store.Key
}

// needs lists the records that must be on the server before a mutation may go: those that its
// own fields point at.
func (e *Engine) needs(q *store.Mutation) []store.Key {
	sh := e.shapes[q.Key.Model]
	if sh == nil || q.Operation == "delete" {
		return nil
	}
	row := q.Fields
	if q.Base.Kind() == record.Object {
		row = record.Overlay(q.Base, q.Fields)
	}
	var keys []store.Key
	for _, p := range e.pointsAt(sh, row) {
		set := slices.ContainsFunc(p.field.Association.TargetNames, func(name string) bool {
			return q.Fields.Field(name).Exists()
		})
		if set && p.to != q.Key {
			keys = append(keys, p.to)
		}
	}
	return keys
}
