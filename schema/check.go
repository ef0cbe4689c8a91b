package schema

import "github.com/deltabase/deltabase/record"

// FieldError says which field is wrong and what to write instead; its code is "invalid_value".
type FieldError struct {
	Model, Field, Reason string
}

func (e *FieldError) Error() string { return e.Reason }

// Code is the stable code of the error.
func (e *FieldError) Code() string { return "invalid_value" }

// Strictness is how much of a value CheckAs looks at.
type Strictness uint8

const (
	Loose  Strictness = iota // as the Amplify client: enum values, existing days, the range of an Int and more are left to the server
	Strict                   // as the server: what passes is refused by no scalar, enum or embedded type
)

// Check is CheckAs for Loose.
func (s *Schema) Check(m *Model, row record.Value, complete bool) error {
	return s.CheckAs(Loose, m, row, complete)
}

// CheckAs reports what is wrong with the values of fields in row: type, format, null for a
// required field. Fields that row lacks are not checked unless complete is set: then a required one
// that the server does not fill in is missing. Fields the model does not know are ignored. The
// messages are those of the Amplify client (SPEC.md). The error is a *FieldError.
func (s *Schema) CheckAs(how Strictness, m *Model, row record.Value, complete bool) error {
	if row.Kind() != record.Object {
		return &FieldError{Model: m.Name, Reason: "A record of " + m.Name + " is an object, " +
			jsTypeOf(row) + " received. " + jsText(row)}
	}
	for _, f := range m.Stored() {
		v := row.Field(f.Name)
		if !v.Exists() && !complete {
			continue
		}
		if reason := (checker{s, how}).checkStored(m, f, v); reason != "" {
			return &FieldError{Model: m.Name, Field: f.Name, Reason: reason}
		}
	}
	return nil
}

type checker struct {
	*Schema
	how Strictness
}

func (c checker) checkStored(m *Model, f *Field, v record.Value) string {
	serverSets := f.ReadOnly || f.Name == m.CreatedAt || f.Name == m.UpdatedAt || f.Default.Exists() && !v.Exists()
	if v.IsNull() && serverSets {
		return ""
	}
	if v.Kind() == record.String && m.IsKey(f.Name) && v.Str() == "" {
		return emptyKey
	}
	return c.checkField(f, v)
}

// hasForm reports whether a value of the right JavaScript type has the form of its scalar.
func (c checker) hasForm(scalar Scalar, v record.Value) bool {
	if !clientForm(scalar, v) {
		return false
	}
	if c.how == Loose || scalar == AWSJSON && v.Kind() != record.String {
		return true
	}
	return CheckScalar(scalar, v) == ""
}

// checkField returns what is wrong with one field's value, "" when nothing is.
func (c checker) checkField(f *Field, v record.Value) string {
	if v.IsNull() {
		if !f.Array && f.Required || f.Array && !f.ArrayNullable {
			return "Field " + f.Name + " is required"
		}
		return ""
	}
	switch {
	case f.Type.Enum != "":
		return c.checkEnum(f, v)
	case f.Type.NonModel != "":
		return c.checkNonModel(f, v)
	case f.Array:
		return c.checkList(f, v)
	}
	return c.checkSingle(f, v)
}

func (c checker) checkEnum(f *Field, v record.Value) string {
	e := c.Enum(f.Type.Enum)
	if !f.Array {
		if c.how == Strict && !e.Has(v) {
			return wrongForm(f, e.Name, v)
		}
		return ""
	}
	if v.Kind() != record.List {
		return notAList(f, "string", v)
	}
	good := true
	v.Elements(func(_ int, element record.Value) bool {
		good = c.how == Loose || e.Has(element) || element.IsNull() && !f.Required
		return good
	})
	if !good {
		return wrongElements(f, e.Name, v)
	}
	return ""
}

func wrongForm(f *Field, name string, v record.Value) string {
	return "Field " + f.Name + " should be of type " + name + ", validation failed. " + jsText(v)
}

func wrongElements(f *Field, name string, v record.Value) string {
	return "All elements in the " + f.Name + " array should be of type " + name +
		", validation failed for one or more elements. " + jsText(v)
}

