package sdl

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

// collect takes the names of all types, so that later stages know what a name stands for.
func (c *compiler) collect(doc *ast.SchemaDocument) {
	for _, s := range append(doc.Schema, doc.SchemaExtension...) {
		c.notice(s.Position, "The schema block is not read.", "Queries, mutations and subscriptions are generated.")
	}
	for _, d := range append(doc.Directives, doc.DirectiveExtensions...) {
		c.notice(d.Position, "The definition of @"+d.Name+" is not read.", "The Amplify directives are built in.")
	}
	for _, d := range doc.Extensions {
		if operations[d.Name] {
			c.custom(d)
		} else {
			c.wrong(d.Position, "extend is not supported.", "Write all of "+d.Name+" in its own definition.")
		}
	}
	for _, d := range doc.Definitions {
		c.aside(d)
	}
	var embedded []*ast.Definition
	for _, d := range doc.Definitions {
		if !c.take(d) {
			continue
		}
		switch {
		case d.Kind == ast.Enum:
			c.enum(d)
		case d.Directives.ForName("model") != nil:
			m := &model{source: d, fields: map[string]*ast.FieldDefinition{},
				Model: &schema.Model{Name: d.Name, Plural: Plural(d.Name), Syncable: true, SubscriptionLevel: "on"}}
			c.order = append(c.order, m)
			c.models[d.Name] = m
		default:
			embedded = append(embedded, d)
		}
	}
	for _, d := range c.storable(embedded) {
		c.embedded(d)
	}
}

// take checks a definition's kind and name and notes the name.
func (c *compiler) take(d *ast.Definition) bool {
	switch d.Kind {
	case ast.InputObject:
		if d.Name == "AMPLIFY" {
			c.settings(d)
			return false
		}
		return false
	case ast.Interface, ast.Union, ast.Scalar:
		return false // see aside
	}
	if operations[d.Name] {
		c.custom(d)
		return false
	}
	if c.types[d.Name] != nil {
		c.wrong(d.Position, "The name "+d.Name+" is taken.", "Rename one of the two types.")
		return false
	}
	_, scalar := schema.ScalarOf(d.Name)
	switch {
	case scalar:
		c.wrong(d.Position, d.Name+" is a scalar.", "Choose another name.")
		return false
	case schema.ReservedName(d.Name) || strings.HasPrefix(d.Name, "__"):
		c.wrong(d.Position, "The name "+d.Name+" is reserved.", "Choose another name.")
		return false
	}
	if generatedWords[d.Name] {
		c.wrong(d.Position, "The generated code needs the name "+d.Name+" itself.", "Choose another name, for example "+upperFirst(d.Name)+"Kind.")
		return false
	}
	if first := d.Name[0]; d.Kind == ast.Object && (first < 'A' || first > 'Z') {
		c.wrong(d.Position, "The type name "+d.Name+" does not begin with a capital letter.", "Write "+upperFirst(d.Name)+".")
	}
	if len(d.Interfaces) > 0 {
		c.notice(d.Position, "The interfaces of "+d.Name+" are not read.", "Its fields are those that it lists itself.")
	}
	c.types[d.Name] = d
	c.checkDirectives(d.Directives, false)
	return true
}

func (c *compiler) enum(d *ast.Definition) {
	e := &schema.Enum{Name: d.Name}
	seen := map[string]bool{}
	for _, v := range d.EnumValues {
		switch {
		case seen[v.Name]:
			c.wrong(v.Position, "The value "+v.Name+" is in the enum twice.", "Keep one of them.")
		case schema.ReservedName(v.Name) || strings.HasPrefix(v.Name, "__"):
			c.wrong(v.Position, "The name "+v.Name+" is reserved.", "Choose another name.")
		}
		if len(v.Directives) > 0 {
			c.wrong(v.Position, "A value of an enum cannot have directives.", "Remove @"+v.Directives[0].Name+".")
		}
		seen[v.Name] = true
		e.Values = append(e.Values, v.Name)
	}
	if len(d.EnumValues) == 0 {
		c.wrong(d.Position, "The enum "+d.Name+" has no values.", "Write at least one.")
	}
	c.schema.Enums = append(c.schema.Enums, e)
}

