package query

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Predicate is a condition on a record. A nil *Predicate matches everything. It never changes after Parse, so several
// goroutines may use it.
type Predicate struct {
	root    node
	model   *schema.Model
	dialect Dialect
	models  []string // to which it leads
}

type nodeKind uint8

const (
	kindAll     nodeKind = iota // every child holds; without children: true
	kindAny                     // a child holds; without children: false
	kindNot                     // its only child does not hold
	kindLeaf                    // a comparison
	kindRelated                 // a record of another model matches
)

// node is a node of a predicate's tree. Groups directly inside groups of the same kind are merged into them, so no
// child of a kindAll is a kindAll.
type node struct {
	kind     nodeKind
	children []node
	leaf     *comparison
	related  *Related
}

// comparison of one field.
type comparison struct {
	field    string
	op       operator
	source   record.Value         // the operand as it was written
	operands []operand            // one; two for between; any number for in, notIn, containsAny
	set      map[string]struct{}  // the strings of a long list of operands
	numbers  map[float64]struct{} // and its numbers
	sizes    []comparison         // for the operator size: comparisons with a number
	kind     record.Kind          // for the operator attributeType; Missing for types that no value has
}

// Size is the cost of one evaluation: the number of comparisons with a field, where a list that is not looked up in a
// set counts once for each operand. It is 0 for nil.
func (p *Predicate) Size() int {
	if p == nil {
		return 0
	}
	return p.root.cost()
}

func (n *node) cost() int {
	if n.kind == kindLeaf {
		if n.leaf.set != nil {
			return 1
		}
		return max(1, len(n.leaf.operands))
	}
	if n.kind == kindRelated {
		return 1 + n.related.Inner.Size()
	}
	sum := 0
	for i := range n.children {
		sum += n.children[i].cost()
	}
	return sum
}

// isTrue reports whether a node obviously holds for every record.
func (n *node) isTrue() bool { return n.kind == kindAll && len(n.children) == 0 }

func allOf(children []node) node { return group(kindAll, children) }

// anyOf makes an "or" of nodes; it is true when one of them always is.
func anyOf(children []node) node {
	for i := range children {
		if children[i].isTrue() {
			return node{kind: kindAll}
		}
	}
	return group(kindAny, children)
}

