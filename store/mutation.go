package store

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// State of a mutation in the outbox.
type State string

const (
	Pending    State = "pending"    // unsent; later edits may still be folded into it
	Sent       State = "sent"       // committed before its first send; frozen until a definite answer
	Conflicted State = "conflicted" // the server refused the version; it waits for a decision
	Held       State = "held"       // refused for good; kept and listed, and the app may retry, edit or discard it
	Parked     State = "parked"     // set aside by clear() or for another app; neither shown nor sent
)

// Mutation is one change on its way to the server (rules 1 to 6). It is never modified after it was passed on in a
// commit; a new version is a copy in a later commit.
type Mutation struct {
	ID         string // made by the page at save; sent in the request's extensions
	Key        Key
	Operation  conflict.Operation
	State      State
	Fields     record.Value // create: the supplied fields; update: the changed fields; delete: the key fields
	Base       record.Value // the server row under the change when it was made or last rebased; Missing for none
	Version    int64        // _version to send; 0 for none
	Condition  record.Value // filter input; Missing for none
	Order      uint64       // save order across the whole database; Stage.Add assigns one if it is 0
	SavedAtMs  int64
	SchemaHash string
	Tab        string // the tab that saved
	Attempts   int    // conflict attempts so far
	Resent     bool   // rejected fields were resent once already (rule 3)
	NewID      bool   // a create whose record id was made for it, so no other client has a record of that id
	Upsert     bool   // a create that changes the record if the server has one of that id
	// Adopted: another store made it, which kept none of the values that it changes, so that Base has none of them.
	// SentElsewhere: that store may have sent it, under no id.
	Adopted, SentElsewhere bool
	Cause                  *Cause       // why it is conflicted or held
	Remote                 record.Value // the server's row of a conflict
	Owner                  string       // of a parked mutation: whose credentials have to send it, "" for anybody's
	App                    string       // of a parked mutation: the app that made it
	Away                   bool         // parked because another app uses the database
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
	KeptLocal          End = "local"     // the model is local-only: the record holds the change, and nothing is sent
)

// Ended is a journal entry. The id of an ended mutation is never used again.
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

// before compares mutations by save order. Ids break ties, so that the order never depends on maps.
func (m *Mutation) before(other *Mutation) int {
	switch {
	case m.Order < other.Order:
		return -1
	case m.Order > other.Order:
		return 1
	case m.ID < other.ID:
		return -1
	case m.ID > other.ID:
		return 1
	}
	return 0
}
