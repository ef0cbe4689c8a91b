package server

import (
	"context"

	"github.com/deltabase/deltabase/conflict"
)

// Row is one record as it is stored. Text is the finished JSON of the record with its metadata;
// it is never decoded and encoded again on the way to a page.
type Row struct {
	Model     string
	ID        string // the record id: schema.Model.RecordID of Text
	Version   int64
	ChangedAt int64 // _lastChangedAt, ms since 1970
	Deleted   bool  // a tombstone
	Seq       int64 // position in the log of the change that made this row
	Text      string
	// Past tells who could read earlier versions, where @auth rules look at fields: what those
	// fields held, as {"until":SEQ,"fields":{...}}, newest last; "" when they never changed. Log
	// entries and applied mutations have none.
	Past string
}

// Entry is one line of the delta log: the whole row after a change.
type Entry struct {
	Row
	Operation conflict.Operation
}

// Applied is a mutation that was carried out: what a repeat of the same mutation id is answered
// from (rule 2). Text is the row as far as the first answer could show it to its caller.
type Applied struct {
	ID        string // mutation id, made by the client
	Operation conflict.Operation
	Caller    string // who sent it, as a hash; "" for an API key
	Row
}

// Position is the one row per app that orders everything (rule 7): commit order, log order and
// time order are the order of Seq.
type Position struct {
	Seq       int64
	ChangedAt int64 // the latest time given to a change or to a sync run, ms since 1970
	// PurgedSeq is the greatest Seq of a tombstone that was removed: a reader that has not come
	// that far can no longer learn of the deletion.
	PurgedSeq int64
	// LogFrom is the Seq from which on the delta log is complete.
	LogFrom int64
	// LogPurgedMs is the time of the latest log entry that was removed.
	LogPurgedMs int64
	// JumpedMs is a time up to which the clock once ran ahead, before it was repaired: a client that
	// synced up to a time that has not come again missed what was changed since. 0 at first.
	JumpedMs int64
	// Layout names what the notes say about rows and indexes (SetLayout). A server that knows another layout
	// reads the notes again. "" at first.
	Layout     string
	Generation string // names this log; another database has another one
	Secret     []byte // 32 random bytes that sign this app's page tokens
}

// Span bounds one read: it ends after Rows rows, or with the row that reaches Bytes.
type Span struct {
	Rows  int
	Bytes int
}

// Reader is a consistent view of the tables. more tells that rows were left behind the span.
type Reader interface {
	Position() (Position, error)
	// Row reads one record, tombstones included; ok is false when there is none.
	Row(model, id string) (row Row, ok bool, err error)
	// RowsByKey reads a model's rows with an id greater than after, in byte order of the ids.
	RowsByKey(model, after string, span Span) (rows []Row, more bool, err error)
	// RowsByIndex reads the rows whose keys lie in a range, in the order of their keys and, of equal
	// keys, of their ids; backwards when the range says so.
	RowsByIndex(model string, keys KeyRange, span Span) (rows []Row, more bool, err error)
	// RowsSince reads a model's rows with a greater Seq, in order of Seq.
	RowsSince(model string, afterSeq int64, span Span) (rows []Row, more bool, err error)
	// ChangesSince reads a model's log entries from a time on and behind a Seq, in order.
	ChangesSince(model string, fromMs, afterSeq int64, span Span) (entries []Entry, more bool, err error)
	// Log reads the entries of all models with a greater Seq, in order.
	Log(afterSeq int64, span Span) (entries []Entry, more bool, err error)
	// Applied finds a mutation by its id.
	Applied(mutationID string) (applied Applied, ok bool, err error)
	// Note reads a text that the server keeps beside the rows; "" when there is none.
	Note(name string) (text string, err error)
	// Indexes lists the indexes that hold keys, by model and name.
	Indexes() ([]IndexName, error)
}

