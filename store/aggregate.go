package store

import (
	"math"

	"github.com/deltabase/deltabase/query"
)

// Aggregate answers an aggregation of the committed views that match p (nil: all), in insertion order. It reads columns
// where Select would, and views where columns are not enough.
func (i *Image) Aggregate(model string, p *query.Predicate, asked *query.Aggregation) *query.Groups {
	groups := query.NewGroups(asked)
	t := i.tables[model]
	if t == nil {
		return groups
	}
	names := asked.Fields()
	cells := make([]query.Cell, len(names))
	if _, one := p.KeyEquals(); !one && p.Columnar() && len(names) <= columnsMax {
		if slots, ok := i.search(t, p, nil, math.MaxInt); ok && t.ask(names) {
			columns := make([]*query.Column, len(names))
			for n, name := range names {
				columns[n] = t.columns.column(name)
			}
			for _, slot := range slots {
				for n, column := range columns {
					cells[n] = column.Cell(slot, t.columns)
				}
				groups.Add(cells)
			}
			return groups
		}
	}
	for _, view := range i.Select(model, p, nil, query.Page{}) {
		for n, name := range names {
			cells[n] = query.CellOf(view.Field(name))
		}
		groups.Add(cells)
	}
	return groups
}