func group(kind nodeKind, children []node) node {
	flat := make([]node, 0, len(children))
	for _, child := range children {
		if child.kind == kind {
			flat = append(flat, child.children...)
		} else {
			flat = append(flat, child)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return node{kind: kind, children: flat}
}

func notOf(child node) node {
	if child.kind == kindNot {
		return child.children[0]
	}
	return node{kind: kindNot, children: []node{child}}
}

// negate makes the opposite of a node by De Morgan's laws, as Amplify's predicates do it. In JavaScript "not less" and
// "greater or equal" differ when a text meets a number; the second one applies.
func negate(n node) node {
	switch n.kind {
	case kindAll, kindAny:
		opposite := make([]node, len(n.children))
		for i, child := range n.children {
			opposite[i] = negate(child)
		}
		if n.kind == kindAll {
			return anyOf(opposite)
		}
		return allOf(opposite)
	case kindNot:
		return n.children[0]
	case kindRelated:
		if n.related.Inner == nil {
			return notOf(n) // the operator has no opposite
		}
		return relatedOf(n.related, negate(n.related.Inner.root))
	}
	c := n.leaf
	if c.op == between {
		return anyOf([]node{single(c.field, lt, c.operands[0]), single(c.field, gt, c.operands[1])})
	}
	if op, ok := c.op.negated(); ok {
		opposite := *c
		opposite.op = op
		return node{kind: kindLeaf, leaf: &opposite}
	}
	return notOf(n)
}

func single(field string, op operator, o operand) node {
	return node{kind: kindLeaf, leaf: &comparison{field: field, op: op, operands: []operand{o}, source: o.value}}
}

// Match reports whether the predicate holds for a row that has no related records, see MatchAround.
func (p *Predicate) Match(row record.Value) bool {
	return p == nil || p.holds(&p.root, row, nil)
}

func (p *Predicate) holds(n *node, row record.Value, around *Around) bool {
	switch n.kind {
	case kindAll:
		for i := range n.children {
			if !p.holds(&n.children[i], row, around) {
				return false
			}
		}
		return true
	case kindAny:
		for i := range n.children {
			if p.holds(&n.children[i], row, around) {
				return true
			}
		}
		return false
	case kindNot:
		return !p.holds(&n.children[0], row, around)
	case kindRelated:
		return around.Has(n.related, row)
	}
	value := row.Field(n.leaf.field)
	if p.dialect == Client {
		return n.leaf.matchClient(value)
	}
	return n.leaf.matchServer(value)
}

// Fields returns the names of the model's fields that the predicate uses, each once, in the order of the filter. It
// includes relation fields that lead to other models, but not the fields of those.
func (p *Predicate) Fields() []string {
	if p == nil {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	eachLeaf(&p.root, func(c *comparison) { add(c.field) })
	p.root.eachRelated(func(r *Related) {
		for _, name := range r.Local {
			add(name)
		}
	})
	return names
}

func eachLeaf(n *node, f func(*comparison)) {
	if n.kind == kindLeaf {
		f(n.leaf)
	}
	for i := range n.children {
		eachLeaf(&n.children[i], f)
	}
}

// KeyEquals returns the record id when the predicate can only match that one record. That record may still fail the
// rest of the predicate, so Match decides.
func (p *Predicate) KeyEquals() (id string, ok bool) {
	if p == nil || p.dialect == Subscription {
		return "", false
	}
	leaves := []node{p.root}
	if p.root.kind == kindAll {
		leaves = p.root.children
	}
	var row record.Builder
	for _, key := range p.model.Key {
		found := record.Value{}
		for i := range leaves {
			if c := leaves[i].leaf; c != nil && c.op == eq && c.field == key {
				found = c.operands[0].value
				break
			}
		}
		if found.IsNull() {
			return "", false
		}
		row.Set(key, found)
	}
	id, err := p.model.RecordID(row.Object())
	return id, err == nil
}

// OneOf returns the values of which a field must have one if the predicate holds. The predicate may ask for more, so
// Match decides.
func (p *Predicate) OneOf(field string) (values []record.Value, ok bool) {
	if p == nil || p.dialect != Client {
		return nil, false
	}
	leaves := []node{p.root}
	if p.root.kind == kindAll {
		leaves = p.root.children
	}
	for i := range leaves {
		if c := leaves[i].leaf; c != nil && c.field == field && (c.op == eq || c.op == in) {
			for _, o := range c.operands {
				values = append(values, o.value)
			}
			return values, true
		}
	}
	return nil, false
}

// Without returns the predicate without any comparison of the named fields (a condition loses its key fields before it
// is sent). A group that loses all its members is removed as well; the result is nil when nothing is left.
func (p *Predicate) Without(fields ...string) *Predicate {
	if p == nil {
		return nil
	}
	root, kept := strip(p.root, fields)
	if !kept || root.isTrue() {
		return nil
	}
	return &Predicate{root: root, model: p.model, dialect: p.dialect}
}

func strip(n node, fields []string) (rest node, kept bool) {
	if n.kind == kindLeaf {
		for _, name := range fields {
			if n.leaf.field == name {
				return node{}, false
			}
		}
		return n, true
	}
	if n.kind == kindRelated {
		return n, true
	}
	children := make([]node, 0, len(n.children))
	for _, child := range n.children {
		if rest, kept := strip(child, fields); kept {
			children = append(children, rest)
		}
	}
	if len(children) == 0 && len(n.children) > 0 {
		return node{}, false
	}
	if n.kind == kindNot {
		return notOf(children[0]), true
	}
	return group(n.kind, children), true
}
