package query

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Related is a part of a predicate that is about another model. It holds for a record when one of those that
// its field leads to matches Inner; so it doesn't where the field leads nowhere.
type Related struct {
	schema.Join
	Field string
	Inner *Predicate // nil: any record of the other model will do

	from *schema.Model
}

// ParseRelated is Parse in the Client dialect for a predicate that may lead to other models: a model-typed field
// takes a filter of its model, {"blog":{"name":{"eq":"x"}}}, to any depth within filter_depth_max and at most
// filter_related_max times. {"blog":{}} asks for no more than that there is one.
//
// "not" is carried inwards here as well, as Amplify does it: {"not":{"comments":{"text":{"eq":"a"}}}} holds
// where there is a comment of another text. In {"comments":{}}, or a filter that says no more, there is nothing to
// negate but that there is one: negated, it holds where there is none.
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

// constant reports a node that holds for every record, and one that holds for none, by its groups alone.
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

// inner is the root of what must hold for the other record.
func (r *Related) inner() node {
	if r.Inner == nil {
		return node{kind: kindAll}
	}
	return r.Inner.root
}

// Models returns the names of the other models that the predicate leads to, each once.
func (p *Predicate) Models() []string {
	if p == nil {
		return nil
	}
	return p.models
}

// EachRelated calls f for the parts about other models, not for those within them.
func (p *Predicate) EachRelated(f func(*Related)) {
	if p != nil {
		p.root.eachRelated(f)
	}
}

// Back is a part that leads from the other records to those that lead to them.
func (r *Related) Back() *Related {
	return &Related{Join: schema.Join{Target: r.from, Local: r.Remote, Remote: r.Local}}
}

// eachRelated calls f for the parts about other models, not for those within them.
func (n *node) eachRelated(f func(*Related)) {
	if n.kind == kindRelated {
		f(n.related)
	}
	for i := range n.children {
		n.children[i].eachRelated(f)
	}
}

// Needed returns the parts about other models that hold wherever the predicate does.
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

// Records finds the records that a part of a predicate is about.
type Records interface {
	// Joined calls f for each record of r.Target that r joins to row, until f returns false.
	Joined(r *Related, row record.Value, f func(other record.Value) bool)
}

// Around answers the parts of predicates that are about other models, and remembers each answer: use one for
// as long as no record changes. So a predicate looks at each record once for each of its parts, however many
// ways lead there.
type Around struct {
	records Records
	known   []answers // one of each part: a predicate has few
}

type answers struct {
	to    *Related
	known map[string]bool // by what is joined
}

// NewAround makes one that knows nothing yet.
func NewAround(records Records) *Around {
	return &Around{records: records}
}

// MatchAround is Match where the predicate may lead to other models. Without it, nothing is related to the row.
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
