package query

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// gathered combines many alternatives for one field (eq, in) into one lookup, and likewise many exclusions (ne, notIn).
// So a condition on n values costs one step per record and not n.
func gathered(n node) node {
	switch n.kind {
	case kindLeaf:
		return n
	case kindRelated:
		return relatedOf(n.related, gathered(n.related.inner()))
	}
	children := make([]node, len(n.children))
	for i, child := range n.children {
		children[i] = gathered(child)
	}
	one, many := eq, in
	if n.kind == kindAll {
		one, many = ne, notIn
	}
	counts := map[string]int{}
	for i := range children {
		if c := children[i].leaf; c != nil && (c.op == one || c.op == many) {
			counts[c.field]++
		}
	}
	if n.kind == kindNot {
		return node{kind: n.kind, children: children}
	}
	kept := children[:0]
	lookups := map[string]*comparison{}
	for _, child := range children {
		c := child.leaf
		if c == nil || c.op != one && c.op != many || counts[c.field] < setMin {
			kept = append(kept, child)
			continue
		}
		lookup := lookups[c.field]
		if lookup == nil {
			lookup = &comparison{field: c.field, op: many}
			lookups[c.field] = lookup
			kept = append(kept, node{kind: kindLeaf, leaf: lookup})
		}
		lookup.operands = append(lookup.operands, c.operands...)
	}
	for _, lookup := range lookups {
		var list record.ListBuilder
		for i := range lookup.operands {
			list.Add(lookup.operands[i].value)
		}
		lookup.source = list.List()
		lookup.makeSets()
	}
	return group(n.kind, kept)
}

// Sendable is the predicate in the form of AppSync's query filters and conditions, where in and notIn are written as eq
// and ne. It leaves out what those can't say: more than filter_nodes_max nodes, an operator that the field's input
// lacks, an operand that its type refuses. Then whole is false, and the filter also holds for records for which the
// predicate does not. It is Missing when nothing is left.
func (p *Predicate) Sendable(s *schema.Schema) (filter record.Value, whole bool) {
	if p == nil {
		return record.Value{}, true
	}
	parts := []node{p.root}
	if p.root.kind == kindAll {
		parts = p.root.children
	}
	rest := node{kind: kindAll}
	whole = true
	for i := range parts {
		part := spelledOut(parts[i])
		more := allOf(append(rest.children[:len(rest.children):len(rest.children)], part))
		if more.kind != kindAll {
			more = node{kind: kindAll, children: []node{more}}
		}
		if p.serverKnows(s, &part) && more.size() <= filterNodesMax && more.depth() <= filterDepthMax {
			rest = more
		} else {
			whole = false
		}
	}
	if rest.isTrue() {
		return record.Value{}, whole
	}
	return groupFilter("and", rest.children), whole
}

// serverKnows reports whether a server's filter inputs have every comparison in a node.
func (p *Predicate) serverKnows(s *schema.Schema, n *node) bool {
	known := !empty(n)
	n.eachRelated(func(*Related) { known = false })
	eachLeaf(n, func(c *comparison) {
		parser := parser{model: p.model, dialect: Server}
		f, err := parser.fieldType(c.field, "")
		known = known && err == nil && offered(f, c.op) &&
			parser.operands(&comparison{field: c.field, op: c.op}, f, c.source, "") == nil
		for i := range c.operands {
			known = known && takes(s, f, c.operands[i].value)
		}
	})
	return known
}

// empty reports whether a node is an "or" of nothing, which holds for no record. What AppSync does with that is not
// documented.
func empty(n *node) bool {
	return n.kind == kindAny && len(n.children) == 0 || slices.ContainsFunc(n.children, func(child node) bool { return empty(&child) })
}

// takes reports whether the operator input of a field's type takes an operand.
func takes(s *schema.Schema, f *schema.Field, v record.Value) bool {
	if v.IsNull() {
		return true
	}
	if v.Kind() == record.List {
		fits := f.Array && f.Type.Enum != ""
		v.Elements(func(_ int, element record.Value) bool {
			fits = fits && takes(s, f, element)
			return fits
		})
		return fits
	}
	switch {
	case f.Type.Enum != "":
		e := s.Enum(f.Type.Enum)
		return e != nil && e.Has(v)
	case f.Type.Scalar == schema.Int || f.Type.Scalar == schema.AWSTimestamp:
		return schema.CheckScalar(schema.Int, v) == ""
	case f.Type.Scalar == schema.Float:
		return schema.CheckScalar(schema.Float, v) == ""
	}
	return !v.Unpaired()
}

// offered reports whether the operator input of a field's type has an operator.
func offered(f *schema.Field, op operator) bool {
	switch {
	case f.Name == "_version" || f.Name == "_lastChangedAt":
		return false
	case f.Type.Enum != "":
		return op == eq || op == ne || f.Array && (op == contains || op == notContains)
	case f.Type.Scalar == schema.Boolean || f.Name == "_deleted":
		return op == eq || op == ne
	case f.Type.Scalar == schema.Int || f.Type.Scalar == schema.Float || f.Type.Scalar == schema.AWSTimestamp:
		return op <= between
	}
	return op <= beginsWith
}
