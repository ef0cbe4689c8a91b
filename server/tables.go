package server

import (
	"context"

	"github.com/deltabase/deltabase/conflict"
)

// Row is one stored record. Text is the complete JSON of the record with its metadata; it is not decoded and encoded
// again on its way to a page.
type Row struct {
	Model     string
	ID        string // the record id: schema.Model.RecordID of Text
	Version   int64
	ChangedAt int64 // _lastChangedAt, ms since 1970
	Deleted   bool  // a tombstone
	Seq       int64 // position in the log of the change that wrote this row
	Text      string
	// Past says who could read earlier versions, for models whose @auth rules depend on fields: it holds the former
	// values of those fields as {"until":SEQ,"fields":{...}}, newest last; "" when they never changed. Log entries and
	// applied mutations have none.
	Past string
}

// Entry is one entry of the delta log: the whole row after a change.
type Entry struct {
	Row
	Operation conflict.Operation
}

// Applied is a mutation that was carried out. A repeat of its id is answered from it (rule 2). Text is the row as far
// as the first answer could show it to its caller.
type Applied struct {
	ID        string // mutation id, made by the client
	Operation conflict.Operation
	Caller    string // who sent it, as a hash; "" for an API key
	Row
}

// Position is the one row of an app that orders everything (rule 7): the order of commits, of the log and of time is
// the order of Seq.
type Position struct {
	Seq       int64
	ChangedAt int64 // the latest time given to a change or to a sync run, ms since 1970
	// PurgedSeq is the greatest Seq of a tombstone that was purged. A reader that has not come that far can no longer
	// learn of the deletion.
	PurgedSeq int64
	// LogFrom is the Seq from which on the delta log is complete.
	LogFrom int64
	// LogPurgedMs is the time of the newest log entry that was purged.
	LogPurgedMs int64
	// JumpedMs is the latest time that the clock showed while it ran ahead, before it was repaired. A client that
	// synced up to a time which has not come again has missed changes since. 0 at first.
	JumpedMs int64
	// Layout names the version of the notes about rows and indexes (SetLayout). A server that knows another one reads
	// the notes again. "" at first.
	Layout     string
	Generation string // identifies this log; no other database has the same
	Secret     []byte // 32 random bytes that sign this app's page tokens
}

// Span bounds one read: it ends after Rows rows, or with the row that reaches Bytes.
type Span struct {
	Rows  int
	Bytes int
}

// Reader is a consistent view of the tables. more says that the span left rows out.
type Reader interface {
	Position() (Position, error)
	// Row reads one record, tombstones included; ok is false when there is none.
	Row(model, id string) (row Row, ok bool, err error)
	// RowsByKey reads a model's rows with an id greater than after, in byte order of the ids.
	RowsByKey(model, after string, span Span) (rows []Row, more bool, err error)
	// RowsByIndex reads the rows whose keys lie in a range, in the order of their keys; rows with the same key in the
	// order of their ids; backwards when the range says so.
	RowsByIndex(model string, keys KeyRange, span Span) (rows []Row, more bool, err error)
	// RowsSince reads a model's rows with a greater Seq, in order of Seq.
	RowsSince(model string, afterSeq int64, span Span) (rows []Row, more bool, err error)
	// ChangesSince reads a model's log entries from a time on and after a Seq, in order.
	ChangesSince(model string, fromMs, afterSeq int64, span Span) (entries []Entry, more bool, err error)
	// Log reads the entries of all models with a greater Seq, in order.
	Log(afterSeq int64, span Span) (entries []Entry, more bool, err error)
	// Applied finds a mutation by its id.
	Applied(mutationID string) (applied Applied, ok bool, err error)
	// Note reads a text that the server stores beside the rows; "" when there is none.
	Note(name string) (text string, err error)
	// Indexes lists the indexes that hold keys, by model and name.
	Indexes() ([]IndexName, error)
}

