package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/record"
)

// introspection answers __schema and __type from the API schema, for developers' tools.
type introspection struct {
	x     *execution
	types *ast.Schema
	bytes int // bytes of names and values, before they are joined
}

// introspect answers one root field.
func (x *execution) introspect(f *selection) error {
	i := &introspection{x: x, types: x.server.api.types}
	var answer record.Value
	var err error
	if f.name == "__schema" {
		answer, err = i.schema(f)
	} else {
		name := f.arguments["name"]
		answer = record.NullValue()
		if i.types.Types[name.Str()] != nil {
			answer, err = i.typeOf(ast.NamedType(name.Str(), nil), f)
		}
	}
	if err == nil {
		err = x.answered(answer)
	}
	if err == nil {
		x.data.Set(f.key, answer)
	}
	return err
}

// object writes the selected fields of one object. value gives a field of it, Missing for null.
func (i *introspection) object(typeName string, s *selection, value func(f *selection) (record.Value, error)) (record.Value, error) {
	if i.x.introspected++; i.x.introspected > IntrospectionMax {
		return record.Value{}, refuse("LimitExceededError", "The answer has more than %d objects; ask for less of the schema.", IntrospectionMax)
	}
	below, err := i.x.below(s)
	if err != nil {
		return record.Value{}, err
	}
	var b record.Builder
	for _, f := range below {
		v := record.OfString(typeName)
		if f.name != "__typename" {
			if v, err = value(f); err != nil {
				return v, err
			}
		}
		v = orNull(v)
		if i.bytes += len(f.key); v.Kind() != record.Object && v.Kind() != record.List {
			i.bytes += len(v.Text())
		}
		if i.x.bytes+i.bytes > ResponseBytesMax {
			return v, tooLarge()
		}
		b.Set(f.key, v)
	}
	if i.x.introspected%ExpiryCheckEveryRows == 0 && i.x.expired() {
		return record.Value{}, refuse(executionTimeout, "Execution timed out.")
	}
	return b.Object(), nil
}

// listOf writes a list of objects.
func listOf[E any](elements []E, write func(E) (record.Value, error)) (record.Value, error) {
	var list record.ListBuilder
	for _, element := range elements {
		v, err := write(element)
		if err != nil {
			return v, err
		}
		list.Add(v)
	}
	return list.List(), nil
}

func described(text string) record.Value {
	if text == "" {
		return record.NullValue()
	}
	return record.OfString(text)
}

func (i *introspection) schema(s *selection) (record.Value, error) {
	return i.object("__Schema", s, func(f *selection) (record.Value, error) {
		switch f.name {
		case "types":
			return listOf(slices.Sorted(maps.Keys(i.types.Types)), func(name string) (record.Value, error) {
				return i.typeOf(ast.NamedType(name, nil), f)
			})
		case "queryType":
			return i.root(i.types.Query, f)
		case "mutationType":
			return i.root(i.types.Mutation, f)
		case "subscriptionType":
			return i.root(i.types.Subscription, f)
		case "directives":
			return listOf(slices.Sorted(maps.Keys(i.types.Directives)), func(name string) (record.Value, error) {
				return i.directive(i.types.Directives[name], f)
			})
		}
		return record.Value{}, nil
	})
}

func (i *introspection) root(d *ast.Definition, f *selection) (record.Value, error) {
	if d == nil {
		return record.NullValue(), nil
	}
	return i.typeOf(ast.NamedType(d.Name, nil), f)
}

var typeKinds = map[ast.DefinitionKind]string{ast.Scalar: "SCALAR", ast.Object: "OBJECT", ast.Interface: "INTERFACE",
	ast.Union: "UNION", ast.Enum: "ENUM", ast.InputObject: "INPUT_OBJECT"}

