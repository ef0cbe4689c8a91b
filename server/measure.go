package server

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/appsync"
)

// work counts the selections, values and directives that walks over a document look at. It stops a walk at the
// request's deadline.
type work struct {
	steps   int
	expired func() bool // nil when there is no deadline
}

// step counts one more. It is false when the deadline has passed.
func (w *work) step() bool {
	w.steps++
	return w.steps%ExpiryCheckEverySteps != 0 || w.expired == nil || !w.expired()
}

// measure bounds the expanded size of a document before anything else walks over it. After that, every walk with
// fragments expanded takes at most DocumentNodesMax steps. measure itself looks at each selection once. It reports a
// cycle of fragments, which can't be expanded, at once.
func measure(query *ast.QueryDocument, w *work) ([]appsync.Error, error) {
	if len(query.Operations) > OperationsMax || len(query.Fragments) > FragmentsMax {
		return nil, badRequest("The document has %d operations and %d fragments; at most %d and %d are accepted.",
			len(query.Operations), len(query.Fragments), OperationsMax, FragmentsMax)
	}
	x := extent{work: w, fragments: map[string]*ast.FragmentDefinition{}, open: map[string]bool{}, known: map[string]measured{}}
	for _, fragment := range query.Fragments {
		if x.fragments[fragment.Name] == nil { // of two fragments with one name the first counts, as in validation
			x.fragments[fragment.Name] = fragment
		}
	}
	wide, all := x.sum(query)
	switch {
	case x.expired:
		return nil, errLate
	case x.cycle != nil:
		return []appsync.Error{x.cycleError(query)}, nil
	case x.values > ValueDepthMax:
		return nil, badRequest("An argument has lists and objects %d deep; at most %d are accepted.", x.values, ValueDepthMax)
	case wide > FieldsPerRootMax: // also of unused fragments, because they are validated, too
		return nil, tooManyFields(wide)
	case all > DocumentNodesMax:
		return nil, badRequest("With fragments expanded the document has %d fields and values or more; at most %d are accepted.", all, DocumentNodesMax)
	}
	for _, operation := range query.Operations {
		if err := x.checkOperation(operation); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// sum measures everything once: the largest number of fields in a fragment, and the nodes of all operations and
// fragments.
func (x *extent) sum(query *ast.QueryDocument) (wide, all int) {
	for _, fragment := range query.Fragments {
		m := x.fragment(fragment.Name)
		wide, all = max(wide, m.own+m.below), saturated(all+m.nodes)
	}
	for _, operation := range query.Operations {
		for _, v := range operation.VariableDefinitions {
			all = saturated(all + 1 + x.value(v.DefaultValue, 1) + x.directives(v.Directives))
		}
		all = saturated(all + x.directives(operation.Directives) + x.set(operation.SelectionSet).nodes)
	}
	return wide, all
}

func (x *extent) checkOperation(operation *ast.OperationDefinition) error {
	m := x.set(operation.SelectionSet)
	switch {
	case len(operation.VariableDefinitions) > VariablesMax:
		return badRequest("The operation has %d variables; at most %d are accepted.", len(operation.VariableDefinitions), VariablesMax)
	case m.own > RootFieldsMax:
		return badRequest("The operation has %d root fields; at most %d are accepted.", m.own, RootFieldsMax)
	case m.depth-1 > DepthMax:
		return badRequest("The selections are %d levels deep; at most %d are accepted.", m.depth-1, DepthMax)
	case m.inside > IntrospectionDepthMax:
		return badRequest("The selections below __schema or __type are %d levels deep; at most %d are accepted.", m.inside, IntrospectionDepthMax)
	}
	if widest := x.widest(operation.SelectionSet, map[string]int{}); widest > FieldsPerRootMax {
		return tooManyFields(widest)
	}
	return nil
}

func tooManyFields(n int) error {
	return badRequest("A root field selects %d fields or more; at most %d are accepted.", n, FieldsPerRootMax)
}

// widest is the largest number of fields below one response key of a root selection set, whose size is bounded already.
func (x *extent) widest(set ast.SelectionSet, below map[string]int) int {
	most := 0
	for _, one := range set {
		switch one := one.(type) {
		case *ast.Field:
			m := x.set(one.SelectionSet)
			below[one.Alias] += m.own + m.below
			most = max(most, below[one.Alias])
		case *ast.InlineFragment:
			most = max(most, x.widest(one.SelectionSet, below))
		case *ast.FragmentSpread:
			if fragment := x.fragments[one.Name]; fragment != nil {
				most = max(most, x.widest(fragment.SelectionSet, below))
			}
		}
	}
	return most
}

// measured is the expanded size of a selection set: its own fields with those of its fragments, all fields below them,
// all nodes (selections, values, directives), its depth, and the depth below __schema and __type.
type measured struct{ own, below, nodes, depth, inside int }

// extent measures the selection sets of one document, each fragment once.
type extent struct {
	work      *work
	fragments map[string]*ast.FragmentDefinition
	open      map[string]bool // fragments on the path to this one
	known     map[string]measured
	values    int                 // the depth of the deepest value
	cycle     *ast.FragmentSpread // a fragment that contains itself
	expired   bool
}

// saturated bounds the sums of nested fragments above every limit, so that they do not overflow.
func saturated(n int) int { return min(n, 1_000_000) }

func (m measured) with(other measured) measured {
	return measured{saturated(m.own + other.own), saturated(m.below + other.below), saturated(m.nodes + other.nodes),
		max(m.depth, other.depth), max(m.inside, other.inside)}
}

func (x *extent) set(set ast.SelectionSet) measured {
	var m measured
	for _, one := range set {
		if x.expired = x.expired || !x.work.step(); x.expired || x.cycle != nil {
			return m
		}
		switch one := one.(type) {
		case *ast.Field:
			m = m.with(x.field(one))
		case *ast.InlineFragment:
			m = m.with(measured{nodes: 1 + x.directives(one.Directives)}).with(x.set(one.SelectionSet))
		case *ast.FragmentSpread:
			m = m.with(measured{nodes: 1 + x.directives(one.Directives)})
			if x.open[one.Name] {
				x.cycle = one
				return m
			}
			m = m.with(x.fragment(one.Name))
		}
	}
	return m
}

func (x *extent) field(f *ast.Field) measured {
	sub := x.set(f.SelectionSet)
	m := measured{own: 1, below: saturated(sub.own + sub.below), nodes: 1 + sub.nodes + x.directives(f.Directives)}
	for _, argument := range f.Arguments {
		m.nodes += x.value(argument.Value, 1)
	}
	if strings.HasPrefix(f.Name, "__") && f.Name != "__typename" { // the usual introspection queries are deep
		m.depth, m.inside = 1, sub.depth
	} else {
		m.depth, m.inside = sub.depth+1, sub.inside
	}
	return m
}

func (x *extent) fragment(name string) measured {
	if m, ok := x.known[name]; ok {
		return m
	}
	fragment := x.fragments[name]
	if fragment == nil {
		return measured{}
	}
	x.open[name] = true
	m := x.set(fragment.SelectionSet).with(measured{nodes: 1 + x.directives(fragment.Directives)})
	delete(x.open, name)
	x.known[name] = m
	return m
}

func (x *extent) directives(list ast.DirectiveList) int {
	nodes := 0
	for _, d := range list {
		nodes++
		for _, argument := range d.Arguments {
			nodes += x.value(argument.Value, 1)
		}
	}
	return nodes
}

// value counts a value and those inside it, and notes their depth.
func (x *extent) value(v *ast.Value, depth int) int {
	if v == nil {
		return 0
	}
	if x.expired = x.expired || !x.work.step(); x.expired {
		return 1
	}
	nodes := 1
	for _, child := range v.Children {
		x.values = max(x.values, depth)
		nodes += x.value(child.Value, depth+1)
	}
	return nodes
}

func (x *extent) cycleError(query *ast.QueryDocument) appsync.Error {
	e := appsync.Error{Line: x.cycle.Position.Line, Column: x.cycle.Position.Column}
	e.Message = "Validation error of type NoFragmentCycles: Cannot spread fragment \"" + clipped(x.cycle.Name) +
		"\" within itself. @ '" + pathAt(query, e.Line, e.Column) + "'"
	return e
}
