// Package store is the local database: what a row, a mutation and a commit are, the in-memory
// image that the engine reads, and the staging of commits on their way to disk. Concrete stores
// (store/memory, store/indexeddb) only persist commits and load them back.
package store

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// CONTRACT (to be implemented in small files: row.go, mutation.go, commit.go, codec.go, image.go,
// stage.go, page.go, limits.go, fault.go; this file goes away).

// Row is the base of a record: the last row that the server gave, with its metadata fields.
// Tombstones stay as rows with _deleted true. A record that only exists locally has no Row.
type Row struct {
	Model string
	ID    string // schema.Model.RecordID
	Order uint64 // position of first appearance; queries without a sort answer in this order
	Base  record.Value
}

// Key names a record.
type Key struct{ Model, ID string }

// State of a mutation in the outbox.
type State string

const (
	Pending    State = "pending"    // unsent; may still be folded
	Sent       State = "sent"       // committed before its first send; frozen until a definite answer
	Conflicted State = "conflicted" // the server refused the version; a decision is awaited
	Held       State = "held"       // refused for good; kept, visible, open to retry, edit, discard
	Parked     State = "parked"     // left behind by clear(); neither visible nor sent
)

// Mutation is one change on its way to the server (rules 1 to 6).
type Mutation struct {
	ID         string // made in the page at save; travels in the extensions
	Key        Key
	Operation  conflict.Operation
	State      State
	Fields     record.Value // create: the supplied fields; update: the changed fields; delete: the key fields
	Base       record.Value // the server row under the change when it was made or last rebased; Missing for none
	Version    int64        // _version to send; 0 for none
	Condition  record.Value // filter input; Missing for none
	Order      uint64       // save order over the whole database
	SavedAtMs  int64
	SchemaHash string
	Tab        string       // the tab that saved
	Attempts   int          // conflict attempts so far
	Resent     bool         // rejected fields were resent once already (rule 3)
	Cause      *Cause       // why it is conflicted or held
	Remote     record.Value // the server's row of a conflict
}

// Cause says why a mutation does not move. Code is stable: conflict, tombstone, rejected,
// unauthorized, condition, schema, attempts, handler.
type Cause struct {
	Code    string
	Message string
}

// End is how a mutation ended. Every end is journaled (rule 1).
type End string

const (
	Acknowledged       End = "acknowledged"
	SupersededEnd      End = "superseded"
	DiscardedByHandler End = "discarded_by_handler"
	DiscardedByUser    End = "discarded_by_user"
	Folded             End = "folded"    // merged into another unsent mutation, named in Into
	Cancelled          End = "cancelled" // create and delete of one record, both unsent
)

// Ended is a journal entry.
type Ended struct {
	MutationID string
	Key        Key
	Operation  conflict.Operation
	End        End
	Into       string   // mutation id, for Folded
	Fields     []string // superseded or discarded fields
	Version    int64    // the row's version after an acknowledgement
	AtMs       int64
}

// MetaEntry is a named JSON value: cursors ("cursor/Post"), the schema hash, the server's kind.
type MetaEntry struct {
	Key   string
	Value record.Value // Missing removes it
}

// Commit is one transaction. Everything in it becomes durable together.
type Commit struct {
	Seq       uint64 // commit sequence, gapless per database
	Name      string // "save+outbox", "acknowledge", "apply page", ...
	Strict    bool   // rule 14
	Rows      []Row
	Removed   []Key // rows that go away
	Mutations []Mutation
	Ended     []Ended
	Meta      []MetaEntry
	Clear     bool // removes all rows and meta first
}

// Empty reports whether there is nothing in it.
func (c *Commit) Empty() bool { panic("unwritten") }

// Reader is what the engine plans with: committed state, or committed and staged state.
type Reader interface {
	Row(k Key) (Row, bool)
	// Mutations of one record in save order, parked ones excluded.
	Mutations(k Key) []*Mutation
	Mutation(id string) (*Mutation, bool)
	// View is what the app sees: base with the pending changes applied in order (rule 1); Missing
	// when there is no such record or it is deleted. A created record carries null for every
	// stored field that was not supplied.
	View(k Key) record.Value
	Meta(key string) record.Value
}

// Image is the committed state in memory. Not safe for concurrent use.
type Image struct{}

func NewImage(s *schema.Schema) *Image { panic("unwritten") }

