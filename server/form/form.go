// Package form describes what the stored rows of a model hold, as far as a schema decides it: which values a field may
// have. A database records the form of its rows, so that a new schema can be compared with it instead of with every
// row.
package form

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Kind says what a field may hold. At most one of Scalar, Enum and Embedded is set.
type Kind struct {
	Name     string // of the type, for people
	Scalar   schema.Scalar
	Enum     []string
	Embedded *Model
	Any      bool // nothing is known
	List     bool
	Required bool // not null; for a List this is about its elements
	Nullable bool // the List itself may be null
}

// Field is a stored field.
type Field struct {
	Name string
	Kind Kind
	// Default is the value for rows that lack the required field; Missing when there is none.
	Default record.Value
}

// Model is the form of a model's rows, or of an embedded type's objects.
type Model struct {
	Name   string
	Key    []string // empty for an embedded type, or when nothing is known
	Fields []Field
}

// Of is the form that a schema gives a model.
func Of(s *schema.Schema, m *schema.Model) *Model {
	out := &Model{Name: m.Name, Key: m.Key}
	for _, f := range m.Stored() {
		field := fieldOf(s, f)
		if f.ReadOnly || f.Name == m.CreatedAt || f.Name == m.UpdatedAt { // set by the server
			field.Kind.Required = false
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}

func fieldOf(s *schema.Schema, f *schema.Field) Field {
	k := Kind{Name: f.Type.Name(), Scalar: f.Type.Scalar, List: f.Array, Required: f.Required, Nullable: f.ArrayNullable}
	if e := s.Enum(f.Type.Enum); e != nil {
		k.Enum = e.Values
	}
	if n := s.NonModel(f.Type.NonModel); n != nil {
		k.Embedded = &Model{Name: n.Name}
		for _, below := range n.Fields {
			k.Embedded.Fields = append(k.Embedded.Fields, fieldOf(s, below))
		}
	}
	return Field{Name: f.Name, Kind: k, Default: f.Default}
}

// Field finds a field, nil when there is none.
func (m *Model) Field(name string) *Field {
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			return &m.Fields[i]
		}
	}
	return nil
}

// String is the kind as GraphQL writes it.
func (k Kind) String() string {
	text := k.Name
	if k.Any {
		text = "anything"
	}
	if k.Required {
		text += "!"
	}
	if k.List {
		text = "[" + text + "]"
		if !k.Nullable {
			text += "!"
		}
	}
	return text
}

// mayBeNull reports whether a row may lack a value.
func (k Kind) mayBeNull() bool { return k.Any || k.List && k.Nullable || !k.List && !k.Required }

// optional is the same kind, with null allowed.
func (k Kind) optional() Kind {
	if k.List {
		k.Nullable = true
	} else {
		k.Required = false
	}
	return k
}

// Allows reports whether every value of one kind is also one of another. If not, the rows have to be looked at.
func Allows(from, to Kind) bool {
	switch {
	case to.Any:
		return true
	case from.Any || from.List != to.List || from.mayBeNull() && !to.mayBeNull():
		return false
	case from.List && to.Required && !from.Required:
		return false
	case from.Embedded != nil || to.Embedded != nil:
		return from.Embedded != nil && to.Embedded != nil && len(Compare(from.Embedded, to.Embedded)) == 0
	case to.Enum != nil:
		return from.Enum != nil && !slices.ContainsFunc(from.Enum, func(v string) bool { return !slices.Contains(to.Enum, v) })
	case from.Enum != nil:
		return isText(to.Scalar)
	}
	return allowsScalar(from.Scalar, to.Scalar)
}

// Readable reports whether a field of one kind can be read as one of another: the values look alike in JSON, although
// some may be null, names of another enum, or texts of another format.
func Readable(from, to Kind) bool {
	if from.Any || to.Any {
		return true
	}
	if from.List != to.List || (from.Embedded != nil) != (to.Embedded != nil) {
		return false
	}
	if to.Embedded == nil {
		return look(from) == look(to) || look(from) == "whole" && look(to) == "number"
	}
	return !slices.ContainsFunc(to.Embedded.Fields, func(f Field) bool {
		before := from.Embedded.Field(f.Name)
		return before != nil && !Readable(before.Kind, f.Kind)
	})
}

