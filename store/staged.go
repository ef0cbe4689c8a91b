package store

import (
	"sort"

	"github.com/deltabase/deltabase/record"
)

// EachRow calls f for each base row of a model as it will be when everything staged is committed, tombstones included,
// until f returns false. The rows of the image come first, in order, then those that are only staged, in theirs. f must
// not stage anything.
func (s *Stage) EachRow(model string, f func(Row) bool) {
	more := true
	if !s.over.cleared {
		s.image.EachRow(model, func(row Row) bool {
			if _, staged := s.over.rows[row.Key()]; !staged {
				more = f(row)
			}
			return more
		})
	}
	if !more {
		return
	}
	for _, row := range s.stagedRows(model) {
		if !f(row) {
			return
		}
	}
}

// EachNaming calls f for those rows of EachRow that may have one of the values in a field, and for every staged row. An
// index finds them, so that other rows cost nothing. f must not stage anything.
func (s *Stage) EachNaming(model, field string, values []record.Value, f func(Row)) {
	s.EachStored(model, field, values, f)
	s.EachStaged(model, f)
}

// EachStored is EachNaming for those rows of the image for which nothing is staged.
func (s *Stage) EachStored(model, field string, values []record.Value, f func(Row)) {
	t := s.image.tables[model]
	if t == nil || s.over.cleared {
		return
	}
	for _, slot := range t.naming(field, values) {
		row, _ := t.row(model, t.ids.id(slot))
		if _, staged := s.over.rows[row.Key()]; !staged {
			f(row)
		}
	}
}

// EachStaged calls f for each staged row of a model.
func (s *Stage) EachStaged(model string, f func(Row)) {
	for _, row := range s.stagedRows(model) {
		f(row)
	}
}

// stagedRows are the rows of a model that are only staged, in order.
func (s *Stage) stagedRows(model string) []Row {
	var fresh []Row
	for key, row := range s.over.rows {
		if key.Model == model && row != nil {
			fresh = append(fresh, *row)
		}
	}
	sort.Slice(fresh, func(a, b int) bool {
		if fresh[a].Order != fresh[b].Order {
			return fresh[a].Order < fresh[b].Order
		}
		return fresh[a].ID < fresh[b].ID
	})
	return fresh
}

// Tombstone returns the row of a deleted record; ok is false for every other record. It does not read the text of a
// live row.
func (s *Stage) Tombstone(k Key) (row Row, ok bool) {
	if staged, known := s.over.rows[k]; known {
		if staged == nil || !isTombstone(staged.Base) {
			return Row{}, false
		}
		return *staged, true
	}
	if s.over.cleared {
		return Row{}, false
	}
	t := s.image.tables[k.Model]
	if t == nil {
		return Row{}, false
	}
	if slot := t.ids.find(k.ID); slot < 0 || !t.records[slot].hasRow || !t.records[slot].deleted {
		return Row{}, false
	}
	return t.row(k.Model, k.ID)
}

// AnyTombstone reports whether any record of a model is deleted.
func (s *Stage) AnyTombstone(model string) bool {
	if t := s.image.tables[model]; t != nil && !s.over.cleared {
		if t.deleted > 0 {
			return true
		}
	}
	for key, row := range s.over.rows {
		if key.Model == model && row != nil && isTombstone(row.Base) {
			return true
		}
	}
	return false
}
