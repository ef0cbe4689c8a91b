package server

import (
	"cmp"
	"errors"
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// rowsByIndex reads a part of an index. For an index that is being built it reads the keys that are there. Beyond the
// id up to which the index is filled, it looks at the rows themselves, as many as a request may read.
func (x *execution) rowsByIndex(r Reader, m *schema.Model, ix *index, keys KeyRange, span Span) (rows []Row, more bool, err error) {
	if x.laid == nil {
		p, err := r.Position()
		if err != nil {
			return nil, false, err
		}
		if x.laid, err = x.server.layoutAt(r, p); err != nil {
			return nil, false, err
		}
	}
	k := x.laid.of[ix]
	if k == nil { // it is being dropped for another server, so nothing in it counts
		return x.rowsBeside(r, m, ix, keys, nil, "", 0, span)
	}
	keys.Index = k.Name
	if k.state == keptReady {
		return r.RowsByIndex(m.Name, keys, span)
	}
	after, filled, err := progress(r, k.IndexName)
	if err != nil {
		return nil, false, err
	}
	indexed, _, err := r.RowsByIndex(m.Name, keys, Span{Rows: span.Rows + 1, Bytes: span.Bytes})
	if err != nil {
		return nil, false, err
	}
	return x.rowsBeside(r, m, ix, keys, indexed, after, filled, span)
}

// readable refuses to read at a position from which on the rows belong to another schema.
func (x *execution) readable(r Reader, p Position, m *schema.Model) error {
	l, err := x.server.layoutAt(r, p)
	if err != nil {
		return err
	}
	return l.readable(m.Name)
}

// found is the place of a row in a range: its key and id.
type found struct{ key, id string }

// rowsBeside adds the rows after an id to those from an index.
func (x *execution) rowsBeside(r Reader, m *schema.Model, ix *index, keys KeyRange, indexed []Row, after string, filled int64, span Span) ([]Row, bool, error) {
	if err := x.affordable(r, m, ix, filled); err != nil {
		return nil, false, err
	}
	var all []found
	for _, row := range indexed {
		all = append(all, found{ix.key(record.TrustString(row.Text)), row.ID})
	}
	for more := true; more; {
		if x.expired() {
			return nil, false, refuse(executionTimeout, "Execution timed out.")
		}
		var rows []Row
		var err error
		if rows, more, err = r.RowsByKey(m.Name, after, Span{Rows: PageRowsMax, Bytes: PageBytesMax}); err != nil {
			var refused *refusal
			if errors.As(err, &refused) {
				err = x.notBuilt(m, ix)
			}
			return nil, false, err
		}
		for _, row := range rows {
			after = row.ID
			if one := (found{ix.key(record.TrustString(row.Text)), row.ID}); keys.holds(one) {
				all = append(all, one)
			}
		}
		all = keys.first(all, span.Rows+1)
	}
	var rows []Row
	bytes := 0
	for i, one := range keys.first(all, span.Rows+1) {
		if i == span.Rows || bytes >= span.Bytes {
			return rows, true, nil
		}
		row, ok, err := r.Row(m.Name, one.id)
		if err != nil {
			return nil, false, err
		}
		if ok {
			rows, bytes = append(rows, row), bytes+len(row.Text)
		}
	}
	return rows, false, nil
}

// affordable refuses at once to read more rows than a request may, if the tables count rows.
func (x *execution) affordable(r Reader, m *schema.Model, ix *index, filled int64) error {
	counter, ok := r.(Counter)
	if !ok {
		return nil
	}
	if n, err := counter.Count(m.Name); err != nil || n-filled <= int64(RowsPerRequestMax-x.rows) {
		return nil
	}
	return x.notBuilt(m, ix)
}

func (x *execution) notBuilt(m *schema.Model, ix *index) error {
	return refuse("LimitExceededError", "An index of %s by %s is being built, and until then a request may look at %d rows for it; try again in a moment.",
		m.Name, ix.fields[0].Name, RowsPerRequestMax)
}

// holds reports whether a row with this key belongs to the range, and not to an earlier page.
func (k KeyRange) holds(one found) bool {
	if one.key == "" || len(one.key) > IndexKeyBytesMax || one.key < k.From || k.To != "" && one.key >= k.To {
		return false
	}
	return k.AfterKey == "" || k.compare(one, found{k.AfterKey, k.AfterID}) > 0
}

// compare orders rows as the range does.
func (k KeyRange) compare(a, b found) int {
	order := cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	if k.Backwards {
		return -order
	}
	return order
}

// first returns the first few rows of a range, each once.
func (k KeyRange) first(all []found, most int) []found {
	slices.SortFunc(all, k.compare)
	all = slices.Compact(all)
	return all[:min(most, len(all))]
}
