package sdl

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// side is one of the two fields of a @manyToMany relation.
type side struct {
	owner     *ast.Definition
	field     *ast.FieldDefinition
	directive *ast.Directive
}

func (s side) target() string {
	if s.field.Type.Elem == nil {
		return ""
	}
	return s.field.Type.Elem.NamedType
}

// manyToMany writes each pair of @manyToMany fields as what it stands for, before anything else is
// read: a join model with a @belongsTo to each side, and @hasMany to it on both.
func (c *compiler) manyToMany(doc *ast.SchemaDocument) {
	relations := map[string][]side{}
	var names []string // in the order of the text
	for _, d := range doc.Definitions {
		for _, f := range d.Fields {
			directive := f.Directives.ForName("manyToMany")
			if directive == nil {
				continue
			}
			s := side{d, f, directive}
			name := c.relationName(s)
			if name == "" {
				continue
			}
			if relations[name] == nil {
				names = append(names, name)
			}
			relations[name] = append(relations[name], s)
		}
	}
	for _, name := range names {
		if c.pair(doc, name, relations[name]) {
			c.join(doc, name, relations[name][0], relations[name][1])
		}
	}
}

func without(list ast.DirectiveList, d *ast.Directive) ast.DirectiveList {
	var kept ast.DirectiveList
	for _, other := range list {
		if other != d {
			kept = append(kept, other)
		}
	}
	return kept
}

// relationName is the name of the join model; "" for a field that is left as it is: it was reported,
// or will be.
func (c *compiler) relationName(s side) string {
	name := upperFirst(stringArgument(s.directive, "relationName"))
	switch {
	case s.owner.Directives.ForName("model") == nil:
	case !isName(name):
		c.wrong(positionOf(s.directive, "relationName"), "@manyToMany on "+s.field.Name+" names no relation.",
			`Write the same @manyToMany(relationName: "...") on both sides; it names the model between them.`)
	case s.target() == "":
		c.wrong(s.field.Position, "@manyToMany on "+s.field.Name+" needs a list.", "Write "+s.field.Name+": ["+s.field.Type.Name()+"]")
	case hasRelation(s.field):
		c.wrong(s.directive.Position, "The field "+s.field.Name+" has two relations.", "Keep one of them.")
	default:
		return name
	}
	return ""
}

func hasRelation(f *ast.FieldDefinition) bool {
	for name := range relationKinds {
		if f.Directives.ForName(name) != nil {
			return true
		}
	}
	return false
}

// pair checks that a relation has two sides that lead to one another.
func (c *compiler) pair(doc *ast.SchemaDocument, name string, sides []side) bool {
	at := sides[0].directive.Position
	switch {
	case len(sides) != 2:
		c.wrong(at, "The relation "+name+" is named by "+count(len(sides))+"; it takes exactly two.",
			"Write @manyToMany(relationName: "+quoted(name)+") once on each of the two models.")
	case sides[0].owner == sides[1].owner:
		c.wrong(sides[1].directive.Position, "Both sides of the relation "+name+" are in "+sides[0].owner.Name+".",
			"Write the model between them yourself, with two @belongsTo fields.")
	case sides[0].target() != sides[1].owner.Name || sides[1].target() != sides[0].owner.Name:
		c.wrong(at, "The two sides of the relation "+name+" do not lead to one another.",
			"Write "+sides[0].field.Name+": ["+sides[1].owner.Name+"] in "+sides[0].owner.Name+" and "+
				sides[1].field.Name+": ["+sides[0].owner.Name+"] in "+sides[1].owner.Name+".")
	case doc.Definitions.ForName(name) != nil:
		c.wrong(positionOf(sides[0].directive, "relationName"), "The name "+name+" of the relation is taken by a type.", "Choose another relationName.")
	default:
		return true
	}
	return false
}

