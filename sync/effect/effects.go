package effect

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// Effect is something for the host to do. The host answers each effect that has an ID once, with success or failure;
// the engine ignores late answers.
type Effect interface{ effect() }

// Load reads the database: answered by Loaded or LoadFailed.
type Load struct{ ID uint64 }

// Commit writes one transaction: answered by Committed or CommitFailed. The engine sends no second one before the
// answer, so the host need not queue.
type Commit struct {
	ID     uint64
	Commit *store.Commit
}

// Rebuild writes the whole database anew after it was deleted: answered by Committed or CommitFailed. No Commit is
// under way until then.
type Rebuild struct {
	ID    uint64
	Whole *store.Commit
}

// Fold asks the store to tidy up when idle. Not answered.
type Fold struct{}

// Send posts a GraphQL request to the endpoint: answered by Answered or SendFailed.
type Send struct {
	ID        uint64
	Name      string // "push", "pull Post", "read Post": for logs and fault injection
	URL       string
	Headers   [][2]string
	Body      []byte
	TimeoutMs int64
}

// OpenSocket dials the realtime address: answered by SocketOpened, then SocketMessage any number
// of times, then SocketClosed once. WriteSocket and CloseSocket name the OpenSocket's ID.
type OpenSocket struct {
	ID        uint64
	URL       string
	Protocols []string
}
type WriteSocket struct {
	ID   uint64
	Text []byte
}
type CloseSocket struct {
	ID   uint64
	Code int
}

// AskHandler asks one tab's conflictHandler: answered by HandlerAnswered or HandlerFailed.
// Conflict is {mutationId, model, id, operation, base, local, remote, changed, attempts} as JSON;
// base is the row that the change was made on, local that row with the change, remote the server's
// row now; each is a row or null. operation is INSERT, UPDATE or DELETE, attempts counts from 1.
type AskHandler struct {
	ID       uint64
	Tab      string
	Conflict []byte
}

// AskToken asks one tab's auth provider for credentials: answered by TokenAnswered or TokenFailed. Mode is apiKey,
// userPools, oidc, function or iam. Refresh says that the server refused the last token, so the provider must not
// answer with a cached one. When the tab is silent for 30 s, or gone, the engine asks another tab that declared the
// provider; the first answer counts.
type AskToken struct {
	ID      uint64
	Tab     string
	Mode    string
	Refresh bool
}

// AskMigration asks one tab's migrate callback about a change that does not fit the schema: answered
// by HandlerAnswered or HandlerFailed. Change is {mutationId, model, id, operation, fields, condition,
// from, to, reason, savedAt} as JSON; from and to are hashes of the schema it was saved under and of
// today's.
type AskMigration struct {
	ID     uint64
	Tab    string
	Change []byte
}

// Reply answers a Call: Body is JSON, or Err is set.
type Reply struct {
	Call app.Call
	Body []byte
	Err  *app.Error
}

// Notify is what an observer gets. Body is
//
//	{"seq":7,"changes":[{"opType":"INSERT","model":"Post","element":{row}}]}       for observe
//	{"seq":7,"isSynced":true,"all":true,"put":[{row},...]}                         for observeQuery, first
//	{"seq":8,"isSynced":true,"out":[0,4],"at":[3],"put":[{row}]}                   then
//	{"seq":7,"first":true,"put":[{entry}],"gone":["m1"]}                           for the outbox
//	{"seq":7,"first":true,"statuses":[{model,id,state,cause,changes}]}             for statuses
//
// With all, put is the whole result, or its page, in order. Without it the page first removes the rows at the places
// out of the old result, and then inserts those of put at the places at of the new one; both lists ascend, and an empty
// one is left out. A row that changed in its place is in both lists. gone are mutation ids. With first, everything that
// is not named is not queued, whatever the observer was told before.
type Notify struct {
	Tab      string
	Observer uint32
	Body     []byte
}

// Report goes to the errorHandler of every tab (Tab "" ) or of one.
type Report struct {
	Tab  string
	Body []byte // {message, errorType, code, process, operation, model, localModel, remoteModel, recoverySuggestion}
}

// Announce is a Hub event on channel "datastore" for every tab (Tab "") or for one that started later than the others.
// Data is JSON or nil. The event "marker" is no Hub event: the page stores its text outside of the database, and passes
// it on with its next Start.
type Announce struct {
	Tab   string
	Event string
	Data  []byte
}

// Wake asks for a Tick at a time; a new Wake replaces the old one. AtMs 0 cancels.
type Wake struct{ AtMs int64 }

// Cancel says that the engine no longer wants the answer to an effect: the host aborts the fetch.
type Cancel struct{ ID uint64 }

// SetGate closes or opens the host's transport. A closed transport cuts open connections and refuses new ones.
type SetGate struct{ Closed bool }

// Halt tells the host that this engine must not write again because another one has fenced it off (rule 10). The host
// closes the store and tells the tabs.
type Halt struct{ Err *app.Error }

func (Load) effect()         {}
func (Commit) effect()       {}
func (Rebuild) effect()      {}
func (Fold) effect()         {}
func (Send) effect()         {}
func (OpenSocket) effect()   {}
func (WriteSocket) effect()  {}
func (CloseSocket) effect()  {}
func (AskHandler) effect()   {}
func (AskMigration) effect() {}
func (AskToken) effect()     {}
func (Reply) effect()        {}
func (Notify) effect()       {}
func (Report) effect()       {}
func (Announce) effect()     {}
func (Wake) effect()         {}
func (Cancel) effect()       {}
func (SetGate) effect()      {}
func (Halt) effect()         {}
