package server

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/record"
)

// weight estimates from its text how much a query may read and compare. Pages of children count for each of their
// parents, under each alias, even if there are few.
type weight struct {
	x                 *execution
	rows, comparisons int
}

// heavy reports whether a query may take long. Ten comparisons take about as long as reading a row.
func (x *execution) heavy() bool {
	w := weight{x: x}
	for _, f := range x.fields {
		w.root(f)
	}
	return w.heavy()
}

func (w *weight) heavy() bool {
	return min(w.rows, RowsPerRequestMax)+min(w.comparisons, ComparisonsPerRequestMax)/10 > HeavyRows
}

func (w *weight) root(f *selection) {
	root, ok := w.x.server.api.fields[f.name]
	rows := 1
	switch {
	case !ok:
		w.rows++
		return
	case root.kind == getRoot:
		w.rows++
	default:
		if l := w.x.server.layout.Load(); l != nil && root.kind != syncRoot && w.x.server.unfilled(l, root.model) {
			w.rows += RowsPerRequestMax // an index that is being filled does not help
		}
		rows = pageRows(f.arguments["limit"])
		w.page(rows, len(f.arguments["filter"].Text()))
	}
	for _, one := range f.fields {
		w.below(one.SelectionSet, rows)
	}
}

func (w *weight) page(rows, filterBytes int) {
	w.rows += rows
	w.comparisons += min(rows*(filterBytes/comparisonBytes), ComparisonsPerRequestMax)
}

// comparisonBytes is about the length of the shortest comparison in a filter.
const comparisonBytes = 16

func pageRows(limit record.Value) int {
	if n, ok := limit.Int(); ok {
		return int(min(max(n, 0), PageRowsMax))
	}
	return PageRowsDefault
}

// below weighs what is selected below that many records. It stops as soon as the weight is clearly high.
func (w *weight) below(set ast.SelectionSet, parents int) {
	for _, one := range set {
		if parents == 0 || w.heavy() {
			return
		}
		switch one := one.(type) {
		case *ast.InlineFragment:
			w.below(one.SelectionSet, parents)
		case *ast.FragmentSpread:
			w.below(one.Definition.SelectionSet, parents)
		case *ast.Field:
			w.field(one, parents)
		}
	}
}

func (w *weight) field(f *ast.Field, parents int) {
	if len(f.SelectionSet) == 0 {
		return
	}
	switch {
	case f.Definition.Arguments.ForName("limit") != nil: // children
		var limit record.Value
		filter := 0
		if given := f.Arguments.ForName("limit"); given != nil {
			limit = literal(given.Value, w.x.vars)
		}
		if given := f.Arguments.ForName("filter"); given != nil {
			filter = literalBytes(given.Value, w.x.vars)
		}
		parents = min(parents*pageRows(limit), NestedRowsMax)
		w.page(parents, filter)
	case f.Definition.Type.Elem == nil && w.x.server.schema.Model(f.Definition.Type.Name()) != nil: // a related record
		w.rows += parents
	}
	w.below(f.SelectionSet, parents)
}
