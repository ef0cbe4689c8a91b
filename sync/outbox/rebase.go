package outbox

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Behind are the unsent mutations of the same record after m.
func (o *Outbox) Behind(m *store.Mutation) []*store.Mutation {
	var later []*store.Mutation
	for _, q := range o.door.Stage.Mutations(m.Key) {
		if q.ID != m.ID && q.State != store.Sent {
			later = append(later, q)
		}
	}
	return later
}

// Rebase moves a queued mutation onto the row that an earlier one of the same page became. If
// somebody else changed one of its fields meanwhile, or won against the earlier one in it, it keeps its
// version, behind a create the one that the create made, so that the server sees the conflict; then only the
// earlier mutation's own fields enter its base. Of an adopted one, whose base is not known, the versions tell whether
// there was somebody else.
func Rebase(model *schema.Model, q, earlier *store.Mutation, row record.Value) (store.Mutation, bool) {
	next := *q
	stamp := conflict.StampOf(row)
	if q.State == store.Conflicted && conflict.StampOf(q.Remote).Version == earlier.Version &&
		stamp.Version == earlier.Version+1 && !stamp.Deleted {
		next.Remote = row // both were in conflict with one row, and the other is solved
		return next, true
	}
	if q.State != store.Pending && q.State != store.Held || q.Operation == conflict.Create {
		return next, false
	}
	// The next version may be somebody else's, too: plain AppSync tells by its values alone what was carried out.
	foreign := earlier.Operation != conflict.Create || stamp.Version > createdVersion
	if foreign {
		var grew bool
		foreign, grew = contested(model, q, earlier, row)
		foreign = foreign && !canary.Overtakes && !(q.Adopted && stamp.Version <= earlier.Version+1)
		next.Resent = q.Resent || grew
	}
	if foreign {
		if earlier.Operation == conflict.Create && q.Version < createdVersion {
			next.Base, next.Version = created(earlier), createdVersion
		}
		next.Base = record.Overlay(next.Base, became(model, earlier, row))
		return next, true
	}
	next.Base, next.Version = row, stamp.Version
	return next, true
}

// createdVersion is that of a row that a create made.
const createdVersion = 1

// created is the row that a create made, as far as the create tells.
func created(create *store.Mutation) record.Value {
	var b record.Builder
	b.SetInt(conflict.VersionField, createdVersion)
	return record.Overlay(create.Fields, b.Object())
}

// contested reports that a field that a queued change sets, or takes away, holds somebody else's value in the row
// that an earlier change became. grew: it is a list or a map, in which an earlier edit's own value is merged already. Merged a
// second time that would be doubled, so the edit asks for no merge, like a resend. A create is not merged.
func contested(model *schema.Model, q, earlier *store.Mutation, row record.Value) (foreign, grew bool) {
	_, lost := conflict.Superseded(model, earlier.Fields, earlier.Base, row)
	changed(model, q)(func(name string, value record.Value) bool {
		switch {
		case record.Equal(q.Base.Field(name), row.Field(name)): // it was made on that value
		case slices.Contains(lost, name):
			foreign = true
			grew = grew || q.Operation == conflict.Update && earlier.Operation == conflict.Update && mergedInPart(model.Field(name), value)
		case !earlier.Fields.Field(name).Exists():
			foreign = true
		}
		return true
	})
	return foreign, grew
}

// mergedInPart reports that AUTOMERGE joins two values of a field: a list, a map, or JSON.
func mergedInPart(f *schema.Field, value record.Value) bool {
	return value.Kind() == record.List || value.Kind() == record.Object || f != nil && f.Type.Scalar == schema.AWSJSON
}

// RebasedBehind are the edits behind a change that ends in a conflict, moved onto the server's row when
// that row is what the change itself became: plain AppSync does not tell that, and an edit that names an
// older version would meet this page's own one as if it were somebody else's (rule 3).
func (o *Outbox) RebasedBehind(m *store.Mutation) []store.Mutation {
	if m.Operation != conflict.Update || !tookEffect(m) {
		return nil
	}
	var moved []store.Mutation
	version := conflict.StampOf(m.Remote).Version
	for _, q := range o.Behind(m) {
		if version != max(m.Version, q.Version)+1 || !unchangedFor(q, m) {
			continue
		}
		if next, changed := Rebase(o.setup.Schema.Model(m.Key.Model), q, m, m.Remote); changed {
			moved = append(moved, next)
		}
	}
	return moved
}

// tookEffect reports that the server's row has a value that the mutation brought.
func tookEffect(m *store.Mutation) bool {
	took := false
	m.Fields.Fields(func(name string, value record.Value) bool {
		took = record.Equal(m.Remote.Field(name), value) && !record.Equal(m.Base.Field(name), value)
		return !took
	})
	return took
}

// unchangedFor reports that no field of a queued edit holds a value in the server's row that is neither
// the one it was made on nor the earlier edit's.
func unchangedFor(q, earlier *store.Mutation) bool {
	unchanged := true
	if q.Operation == conflict.Update {
		q.Fields.Fields(func(name string, _ record.Value) bool {
			now := earlier.Remote.Field(name)
			unchanged = record.Equal(now, q.Base.Field(name)) || record.Equal(now, earlier.Fields.Field(name))
			return unchanged
		})
	}
	return unchanged
}

// became is what a mutation made of its fields: their values in the row, but for those that somebody
// else had changed.
func became(model *schema.Model, m *store.Mutation, row record.Value) record.Value {
	_, lost := conflict.Superseded(model, m.Fields, m.Base, row)
	var b record.Builder
	m.Fields.Fields(func(name string, _ record.Value) bool {
		if slices.Contains(lost, name) {
			return true
		}
		if now := row.Field(name); now.Exists() {
			b.Set(name, now)
		} else {
			b.SetNull(name)
		}
		return true
	})
	return b.Object()
}