// Writer is the write transaction.
type Writer interface {
	Reader
	// Advance takes the next position: Seq+1 and NextTime(ChangedAt, nowMs). It locks the position row until the end of
	// the transaction. So call it when everything is read and decided, and only the writes are left.
	Advance(nowMs int64) (Position, error)
	// Touch moves ChangedAt to max(ChangedAt, nowMs). It does not change Seq.
	Touch(nowMs int64) (Position, error)
	// Write replaces the row with the same model and id, and appends the new one to the log.
	Write(entry Entry) error
	// PutKeys changes the keys of a row in indexes. Write removes no keys: whoever writes a row says which of them
	// change.
	PutKeys(model, id string, changes []KeyChange) error
	// DropKeys removes up to most keys of an index, and returns how many it removed.
	DropKeys(index IndexName, most int) (removed int, err error)
	// PutNote replaces the text of a note; "" removes it.
	PutNote(name, text string) error
	// SetLayout sets Position.Layout.
	SetLayout(layout string) error
	// Remember stores a mutation id with its result. The id must be new.
	Remember(applied Applied) error
	// Purge removes what has expired, at most bounds.Rows of each kind, and returns how many it removed.
	Purge(bounds PurgeBounds) (removed int, err error)
}

// PurgeBounds says what has expired: everything written at these positions or before.
type PurgeBounds struct {
	LogThroughSeq       int64 // delta log entries
	TombstoneThroughSeq int64 // tombstones and mutation ids
	Rows                int
	// KeysOf gives the index keys of a tombstone.
	KeysOf func(Row) []Key
}

// IndexName identifies an index of a model in the tables.
type IndexName struct{ Model, Name string }

// Key is a row's key in an index: bytes that sort like the values of its fields.
type Key struct{ Index, Text string }

// KeyChange is the change of a row's key in one index; "" stands for no key.
type KeyChange struct{ Index, Before, After string }

// KeyRange is a part of an index: the keys from From up to To, which is not included ("" is the end).
type KeyRange struct {
	Index, From, To string
	// AfterKey and AfterID are where the last page ended, "" for the first page.
	AfterKey, AfterID string
	Backwards         bool
}

// Writable is an optional interface of Tables. It finds out whether a write would be accepted, and leaves nothing
// behind.
type Writable interface{ Writable() error }

// Tables keep the records of one app. Several goroutines may use them at once, and several processes if the tables are
// not in memory. Errors are *StorageError.
type Tables interface {
	// View runs f on a consistent snapshot of the committed state.
	View(f func(Reader) error) error
	// Update runs f in the only write transaction, and commits if f returns nil. After an error of f or of the commit,
	// the tables are unchanged. When several nodes share the tables and another update was faster, f runs again on the
	// new state; nothing of its earlier run counts.
	Update(f func(Writer) error) error
	Close() error
}

// Told is an optional interface of Tables that hear of commits of other processes. Changes gets a signal when there may
// be news in the log. It is only a hint and may be lost, so hosts also look at the log by themselves.
type Told interface{ Changes() <-chan struct{} }

// Shrinker is an optional interface of Tables whose file grows. It returns space that purges left empty to the file
// system, in one short transaction per call, and reports whether there is more.
type Shrinker interface {
	Shrink() (again bool, err error)
}

// Queued is an optional interface of Tables whose callers have to wait for one another.
type Queued interface {
	// Within gives the same tables to one caller. It waits for a turn no longer than until ctx ends; after that, View
	// and Update fail with StorageBusy, and nothing was begun. Callers take turns. Heavy views take turns among
	// themselves, so that there is always room for others.
	Within(ctx context.Context, caller string, heavy bool) Tables
	// Apart gives the same tables for the server's own reads, which wait for no caller.
	Apart() Tables
}

// Codes of StorageError.
const (
	StorageFull        = "storage_full"        // the disk is full, or the configured size is reached
	StorageBusy        = "storage_busy"        // others hold the database, or all of its connections
	StorageReadOnly    = "storage_read_only"   // the file or its folder is not writable
	StorageCorrupt     = "storage_corrupt"     // the file is damaged, or is not a database
	StorageIncompat    = "storage_format"      // the file was written by another version
	StorageClosed      = "storage_closed"      // used after Close
	StorageOtherSchema = "storage_schema"      // another server has changed the schema meanwhile
	StorageGone        = "storage_gone"        // the file was deleted or replaced while it was open
	StorageUnavailable = "storage_unavailable" // any other failure
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
