package query

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Related is a part of a predicate that is about another model. It holds for a record when at least one of the records
// to which its field leads matches Inner.
type Related struct {
	schema.Join
	Field string
	Inner *Predicate // nil when any record of the other model matches

	from *schema.Model
}

// ParseRelated is Parse in the Client dialect for a predicate that may lead to other models. A relation field takes a
// filter of its model, {"blog":{"name":{"eq":"x"}}}, to any depth within filter_depth_max and at most
// filter_related_max times. {"blog":{}} holds when there is a related record at all.
//
// "not" is resolved here as well, as Amplify does it: {"not":{"comments":{"text":{"eq":"a"}}}} holds when there is a
// comment with another text. {"comments":{}}, or a filter that always holds, has nothing inside to negate: its negation
// holds when there is no comment.
func ParseRelated(s *schema.Schema, m *schema.Model, filter record.Value) (*Predicate, error) {
	p := &parser{model: m, dialect: Client, schema: s}
	return p.predicate(filter)
}

// relatedNode reads the filter behind a model-typed field.
func (p *parser) relatedNode(f *schema.Field, filter record.Value, path string) (node, error) {
	j, ok := p.schema.Join(p.model, f)
	if !ok {
		return node{}, wrong(path, "The schema does not say by which fields the two models are connected.")
	}
	if p.relations++; p.relations > filterRelatedMax {
		return node{}, wrong(path, "The filter leads to other models more than "+strconv.Itoa(filterRelatedMax)+
			" times. Put conditions on the same records into one group, as in p.comments.and(c => [...]).")
	}
	if !slices.Contains(p.leads, j.Target.Name) {
		p.leads = append(p.leads, j.Target.Name)
	}
	from := p.model
	p.model = j.Target
	inner, err := p.object(filter, path)
	p.model = from
	return relatedOf(&Related{Join: j, Field: f.Name, from: from}, inner), err
}

func relatedOf(r *Related, inner node) node {
	always, never := inner.constant()
	to := &Related{Join: r.Join, Field: r.Field, from: r.from}
	switch {
	case never:
		return node{kind: kindAny}
	case !always:
		to.Inner = &Predicate{root: inner, model: r.Target, dialect: Client}
	}
	return node{kind: kindRelated, related: to}
}

// constant reports whether a node holds for every record, or for none, as far as its groups alone show.
func (n *node) constant() (always, never bool) {
	switch n.kind {
	case kindLeaf, kindRelated:
		return false, false
	case kindNot:
		always, never = n.children[0].constant()
		return never, always
	}
	all := n.kind == kindAll
	always, never = all, !all
	for i := range n.children {
		a, b := n.children[i].constant()
		if all {
			always, never = always && a, never || b
		} else {
			always, never = always || a, never && b
		}
	}
	return always, never
}

// inner is the root of the condition on the other record.
func (r *Related) inner() node {
	if r.Inner == nil {
		return node{kind: kindAll}
	}
	return r.Inner.root
}

// Models returns the names of the other models to which the predicate leads, each once.
func (p *Predicate) Models() []string {
	if p == nil {
		return nil
	}
	return p.models
}

// EachRelated calls f for each part about another model, but not for parts within those.
func (p *Predicate) EachRelated(f func(*Related)) {
	if p != nil {
		p.root.eachRelated(f)
	}
}

// Back is the reverse of a part: it leads from the other records to those that lead to them.
func (r *Related) Back() *Related {
	return &Related{Join: schema.Join{Target: r.from, Local: r.Remote, Remote: r.Local}}
}

// eachRelated calls f for each part about another model, but not for parts within those.
func (n *node) eachRelated(f func(*Related)) {
	if n.kind == kindRelated {
		f(n.related)
	}
	for i := range n.children {
		n.children[i].eachRelated(f)
	}
}

// Needed returns the parts about other models that must hold if the predicate does.
func (p *Predicate) Needed() []*Related {
	if p == nil {
		return nil
	}
	parts := []node{p.root}
	if p.root.kind == kindAll {
		parts = p.root.children
	}
	var needed []*Related
	for i := range parts {
		if parts[i].kind == kindRelated {
			needed = append(needed, parts[i].related)
		}
	}
	return needed
}

// Records finds the records to which a part of a predicate leads.
type Records interface {
	// Joined calls f for each record of r.Target that r joins to row, until f returns false.
	Joined(r *Related, row record.Value, f func(other record.Value) bool)
}

// Around answers the parts of predicates that are about other models, and remembers the answers. Use one only as long
// as no record changes. With it a predicate looks at each record once for each of its parts, no matter how many paths
// lead to the record.
type Around struct {
	records Records
	known   []answers // one for each part; a predicate has few
}

type answers struct {
	to    *Related
	known map[string]bool // by the values that join
}

// NewAround makes an Around without answers.
func NewAround(records Records) *Around {
	return &Around{records: records}
}

// MatchAround is Match for a predicate that may lead to other models. With a nil Around, the row has no related
// records.
func (p *Predicate) MatchAround(row record.Value, around *Around) bool {
	return p == nil || p.holds(&p.root, row, around)
}

// Has reports whether a part about another model holds for a row.
func (a *Around) Has(r *Related, row record.Value) bool {
	if a == nil {
		return false
	}
	text, ok := schema.JoinText(row, r.Local)
	if !ok {
		return false
	}
	known := a.answers(r)
	has, told := known[text]
	if !told {
		a.records.Joined(r, row, func(other record.Value) bool {
			has = r.Inner.MatchAround(other, a)
			return !has
		})
		known[text] = has
	}
	return has
}

func (a *Around) answers(r *Related) map[string]bool {
	for i := range a.known {
		if a.known[i].to == r {
			return a.known[i].known
		}
	}
	known := map[string]bool{}
	a.known = append(a.known, answers{r, known})
	return known
}
