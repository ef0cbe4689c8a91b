package merge

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Source says where the rows of a merge come from. trusted rows are in the sync expression whatever they hold: answers
// to our own mutations, and pages that the server filtered.
type Source struct {
	page    bool
	trusted bool
	base    bool                 // a page of a base run
	reset   func(id string) bool // of a page: the row here is from another log or server, and unchanged since
}

// Message is a row that a subscription delivered. Answer is a row that the server returned for a change of ours: what
// became of it, or what stands in its way.
var (
	Message = Source{}
	Answer  = Source{trusted: true}
)

// Page is a page of a run. reset reports whether the row that is stored under an id comes from another log or server
// than the page; nil means never.
func Page(trusted, base bool, reset func(id string) bool) Source {
	return Source{page: true, trusted: trusted, base: base, reset: reset}
}

// coversAgain reports whether a row of a page left an earlier sync expression in this very version. The page shows that
// the row is in today's expression; the answer to a change would not show that.
func (s Source) coversAgain(known record.Value, incoming conflict.Stamp) bool {
	return s.page && known.Field(store.LeftField).Bool() &&
		!incoming.Deleted && conflict.StampOf(known).Version == incoming.Version
}

// completes reports whether a row of a base run holds more of a version than the stored row. Fields that came with a
// new schema were not requested before, and AppSync's messages have null for fields that the mutation behind them did
// not select.
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
