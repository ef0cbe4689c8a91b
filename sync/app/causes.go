package app

// Causes say why a queued change does not move: in outbox entries, statuses and reports, of which
// some are also codes of errors. They are part of the API, and stand in local databases: never renamed.
const (
	CauseConflict     = CodeConflict
	CauseTombstone    = CodeTombstone
	CauseUnauthorized = CodeUnauthorized // of a parked change: it is somebody else's
	CauseRejected     = "rejected"
	CauseCondition    = "condition" // the server's condition failed, or a row has the id already
	CauseSchema       = "schema"
	CauseAttempts     = "attempts" // ten without a solution
	CauseBlocked      = "blocked"
	CauseAnotherApp   = "another_app"
)