func (c *compiler) embedded(d *ast.Definition) {
	n := &schema.NonModel{Name: d.Name}
	seen := map[string]bool{}
	for _, f := range d.Fields {
		if c.answeredElsewhere(d, f) || !c.fieldName(f, seen) {
			continue
		}
		if c.models[f.Type.Name()] != nil {
			c.notice(f.Position, "The field "+f.Name+" of the embedded type "+d.Name+" leads to the model "+f.Type.Name()+", and is not served.",
				"Write "+f.Name+"ID: ID, or make "+d.Name+" a @model and connect the two.")
			continue
		}
		c.checkDirectives(f.Directives, true)
		for _, found := range f.Directives {
			if directives[found.Name].onField && directives[found.Name].unserved == "" {
				c.wrong(found.Position, "@"+found.Name+" works only in a @model type.", "Remove it, or write type "+d.Name+" @model.")
				break
			}
		}
		field := c.field(f)
		n.Fields = append(n.Fields, field)
	}
	if len(n.Fields) == 0 {
		c.wrong(d.Position, "The type "+d.Name+" has no fields.", "Write at least one.")
	}
	c.schema.NonModels = append(c.schema.NonModels, n)
}

// embeddedEndless reports embedded types that contain themselves.
func (c *compiler) embeddedEndless() {
	var reaches func(from *schema.NonModel, name string, depth int) bool
	reaches = func(from *schema.NonModel, name string, depth int) bool {
		for _, f := range from.Fields {
			next := c.schema.NonModel(f.Type.NonModel)
			if f.Type.NonModel == name || depth < schema.EmbeddedMax && next != nil && reaches(next, name, depth+1) {
				return true
			}
		}
		return false
	}
	for _, n := range c.schema.NonModels {
		if reaches(n, n.Name, 0) {
			c.wrong(c.types[n.Name].Position, "The embedded type "+n.Name+" contains itself.",
				"Make it a @model and connect it with @hasMany, or use AWSJSON.")
		}
	}
}

// generatedNames reports types and models whose names collide with what the API generates.
func (c *compiler) generatedNames() {
	plurals := map[string]*model{}
	for _, m := range c.order {
		if other := plurals[m.Plural]; other != nil {
			c.wrong(m.source.Position, "The models "+other.Name+" and "+m.Name+" have the same plural "+m.Plural+
				", so both would be listed by list"+m.Plural+".", "Rename one of them.")
		}
		plurals[m.Plural] = m
		for _, name := range []string{"Model" + m.Name + "Connection", "Create" + m.Name + "Input", "Update" + m.Name + "Input",
			"Delete" + m.Name + "Input", "Model" + m.Name + "FilterInput", "Model" + m.Name + "ConditionInput"} {
			if d := c.types[name]; d != nil {
				c.wrong(d.Position, "The type "+name+" is generated for the model "+m.Name+".", "Choose another name.")
			}
		}
	}
}

// generatedWords are names that a generated index.js or index.d.ts uses, and words of JavaScript
// and TypeScript that an enum in lower case could be called.
var generatedWords = words(`Object Promise PersistentModelConstructor ModelInit MutableModel AsyncCollection ManagedIdentifier
	OptionallyManagedIdentifier CustomIdentifier CompositeIdentifier
	schema initSchema any arguments as async await bigint boolean break case catch class const continue
	debugger declare default delete do else enum eval export extends false finally for from function get if
	implements import in instanceof interface is keyof let module namespace never new null number object of
	package private protected public readonly require return set static string super switch symbol this throw
	true try type typeof undefined unique unknown var void while with yield`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}
