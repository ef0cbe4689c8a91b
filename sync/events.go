package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/live"
	"github.com/deltabase/deltabase/sync/outbox"
)

// Moment is what the engine knows of the outside world when an event comes in. The host reads the clock and draws the
// random number; the engine never does.
type Moment struct {
	NowMs  int64  // ms since 1970
	Random uint64 // fresh for each event; feeds backoff jitter and generated ids
}

// Event is something that happened. Step takes one at a time.
type Event interface{ event() }

// Call identifies a request of the app; Error is what the app gets when a call fails (sync/app).
type (
	Call  = app.Call
	Error = app.Error
)

// TabJoined says that a tab opened its port, TabGone that a tab's lock was released (rule 10).
type TabJoined struct{ Tab string }
type TabGone struct{ Tab string }

// Configure gives the schema and the settings. The last one wins. While tabs of the running schema are open, the engine
// answers a schema with another hash with the error schema_mismatch.
type Configure struct {
	Call   app.Call
	Schema *schema.Schema
	Config record.Value // the settings as JSON, see Config
}

// Start loads the database, subscribes and syncs. The engine answers when the local database is ready, not when the
// first sync is done. Handler declares whether the tab has a conflictHandler (rule 4).
type Start struct {
	Call    app.Call
	Handler bool
	// Marker is what the page remembers of the database outside of it: Missing where the page can't remember anything,
	// "" when it remembers nothing, else the text that a "marker" of Announce gave. The page appends "+" to it while
	// changes are unsent.
	Marker record.Value
	// Migrates declares whether the tab has a migrate callback (rule 11).
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

// Save creates or updates a record. Record is the whole instance. Fields are those that the app set: for a new instance
// the supplied fields, for a copy the fields that differ from its source. The engine answers after the commit, with the
// row as the app now sees it.
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

// Delete removes one record by ID, or all that match Filter. Children over HAS_ONE and HAS_MANY go first, each with a
// mutation of its own (ids MutationID/1, /2, ...). The engine answers with the list of the deleted root rows.
type Delete struct {
	Call       app.Call
	MutationID string
	Model      string
	ID         string
	Filter     record.Value
	Condition  record.Value
}

// WriteAll carries out Saves and Deletes in the given order and in one transaction: all of them or none. The engine
// answers with a list of the answers that the writes would have had. Its error is that of the first write that is
// refused, with the index of that write in its detail. The Calls of the single writes are ignored.
type WriteAll struct {
	Call   app.Call
	Writes []Event
}

// Adopt takes over a batch of what another store left on this device, in one transaction with Mark: rows as its
// server gave them, then changes that it had not seen answered, in their order. It does so once: only when the mark
// that is kept equals Was. Without Mark it only asks. Answered by the mark that is kept then, null for none.
type Adopt struct {
	Call    app.Call
	Was     record.Value
	Mark    record.Value
	Rows    []AdoptedRow
	Changes []outbox.Adopted
}

// AdoptedRow is a row of a model, with its version.
type AdoptedRow struct {
	Model string
	Row   record.Value
}

// AdoptedChange is a change of the other store.
type AdoptedChange = outbox.Adopted

// Query is answered with a list of rows; with ID set, the list has at most one row.
type Query live.Find

// Aggregate asks about groups of the records that match Filter. Asked is what query.ParseAggregation takes, and the
// answer is what query.Groups gives.
type Aggregate live.Tally

// Observe sends Notify effects to the tab until Unobserve. The engine answers it with {"seq":7}, the commit after which
// the first change comes. Model "" observes every model. Live asks for observeQuery: a first snapshot, then changes of
// the result. Since is the last commit that an observer heard of before its engine died; the engine first sends what
// changed after that commit.
//
// Of asks for something other than records: ObserveOutbox for what is queued and parked, ObserveStatus for the statuses
// of a record (Model and ID), of a model, or of all records.
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

// Status asks for the status of one record: {"model","id","state","cause","changes"}, see queue/status.go.
type Status struct {
	Call  app.Call
	Model string
	ID    string
}

// Outbox asks for what is queued, held and parked; with Count, for the number of mutations in each state. Retry, Edit
// and Discard act on one mutation. Dependants says what becomes of mutations that need a discarded create: "" (the
// error lists them), "discard" or "keep". Restore brings parked mutations back.
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

// Dump asks for everything in the local database as JSON, for people to read.
type Dump struct{ Call app.Call }

// Answers to effects carry the effect's id. The engine ignores late and unknown ids.
type Loaded struct {
	Effect uint64
	Image  *store.Image
	Faults []*store.Fault
	// Ephemeral says that the browser offers no storage, so the image lives only as long as this program.
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

// StorageLost says that the host found, outside of any commit, that the database was deleted or replaced; Fault says
// which.
type StorageLost struct{ Fault *store.Fault }

// StorageSlow says that a load or a transaction has had no answer for five seconds.
type StorageSlow struct{}

// Answered is an HTTP answer of any status. SendFailed is a request that got no answer; Code is network, timeout or
// cancelled.
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

// HandlerAnswered is the decision of a page's conflictHandler: applyRemote, retryLocal, or retry with a model (the
// whole row). Or it is the answer of a page's migrate callback: migrate with the new fields in Model, discard, or keep.
type HandlerAnswered struct {
	Effect   uint64
	Decision string
	Model    record.Value
}
type HandlerFailed struct {
	Effect  uint64
	Message string
}

// TokenAnswered is what a page's auth provider gave: {token, headers, claims}, with at least one of token and headers.
// Headers are an object of texts by name, and are sent as they are. claims.exp says when the token expires, in seconds
// since 1970; claims.sub says whose it is. Null means that nobody is signed in.
type TokenAnswered struct {
	Effect uint64
	Token  record.Value
}
type TokenFailed struct {
	Effect  uint64
	Message string
}

// Online, Offline and Resumed are hints (link/hints.go): what the browser says about the network, or that a page has
// become visible again. Gate is the app's own switch, and no hint: closed while the app pauses.
type Online struct{}
type Offline struct{}
type Resumed struct {
	Slept bool // the device slept, so time passed without events
}
type Gate struct {
	Call   app.Call
	Closed bool
}

// Sync asks the server now for what changed in the given models; in all of them if none is given. The engine answers
// when all of that is stored here, or with what keeps it from coming.
type Sync struct {
	Call   app.Call
	Models []string
}

// Tick answers Wake: the time that the engine asked for has come.
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
func (Adopt) event()           {}
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
