package query

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Parse reads a filter input for a model. It returns nil for null, Missing, and a filter that holds for everything,
// such as {}. Errors are *FilterError: unknown field or operator, wrong operand, more than filter_nodes_max comparisons
// and groups (100, in the Client dialect 100,000; redundant groups and the outermost one don't count), or more than
// filter_depth_max (20) levels.
//
// In the Client dialect "not" is resolved at once (not lt becomes ge), as Amplify's predicates do it.
func Parse(m *schema.Model, filter record.Value, dialect Dialect) (*Predicate, error) {
	p := &parser{model: m, dialect: dialect}
	return p.predicate(filter)
}

func (p *parser) predicate(filter record.Value) (*Predicate, error) {
	root, err := p.object(filter, "")
	switch {
	case err != nil:
		return nil, err
	case root.isTrue():
		return nil, nil
	case root.size() > p.nodesMax():
		return nil, p.tooMany("")
	case root.depth() > filterDepthMax:
		return nil, tooDeep("")
	}
	if p.dialect == Client {
		root = gathered(root)
	}
	return &Predicate{root, p.model, p.dialect, p.leads}, nil
}

type parser struct {
	model   *schema.Model
	dialect Dialect
	schema  *schema.Schema // nil for a filter about one model only

	comparisons int
	depth       int
	relations   int
	leads       []string
}

func wrong(path, reason string) error { return &FilterError{Path: path, Reason: reason} }

func (p *parser) nodesMax() int {
	if p.dialect == Client {
		return filterNodesLocalMax
	}
	return filterNodesMax
}

func (p *parser) tooMany(path string) error {
	return wrong(path, "The filter has more than "+strconv.Itoa(p.nodesMax())+
		" comparisons and groups. Use fewer, for example \"in\" instead of many \"eq\".")
}

func tooDeep(path string) error {
	return wrong(path, "The filter has more than "+strconv.Itoa(filterDepthMax)+" levels.")
}

// count refuses a filter that is too large before all of it is read.
func (p *parser) count(path string) error {
	if p.comparisons++; p.comparisons > p.nodesMax() {
		return p.tooMany(path)
	}
	return nil
}

// object reads {field: {operator: operand}, and: [...], or: [...], not: {...}}: all must hold.
func (p *parser) object(filter record.Value, path string) (node, error) {
	if filter.IsNull() {
		return node{kind: kindAll}, nil
	}
	if filter.Kind() != record.Object {
		return node{}, wrong(path, "A filter is an object such as {\"title\":{\"eq\":\"x\"}}.")
	}
	if p.depth++; p.depth > record.DepthMax {
		return node{}, tooDeep(path)
	}
	defer func() { p.depth-- }()
	var children []node
	var err error
	filter.Fields(func(name string, value record.Value) bool {
		var child node
		if child, err = p.entry(name, value, join(path, name)); err == nil {
			children = append(children, child)
		}
		return err == nil
	})
	if err != nil {
		return node{}, err
	}
	return allOf(children), nil
}

func (p *parser) entry(name string, value record.Value, path string) (node, error) {
	if value.IsNull() {
		return node{kind: kindAll}, nil
	}
	switch name {
	case "and", "or":
		return p.list(name, value, path)
	case "not":
		return p.not(value, path)
	}
	if p.schema != nil {
		if f := p.model.Field(name); f != nil && f.Type.Model != "" {
			return p.relatedNode(f, value, path)
		}
	}
	return p.field(name, value, path)
}

// list reads and/or. As in GraphQL, a single object stands for a list of one.
func (p *parser) list(name string, value record.Value, path string) (node, error) {
	if value.Kind() == record.Object {
		return p.object(value, path)
	}
	if value.Kind() != record.List {
		return node{}, wrong(path, "\""+name+"\" takes a list of filters.")
	}
	var children []node
	var err error
	value.Elements(func(i int, element record.Value) bool {
		var child node
		if child, err = p.object(element, path+"["+strconv.Itoa(i)+"]"); err == nil {
			children = append(children, child)
		}
		return err == nil
	})
	if err != nil {
		return node{}, err
	}
	if name == "and" {
		return allOf(children), nil
	}
	return anyOf(children), nil
}

func (p *parser) not(value record.Value, path string) (node, error) {
	if p.dialect == Subscription {
		// Clients recognize this text, and then filter by themselves.
		return node{}, wrong("", "The variables input contains a field name 'not' that is not defined for input object type 'ModelSubscription"+
			p.model.Name+"FilterInput'")
	}
	child, err := p.object(value, path)
	if err != nil {
		return node{}, err
	}
	if p.dialect == Client {
		return negate(child), nil
	}
	return notOf(child), nil
}

// field reads {operator: operand, ...}: all must hold, in a subscription one of them.
func (p *parser) field(name string, operators record.Value, path string) (node, error) {
	f, err := p.fieldType(name, path)
	if err != nil {
		return node{}, err
	}
	if operators.Kind() != record.Object || p.dialect == Client && operators.Len() == 0 {
		return node{}, wrong(path, "A field takes an object of operators such as {\"eq\":\"x\"}.")
	}
	var leaves []node
	operators.Fields(func(word string, value record.Value) bool {
		at := join(path, word)
		op, ok := operatorOf(word, p.dialect)
		if !ok {
			err = wrong(at, "There is no operator \""+word+"\" here.")
			return false
		}
		if err = p.count(at); err != nil {
			return false
		}
		c := &comparison{field: name, op: op, source: value}
		if err = p.operands(c, f, value, at); err != nil {
			return false
		}
		leaves = append(leaves, node{kind: kindLeaf, leaf: c})
		return true
	})
	if err != nil {
		return node{}, err
	}
	if p.dialect == Subscription && len(leaves) > 0 {
		return anyOf(leaves), nil
	}
	return allOf(leaves), nil
}

// fieldType finds a field. Filters may name metadata, timestamps and owner fields although the model does not declare
// them; those have no declared type.
func (p *parser) fieldType(name, path string) (*schema.Field, error) {
	if f := p.model.Field(name); f != nil {
		switch {
		case f.Type.Model != "":
			return nil, wrong(path, "The field leads to another model; compare its key fields instead.")
		case f.Type.NonModel != "" && p.dialect != Client:
			return nil, wrong(path, "A field that holds an embedded type can't be filtered by.")
		}
		return f, nil
	}
	if p.undeclared(name) {
		return &schema.Field{Name: name}, nil
	}
	return nil, wrong(path, "The model "+p.model.Name+" has no field \""+name+"\".")
}

func (p *parser) undeclared(name string) bool {
	switch name {
	case "_version", "_deleted", "_lastChangedAt":
		return true
	case "":
		return false
	case p.model.CreatedAt, p.model.UpdatedAt:
		return true
	}
	for _, rule := range p.model.Auth {
		if name == rule.OwnerField || name == rule.GroupsField {
			return true
		}
	}
	return false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
