package store

import "github.com/deltabase/deltabase/record"

// Key names a record.
type Key struct{ Model, ID string }

// Row is the base of a record: the last row that the server gave, with its metadata fields.
// Tombstones stay as rows with _deleted true. A record that only exists locally has no Row.
type Row struct {
	Model string
	ID    string // schema.Model.RecordID
	// Order is the position of first appearance, in which queries without a sort list records. Stage.Add assigns one if
	// it is 0.
	Order uint64
	Base  record.Value
}

// Key names the row's record.
func (r Row) Key() Key { return Key{r.Model, r.ID} }

// Change is one visible change of a record. Before is Missing for an insert, After for a delete. Changes that leave the
// view equal are not listed.
type Change struct {
	Key           Key
	Before, After record.Value
	Order         uint64
	// MetaOnly says that only _version, _lastChangedAt, _deleted and read-only fields (createdAt, updatedAt) differ:
	// the server confirmed what the app already saw.
	MetaOnly bool
}