// Writer is the writing transaction.
type Writer interface {
	Reader
	// Advance takes the next position: Seq+1 and NextTime(ChangedAt, nowMs). It locks the position row
	// until the end of the transaction, so it is called when everything is read and decided and
	// only the writes are left.
	Advance(nowMs int64) (Position, error)
	// Touch moves ChangedAt to max(ChangedAt, nowMs) and leaves Seq alone.
	Touch(nowMs int64) (Position, error)
	// Write puts the row in place of the one with its model and id and appends it to the log.
	Write(entry Entry) error
	// PutKeys changes a row's keys in indexes. Write never removes keys: the caller that writes a row
	// says which of them change.
	PutKeys(model, id string, changes []KeyChange) error
	// DropKeys removes keys of an index, at most most of them, and returns how many.
	DropKeys(index IndexName, most int) (removed int, err error)
	// PutNote keeps a text in the place of the one of its name; "" removes it.
	PutNote(name, text string) error
	// SetLayout sets Position.Layout.
	SetLayout(layout string) error
	// Remember stores a mutation id with its result. The id must be new.
	Remember(applied Applied) error
	// Purge removes what is too old, at most bounds.Rows of each kind, and returns how much.
	Purge(bounds PurgeBounds) (removed int, err error)
}

// PurgeBounds says what is too old: what was written at these positions and before.
type PurgeBounds struct {
	LogThroughSeq       int64 // delta log entries
	TombstoneThroughSeq int64 // tombstones and mutation ids
	Rows                int
	// KeysOf gives the keys that go with a tombstone.
	KeysOf func(Row) []Key
}

// IndexName is an index of a model, as the tables know it.
type IndexName struct{ Model, Name string }

// Key is a row's place in an index: bytes that compare like what they stand for.
type Key struct{ Index, Text string }

// KeyChange is what becomes of a row's key in one index; "" is none.
type KeyChange struct{ Index, Before, After string }

// KeyRange is a part of an index: keys from From up to, and without, To ("" is the end).
type KeyRange struct {
	Index, From, To string
	// AfterKey and AfterID are where the page before ended, "" for the first one.
	AfterKey, AfterID string
	Backwards         bool
}

// Writable is what Tables may bring to tell whether a write would be accepted, leaving nothing behind.
type Writable interface{ Writable() error }

// Tables keep one app's records. Several goroutines, and several processes where they are not in
// memory, may use them at once. Errors are *StorageError.
type Tables interface {
	// View runs f on a consistent snapshot of what is committed.
	View(f func(Reader) error) error
	// Update runs f in the one writing transaction and commits when f returns nil. An error, of f
	// or of the commit, leaves the tables as they were. Where several nodes share the tables, f runs again
	// when another update was faster, on what is there then: what it did before counts for nothing.
	Update(f func(Writer) error) error
	Close() error
}

// Told is what Tables bring that hear of other processes' commits. Changes is signalled when there may be news
// in the log. It is a hint, which may fail to come: hosts look at the log by themselves all the same.
type Told interface{ Changes() <-chan struct{} }

// Shrinker is what Tables may bring whose file grows: it gives what purges left empty back to the file
// system, one short transaction per call, and reports whether there is more.
type Shrinker interface {
	Shrink() (again bool, err error)
}

// Queued is what Tables bring whose callers have to wait for one another.
type Queued interface {
	// Within gives the same tables to one caller, who waits for a turn until ctx ends and no longer;
	// then View and Update fail with StorageBusy, and nothing was begun. Turns go round the callers. Heavy
	// views take turns among themselves, so that there is always room for the others.
	Within(ctx context.Context, caller string, heavy bool) Tables
	// Apart gives the same tables to the server's own reads, which wait behind no caller's.
	Apart() Tables
}

// Codes of StorageError.
const (
	StorageFull        = "storage_full"        // the disk, or the configured size, is used up
	StorageBusy        = "storage_busy"        // others hold the database, or all of its connections
	StorageReadOnly    = "storage_read_only"   // the file or its folder is not writable
	StorageCorrupt     = "storage_corrupt"     // the file is damaged or is no database
	StorageIncompat    = "storage_format"      // the file was written by another version
	StorageClosed      = "storage_closed"      // used after Close
	StorageOtherSchema = "storage_schema"      // another server has changed the schema meanwhile
	StorageGone        = "storage_gone"        // the file was deleted or replaced while it was open
	StorageUnavailable = "storage_unavailable" // everything else
)

// StorageError is a failure of a back end. Nothing was written, except that a StorageUnavailable of a database
// behind a network may come of a commit whose answer was lost.
type StorageError struct {
	Code    string
	Message string // a sentence that says what to do
	Cause   error  // may be nil
}

func (e *StorageError) Error() string { return e.Message }
func (e *StorageError) Unwrap() error { return e.Cause }
