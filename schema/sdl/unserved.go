package sdl

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

var operations = map[string]bool{"Query": true, "Mutation": true, "Subscription": true}

// resolvers are directives that name who answers a field.
var resolvers = []string{"function", "http", "predictions", "sql", "conversation", "generation", "aws_subscribe"}

func resolverOf(f *ast.FieldDefinition) string {
	for _, d := range f.Directives {
		if slices.Contains(resolvers, d.Name) {
			return "@" + d.Name
		}
	}
	return ""
}

// custom notes the operations that an app declares itself. They are asked for and answered by an error.
func (c *compiler) custom(d *ast.Definition) {
	for _, f := range d.Fields {
		by := resolverOf(f)
		c.schema.Unserved = append(c.schema.Unserved, schema.Unserved{Type: d.Name, Field: f.Name, By: by})
		what := d.Name + "." + f.Name
		if by != "" {
			what += " (" + by + ")"
		}
		c.notice(f.Position, what+" is not served.", "A request for it gets an error; let another endpoint answer it.")
	}
}

// answeredElsewhere reports a field of a type that a function or another service would answer: nothing
// of it is stored, so the models do not have it.
func (c *compiler) answeredElsewhere(d *ast.Definition, f *ast.FieldDefinition) bool {
	by := resolverOf(f)
	if by == "" {
		return false
	}
	c.notice(f.Position, d.Name+"."+f.Name+" ("+by+") is not served.", "The models do not have the field; store its value, or let another endpoint answer it.")
	return true
}

// aside names the types that only custom operations use.
func (c *compiler) aside(d *ast.Definition) {
	kind := map[ast.DefinitionKind]string{ast.InputObject: "an input", ast.Interface: "an interface", ast.Union: "a union", ast.Scalar: "a scalar of your own"}[d.Kind]
	if kind == "" || d.Kind == ast.InputObject && d.Name == "AMPLIFY" {
		return
	}
	c.unread[d.Name] = kind
	c.notice(d.Position, d.Name+" is "+kind+", and is not read.", "Models use scalars, enums and embedded types; inputs are generated.")
}

// storable leaves out the types that no model embeds and that can't be stored: what custom operations
// answer with, such as pages of models.
func (c *compiler) storable(embedded []*ast.Definition) []*ast.Definition {
	used := map[string]bool{}
	var use func(d *ast.Definition)
	use = func(d *ast.Definition) {
		for _, f := range d.Fields {
			if name := f.Type.Name(); resolverOf(f) == "" && c.types[name] != nil && c.models[name] == nil && !used[name] {
				used[name] = true
				use(c.types[name])
			}
		}
	}
	for _, m := range c.order {
		use(m.source)
	}
	left := map[string]bool{}
	unfit := func(f *ast.FieldDefinition) bool {
		name := f.Type.Name()
		return len(f.Arguments) > 0 || c.models[name] != nil || c.unread[name] != "" || left[name]
	}
	for again := true; again; {
		again = false
		for _, d := range embedded {
			if !used[d.Name] && !left[d.Name] && slices.ContainsFunc(d.Fields, unfit) {
				left[d.Name], again = true, true
			}
		}
	}
	return slices.DeleteFunc(embedded, func(d *ast.Definition) bool {
		if left[d.Name] {
			c.notice(d.Position, "The type "+d.Name+" is embedded in no model and can't be stored.", "The generated models do not have it.")
		}
		return left[d.Name]
	})
}

// firstAuthSetting reads what @auth rules of the first transformer have besides: queries and mutations
// in the place of operations, and identityField for identityClaim.
func (c *compiler) firstAuthSetting(r *schema.AuthRule, child *ast.ChildValue) bool {
	switch child.Name {
	case "identityField":
		r.IdentityClaim = child.Value.Raw
		c.notice(child.Position, "identityField of an auth rule is of the first transformer.", "It is read as identityClaim.")
	case "queries", "mutations":
		names := stringsOf(child.Value)
		if child.Value.Kind == ast.NullValue {
			names = nil
		}
		r.Operations = append(r.Operations, names...)
		c.notice(child.Position, child.Name+" of an auth rule is of the first transformer.",
			"It is read as operations: ["+strings.Join(names, ", ")+"], and allows what it names; what no rule allows is refused.")
	default:
		return false
	}
	return true
}

// protectedBefore names what the rules of a schema of the first transformer left open.
func (c *compiler) protectedBefore(m *model) {
	allowed := map[string]bool{}
	for _, rule := range m.Auth {
		for _, operation := range rule.Operations {
			allowed[operation] = true
		}
	}
	var open []string
	for _, operation := range []string{"create", "update", "delete", "read"} {
		if !allowed[operation] && !(operation == "read" && (allowed["get"] || allowed["list"])) {
			open = append(open, operation)
		}
	}
	if c.first && len(m.Auth) > 0 && len(open) > 0 {
		c.notice(m.source.Position, "No rule of "+m.Name+" names "+strings.Join(open, ", ")+", which the first transformer left open to whoever had signed in; here it is refused.",
			"Add {allow: private, operations: ["+strings.Join(open, ", ")+"]} if that is meant.")
	}
}
