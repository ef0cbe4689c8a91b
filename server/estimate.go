package server

import (
	"slices"

	"github.com/deltabase/deltabase/schema"
)

// Counter is what a Reader may bring to tell a base run's first page how many records there are:
// tombstones included, and only as of now. It must be cheap; a back end that would read the rows for
// it leaves it out.
type Counter interface {
	// Count returns how many rows a model has.
	Count(model string) (int64, error)
}

// estimate is the length of a base run for the client's progress, 0 when it is not known,
// and when some caller may not read every row: it would reveal how many rows others have. A failure here does
// not fail the page.
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
