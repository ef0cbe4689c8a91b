package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/live"
)

// Moment is what the engine may know of the world when an event comes in. The host reads the
// clock and draws the number; the engine never does.
type Moment struct {
	NowMs  int64  // ms since 1970
	Random uint64 // fresh for each event; feeds backoff jitter and generated ids
}

// Event is something that happened. Step takes one at a time.
type Event interface{ event() }

// Call and Error are how the app is spoken with, in and out (sync/app).
type (
	Call  = app.Call
	Error = app.Error
)

// TabJoined is a tab that opened its port; TabGone one whose lock was released (rule 10).
type TabJoined struct{ Tab string }
type TabGone struct{ Tab string }

// Configure gives the schema and the settings. The last one wins; a schema with another hash is
// answered by the error schema_mismatch while tabs of the running schema are there.
type Configure struct {
	Call   app.Call
	Schema *schema.Schema
	Config record.Value // the settings as JSON, see Config
}

// Start loads the database, subscribes and syncs. It is answered when the local database is ready
// (not when the first sync is done). Handler declares whether the tab has a conflictHandler (rule 4).
type Start struct {
	Call    app.Call
	Handler bool
	// Marker is what the page remembers of the database outside of it: Missing where it can't
	// remember, "" for nothing, else what a "marker" of Announce said, with "+" behind it while
	// changes were unsent.
	Marker record.Value
	// Migrates declares whether it has a migrate callback (rule 11).
	Migrates bool
	// Providers are the auth modes that the tab can give tokens for: apiKey, userPools, oidc,
	// function, iam.
	Providers []string
}

// Stop ends network work once no started tab is left, and keeps the data. Clear removes all records (rule 12).
type Stop struct{ Call app.Call }
type Clear struct {
	Call          app.Call
	DiscardUnsent bool
}

// Save creates or updates a record. Record is the whole instance, Fields what the app set (for a
// new instance the supplied fields, for a copy the fields that differ from its source).
// Answered by the row as the app now sees it, after the commit.
type Save struct {
	Call       app.Call
	MutationID string
	Model      string
	Record     record.Value
	Fields     record.Value
	Condition  record.Value // filter input
	Upsert     bool         // where the server has a record of the id, that is changed
	NewID      bool         // the page has made the record's id, and saves the record for the first time
}

// Delete removes one record by ID, or all that match Filter. Children of HAS_ONE and HAS_MANY go
// first, each with a mutation of its own (ids MutationID/1, /2, ...). Answered by the list of
// deleted root rows.
type Delete struct {
	Call       app.Call
	MutationID string
	Model      string
	ID         string
	Filter     record.Value
	Condition  record.Value
}

// WriteAll carries out Saves and Deletes in their order and in one transaction, all or none of them. Answered by the
// list of what each would be answered by. An error is that of the first write that is refused, whose place is in its
// detail. The Calls of the writes mean nothing.
type WriteAll struct {
	Call   app.Call
	Writes []Event
}

// Query answers a list of rows, or with ID set a list of one or none.
type Query live.Find

// Aggregate answers about groups of the records that match Filter: Asked and the answer are those of
// query.ParseAggregation and query.Groups.
type Aggregate live.Tally

// Observe sends Notify effects to the tab until Unobserve; it is answered by {"seq":7}, the commit
// after which the first change comes. Model "" observes every model. Live
// asks for observeQuery: a first snapshot, then changes of the result. Since is the last commit
// that an observer heard of before its engine died: what changed after it comes first.
//
// Of asks for something else than records: ObserveOutbox for what is queued and parked,
// ObserveStatus for the statuses of a record (Model and ID), a model or all.
type Observe live.Observation

// Values of Observe.Of.
const (
	ObserveOutbox = live.OfOutbox
	ObserveStatus = live.OfStatus
)

type Unobserve struct {
	Tab      string
	Observer uint32
}

// Status answers the status of one record: {"model","id","state","cause","changes"}, see queue/status.go.
type Status struct {
	Call  app.Call
	Model string
	ID    string
}

// Outbox asks for what is queued, held and parked; with Count for how many there are, by state.
// Retry, Edit and Discard act on one mutation;
// Dependants says what becomes of mutations that need a discarded create: "" (an error lists
// them), "discard" or "keep". Restore brings parked mutations back.
type Outbox struct {
	Call  app.Call
	Count bool
}
type Retry struct {
	Call       app.Call
	MutationID string
}
type Edit struct {
	Call       app.Call
	MutationID string
	Fields     record.Value
}
type Discard struct {
	Call       app.Call
	MutationID string
	Dependants string
}
type Restore struct{ Call app.Call }

