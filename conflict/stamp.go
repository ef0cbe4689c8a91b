package conflict

import "github.com/deltabase/deltabase/record"

// Stamp is the sync metadata of a row. Version 0 means that there is no row.
type Stamp struct {
	Version   int64
	ChangedAt int64 // _lastChangedAt, ms since 1970
	Deleted   bool
}

// StampOf reads the metadata fields of a row; fields that are missing or of another type are zero.
func StampOf(row record.Value) Stamp {
	if stamp, ok := stampAtEnd(row.Text()); ok {
		return stamp
	}
	meta := row.Three(VersionField, ChangedAtField, DeletedField)
	version, _ := meta[0].Int()
	changedAt, _ := meta[1].Int()
	return Stamp{Version: version, ChangedAt: changedAt, Deleted: meta[2].Bool()}
}

// WithStamp returns the row with its metadata fields set. In a live row _deleted is null, never false.
func WithStamp(row record.Value, s Stamp) record.Value {
	var meta record.Builder
	meta.SetInt(VersionField, s.Version)
	meta.SetInt(ChangedAtField, s.ChangedAt)
	if s.Deleted {
		meta.SetBool(DeletedField, true)
	} else {
		meta.SetNull(DeletedField)
	}
	return record.Overlay(row, meta.Object())
}

// Replaces reports whether an incoming server row replaces the known one. A row with a higher version does. Any other
// row does so only with a later _lastChangedAt: within one life of a record both grow together, so such a row belongs
// to a new life of the same id (rule 8).
func Replaces(known, incoming Stamp) bool {
	return incoming.Version > known.Version || incoming.ChangedAt > known.ChangedAt
}

// isMeta reports whether a field is maintained by the server and is never part of a change.
func isMeta(name string) bool {
	switch name {
	case VersionField, DeletedField, ChangedAtField, "_ttl", "__typename":
		return true
	}
	return false
}
