package schema

import (
	"slices"

	"github.com/deltabase/deltabase/record"
)

// Model returns the model of a name, nil when there is none.
func (s *Schema) Model(name string) *Model {
	if s.models != nil {
		return s.models[name]
	}
	for _, m := range s.Models {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// NonModel returns the embedded type of a name, nil when there is none.
func (s *Schema) NonModel(name string) *NonModel {
	for _, n := range s.NonModels {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// Enum returns the enum of a name, nil when there is none.
func (s *Schema) Enum(name string) *Enum {
	for _, e := range s.Enums {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Field returns a declared field or an implied foreign key, nil when there is none.
func (m *Model) Field(name string) *Field {
	for _, f := range m.Fields {
		if f.Name == name {
			return f
		}
	}
	for _, f := range m.implied {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Field returns the field of a name, nil when there is none.
func (n *NonModel) Field(name string) *Field {
	for _, f := range n.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Embedded returns the type that the field embeds, nil when it is none or an unknown one.
func (f *Field) Embedded() *NonModel { return f.embedded }

// Stored returns the fields that are stored in a record: scalars, enums, embedded types and
// foreign keys, the latter also when no field declares them. Model-typed fields are not stored.
// Implied foreign keys come last; they are typed like the key that they point at.
func (m *Model) Stored() []*Field {
	if m.stored != nil {
		return m.stored
	}
	return m.storedFields()
}

func (m *Model) storedFields() []*Field {
	stored := make([]*Field, 0, len(m.Fields)+len(m.implied))
	for _, f := range m.Fields {
		if f.Type.Model == "" {
			stored = append(stored, f)
		}
	}
	return append(stored, m.implied...)
}

// Implied returns the foreign keys that are stored and that no field declares.
func (m *Model) Implied() []*Field { return m.implied }

// IsKey reports whether a field is part of the primary key.
func (m *Model) IsKey(name string) bool {
	for _, key := range m.Key {
		if key == name {
			return true
		}
	}
	return false
}

// Index returns the index of a name, nil when there is none.
func (m *Model) Index(name string) *Index {
	for i := range m.Indexes {
		if m.Indexes[i].Name == name {
			return &m.Indexes[i]
		}
	}
	return nil
}

// Has reports whether v is one of the enum's values.
func (e *Enum) Has(v record.Value) bool {
	if v.Kind() != record.String {
		return false
	}
	name := v.Str()
	for _, value := range e.Values {
		if value == name {
			return true
		}
	}
	return false
}

// Name is the GraphQL name of the type.
func (t Type) Name() string {
	switch {
	case t.Scalar != "":
		return string(t.Scalar)
	case t.Enum != "":
		return t.Enum
	case t.NonModel != "":
		return t.NonModel
	}
	return t.Model
}

// scalars in the order of the documentation.
var scalars = []Scalar{ID, String, Int, Float, Boolean, AWSDate, AWSTime, AWSDateTime, AWSTimestamp,
	AWSEmail, AWSJSON, AWSURL, AWSPhone, AWSIPAddress}

// ScalarOf returns the scalar of a name; ok is false for a name that is no scalar.
func ScalarOf(name string) (scalar Scalar, ok bool) {
	for _, s := range scalars {
		if string(s) == name {
			return s, true
		}
	}
	return "", false
}

// ReservedName reports names that no model, embedded type, enum or field may have: in JavaScript
// they are part of every object.
func ReservedName(name string) bool {
	return name == "__proto__" || name == "constructor" || name == "prototype"
}

// LookupFields names the fields by whose value records of a model are looked for: the first ones
// of its key, of its indexes and of the foreign keys on it, each once.
func (s *Schema) LookupFields(m *Model) []string {
	var names []string
	add := func(fields []string) {
		if len(fields) > 0 && !slices.Contains(names, fields[0]) && m.Field(fields[0]) != nil {
			names = append(names, fields[0])
		}
	}
	add(m.Key)
	for i := range m.Indexes {
		add(m.Indexes[i].Fields)
	}
	for _, f := range m.Fields {
		if f.Association != nil {
			add(f.Association.TargetNames)
		}
	}
	for _, other := range s.Models {
		for _, f := range other.Fields {
			if a := f.Association; a != nil && f.Type.Model == m.Name && len(a.AssociatedWith) > 0 {
				if back := m.Field(a.AssociatedWith[0]); back == nil || back.Association == nil {
					add(a.AssociatedWith)
				}
			}
		}
	}
	return names
}

// UndeclaredOwners are the fields that owner rules of the model name and no field is called by. The API has them.
func (m *Model) UndeclaredOwners() []string {
	var names []string
	for _, rule := range m.Auth {
		name := rule.OwnerField
		if rule.Allow == "owner" && name != "" && m.Field(name) == nil && name != m.CreatedAt && name != m.UpdatedAt && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
