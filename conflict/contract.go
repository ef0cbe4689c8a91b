// Package conflict holds what both sides decide about versions: when an incoming row replaces a
// known one, when a mutation conflicts, what each strategy makes of it, and what the app's
// decision becomes. Pure; the server and the page run the same code.
package conflict

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// CONTRACT (to be implemented in small files; this file goes away).

// Names of the metadata fields in a row.
const (
	VersionField   = "_version"
	DeletedField   = "_deleted"
	ChangedAtField = "_lastChangedAt"
)

// Stamp is the sync metadata of a row. Version 0 means that there is no row.
type Stamp struct {
	Version   int64
	ChangedAt int64 // _lastChangedAt, ms since 1970
	Deleted   bool
}

// StampOf reads the metadata fields of a row.
func StampOf(row record.Value) Stamp { panic("unwritten") }

// WithStamp returns the row with its metadata fields set (_deleted is null while live).
func WithStamp(row record.Value, s Stamp) record.Value { panic("unwritten") }

// Replaces reports whether an incoming server row replaces the known one (rule 8): a higher
// version does; a lower version with a later _lastChangedAt is a new life and does; an equal or
// older one does not.
func Replaces(known, incoming Stamp) bool { panic("unwritten") }

// Operation of a mutation.
type Operation string

const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Strategy of a model.
type Strategy string

const (
	Automerge  Strategy = "AUTOMERGE"
	Optimistic Strategy = "OPTIMISTIC_CONCURRENCY"
	Lambda     Strategy = "LAMBDA"
	None       Strategy = "NONE"
)

// Verdict is what the server does with a mutation whose conditions hold.
type Verdict uint8

const (
	Apply        Verdict = iota // write Row
	Conflicted                  // ConflictUnhandled with the stored row
	Exists                      // ConditionalCheckFailedException: create over a row or a tombstone
	Absent                      // ConditionalCheckFailedException: update or delete of nothing
	NeedDecision                // LAMBDA: the host must ask the custom function
)

// Attempt is one mutation as the server sees it.
type Attempt struct {
	Operation Operation
	Input     record.Value // without _version
	Version   int64        // _version of the input, 0 when absent
	Stored    record.Value // Missing when there is no row; with metadata
	Strategy  Strategy
}

// Outcome of an attempt. Row lacks new metadata (the caller stamps it); Merged tells that
// AUTOMERGE ran, Rejected names input fields that kept the stored value.
type Outcome struct {
	Verdict  Verdict
	Row      record.Value
	Merged   bool
	Rejected []string
}

// Decide is table 3.2 of the sync protocol: outcome per operation, stored row, version, strategy.
func Decide(m *schema.Model, a Attempt) Outcome { panic("unwritten") }

// Merge is AUTOMERGE: the input's fields into the stored row by type (section 4.1).
func Merge(m *schema.Model, stored, input record.Value) (row record.Value, rejected []string) {
	panic("unwritten")
}

// Decision is what the app's conflictHandler wants.
type Decision string

const (
	ApplyRemote Decision = "applyRemote"
	RetryLocal  Decision = "retryLocal"
	RetryModel  Decision = "retry" // with a model
)

// Resend is the change that a decision sends: an operation, the fields (whole values of changed
// fields only) and the version to send. none is true for ApplyRemote (the local change ends as
// discarded).
type Resend struct {
	Operation Operation
	Fields    record.Value
	Version   int64
	None      bool
}

// Resolve turns a decision into what is sent. base is the row the change was made on, local the
// changed fields, remote the server's current row, model the handler's model for RetryModel (its
// fields that differ from remote are sent). A retry on a remote tombstone gives None with
// reason "tombstone": the mutation is then held (rule 5).
func Resolve(m *schema.Model, op Operation, base, local, remote record.Value, d Decision, model record.Value) (resend Resend, reason string) {
	panic("unwritten")
}

// Superseded compares what was sent with the row that came back (timestamps and read-only fields
// excepted): resend are fields whose returned value equals base's (the server rejected them only
// because of the version: rule 3, resent once), lost are the others that differ.
func Superseded(m *schema.Model, sent, base, returned record.Value) (resend, lost []string) {
	panic("unwritten")
}
