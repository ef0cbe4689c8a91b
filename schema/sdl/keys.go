package sdl

import (
	"slices"
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
		c.wrong(positionOf(d, "queryField"), "The query field "+quoted(index.QueryField)+" is not a valid name.", "Write letters and digits only.")
	}
	if m.Index(index.Name) != nil {
		c.wrong(positionOf(d, "name"), "The model "+m.Name+" has two indexes named "+index.Name+".", "Rename one of them.")
		return
	}
	if p := d.Arguments.ForName("projection"); p != nil {
		c.projection(p)
	}
	m.Indexes = append(m.Indexes, index)
}

// projection is checked and has no effect: our rows are read as a whole, so that an index query
// answers with every field, whatever the index of another back end would hold.
func (c *compiler) projection(p *ast.Argument) {
	kind := p.Value.Children.ForName("type")
	if kind == nil || !slices.Contains(projections, kind.Raw) {
		c.wrong(p.Position, "The projection has no type.", "Write projection: {type: ALL}, or KEYS_ONLY or INCLUDE.")
	}
}

var projections = []string{"ALL", "KEYS_ONLY", "INCLUDE"}

// operationNames reports generated operations and index queries of the same name. That two models
// have the same plural is reported elsewhere.
func (c *compiler) operationNames() {
	taken := map[string]string{} // by field: which operation of which model
	take := func(m *model, field, what string) {
		if other := taken[field]; other != "" && what != "sync of "+m.Name && what != "list of "+m.Name {
			c.wrong(m.source.Position, "The name "+field+" of "+what+" is taken by "+other+".", "Give one of the two another name.")
		}
		taken[field] = what
	}
	for _, m := range c.order {
		own := map[string]string{"get": camel("get", m.Name), "list": camel("list", m.Plural)}
		take(m, camel("sync", m.Plural), "sync of "+m.Name)
		for _, group := range []string{"queries", "mutations", "subscriptions"} {
			for _, operation := range schema.OperationsOf(group) {
				if own[operation] == "" {
					own[operation] = camel(operation, m.Name)
				}
				for _, field := range m.FieldNames(operation, own[operation]) {
					take(m, field, operation+" of "+m.Name)
				}
			}
		}
	}
	for _, m := range c.order {
		for _, index := range m.Indexes {
			if index.QueryField != "" {
				take(m, index.QueryField, "the index "+index.Name+" of "+m.Name)
			}
		}
	}
}
