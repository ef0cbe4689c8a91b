package server

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// coerceError says that a variable or argument does not fit its type. Clients look for its text.
type coerceError struct{ message string }

func (e *coerceError) Error() string { return e.message }

// coercer converts values to their declared types. variable is the name in error messages.
type coercer struct {
	types    *ast.Schema
	variable string
}

// variables coerces the variables of an operation. It ignores undeclared variables, and leaves out declared ones that
// have neither a value nor a default.
func (s *Server) variables(operation *ast.OperationDefinition, given record.Value) (map[string]record.Value, error) {
	values := make(map[string]record.Value, len(operation.VariableDefinitions))
	sent := record.IndexOf(given)
	for _, d := range operation.VariableDefinitions {
		value := sent.Field(d.Variable)
		if !value.Exists() && d.DefaultValue != nil {
			value = literal(d.DefaultValue, nil)
		}
		c := coercer{types: s.api.types, variable: d.Variable}
		coerced, err := c.value(d.Type, value, d.Variable)
		if err != nil {
			return nil, err
		}
		if coerced.Exists() {
			values[d.Variable] = coerced
		}
	}
	return values, nil
}

// coerceArguments converts the arguments of a field to their declared types. A literal is coerced once, however often
// its fragment is spread.
func (x *execution) coerceArguments(s *selection) error {
	f := s.fields[0]
	if len(f.Arguments) == 0 {
		return nil
	}
	s.arguments = make(map[string]record.Value, len(f.Arguments))
	for _, given := range f.Arguments {
		value, err := x.coerced(f.Definition.Arguments.ForName(given.Name), given)
		if err != nil {
			return err
		}
		s.arguments[given.Name] = value
	}
	return nil
}

func (x *execution) coerced(definition *ast.ArgumentDefinition, given *ast.Argument) (record.Value, error) {
	if given.Value.Kind == ast.Variable {
		return x.vars[given.Value.Raw], nil // validation has compared the types
	}
	if value, known := x.literals[given]; known {
		return value, nil
	}
	if x.literalBytes += literalBytes(given.Value, x.vars); x.literalBytes > ArgumentBytesMax {
		return record.Value{}, &coerceError{fmt.Sprintf(
			"With variables put in, the arguments have more than %d bytes; send less, or whole arguments as variables.", ArgumentBytesMax)}
	}
	c := coercer{types: x.server.api.types, variable: given.Name}
	value, err := c.value(definition.Type, literal(given.Value, x.vars), given.Name)
	if err != nil {
		return value, err
	}
	if x.literals == nil {
		x.literals = map[*ast.Argument]record.Value{}
	}
	x.literals[given] = value
	return value, nil
}

// literalBytes is about the size of the text that literal writes, because a variable may occur in it many times.
func literalBytes(v *ast.Value, vars map[string]record.Value) int {
	if v.Kind == ast.Variable {
		return len(vars[v.Raw].Text())
	}
	n := len(v.Raw) + 1
	for _, child := range v.Children {
		n += len(child.Name) + literalBytes(child.Value, vars)
	}
	return n
}

// literal writes a value of the document as JSON. Variables without a value are Missing.
func literal(v *ast.Value, vars map[string]record.Value) record.Value {
	switch v.Kind {
	case ast.Variable:
		return vars[v.Raw]
	case ast.IntValue, ast.FloatValue:
		number, err := record.Parse([]byte(v.Raw))
		if err != nil { // GraphQL's lexer accepts 1.e5 and the like
			return record.OfString(v.Raw)
		}
		return number
	case ast.BooleanValue:
		return record.OfBool(v.Raw == "true")
	case ast.NullValue:
		return record.NullValue()
	case ast.ListValue:
		var b record.ListBuilder
		for _, child := range v.Children {
			b.Add(literal(child.Value, vars))
		}
		return b.List()
	case ast.ObjectValue:
		var b record.Builder
		for _, child := range v.Children {
			b.Set(child.Name, literal(child.Value, vars))
		}
		return b.Object()
	}
	return record.OfString(v.Raw) // strings and enums
}

func (c *coercer) invalid(name, reason string) error {
	message := fmt.Sprintf("Variable '%s' has an invalid value.", name)
	if reason != "" {
		message += " " + reason
	}
	return &coerceError{message}
}

// value coerces one value; name is the field or variable that holds it.
func (c *coercer) value(t *ast.Type, v record.Value, name string) (record.Value, error) {
	if v.IsNull() {
		if !t.NonNull {
			return v, nil
		}
		where := ""
		if name != c.variable {
			where = fmt.Sprintf(" (field '%s')", name)
		}
		return v, &coerceError{fmt.Sprintf("Variable '%s' has coerced Null value for NonNull type '%s'%s",
			c.variable, t.String(), where)}
	}
	if t.Elem != nil {
		return c.list(t, v, name)
	}
	definition := c.types.Types[t.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		return c.object(definition, v, name)
	case ast.Enum:
		if v.Kind() != record.String || definition.EnumValues.ForName(v.Str()) == nil {
			return v, c.invalid(name, "Write one of "+enumNames(definition)+".")
		}
		return v, nil
	}
	return c.scalar(t.NamedType, v, name)
}

func enumNames(definition *ast.Definition) string {
	var names []string
	for _, value := range definition.EnumValues {
		names = append(names, value.Name)
	}
	return strings.Join(names, ", ")
}

// list coerces a list; a single value stands for a list of one.
func (c *coercer) list(t *ast.Type, v record.Value, name string) (record.Value, error) {
	var b record.ListBuilder
	if v.Kind() != record.List {
		one, err := c.value(t.Elem, v, name)
		b.Add(one)
		return b.List(), err
	}
	var failure error
	v.Elements(func(_ int, element record.Value) bool {
		var one record.Value
		one, failure = c.value(t.Elem, element, name)
		b.Add(one)
		return failure == nil
	})
	return b.List(), failure
}

func (c *coercer) object(definition *ast.Definition, v record.Value, name string) (record.Value, error) {
	if v.Kind() != record.Object {
		return v, c.invalid(name, "Write an object.")
	}
	var b record.Builder
	var failure error
	v.Fields(func(field string, value record.Value) bool {
		declared := definition.Fields.ForName(field)
		if declared == nil {
			failure = &coerceError{fmt.Sprintf(
				"The variables input contains a field name '%s' that is not defined for input object type '%s'",
				field, definition.Name)}
			return false
		}
		var one record.Value
		one, failure = c.value(declared.Type, value, field)
		b.Set(field, one)
		return failure == nil
	})
	if failure != nil {
		return v, failure
	}
	given := record.IndexOf(v)
	for _, declared := range definition.Fields {
		if declared.Type.NonNull && !given.Field(declared.Name).Exists() {
			_, err := c.value(declared.Type, record.Value{}, declared.Name)
			return v, err
		}
	}
	return b.Object(), nil
}

func (c *coercer) scalar(scalar string, v record.Value, name string) (record.Value, error) {
	if scalar == "ID" && v.Kind() == record.Number {
		n, whole := v.Int()
		if !whole {
			return v, c.invalid(name, "Write the ID as a string.")
		}
		return record.OfString(fmt.Sprint(n)), nil
	}
	if reason := schema.CheckScalar(schema.Scalar(scalar), v); reason != "" {
		return v, c.invalid(name, reason)
	}
	return v, nil
}
