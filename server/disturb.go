package server

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// disturb forces a conflict if Options.Disturb asks for one. The stored record gets a new version and is otherwise
// unchanged, in a change of its own that subscribers hear of.
func (x *execution) disturb(mu *mutation, shared Writer) error {
	if x.server.options.Disturb == nil || mu.operation == conflict.Create || x.given != nil || !x.server.options.Disturb() {
		return nil
	}
	change := func(w Writer) error {
		before, exists, err := w.Row(mu.model.Name, mu.recordID)
		if err != nil || !exists || before.Deleted {
			return err
		}
		other := *mu
		other.operation, other.id = conflict.Update, ""
		_, err = x.write(w, &other, before, conflict.WithoutMeta(record.TrustString(before.Text)))
		return err
	}
	if shared != nil {
		return change(shared)
	}
	if err := x.server.tablesFor(x.call).Update(change); err != nil {
		return err
	}
	x.result.Committed = true
	return nil
}
