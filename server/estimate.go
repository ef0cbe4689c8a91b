package server

import (
	"slices"

	"github.com/deltabase/deltabase/schema"
)

// Counter is an optional interface of a Reader. Count tells the first page of a base run how many records there are,
// tombstones included, as of now. It must be cheap: a back end that would have to read the rows leaves it out.
type Counter interface {
	// Count returns how many rows a model has.
	Count(model string) (int64, error)
}

// estimate is the length of a base run, for the client's progress. It is 0 when the length is not known, and when some
// caller may not read every row, because it would reveal how many rows others have. When it fails, the page does not.
func estimate(r Reader, m *schema.Model) int64 {
	c, ok := r.(Counter)
	if !ok || slices.ContainsFunc(m.Auth, func(rule schema.AuthRule) bool {
		return rule.Allow != "public" && rule.Allow != "private"
	}) {
		return 0
	}
	n, err := c.Count(m.Name)
	if err != nil {
		return 0
	}
	return n
}
