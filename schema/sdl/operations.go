package sdl

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

// operations reads queries, mutations or subscriptions of @model: null leaves out all of them, or
// one; a name renames one; subscriptions take a list of names.
func (c *compiler) operations(m *model, a *ast.Argument) {
	known := schema.OperationsOf(a.Name)
	if a.Value.Kind == ast.NullValue {
		for _, operation := range known {
			m.SetOperation(operation)
		}
		return
	}
	if a.Value.Kind != ast.ObjectValue {
		c.wrong(a.Position, a.Name+" is no object.", "Write "+a.Name+": {"+known[0]+`: "someName"}, or null.`)
		return
	}
	for _, child := range a.Value.Children {
		if slices.Contains(known, child.Name) {
			c.operation(m, a.Name, child)
		} else {
			c.wrong(child.Position, "There is no operation "+child.Name+" among the "+a.Name+".", didYouMean(child.Name, known))
		}
	}
}

func (c *compiler) operation(m *model, group string, child *ast.ChildValue) {
	if child.Value.Kind == ast.NullValue {
		m.SetOperation(child.Name)
		return
	}
	names := stringsOf(child.Value)
	if group != "subscriptions" && child.Value.Kind != ast.StringValue || !isStrings(child.Value) ||
		slices.ContainsFunc(names, func(name string) bool { return !isName(name) }) {
		c.wrong(child.Position, "The name of "+child.Name+" is no field name.", `Write a name in quotes, or null.`)
		return
	}
	m.SetOperation(child.Name, names...)
}

// subscriptions reads the level besides the names.
func (c *compiler) subscriptions(m *model, a *ast.Argument) {
	if a.Value.Kind == ast.NullValue {
		m.SubscriptionLevel = "off"
		return
	}
	names := *a.Value
	names.Children = nil
	for _, child := range a.Value.Children {
		switch levels := []string{"on", "public", "off"}; {
		case child.Name != "level":
			names.Children = append(names.Children, child)
		case !slices.Contains(levels, child.Value.Raw):
			c.wrong(child.Position, "There is no subscription level "+child.Value.Raw+".", didYouMean(child.Value.Raw, levels))
		default:
			m.SubscriptionLevel = child.Value.Raw
		}
	}
	c.operations(m, &ast.Argument{Name: a.Name, Value: &names, Position: a.Position})
}