func (c checker) checkSingle(f *Field, v record.Value) string {
	scalar := f.Type.Scalar
	if scalar == AWSJSON {
		if !c.hasForm(AWSJSON, v) {
			return "Field " + f.Name + " is an invalid JSON object. " + jsText(v)
		}
		return ""
	}
	if jsTypeOf(v) != jsType(scalar) {
		return "Field " + f.Name + " should be of type " + jsType(scalar) + ", " + jsTypeOf(v) + " received. " + jsText(v)
	}
	if !c.hasForm(scalar, v) {
		return wrongForm(f, string(scalar), v)
	}
	return ""
}

func notAList(f *Field, element string, v record.Value) string {
	if !f.Required {
		element += " | null | undefined"
	}
	return "Field " + f.Name + " should be of type [" + element + "], " + jsTypeOf(v) + " received. " + jsText(v)
}

func (c checker) checkList(f *Field, v record.Value) string {
	scalar := f.Type.Scalar
	want := jsType(scalar)
	if v.Kind() != record.List {
		return notAList(f, want, v)
	}
	typesOK, formsOK := true, true
	kinds := ""
	v.Elements(func(i int, e record.Value) bool {
		if i > 0 {
			kinds += ","
		}
		if e.IsNull() {
			kinds += "null"
			typesOK = typesOK && !f.Required
			return true
		}
		kinds += jsTypeOf(e)
		typesOK = typesOK && (scalar == AWSJSON || jsTypeOf(e) == want)
		formsOK = formsOK && c.hasForm(scalar, e)
		return true
	})
	if !typesOK {
		if !f.Required {
			want += " | null | undefined"
		}
		return "All elements in the " + f.Name + " array should be of type " + want + ", [" + kinds + "] received. " + jsText(v)
	}
	if !formsOK {
		return wrongElements(f, string(scalar), v)
	}
	return ""
}

func (c checker) checkNonModel(f *Field, v record.Value) string {
	n := c.NonModel(f.Type.NonModel)
	if !f.Array {
		if v.Kind() != record.Object { // "recieved": Amplify's spelling
			return "Field " + f.Name + " should be of type " + n.Name + ", " + jsTypeOf(v) + " recieved. " + jsText(v)
		}
		return c.checkEmbeddedFields(f, n, v)
	}
	if v.Kind() != record.List {
		return notAList(f, n.Name, v)
	}
	reason := ""
	v.Elements(func(_ int, e record.Value) bool {
		switch {
		case e.IsNull() && !f.Required:
		case e.Kind() != record.Object:
			reason = "All elements in the " + f.Name + " array should be of type " + n.Name +
				", [" + jsTypeOf(e) + "] received. " + jsText(e)
		default:
			reason = c.checkEmbeddedFields(f, n, e)
		}
		return reason == ""
	})
	return reason
}

// checkEmbeddedFields checks an embedded object as a whole: it is always replaced as a whole, so
// what it lacks is null.
func (c checker) checkEmbeddedFields(holder *Field, n *NonModel, v record.Value) string {
	unknown := ""
	if c.how == Strict {
		v.Fields(func(name string, _ record.Value) bool {
			if n.Field(name) == nil {
				unknown = "Field " + holder.Name + " should be of type " + n.Name + ", which has no field " + name + "."
			}
			return unknown == ""
		})
	}
	if unknown != "" {
		return unknown
	}
	for _, f := range n.Fields {
		if reason := c.checkField(f, v.Field(f.Name)); reason != "" {
			return reason
		}
	}
	return ""
}

// jsType is the JavaScript type that the Amplify client wants for a scalar.
func jsType(scalar Scalar) string {
	switch scalar {
	case Boolean:
		return "boolean"
	case Int, Float, AWSTimestamp:
		return "number"
	case AWSJSON:
		return "object"
	}
	return "string"
}

// jsTypeOf is JavaScript's typeof.
func jsTypeOf(v record.Value) string {
	switch v.Kind() {
	case record.Missing:
		return "undefined"
	case record.Bool:
		return "boolean"
	case record.Number:
		return "number"
	case record.String:
		return "string"
	}
	return "object"
}

// jsText is what JavaScript puts into a template string for v.
func jsText(v record.Value) string {
	switch v.Kind() {
	case record.Missing:
		return "undefined"
	case record.String:
		return v.Str()
	case record.Object:
		return "[object Object]"
	case record.List:
		text := ""
		v.Elements(func(i int, e record.Value) bool {
			if i > 0 {
				text += ","
			}
			if !e.IsNull() {
				text += jsText(e)
			}
			return true
		})
		return text
	}
	return v.String()
}