// join adds the model between two others and leads both sides to it.
func (c *compiler) join(doc *ast.SchemaDocument, name string, a, b side) {
	at := a.directive.Position
	d := &ast.Definition{Kind: ast.Object, Name: name, Position: at, Directives: ast.DirectiveList{directiveAt(at, "model")}}
	if rules := unitedRules(a.owner, b.owner); rules != nil {
		auth := directiveAt(at, "auth")
		auth.Arguments = ast.ArgumentList{{Name: "rules", Value: rules, Position: at}}
		d.Directives = append(d.Directives, auth)
	}
	d.Fields = ast.FieldList{{Name: "id", Type: ast.NonNullNamedType("ID", at), Position: at}}
	for _, s := range []side{a, b} {
		index := "by" + s.owner.Name
		keys := keyFields(s.owner)
		foreign := make([]string, len(keys))
		for i, key := range keys {
			foreign[i] = camel(s.owner.Name, key.Name)
		}
		for i, key := range keys {
			f := &ast.FieldDefinition{Name: foreign[i], Type: ast.NonNullNamedType(key.Type.Name(), at), Position: at}
			if i == 0 {
				f.Directives = ast.DirectiveList{indexAt(at, index, foreign[1:])}
			}
			d.Fields = append(d.Fields, f)
		}
		belongs := directiveAt(at, "belongsTo")
		belongs.Arguments = ast.ArgumentList{stringsAt(at, "fields", foreign)}
		d.Fields = append(d.Fields, &ast.FieldDefinition{Name: lowerFirst(s.owner.Name), Position: at,
			Type: ast.NonNullNamedType(s.owner.Name, at), Directives: ast.DirectiveList{belongs}})

		many := directiveAt(s.directive.Position, "hasMany")
		many.Arguments = ast.ArgumentList{stringAt(at, "indexName", index), stringsAt(at, "fields", namesOf(keys))}
		if limit := s.directive.Arguments.ForName("limit"); limit != nil {
			many.Arguments = append(many.Arguments, limit)
		}
		c.checkArguments(s.directive, directives["manyToMany"])
		s.field.Type.Elem.NamedType = name
		s.field.Directives = append(without(s.field.Directives, s.directive), many)
	}
	doc.Definitions = append(doc.Definitions, d)
}

// keyFields are the key of a type that is not compiled yet.
func keyFields(d *ast.Definition) []*ast.FieldDefinition {
	for _, f := range d.Fields {
		directive := f.Directives.ForName("primaryKey")
		if directive == nil {
			continue
		}
		keys := []*ast.FieldDefinition{f}
		for _, name := range stringsArgument(directive, "sortKeyFields") {
			if key := d.Fields.ForName(name); key != nil {
				keys = append(keys, key)
			}
		}
		return keys
	}
	if id := d.Fields.ForName("id"); id != nil {
		return []*ast.FieldDefinition{id}
	}
	return []*ast.FieldDefinition{{Name: "id", Type: ast.NonNullNamedType("ID", d.Position)}}
}

func namesOf(fields []*ast.FieldDefinition) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// unitedRules are the auth rules of both sides; nil when neither has any.
func unitedRules(a, b *ast.Definition) *ast.Value {
	united := &ast.Value{Kind: ast.ListValue}
	seen := map[string]bool{}
	for _, d := range []*ast.Definition{a, b} {
		auth := d.Directives.ForName("auth")
		if auth == nil || auth.Arguments.ForName("rules") == nil {
			continue
		}
		rules := auth.Arguments.ForName("rules").Value
		united.Position = rules.Position
		list := rules.Children
		if rules.Kind == ast.ObjectValue {
			list = ast.ChildValueList{{Value: rules, Position: rules.Position}}
		}
		for _, rule := range list {
			if text := rule.Value.String(); !seen[text] {
				seen[text] = true
				united.Children = append(united.Children, rule)
			}
		}
	}
	if len(united.Children) == 0 {
		return nil
	}
	return united
}

func directiveAt(at *ast.Position, name string) *ast.Directive {
	return &ast.Directive{Name: name, Position: at}
}

func indexAt(at *ast.Position, name string, sortKeys []string) *ast.Directive {
	d := directiveAt(at, "index")
	d.Arguments = ast.ArgumentList{stringAt(at, "name", name)}
	if len(sortKeys) > 0 {
		d.Arguments = append(d.Arguments, stringsAt(at, "sortKeyFields", sortKeys))
	}
	return d
}

func stringAt(at *ast.Position, name, text string) *ast.Argument {
	return &ast.Argument{Name: name, Position: at, Value: &ast.Value{Kind: ast.StringValue, Raw: text, Position: at}}
}

func stringsAt(at *ast.Position, name string, texts []string) *ast.Argument {
	list := &ast.Value{Kind: ast.ListValue, Position: at}
	for _, text := range texts {
		value := &ast.Value{Kind: ast.StringValue, Raw: text, Position: at}
		list.Children = append(list.Children, &ast.ChildValue{Value: value, Position: at})
	}
	return &ast.Argument{Name: name, Position: at, Value: list}
}