func look(k Kind) string {
	switch k.Scalar {
	case schema.Int, schema.AWSTimestamp:
		return "whole"
	case schema.Float:
		return "number"
	case schema.Boolean:
		return "boolean"
	}
	return "text"
}

func isText(s schema.Scalar) bool { return s == schema.String || s == schema.ID }

func allowsScalar(from, to schema.Scalar) bool {
	if from == to {
		return true
	}
	switch from {
	case schema.Int:
		return to == schema.Float || to == schema.AWSTimestamp
	case schema.AWSTimestamp, schema.Float, schema.Boolean, schema.AWSJSON:
		return false
	}
	return isText(to) // all other kinds are stored as text
}

// Change is a field for which rows may not fit a new form.
type Change struct {
	Field    string // "" for the key
	From, To Kind
	New      bool // no row has the field
	Default  record.Value
}

// Compare lists where rows of one form may not fit another.
func Compare(from, to *Model) []Change {
	var changes []Change
	if !sameKey(from, to) {
		changes = append(changes, Change{From: keyKind(from), To: keyKind(to)})
	}
	for _, f := range to.Fields {
		before := from.Field(f.Name)
		switch {
		case before == nil && !f.Kind.mayBeNull():
			changes = append(changes, Change{Field: f.Name, To: f.Kind, New: true, Default: f.Default})
		case before != nil && !Allows(before.Kind, f.Kind):
			changes = append(changes, Change{Field: f.Name, From: before.Kind, To: f.Kind, Default: f.Default})
		}
	}
	return changes
}

// sameKey reports whether keys stay valid: rows are stored under the text of their key, so its fields must keep their
// kinds.
func sameKey(from, to *Model) bool {
	if !slices.Equal(from.Key, to.Key) {
		return false
	}
	for _, name := range to.Key {
		a, b := from.Field(name), to.Field(name)
		if a == nil || b == nil || !Allows(a.Kind, b.Kind) && !Allows(b.Kind, a.Kind) {
			return false
		}
	}
	return true
}

func keyKind(m *Model) Kind { return Kind{Name: strings.Join(m.Key, ", ")} }

// Everything is the change for a model about whose rows nothing is known.
func Everything(to *Model) []Change {
	var changes []Change
	for _, f := range to.Fields {
		changes = append(changes, Change{Field: f.Name, From: Kind{Any: true}, To: f.Kind, Default: f.Default})
	}
	return changes
}

// Merge is the form of a model whose existing rows have one form and fit another, in which rows are written from now
// on. Fields that only the first form has stay known: existing rows keep fields that left the schema, and new rows lack
// them.
func Merge(before, now *Model) *Model {
	merged := &Model{Name: now.Name, Key: now.Key}
	for _, f := range now.Fields {
		if old := before.Field(f.Name); old != nil && old.Kind.Embedded != nil && f.Kind.Embedded != nil {
			f.Kind.Embedded = Merge(old.Kind.Embedded, f.Kind.Embedded)
		}
		merged.Fields = append(merged.Fields, Field{Name: f.Name, Kind: f.Kind})
	}
	for _, f := range before.Fields {
		if now.Field(f.Name) == nil {
			merged.Fields = append(merged.Fields, Field{Name: f.Name, Kind: f.Kind.optional()})
		}
	}
	slices.SortFunc(merged.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return merged
}

// Within reports whether every row written in one form also has the other. If so, a server whose schema gives the first
// form may write to a database that records the second.
func Within(written, recorded *Model) bool {
	if len(recorded.Key) > 0 && !slices.Equal(written.Key, recorded.Key) {
		return false
	}
	for _, f := range written.Fields {
		known := recorded.Field(f.Name)
		if known == nil || !within(f.Kind, known.Kind) {
			return false
		}
	}
	for _, f := range recorded.Fields {
		if written.Field(f.Name) == nil && !f.Kind.mayBeNull() {
			return false
		}
	}
	return true
}

// within is Allows, except that it knows that objects are always written as a whole.
func within(written, recorded Kind) bool {
	if written.Embedded != nil && recorded.Embedded != nil && !recorded.Any {
		inside := Within(written.Embedded, recorded.Embedded)
		written.Embedded, recorded.Embedded = &Model{}, &Model{}
		return inside && Allows(written, recorded)
	}
	return Allows(written, recorded)
}
