package schema

import "github.com/deltabase/deltabase/record"

func (l *loader) fields(path string, v record.Value) []*Field {
	object := v.Field("fields")
	if object.Kind() != record.Object {
		l.fail(path+".fields", "The fields are missing.")
		return nil
	}
	var fields []*Field
	object.Fields(func(name string, v record.Value) bool {
		fields = append(fields, l.field(path+".fields."+name, name, v))
		return l.err == nil
	})
	return fields
}

func (l *loader) field(path, name string, v record.Value) *Field {
	f := &Field{
		Name:          name,
		Array:         v.Field("isArray").Bool(),
		Required:      v.Field("isRequired").Bool(),
		ArrayNullable: v.Field("isArrayNullable").Bool(),
		ReadOnly:      v.Field("isReadOnly").Bool(),
		Type:          l.fieldType(path, v.Field("type")),
	}
	if a := v.Field("association"); !a.IsNull() {
		f.Association = l.association(path, f, a)
	}
	v.Field("attributes").Elements(func(_ int, a record.Value) bool {
		if a.Field("type").Str() == "default" {
			f.Default = a.Field("properties").Field("value")
		}
		return true
	})
	return f
}

func (l *loader) fieldType(path string, v record.Value) Type {
	if v.Kind() == record.String {
		scalar, ok := ScalarOf(v.Str())
		if !ok {
			l.fail(path+".type", "There is no scalar "+v.Str()+".")
		}
		return Type{Scalar: scalar}
	}
	t := Type{Enum: v.Field("enum").Str(), NonModel: v.Field("nonModel").Str(), Model: v.Field("model").Str()}
	if t == (Type{}) {
		l.fail(path+".type", "The type must be a scalar, or one of {model}, {nonModel}, {enum}.")
	}
	return t
}

func (l *loader) association(path string, f *Field, v record.Value) *Association {
	path += ".association"
	a := &Association{
		Kind:           AssociationKind(v.Field("connectionType").Str()),
		TargetNames:    l.names(path+".targetNames", v.Field("targetNames")),
		AssociatedWith: l.names(path+".associatedWith", v.Field("associatedWith")),
	}
	if len(a.TargetNames) == 0 {
		a.TargetNames = l.names(path+".targetName", v.Field("targetName"))
	}
	if f.Type.Model == "" {
		l.fail(path, "Only a field of a model's type can be a relation.")
	}
	switch a.Kind {
	case BelongsTo:
		if len(a.TargetNames) == 0 {
			l.fail(path+".targetNames", "A BELONGS_TO relation names its foreign keys.")
		}
	case HasOne, HasMany:
		if len(a.AssociatedWith) == 0 {
			l.fail(path+".associatedWith", "A "+string(a.Kind)+" relation names the other model's fields.")
		}
	default:
		l.fail(path+".connectionType", "The kind must be BELONGS_TO, HAS_ONE or HAS_MANY.")
	}
	return a
}