// typeOf writes a type with its list and non-null wrappers.
func (i *introspection) typeOf(t *ast.Type, s *selection) (record.Value, error) {
	return i.object("__Type", s, func(f *selection) (record.Value, error) {
		switch {
		case f.name == "kind" && t.NonNull:
			return record.OfString("NON_NULL"), nil
		case f.name == "kind" && t.Elem != nil:
			return record.OfString("LIST"), nil
		case f.name == "ofType" && t.NonNull:
			inner := *t
			inner.NonNull = false
			return i.typeOf(&inner, f)
		case f.name == "ofType" && t.Elem != nil:
			return i.typeOf(t.Elem, f)
		case t.NonNull || t.Elem != nil:
			return record.NullValue(), nil
		}
		return i.named(i.types.Types[t.NamedType], f)
	})
}

// named is a field of a type with a name.
func (i *introspection) named(d *ast.Definition, f *selection) (record.Value, error) {
	switch f.name {
	case "kind":
		return record.OfString(typeKinds[d.Kind]), nil
	case "name":
		return record.OfString(d.Name), nil
	case "description":
		return described(d.Description), nil
	case "isOneOf":
		return record.OfBool(false), nil
	}
	switch {
	case f.name == "fields" && d.Kind == ast.Object:
		return listOf(shown(d.Fields), func(field *ast.FieldDefinition) (record.Value, error) { return i.field(field, f) })
	case f.name == "inputFields" && d.Kind == ast.InputObject:
		return listOf(d.Fields, func(field *ast.FieldDefinition) (record.Value, error) {
			return i.input(field.Name, field.Description, field.Type, field.DefaultValue, f)
		})
	case f.name == "interfaces" && d.Kind == ast.Object:
		return record.TrustString("[]"), nil
	case f.name == "enumValues" && d.Kind == ast.Enum:
		return listOf(d.EnumValues, func(value *ast.EnumValueDefinition) (record.Value, error) {
			return i.object("__EnumValue", f, func(f *selection) (record.Value, error) {
				return common(f, value.Name, value.Description), nil
			})
		})
	}
	return record.NullValue(), nil
}

// shown leaves out the fields that serve introspection itself.
func shown(fields ast.FieldList) ast.FieldList {
	var list ast.FieldList
	for _, f := range fields {
		if !strings.HasPrefix(f.Name, "__") {
			list = append(list, f)
		}
	}
	return list
}

// common are the properties that fields, values and inputs share. Nothing is deprecated.
func common(f *selection, name, description string) record.Value {
	switch f.name {
	case "name":
		return record.OfString(name)
	case "description":
		return described(description)
	case "isDeprecated":
		return record.OfBool(false)
	}
	return record.NullValue()
}

func (i *introspection) field(d *ast.FieldDefinition, s *selection) (record.Value, error) {
	return i.object("__Field", s, func(f *selection) (record.Value, error) {
		switch f.name {
		case "args":
			return i.arguments(d.Arguments, f)
		case "type":
			return i.typeOf(d.Type, f)
		}
		return common(f, d.Name, d.Description), nil
	})
}

func (i *introspection) arguments(list ast.ArgumentDefinitionList, s *selection) (record.Value, error) {
	return listOf(list, func(a *ast.ArgumentDefinition) (record.Value, error) {
		return i.input(a.Name, a.Description, a.Type, a.DefaultValue, s)
	})
}

func (i *introspection) input(name, description string, t *ast.Type, byDefault *ast.Value, s *selection) (record.Value, error) {
	return i.object("__InputValue", s, func(f *selection) (record.Value, error) {
		switch {
		case f.name == "type":
			return i.typeOf(t, f)
		case f.name == "defaultValue" && byDefault != nil:
			return record.OfString(byDefault.String()), nil
		}
		return common(f, name, description), nil
	})
}

func (i *introspection) directive(d *ast.DirectiveDefinition, s *selection) (record.Value, error) {
	return i.object("__Directive", s, func(f *selection) (record.Value, error) {
		switch f.name {
		case "args":
			return i.arguments(d.Arguments, f)
		case "isRepeatable":
			return record.OfBool(d.IsRepeatable), nil
		case "locations":
			return listOf(d.Locations, func(l ast.DirectiveLocation) (record.Value, error) { return record.OfString(string(l)), nil })
		}
		return common(f, d.Name, d.Description), nil
	})
}