// Apply brings a commit in and returns what changed for observers, in the commit's order.
func (i *Image) Apply(c *Commit) []Change { panic("unwritten") }

func (i *Image) Row(k Key) (Row, bool)                { panic("unwritten") }
func (i *Image) Mutations(k Key) []*Mutation          { panic("unwritten") }
func (i *Image) Mutation(id string) (*Mutation, bool) { panic("unwritten") }
func (i *Image) View(k Key) record.Value              { panic("unwritten") }
func (i *Image) Meta(key string) record.Value         { panic("unwritten") }
func (i *Image) Seq() uint64                          { panic("unwritten") } // of the last commit
func (i *Image) Order() uint64                        { panic("unwritten") } // the highest order given out
func (i *Image) Outbox() []*Mutation                  { panic("unwritten") } // in save order, without parked
func (i *Image) Parked() []*Mutation                  { panic("unwritten") }
func (i *Image) Journal() []Ended                     { panic("unwritten") } // newest last, bounded

// EachRow calls f for each base row of a model, tombstones included, in order, until f returns false.
func (i *Image) EachRow(model string, f func(Row) bool) { panic("unwritten") }

// Select answers a query from committed views.
func (i *Image) Select(model string, p *query.Predicate, sort []query.SortKey, page query.Page) []record.Value {
	panic("unwritten")
}

// SetSchema rebuilds what depends on the schema; no stored text changes (rule 11).
func (i *Image) SetSchema(s *schema.Schema) { panic("unwritten") }

// Change is one visible change of a record. Before or After is Missing for an insert or a delete.
// Changes that leave the view equal are not listed.
type Change struct {
	Key           Key
	Before, After record.Value
	Order         uint64
}

// Stage holds commits that are planned but not yet durable, over an Image (rule 9). It reads as
// if they all had succeeded.
type Stage struct{}

func NewStage(i *Image) *Stage { panic("unwritten") }

func (s *Stage) Row(k Key) (Row, bool)                { panic("unwritten") }
func (s *Stage) Mutations(k Key) []*Mutation          { panic("unwritten") }
func (s *Stage) Mutation(id string) (*Mutation, bool) { panic("unwritten") }
func (s *Stage) View(k Key) record.Value              { panic("unwritten") }
func (s *Stage) Meta(key string) record.Value         { panic("unwritten") }
func (s *Stage) Outbox() []*Mutation                  { panic("unwritten") }

// Add stages a commit. The caller hands over ownership.
func (s *Stage) Add(c *Commit) { panic("unwritten") }

// Done applies the oldest staged commit to the image and returns its changes.
func (s *Stage) Done() []Change { panic("unwritten") }

// Drop forgets all staged commits.
func (s *Stage) Drop() { panic("unwritten") }

// Merge folds later into c so that both are one transaction (group commit): later wins per key,
// Strict is kept if either has it, Seq is c's.
func (c *Commit) Merge(later *Commit) { panic("unwritten") }

// Store keeps commits durable. One goroutine uses it; calls block until they are finished.
// Every error is a *Fault.
type Store interface {
	// Load brings everything into a new image. Corrupt pages and log rows are left out and
	// listed as faults; the rest is loaded.
	Load(s *schema.Schema) (*Image, []*Fault, error)
	// Commit returns after the transaction completed. A commit whose Seq was already written by
	// somebody else fails with code "fenced" and changes nothing (rule 10).
	Commit(c *Commit) error
	// Fold moves at most one page worth of old log rows into pages, one transaction, and reports
	// whether more is left. Never touches log rows that hold live outbox entries, except to copy.
	Fold() (more bool, err error)
	Close() error
	// Destroy deletes the database.
	Destroy() error
}

// Fault is a storage failure. Code: quota, closed, fenced, corrupt, aborted, unavailable, blocked.
type Fault struct {
	Code    string
	Message string // a sentence that says what to do
	Model   string // of a corrupt page
	Rows    int    // rows lost with a corrupt page, when known
}

func (f *Fault) Error() string { panic("unwritten") }

// EncodeCommit and DecodeCommit are the JSON text of a log row, with its checksum (CRC-32C).
func EncodeCommit(c *Commit) []byte             { panic("unwritten") }
func DecodeCommit(text []byte) (*Commit, error) { panic("unwritten") }
