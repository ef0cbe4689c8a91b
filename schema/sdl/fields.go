package sdl

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// reservedFields are kept by the sync protocol, or have a meaning in filters.
var reservedFields = map[string]string{
	"_version": "the server keeps it", "_deleted": "the server keeps it", "_lastChangedAt": "the server keeps it",
	"_ttl": "the server keeps it", "and": "filters use it", "or": "filters use it", "not": "filters use it",
}

// fieldName checks a field's name and that it is there once.
func (c *compiler) fieldName(f *ast.FieldDefinition, seen map[string]bool) bool {
	if seen[f.Name] {
		c.wrong(f.Position, "The field "+f.Name+" is declared twice.", "Keep one of them.")
		return false
	}
	seen[f.Name] = true
	if why := reservedFields[f.Name]; why != "" {
		c.wrong(f.Position, "The field name "+f.Name+" is reserved: "+why+".", "Remove the field or choose another name.")
		return false
	}
	if schema.ReservedName(f.Name) || strings.HasPrefix(f.Name, "__") {
		c.wrong(f.Position, "The field name "+f.Name+" is reserved.", "Choose another name.")
		return false
	}
	if len(f.Arguments) > 0 {
		c.wrong(f.Position, "The field "+f.Name+" has arguments.", "Remove them: a stored field takes none.")
	}
	return true
}

// field reads a field's type.
func (c *compiler) field(f *ast.FieldDefinition) *schema.Field {
	field := &schema.Field{Name: f.Name, Required: f.Type.NonNull}
	t := f.Type
	if t.Elem != nil {
		field.Array, field.ArrayNullable, field.Required = true, !t.NonNull, t.Elem.NonNull
		if t = t.Elem; t.Elem != nil {
			c.wrong(f.Position, "The field "+f.Name+" is a list of lists.", "Use a list of an embedded type, or AWSJSON.")
			for t.Elem != nil {
				t = t.Elem
			}
		}
	}
	name := t.NamedType
	scalar, ok := schema.ScalarOf(name)
	d := c.types[name]
	switch {
	case ok:
		field.Type.Scalar = scalar
	case d == nil && c.unread[name] != "":
		c.wrong(f.Position, "The field "+f.Name+" has the type "+name+", and "+c.unread[name]+" can't be stored.",
			"Use a scalar, an enum, an embedded type or AWSJSON.")
		field.Type.Scalar = schema.String
	case d == nil:
		c.wrong(f.Position, "The field "+f.Name+" has the unknown type "+name+".", didYouMean(name, c.typeNames()))
		field.Type.Scalar = schema.String // so that the later stages can go on
	case d.Kind == ast.Enum:
		field.Type.Enum = name
	case c.models[name] != nil:
		field.Type.Model = name
	default:
		field.Type.NonModel = name
	}
	return field
}

func (c *compiler) typeNames() []string {
	names := []string{"ID", "String", "Int", "Float", "Boolean", "AWSDate", "AWSTime", "AWSDateTime", "AWSTimestamp",
		"AWSEmail", "AWSJSON", "AWSURL", "AWSPhone", "AWSIPAddress"}
	return append(names, sortedKeys(c.types)...)
}

func (c *compiler) modelFields(m *model) {
	seen := map[string]bool{}
	for _, f := range m.source.Fields {
		if c.answeredElsewhere(m.source, f) || !c.fieldName(f, seen) {
			continue
		}
		m.fields[f.Name] = f
		c.checkDirectives(f.Directives, true)
		field := c.field(f)
		m.Fields = append(m.Fields, field)
		if d := f.Directives.ForName("default"); d != nil {
			c.defaultValue(field, d)
		}
		c.relation(m, field, f)
	}
}

