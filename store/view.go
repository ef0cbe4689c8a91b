package store

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// form is what views of a model need from its schema.
type form struct {
	nulls    record.Value // an object in which all stored fields and the metadata are null
	readOnly []string     // metadata and fields that only the server sets
	lookups  []string     // fields by whose values records are looked up
}

var metadataNames = []string{conflict.VersionField, conflict.ChangedAtField, conflict.DeletedField}

// formOf returns the form of a model. The form of an unknown model, nil, has the metadata alone.
func formOf(m *schema.Model) form {
	var nulls record.Builder
	var f form
	f.readOnly = append(f.readOnly, metadataNames...)
	if m != nil {
		for _, field := range m.Stored() {
			nulls.SetNull(field.Name)
			if field.ReadOnly || field.Name == m.CreatedAt || field.Name == m.UpdatedAt {
				f.readOnly = append(f.readOnly, field.Name)
			}
		}
	}
	for _, name := range metadataNames {
		nulls.SetNull(name)
	}
	f.nulls = nulls.Object()
	return f
}

// view applies the changes of a record to its base in order. Held, conflicted and sent changes count like unsent ones
// (rule 1). A change on top of a tombstone or of nothing stays visible until it is discarded. The metadata is always
// that of the base.
func (f form) view(base record.Value, mutations []*Mutation) record.Value {
	view := base
	if isTombstone(base) {
		view = record.Value{}
	}
	own := view.Exists() // the view's metadata is already that of the base
	for _, m := range mutations {
		switch m.Operation {
		case conflict.Create:
			view, own = record.Overlay(f.nulls, m.Fields), false
		case conflict.Update:
			if !view.Exists() {
				view, own = f.under(base, m), false
			}
			view = record.Overlay(view, m.Fields)
		case conflict.Delete:
			view, own = record.Value{}, false
		}
	}
	if !view.Exists() || own {
		return view
	}
	var metadata record.Builder
	for _, name := range metadataNames {
		if value := base.Field(name); value.Exists() && !(name == conflict.DeletedField && base.Field(LeftField).Bool()) {
			metadata.Set(name, value)
		} else {
			metadata.SetNull(name)
		}
	}
	return record.Overlay(view, metadata.Object())
}

// LeftField marks the tombstone of a record that the server did not delete: the record left the sync expression while a
// change of this page was queued for it. The view of such a record is not _deleted.
const LeftField = "_left"

func isTombstone(row record.Value) bool { return conflict.StampOf(row).Deleted }

// under is the row below an update whose record is deleted or gone: the row that the update was made on, if that one
// was live.
func (f form) under(base record.Value, m *Mutation) record.Value {
	switch {
	case m.Base.Exists() && !m.Base.IsNull() && !isTombstone(m.Base):
		return m.Base
	case base.Exists():
		return base
	case !m.Base.IsNull():
		return m.Base // a deleted row that is no longer stored: it holds the key
	}
	return f.nulls
}

// metaOnly reports whether two views differ only in fields that the app can't set.
func (f form) metaOnly(before, after record.Value) bool {
	if !before.Exists() || !after.Exists() {
		return false
	}
	return record.Equal(record.Without(before, f.readOnly...), record.Without(after, f.readOnly...))
}
