package server

import (
	"errors"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// countedReader counts the rows that a request reads for any purpose. Beyond RowsPerRequestMax the field that reads
// them fails.
type countedReader struct {
	Reader
	x *execution
}

func (c *countedReader) count(rows int) error {
	if c.x.rows += rows; c.x.rows > RowsPerRequestMax {
		return refuse("LimitExceededError", "A request may read %d rows; ask for fewer fields or smaller pages at a time.", RowsPerRequestMax)
	}
	return nil
}

func (c *countedReader) Row(model, id string) (Row, bool, error) {
	row, ok, err := c.Reader.Row(model, id)
	return row, ok, errors.Join(err, c.count(1))
}

func (c *countedReader) RowsByKey(model, after string, span Span) ([]Row, bool, error) {
	rows, more, err := c.Reader.RowsByKey(model, after, span)
	return rows, more, errors.Join(err, c.count(len(rows)))
}

func (c *countedReader) RowsByIndex(model string, keys KeyRange, span Span) ([]Row, bool, error) {
	rows, more, err := c.Reader.RowsByIndex(model, keys, span)
	return rows, more, errors.Join(err, c.count(len(rows)))
}

func (c *countedReader) RowsSince(model string, afterSeq int64, span Span) ([]Row, bool, error) {
	rows, more, err := c.Reader.RowsSince(model, afterSeq, span)
	return rows, more, errors.Join(err, c.count(len(rows)))
}

func (c *countedReader) ChangesSince(model string, fromMs, afterSeq int64, span Span) ([]Entry, bool, error) {
	entries, more, err := c.Reader.ChangesSince(model, fromMs, afterSeq, span)
	return entries, more, errors.Join(err, c.count(len(entries)))
}

var errNoCount = errors.New("server: these tables do not count")

// Count implements Counter if the tables do.
func (c *countedReader) Count(model string) (int64, error) {
	counter, ok := c.Reader.(Counter)
	if !ok {
		return 0, errNoCount
	}
	return counter.Count(model)
}

// matching keeps the rows that the caller may read and that a predicate matches, in their order. Each comparison scans
// its row, so a comparison with a long row counts as several.
func (x *execution) matching(m *schema.Model, rows []Row, a pageArguments, may rights, seen sight) ([]Row, error) {
	if a.predicate == nil && may.all {
		return rows, nil
	}
	size := a.predicate.Size()
	var kept []Row
	for i, row := range rows {
		if x.comparisons += size * (1 + len(row.Text)/ComparedBytes); x.comparisons > ComparisonsPerRequestMax {
			return nil, refuse("LimitExceededError", "A request may compare %d times (of a row over %d bytes each counts more); use a simpler filter, an index, or smaller pages.",
				ComparisonsPerRequestMax, ComparedBytes)
		}
		if i%ExpiryCheckEveryRows == ExpiryCheckEveryRows-1 && x.expired() {
			return nil, refuse(executionTimeout, "Execution timed out.")
		}
		stored := record.TrustString(row.Text)
		if may.cover(stored) && x.server.match(m, a.predicate, seen.of(stored), a.stored) {
			kept = append(kept, row)
		}
	}
	return kept, nil
}
