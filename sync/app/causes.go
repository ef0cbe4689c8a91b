package app

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

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

// CauseValue is a cause as the app gets it: {code, message}, or null.
func CauseValue(cause *store.Cause) record.Value {
	if cause == nil {
		return record.NullValue()
	}
	var b record.Builder
	b.SetString("code", cause.Code)
	b.SetString("message", cause.Message)
	return b.Object()
}
