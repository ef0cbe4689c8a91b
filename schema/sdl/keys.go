package sdl

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

// keys reads @primaryKey and @index, and adds the id of a model that declares no key.
func (c *compiler) keys(m *model) {
	for _, f := range m.source.Fields {
		if m.fields[f.Name] != f {
			continue
		}
		for _, d := range f.Directives {
			switch d.Name {
			case "primaryKey":
				c.primaryKey(m, f, d)
			case "index":
				c.index(m, f, d)
			}
		}
	}
	if m.CustomKey {
		return
	}
	m.Key = []string{"id"}
	id := m.Field("id")
	if id == nil {
		m.Fields = append([]*schema.Field{{Name: "id", Type: schema.Type{Scalar: schema.ID}, Required: true}}, m.Fields...)
		return
	}
	if id.Array || !id.Required || id.Type.Scalar != schema.ID && id.Type.Scalar != schema.String {
		c.wrong(m.fields["id"].Position, "The field id is the key of "+m.Name+" and cannot have this type.",
			"Write id: ID!, or mark another field with @primaryKey.")
	}
}

func (c *compiler) primaryKey(m *model, f *ast.FieldDefinition, d *ast.Directive) {
	if m.CustomKey {
		c.wrong(d.Position, m.Name+" has two primary keys.", "Keep one @primaryKey; further key fields go into its sortKeyFields.")
		return
	}
	m.CustomKey = true
	m.Key = append([]string{f.Name}, c.sortKeys(m, f, d)...)
	for _, name := range m.Key {
		field := m.Field(name)
		at := m.fields[name].Position
		if !field.Required || field.Array {
			c.wrong(at, "The key field "+name+" can be null.", "Write "+name+": "+field.Type.Name()+"!")
		}
		if field.Type.Scalar == schema.Boolean || field.Type.Scalar == schema.AWSJSON {
			c.wrong(at, "A "+string(field.Type.Scalar)+" cannot be a key.", "Use ID, String, a number or a date.")
		}
	}
}

// sortKeys reads sortKeyFields and leaves out what does not exist.
func (c *compiler) sortKeys(m *model, f *ast.FieldDefinition, d *ast.Directive) []string {
	c.keyType(m, f.Name, d.Position)
	seen := map[string]bool{f.Name: true}
	var names []string
	for _, name := range stringsArgument(d, "sortKeyFields") {
		at := positionOf(d, "sortKeyFields")
		switch {
		case m.Field(name) == nil || m.fields[name] == nil:
			c.wrong(at, "The sort key field "+name+" does not exist in "+m.Name+".", didYouMean(name, m.storedNames()))
		case seen[name]:
			c.wrong(at, "The field "+name+" is in the key twice.", "Keep one of them.")
		case c.keyType(m, name, at):
			names = append(names, name)
		}
		seen[name] = true
	}
	return names
}

func (c *compiler) keyType(m *model, name string, at *ast.Position) bool {
	f := m.Field(name)
	if f.Array || f.Type.NonModel != "" || f.Type.Model != "" {
		c.wrong(at, "The field "+name+" cannot be part of a key.", "Use a field that holds a single scalar or enum value.")
		return false
	}
	return true
}

func (m *model) storedNames() []string {
	var names []string
	for _, f := range m.Fields {
		if f.Type.Model == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

func (c *compiler) index(m *model, f *ast.FieldDefinition, d *ast.Directive) {
	fields := append([]string{f.Name}, c.sortKeys(m, f, d)...)
	var parts []string
	for _, name := range fields {
		parts = append(parts, upperFirst(name))
	}
	automatic := lowerFirst(m.Plural) + "By" + strings.Join(parts, "And")
	index := schema.Index{Name: stringArgument(d, "name"), QueryField: stringArgument(d, "queryField"), Fields: fields}
	if index.Name == "" {
		index.Name = automatic
	}
	if d.Arguments.ForName("queryField") == nil {
		index.QueryField = automatic
	}
	if index.QueryField != "" && !isName(index.QueryField) {
		c.wrong(positionOf(d, "queryField"), "The query field "+quoted(index.QueryField)+" is no name.", "Write letters and digits only.")
	}
	if m.Index(index.Name) != nil {
		c.wrong(positionOf(d, "name"), "The model "+m.Name+" has two indexes named "+index.Name+".", "Rename one of them.")
		return
	}
	if p := d.Arguments.ForName("projection"); p != nil {
		if kind := p.Value.Children.ForName("type"); kind == nil || kind.Raw != "ALL" {
			c.wrong(p.Position, "Only the projection ALL is supported: each row is read as a whole.", "Remove projection.")
		}
	}
	m.Indexes = append(m.Indexes, index)
}

// indexNames reports query fields that are already taken, by another index or by a generated
// operation.
func (c *compiler) indexNames(m *model) {
	for _, index := range m.Indexes {
		for _, other := range c.order {
			taken := index.QueryField == camel("get", other.Name) || index.QueryField == camel("list", other.Plural) ||
				index.QueryField == camel("sync", other.Plural)
			for _, i := range other.Indexes {
				taken = taken || i.QueryField == index.QueryField && (other != m || i.Name != index.Name)
			}
			if taken && index.QueryField != "" {
				c.wrong(m.source.Position, "The query field "+index.QueryField+" of the index "+index.Name+" in "+m.Name+" is taken.",
					`Write queryField: "..." with another name.`)
				break
			}
		}
	}
}
