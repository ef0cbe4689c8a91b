package outbox

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// An edit is made on the newest row that has come, but for fields of which that row has a value that the page
// was not shown: the transaction that brings it is not on the disk, or an own change lies over it. Such an
// edit names the version that the page did see, as if it had been saved before the value came, so that
// the server sees the conflict (claim 3.14). A delete takes every field away, so it names the version of
// which the page was shown all.

// madeOn gives an update or a delete its base and version. unseen: it is made on an older row than the newest.
func (o *Outbox) madeOn(m *store.Mutation) (unseen bool) {
	row, ok := o.door.Stage.Row(m.Key)
	queued := o.door.Stage.Mutations(m.Key)
	left := ok && row.Base.Field(store.LeftField).Bool()
	if len(queued) > 0 && (!ok || left && !canary.Overtakes) {
		// After a clear the row is not here, and one that left the sync expression has an older version's
		// values: what the change before was made on is what the page knows.
		last := queued[len(queued)-1]
		m.Base, m.Version = last.Base, last.Version
		return o.standOnShown(m) || left
	}
	if !ok {
		return false
	}
	m.Base, m.Version = row.Base, conflict.StampOf(row.Base).Version
	if !o.standOnShown(m) {
		return false
	}
	model := o.setup.Schema.Model(m.Key.Model)
	for _, earlier := range o.door.Image.Mutations(m.Key) {
		// What was sent, and is queued no more, is answered by the transaction in flight. Others were discarded.
		if _, queued := o.door.Stage.Mutation(earlier.ID); !queued && earlier.State == store.Sent {
			*m, _ = Rebase(model, m, earlier, row.Base)
		}
	}
	return m.Version < conflict.StampOf(row.Base).Version
}

// standOnShown gives a change what the page was shown of its base, where that is older; it reports whether it is.
func (o *Outbox) standOnShown(m *store.Mutation) bool {
	model := o.setup.Schema.Model(m.Key.Model)
	if canary.Overtakes || model == nil || conflict.StampOf(m.Base).Deleted {
		return false
	}
	older, version := o.shownOf(model, m, m.Base)
	if version >= m.Version {
		return false
	}
	older.SetInt(conflict.VersionField, version)
	m.Base, m.Version = record.Overlay(m.Base, older.Object()), version
	return true
}

// shownOf are the values that the page was shown instead of those in a row, of the fields that a change sets or
// takes away, and the oldest version that they are of: the row's own when it was shown all.
func (o *Outbox) shownOf(model *schema.Model, m *store.Mutation, row record.Value) (older record.Builder, version int64) {
	version = conflict.StampOf(row).Version
	shown, known := o.door.Image.Row(m.Key)
	own := append(slices.Clone(o.door.Image.Mutations(m.Key)), o.door.Stage.Mutations(m.Key)...)
	if len(own) == 0 && (!known || conflict.StampOf(shown.Base).Version == version) {
		return older, version
	}
	view := o.door.Image.View(m.Key)
	changed(model, m)(func(name string, value record.Value) bool {
		now := row.Field(name)
		seen := func(value record.Value) bool { return conflict.SameValue(model.Field(name), value, now) }
		if m.Operation != conflict.Delete && seen(value) || seen(view.Field(name)) {
			return true
		}
		was, of := shown.Base.Field(name), conflict.StampOf(shown.Base).Version
		for _, q := range own {
			if set := q.Fields.Field(name); set.Exists() || q.Operation == conflict.Create {
				if seen(set) || set.Exists() && seen(q.Base.Field(name)) {
					return true // it is this page's own, or what the change was made on
				}
				was, of = q.Base.Field(name), q.Version
			}
		}
		if !was.Exists() {
			was = record.NullValue()
		}
		older.Set(name, was)
		version = min(version, of)
		return true
	})
	return older, version
}

// changed walks the fields that a change sets, with their new values, or takes away: a delete all of them.
func changed(model *schema.Model, m *store.Mutation) func(func(string, record.Value) bool) {
	if m.Operation != conflict.Delete {
		return m.Fields.Fields
	}
	return func(yield func(string, record.Value) bool) {
		for _, f := range model.Stored() {
			if !f.ReadOnly && !model.IsKey(f.Name) && !yield(f.Name, record.Value{}) {
				return
			}
		}
	}
}

// sameGround reports that two edits can be one: the later one's fields had the same values when both were made.
func sameGround(last, next *store.Mutation) bool {
	same := last.Version == next.Version
	next.Fields.Fields(func(name string, _ record.Value) bool {
		same = same && record.Equal(last.Base.Field(name), next.Base.Field(name))
		return same
	})
	return same
}
