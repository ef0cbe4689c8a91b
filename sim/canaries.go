package sim

// Canary is a planted bug: the simulation must find each of them. They are hooks named in
// internal/canary, which exist under the build tag canary alone; `./build.sh canaries` plants one
// after the other.
type Canary struct {
	Name   string
	Breaks string
	Rule   int // of SPEC.md
}

// Canaries are all of them.
var Canaries = []Canary{
	{"stale-row", "the page takes every row that comes, an older version too", 8},
	{"resurrect", "a row that comes after a tombstone brings the record back", 8},
	{"stale-write", "the server writes whatever version a mutation names", 3},
	{"early-ack", "a save is answered before its transaction is on the disk", 9},
	{"early-notify", "observers hear of a save before its transaction is on the disk", 9},
	{"relaxed-outbox", "transactions with outbox entries are relaxed", 14},
	{"cursor-first", "a cursor is on the disk one transaction before its page", 7},
	{"late-tip", "the cursor of a base run stands at the end of the run, not at its beginning", 7},
	{"seq-order", "the server gives out positions in another order than that of its commits", 7},
	{"buffer-dropped", "messages that came during a pull are forgotten at its end", 7},
	{"stays-live", "after a broken socket, messages of the next one are applied before the gap is closed", 7},
	{"removes-pending", "what left the scope is removed although it has pending changes", 8},
	{"removes-touched", "a base run removes rows that came while it ran", 8},
	{"keeps-cursor", "the cursor of one sync expression is used for another", 8},
	{"dropped-on-5xx", "a mutation counts as done when the server fails", 1},
	{"dropped-on-expiry", "a mutation counts as done when the credentials have expired", 1},
	{"held-dropped", "a mutation that the server refuses ends without being told", 1},
	{"fold-loses-outbox", "tidying up deletes log rows that hold outbox entries", 1},
	{"silent-loss", "a field that the server did not take counts as acknowledged", 3},
	{"lost-rebase", "a queued edit stays on the old version after the one before it was acknowledged", 3},
	{"condition-lost", "a conditional change is folded into another one", 5},
	{"fold-sent", "an edit is folded into a mutation that was sent", 2},
	{"unmarked-send", "a mutation is sent before it is on the disk as sent", 2},
	{"blind-resend", "plain AppSync gets an unanswered mutation again without a read", 2},
	{"applied-twice", "the server keeps no mutation ids", 2},
	{"wrong-alias", "the answers of a batch go to the wrong mutations", 6},
	{"child-first", "a record is sent before the create of its parent was acknowledged", 5},
	{"last-start", "a base run takes the time of its last page for that of its beginning", 7},
	{"early-directory", "what folding writes counts as written before its transaction is on the disk", 14},
	{"no-fence", "an engine that was replaced goes on writing", 10},
	{"delete-resurrects", "a delete in conflict is sent as an update when the handler returns a model", 3},
	{"hint-walls", "while the browser says offline nothing is attempted", 16},
	{"others-changes", "what a clear parked is restored and sent by somebody else's token", 12},
	{"any-person", "the database of one user takes the tokens of another", 12},
	{"kept-tokens", "a clear forgets no tokens", 12},
	{"known-is-whole", "a field that came with a schema is not read for rows that are known", 11},
	{"overtakes", "a queued edit overwrites what somebody else wrote before the edit ahead of it arrived", 3},
}
