package shape

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Ownership is one HAS_MANY or HAS_ONE field.
type Ownership struct {
	schema       *schema.Schema
	Owner, Child *schema.Model
	ChildKeys    []string      // fields of the child that hold the owner's key
	Field        *schema.Field // or the owner's field that holds the child's key
}

// ownerships finds which models own which.
func ownerships(s *schema.Schema, shapes map[string]*Shape) {
	for _, owner := range s.Models {
		for _, f := range owner.Fields {
			o, ok := ownershipOf(s, owner, f)
			if ok {
				shapes[owner.Name].Owns = append(shapes[owner.Name].Owns, o)
				shapes[o.Child.Name].OwnedBy = append(shapes[o.Child.Name].OwnedBy, o)
			}
		}
	}
}

func ownershipOf(s *schema.Schema, owner *schema.Model, f *schema.Field) (Ownership, bool) {
	a := f.Association
	if a == nil || a.Kind == schema.BelongsTo {
		return Ownership{}, false
	}
	child := s.Model(f.Type.Model)
	if child == nil {
		return Ownership{}, false
	}
	if len(a.TargetNames) > 0 {
		return Ownership{schema: s, Owner: owner, Child: child, Field: f}, true
	}
	names := a.AssociatedWith
	if len(names) == 1 {
		if back := child.Field(names[0]); back != nil && back.Association != nil {
			names = back.Association.TargetNames
		}
	}
	return Ownership{schema: s, Owner: owner, Child: child, ChildKeys: names}, len(names) == len(owner.Key)
}

// OwnerID is the id of the owner that a child's row names, "" when it names none.
func (o Ownership) OwnerID(child record.Value) string {
	var key record.Builder
	for i, name := range o.ChildKeys {
		v := child.Field(name)
		if v.IsNull() {
			return ""
		}
		key.Set(o.Owner.Key[i], v)
	}
	id, err := o.Owner.RecordID(key.Object())
	if err != nil {
		return ""
	}
	return id
}

// ChildID is the id of the child that an owner's row names, "" when it names none.
func (o Ownership) ChildID(owner record.Value) string {
	to, _ := target(o.schema, o.Field, owner)
	return to.ID
}

// FirstKeys are the values of the first key field with which children may name these owners. A number may be written as
// a text, and a text as a number.
func (o Ownership) FirstKeys(owners map[string]int64) []record.Value {
	var values []record.Value
	for id := range owners {
		values = append(values, firstKeys(o.Owner, id)...)
	}
	return values
}

// FirstNames are the values of the first of an owner's fields for its child that may name this child.
func (o Ownership) FirstNames(childID string) []record.Value { return firstKeys(o.Child, childID) }

func firstKeys(m *schema.Model, id string) []record.Value {
	key, err := m.KeyFields(id)
	if err != nil {
		return nil // no row can name it
	}
	value := key.Field(m.Key[0])
	if value.Kind() != record.String {
		return []record.Value{value, record.OfString(value.String())}
	}
	if number, err := record.Parse([]byte(value.Str())); err == nil && number.Kind() == record.Number {
		return []record.Value{value, number}
	}
	return []record.Value{value}
}

// Naming is the ownership whose key is this field of the model's own rows, nil when it is none.
func (sh *Shape) Naming(field *schema.Field) *Ownership {
	for n := range sh.Owns {
		if sh.Owns[n].Field == field {
			return &sh.Owns[n]
		}
	}
	return nil
}
