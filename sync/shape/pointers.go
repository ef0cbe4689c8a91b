package shape

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// PointsAt lists the records that the foreign keys of a row lead to.
func (sh *Shape) PointsAt(row record.Value) []Pointer {
	var found []Pointer
	for _, f := range sh.relations {
		if to, whole := target(sh.schema, f, row); whole {
			found = append(found, Pointer{Field: f, To: to})
		}
	}
	return found
}

// Pointer is one foreign key with a value.
type Pointer struct {
	Field *schema.Field
	To    store.Key
}

// Needs lists the records that must be on the server before a mutation may be sent: those that its foreign keys name.
func (sh *Shape) Needs(q *store.Mutation) []store.Key {
	if sh == nil || q.Operation == "delete" {
		return nil
	}
	row := q.Fields
	if q.Base.Kind() == record.Object {
		row = record.Overlay(q.Base, q.Fields)
	}
	var keys []store.Key
	for _, p := range sh.PointsAt(row) {
		set := slices.ContainsFunc(p.Field.Association.TargetNames, func(name string) bool {
			return q.Fields.Field(name).Exists()
		})
		if set && p.To != q.Key {
			keys = append(keys, p.To)
		}
	}
	return keys
}

// target is the record that a foreign key of a row names; ok only when the key is complete.
func target(s *schema.Schema, f *schema.Field, row record.Value) (to store.Key, whole bool) {
	model, key := s.Model(f.Type.Model), s.ForeignKey(f, row)
	if model == nil || !key.Exists() {
		return store.Key{}, false
	}
	id, err := model.RecordID(key)
	if err != nil {
		return store.Key{}, false
	}
	return store.Key{Model: model.Name, ID: id}, true
}

// Target is the record that a foreign key of a row names, if the key is complete.
func (sh *Shape) Target(f *schema.Field, row record.Value) (to store.Key, whole bool) {
	return target(sh.schema, f, row)
}

// Points reports whether fields hold a foreign key of the model.
func (sh *Shape) Points(fields record.Value) bool {
	return slices.ContainsFunc(sh.relations, func(f *schema.Field) bool {
		return record.Pick(fields, f.Association.TargetNames...).Len() > 0
	})
}
