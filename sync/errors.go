package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/store"
)

// Error is a typed failure: Code is stable, Message says what to do. Detail is JSON with more
// about it, nil for most codes (needs_choice lists the dependants in it).
type Error struct {
	Code    string
	Message string
	Detail  []byte
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes of errors and reports. They are part of the API: never renamed.
const (
	CodeInvalidValue    = "invalid_value"
	CodeInvalidConfig   = "invalid_config"
	CodeSchemaMismatch  = "schema_mismatch"
	CodeNotConfigured   = "not_configured"
	CodeConditionFailed = "condition_failed"
	CodeMissingParent   = "missing_parent"
	CodeClosed          = "closed"
	CodeClearing        = "clearing"
	CodeQuota           = "quota"
	CodeStorageFailed   = "storage_failed"
	CodeCorruptPage     = "corrupt_page"
	CodeFenced          = "fenced"
	CodeBlocked         = "storage_blocked"
	CodeDeleted         = "deleted"
	CodeEvicted         = "evicted"
	CodeStorageRebuilt  = "storage_rebuilt"
	CodeStorageSlow     = "storage_slow"
	CodeVersionSkew     = "version_skew"
	CodeUnauthorized    = "unauthorized"
	CodeNetwork         = "network"
	CodeServerError     = "server_error"
	CodeRateLimited     = "rate_limited"
	CodeRejected        = "rejected"
	CodeTombstone       = "tombstone"
	CodeHeld            = "held"
	CodeSuperseded      = "superseded"
	CodeConflict        = "conflict"
	CodeUnsentParked    = "unsent_parked"
	CodeNotFound        = "not_found"
	CodeNeedsChoice     = "needs_choice"
	CodeInFlight        = "in_flight"
	CodeBadRequest      = "bad_request"
	CodeTruncated       = "sync_truncated"
)

func failure(code, message string) *Error { return &Error{Code: code, Message: message} }

// ofFault is what a storage failure means to the app.
func ofFault(f *store.Fault) *Error {
	if f == nil {
		return failure(CodeStorageFailed, "The local database failed without saying why. Reload the page.")
	}
	switch f.Code {
	case "quota":
		return failure(CodeQuota, f.Message)
	case "fenced":
		return failure(CodeFenced, f.Message)
	case "blocked":
		return failure(CodeBlocked, f.Message)
	case "deleted":
		return failure(CodeDeleted, f.Message)
	case "replaced":
		return failure(CodeVersionSkew, f.Message)
	case "closed":
		return failure(CodeClosed, f.Message)
	}
	return failure(CodeStorageFailed, f.Message)
}

func notConfigured() *Error {
	return failure(CodeNotConfigured, "Schema is not initialized. Call configure() with a schema before "+
		"using the store.")
}

func duringClear(operation string) *Error {
	return failure(CodeClearing, "DataStoreStateError: Tried to execute `DataStore."+operation+
		"()` while DataStore was \"Clearing\". Wait until clear() has resolved, then call it again.")
}

func unknownModel(name string) *Error {
	return failure(CodeBadRequest, "The schema has no model "+strconv.Quote(name)+
		". Use a model that initSchema returned.")
}
