package schema

import "github.com/deltabase/deltabase/record"

// FieldError says which field is wrong and what to write instead; its code is "invalid_value".
type FieldError struct {
	Model, Field, Reason string
}

func (e *FieldError) Error() string { return e.Reason }

// Code is the stable code of the error.
func (e *FieldError) Code() string { return "invalid_value" }

// Check reports what is wrong with the values of fields in row: type, format, null for a
// required field. Fields that row lacks are not checked unless complete is set. Fields the
// model does not know are ignored. The messages are those of the Amplify client (SPEC.md); like
// there, enum values and the range of an Int are left to the server. The error is a *FieldError.
func (s *Schema) Check(m *Model, row record.Value, complete bool) error {
	if row.Kind() != record.Object {
		return &FieldError{Model: m.Name, Reason: "A record of " + m.Name + " is an object, " +
			jsTypeOf(row) + " received. " + jsText(row)}
	}
	for _, f := range m.Stored() {
		v := row.Field(f.Name)
		if !v.Exists() && !complete {
			continue
		}
		if reason := s.checkStored(m, f, v); reason != "" {
			return &FieldError{Model: m.Name, Field: f.Name, Reason: reason}
		}
	}
	return nil
}

func (s *Schema) checkStored(m *Model, f *Field, v record.Value) string {
	serverSets := f.ReadOnly || f.Name == m.CreatedAt || f.Name == m.UpdatedAt
	if v.IsNull() && serverSets {
		return ""
	}
	if v.Kind() == record.String && m.IsKey(f.Name) && v.Str() == "" {
		return emptyKey
	}
	return s.checkField(f, v)
}

// checkField returns what is wrong with one field's value, "" when nothing is.
func (s *Schema) checkField(f *Field, v record.Value) string {
	if v.IsNull() {
		if !f.Array && f.Required || f.Array && !f.ArrayNullable {
			return "Field " + f.Name + " is required"
		}
		return ""
	}
	switch {
	case f.Type.Enum != "":
		if f.Array && v.Kind() != record.List {
			return notAList(f, "string", v)
		}
		return ""
	case f.Type.NonModel != "":
		return s.checkNonModel(f, v)
	case f.Array:
		return checkList(f, v)
	}
	return checkSingle(f, v)
}

func checkSingle(f *Field, v record.Value) string {
	scalar := f.Type.Scalar
	if scalar == AWSJSON {
		if !clientForm(AWSJSON, v) {
			return "Field " + f.Name + " is an invalid JSON object. " + jsText(v)
		}
		return ""
	}
	if jsTypeOf(v) != jsType(scalar) {
		return "Field " + f.Name + " should be of type " + jsType(scalar) + ", " + jsTypeOf(v) + " received. " + jsText(v)
	}
	if !clientForm(scalar, v) {
		return "Field " + f.Name + " should be of type " + string(scalar) + ", validation failed. " + jsText(v)
	}
	return ""
}

func notAList(f *Field, element string, v record.Value) string {
	if !f.Required {
		element += " | null | undefined"
	}
	return "Field " + f.Name + " should be of type [" + element + "], " + jsTypeOf(v) + " received. " + jsText(v)
}

func checkList(f *Field, v record.Value) string {
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
		formsOK = formsOK && clientForm(scalar, e)
		return true
	})
	if !typesOK {
		if !f.Required {
			want += " | null | undefined"
		}
		return "All elements in the " + f.Name + " array should be of type " + want + ", [" + kinds + "] received. " + jsText(v)
	}
	if !formsOK {
		return "All elements in the " + f.Name + " array should be of type " + string(scalar) +
			", validation failed for one or more elements. " + jsText(v)
	}
	return ""
}

func (s *Schema) checkNonModel(f *Field, v record.Value) string {
	n := s.NonModel(f.Type.NonModel)
	if !f.Array {
		if v.Kind() != record.Object { // "recieved": Amplify's spelling
			return "Field " + f.Name + " should be of type " + n.Name + ", " + jsTypeOf(v) + " recieved. " + jsText(v)
		}
		return s.checkEmbeddedFields(n, v)
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
			reason = s.checkEmbeddedFields(n, e)
		}
		return reason == ""
	})
	return reason
}

// checkEmbeddedFields checks an embedded object as a whole: it is always replaced as a whole, so
// what it lacks is null.
func (s *Schema) checkEmbeddedFields(n *NonModel, v record.Value) string {
	for _, f := range n.Fields {
		if reason := s.checkField(f, v.Field(f.Name)); reason != "" {
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
