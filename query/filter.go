package query

import "github.com/deltabase/deltabase/record"

// Filter writes the predicate as an AppSync filter input, {"and":[...]} at the root, without redundant groups; Missing
// for nil. AppSync's query filters lack in and notIn, so it writes eq and ne instead, unless that makes more than
// filter_nodes_max nodes.
func (p *Predicate) Filter() record.Value {
	if p == nil {
		return record.Value{}
	}
	root := p.root
	if p.dialect != Subscription {
		if plain := spelledOut(root); plain.size() <= filterNodesMax && plain.depth() <= filterDepthMax {
			root = plain
		}
	}
	children := []node{root}
	if root.kind == kindAll {
		children = root.children
	}
	return groupFilter("and", children)
}

func (n *node) filter() record.Value {
	switch n.kind {
	case kindAll:
		return groupFilter("and", n.children)
	case kindAny:
		return groupFilter("or", n.children)
	case kindNot:
		var b record.Builder
		b.Set("not", n.children[0].filter())
		return b.Object()
	case kindRelated:
		inner := n.related.inner()
		var b record.Builder
		b.Set(n.related.Field, inner.filter())
		return b.Object()
	}
	var operators, field record.Builder
	operators.Set(operatorNames[n.leaf.op], n.leaf.source)
	field.Set(n.leaf.field, operators.Object())
	return field.Object()
}

func groupFilter(word string, children []node) record.Value {
	var list record.ListBuilder
	for i := range children {
		list.Add(children[i].filter())
	}
	var b record.Builder
	b.Set(word, list.List())
	return b.Object()
}

// spelledOut replaces each in by alternatives of eq, and each notIn by a conjunction of ne.
func spelledOut(n node) node {
	if n.kind == kindRelated {
		return n // no server gets this part
	}
	if n.kind != kindLeaf {
		children := make([]node, len(n.children))
		for i, child := range n.children {
			children[i] = spelledOut(child)
		}
		switch n.kind {
		case kindAll:
			return allOf(children)
		case kindAny:
			return anyOf(children)
		}
		return notOf(children[0])
	}
	op := eq
	switch n.leaf.op {
	case in:
	case notIn:
		op = ne
	default:
		return n
	}
	children := make([]node, len(n.leaf.operands))
	for i, o := range n.leaf.operands {
		children[i] = single(n.leaf.field, op, o)
	}
	if op == eq {
		return anyOf(children)
	}
	return allOf(children)
}

// size counts comparisons and groups. The node itself counts unless it is an "and".
func (n *node) size() int {
	total := 0
	if n.kind != kindAll {
		total++
	}
	for i := range n.children {
		total += n.children[i].size()
		if n.children[i].kind == kindAll {
			total++
		}
	}
	if n.kind == kindLeaf {
		total += len(n.leaf.sizes)
	}
	if n.kind == kindRelated {
		inner := n.related.inner()
		total += inner.size()
	}
	return total
}

// depth counts the levels of groups; a comparison is one level.
func (n *node) depth() int {
	deepest := 0
	if n.kind == kindRelated {
		inner := n.related.inner()
		deepest = inner.depth()
	}
	for i := range n.children {
		deepest = max(deepest, n.children[i].depth())
	}
	return deepest + 1
}