// Dump answers everything in the local database as JSON, for people.
type Dump struct{ Call app.Call }

// Answers to effects, by the effect's id. Late and unknown ids are ignored.
type Loaded struct {
	Effect uint64
	Image  *store.Image
	Faults []*store.Fault
	// Ephemeral: the browser offers no storage, so that the image lives as long as this program.
	Ephemeral bool
}
type LoadFailed struct {
	Effect uint64
	Fault  *store.Fault
}
type Committed struct{ Effect uint64 }
type CommitFailed struct {
	Effect uint64
	Fault  *store.Fault
}

// StorageLost is what the host found out on its own, without a commit: the fault is deleted or
// replaced.
type StorageLost struct{ Fault *store.Fault }

// StorageSlow says that a load or a transaction is not answered after five seconds.
type StorageSlow struct{}

// Answered is an HTTP answer of any status; SendFailed one that never came: Code is network,
// timeout or cancelled.
type Answered struct {
	Effect       uint64
	Status       int
	Body         []byte
	RetryAfterMs int64 // 0 when the answer has no Retry-After
}
type SendFailed struct {
	Effect  uint64
	Code    string
	Message string
}
type SocketOpened struct{ Effect uint64 }
type SocketMessage struct {
	Effect uint64
	Text   []byte
}
type SocketClosed struct {
	Effect uint64
	Code   int
	Reason string
}

// HandlerAnswered is the decision of a page's conflictHandler: applyRemote, retryLocal or retry
// with a model (the whole row); or what its migrate callback made of a change: migrate with its new
// fields in Model, discard, or keep.
type HandlerAnswered struct {
	Effect   uint64
	Decision string
	Model    record.Value
}
type HandlerFailed struct {
	Effect  uint64
	Message string
}

// TokenAnswered is what a page's auth provider gave: {token, headers, claims}, of which token or
// headers must be there (headers are sent as they are, text by name); claims.exp, in seconds since
// 1970, says when it expires, claims.sub whose it is. Null means that nobody is signed in.
type TokenAnswered struct {
	Effect uint64
	Token  record.Value
}
type TokenFailed struct {
	Effect  uint64
	Message string
}

// Online, Offline and Resumed are hints (link/hints.go): the browser's word about the network, and a page
// that came to be seen again. Gate is the app's own switch, and no hint: closed while the app pauses.
type Online struct{}
type Offline struct{}
type Resumed struct {
	Slept bool // time has passed that nobody saw: the device slept
}
type Gate struct {
	Call   app.Call
	Closed bool
}

// Sync asks the server now for what changed in some models, or in all for none. It is answered when all of that is
// here, or by what keeps it from coming.
type Sync struct {
	Call   app.Call
	Models []string
}

// Tick is the answer to Wake: the time asked for has come.
type Tick struct{}

func (TabJoined) event()       {}
func (TabGone) event()         {}
func (Configure) event()       {}
func (Start) event()           {}
func (Stop) event()            {}
func (Clear) event()           {}
func (Save) event()            {}
func (Delete) event()          {}
func (WriteAll) event()        {}
func (Query) event()           {}
func (Aggregate) event()       {}
func (Observe) event()         {}
func (Unobserve) event()       {}
func (Status) event()          {}
func (Outbox) event()          {}
func (Retry) event()           {}
func (Edit) event()            {}
func (Discard) event()         {}
func (Restore) event()         {}
func (Dump) event()            {}
func (Loaded) event()          {}
func (LoadFailed) event()      {}
func (Committed) event()       {}
func (StorageLost) event()     {}
func (StorageSlow) event()     {}
func (CommitFailed) event()    {}
func (Answered) event()        {}
func (SendFailed) event()      {}
func (SocketOpened) event()    {}
func (SocketMessage) event()   {}
func (SocketClosed) event()    {}
func (HandlerAnswered) event() {}
func (HandlerFailed) event()   {}
func (TokenAnswered) event()   {}
func (TokenFailed) event()     {}
func (Online) event()          {}
func (Offline) event()         {}
func (Resumed) event()         {}
func (Gate) event()            {}
func (Sync) event()            {}
func (Tick) event()            {}