// defaultValue reads @default, whose value is always a string, into the field's own type.
func (c *compiler) defaultValue(f *schema.Field, d *ast.Directive) {
	at := positionOf(d, "value")
	argument := d.Arguments.ForName("value")
	if argument == nil {
		c.wrong(at, "@default has no value.", `Write @default(value: "...").`)
		return
	}
	if f.Array || f.Type.NonModel != "" || f.Type.Model != "" {
		c.wrong(at, "The field "+f.Name+" cannot have a default.", "Only single scalars and enums have one; remove @default.")
		return
	}
	text := argument.Value.Raw
	if f.Type.Enum != "" {
		f.Default = record.OfString(text)
		if e := c.schema.Enum(f.Type.Enum); e != nil && !e.Has(f.Default) {
			c.wrong(at, quoted(text)+" is not a value of the enum "+e.Name+".", didYouMean(text, e.Values))
		}
		return
	}
	f.Default = defaultText(f.Type.Scalar, text)
	if reason := schema.CheckScalar(f.Type.Scalar, f.Default); reason != "" {
		c.wrong(at, "The default "+quoted(text)+" does not fit the field "+f.Name+".", reason)
	}
}

func defaultText(scalar schema.Scalar, text string) record.Value {
	switch scalar {
	case schema.Int, schema.Float, schema.AWSTimestamp, schema.Boolean:
		if v, err := record.Parse([]byte(text)); err == nil && v.Kind() != record.String {
			return v
		}
	}
	return record.OfString(text)
}

// modelSettings reads the arguments of @model.
func (c *compiler) modelSettings(m *model) {
	m.CreatedAt, m.UpdatedAt = "createdAt", "updatedAt"
	d := m.source.Directives.ForName("model")
	for _, a := range d.Arguments {
		switch a.Name {
		case "queries", "mutations":
			c.operations(m, a)
		case "timestamps":
			c.timestampNames(m, a)
		case "subscriptions":
			c.subscriptions(m, a)
		}
	}
}

func (c *compiler) timestampNames(m *model, a *ast.Argument) {
	if a.Value.Kind == ast.NullValue {
		m.CreatedAt, m.UpdatedAt = "", ""
		return
	}
	if a.Value.Kind != ast.ObjectValue {
		c.wrong(a.Position, "timestamps is not an object.", `Write timestamps: {createdAt: "createdOn", updatedAt: "updatedOn"}, or null.`)
		return
	}
	for _, child := range a.Value.Children {
		name := child.Value.Raw
		if child.Value.Kind == ast.NullValue {
			name = ""
		} else if child.Value.Kind != ast.StringValue || !isName(name) {
			c.wrong(child.Position, "The timestamp "+child.Name+" is no field name.", `Write a name in quotes, or null.`)
			continue
		}
		switch child.Name {
		case "createdAt":
			m.CreatedAt = name
		case "updatedAt":
			m.UpdatedAt = name
		default:
			c.wrong(child.Position, "There is no timestamp "+child.Name+".", didYouMean(child.Name, []string{"createdAt", "updatedAt"}))
		}
	}
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && !strings.HasPrefix(s, "__") && !schema.ReservedName(s) && reservedFields[s] == ""
}

// timestamps adds the fields that the server keeps, unless they are declared.
func (c *compiler) timestamps(m *model) {
	for _, name := range []string{m.CreatedAt, m.UpdatedAt} {
		if name == "" {
			continue
		}
		f := m.Field(name)
		if f == nil {
			m.Fields = append(m.Fields, &schema.Field{Name: name, Type: schema.Type{Scalar: schema.AWSDateTime}, ReadOnly: true})
			continue
		}
		if f.Array || f.Type.Scalar != schema.AWSDateTime && f.Type.Scalar != schema.String {
			c.wrong(m.fields[name].Position, "The server writes the time of a change into "+name+", which is of another type.",
				"Write "+name+": AWSDateTime, or @model(timestamps: null) to keep the field for yourself.")
		}
	}
	if len(m.Fields) > schema.FieldsMax {
		c.wrong(m.source.Position, "The model "+m.Name+" has more than "+strconv.Itoa(schema.FieldsMax)+" fields.",
			"Move some of them into a model of their own.")
	}
}
