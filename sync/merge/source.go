package merge

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Source is where the rows of a merge come from. trusted rows are in scope whatever they hold: the
// answers to our own mutations, and pages that the server filtered.
type Source struct {
	page    bool
	trusted bool
	base    bool                 // a page of a base run
	reset   func(id string) bool // of a page: what is here comes from another log or server, unless it changed since
}

// Message is what a subscription delivers, Answer what the server made of a change of ours, or had
// instead.
var (
	Message = Source{}
	Answer  = Source{trusted: true}
)

// Page is a page of a run. reset, nil for never, reports that the row that is here under an id
// comes from another log or server than the page.
func Page(trusted, base bool, reset func(id string) bool) Source {
	return Source{page: true, trusted: trusted, base: base, reset: reset}
}

// coversAgain reports a row in a page that left an earlier sync expression in this very version: what the
// server returns now is in the expression of now. The answer to a change says nothing about that.
func (s Source) coversAgain(known record.Value, incoming conflict.Stamp) bool {
	return s.page && known.Field(store.LeftField).Bool() &&
		!incoming.Deleted && conflict.StampOf(known).Version == incoming.Version
}

// completes reports a row in a base run that says more about the same version than what is here. A field
// that came with a new schema was not asked for before, and AppSync's messages have null for what the
// mutation behind them did not select.
func (s Source) completes(known, row record.Value) bool {
	if !s.page || !s.base || canary.KnownIsWhole {
		return false
	}
	more := false
	row.Fields(func(name string, value record.Value) bool {
		more = !value.IsNull() && !record.Equal(value, known.Field(name))
		return !more
	})
	return more
}
