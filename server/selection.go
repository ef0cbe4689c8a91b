package server

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/record"
)

// selection is one response key of a selection set, with everything selected under it.
type selection struct {
	key, name string
	fields    []*ast.Field // the fields merged under the key; the arguments are those of the first
	first     [1]*ast.Field
	arguments map[string]record.Value // coerced; an argument that was not given is Missing
}

// collect gathers the fields of a selection set in the order of their first appearance. It spreads fragments, applies
// @skip and @include, and coerces arguments, so that values which validation can't check (the form of an AWSDateTime)
// are refused before a field runs. The API has no interfaces or unions, so validation has made sure that every type
// condition holds. An error is a *coerceError.
func (x *execution) collect(sets ...ast.SelectionSet) ([]*selection, error) {
	most := 0
	for _, set := range sets {
		most += len(set)
	}
	c := collector{x: x, byKey: make(map[string]*selection, most), list: make([]*selection, 0, most)}
	for _, set := range sets {
		if err := c.add(set); err != nil {
			return nil, err
		}
	}
	for _, s := range c.list {
		if err := x.coerceArguments(s); err != nil {
			return nil, err
		}
	}
	return c.list, nil
}

type collector struct {
	x     *execution
	byKey map[string]*selection
	list  []*selection
}

func (c *collector) add(set ast.SelectionSet) error {
	for _, one := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch one := one.(type) {
		case *ast.Field:
			directives = one.Directives
		case *ast.InlineFragment:
			directives, inner = one.Directives, one.SelectionSet
		case *ast.FragmentSpread:
			directives, inner = one.Directives, one.Definition.SelectionSet
		}
		wanted, err := c.x.wanted(directives)
		if err != nil {
			return err
		}
		if !wanted {
			continue
		}
		if f, ok := one.(*ast.Field); ok {
			c.field(f)
		} else if err := c.add(inner); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) field(f *ast.Field) {
	known, ok := c.byKey[f.Alias]
	if !ok {
		known = &selection{key: f.Alias, name: f.Name}
		known.fields = known.first[:0]
		c.byKey[f.Alias] = known
		c.list = append(c.list, known)
	}
	known.fields = append(known.fields, f)
}

// below collects the fields selected under a field. An error is a refusal of the root field.
func (x *execution) below(s *selection) ([]*selection, error) {
	sets := make([]ast.SelectionSet, 0, len(s.fields))
	for _, f := range s.fields {
		sets = append(sets, f.SelectionSet)
	}
	list, err := x.collect(sets...)
	if err != nil {
		return nil, refuse("", "%s", err.Error())
	}
	return list, nil
}

func (x *execution) wanted(directives ast.DirectiveList) (bool, error) {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		condition := d.Arguments.ForName("if")
		if condition == nil {
			continue
		}
		value := literal(condition.Value, x.vars)
		if value.IsNull() {
			return false, &coerceError{"Variable 'if' has coerced Null value for NonNull type 'Boolean!'"}
		}
		if value.Bool() == (d.Name == "skip") {
			return false, nil
		}
	}
	return true, nil
}
