package app

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
	CodeTombstone       = "tombstone"
	CodeSuperseded      = "superseded"
	CodeConflict        = "conflict"
	CodeUnsentParked    = "unsent_parked"
	CodeNotFound        = "not_found"
	CodeNeedsChoice     = "needs_choice"
	CodeInFlight        = "in_flight"
	CodeBadRequest      = "bad_request"
	CodeTruncated       = "sync_truncated"
	CodePaused          = "paused"
)

// NewError is a failure with one of the codes, and a sentence that says what to do.
func NewError(code, message string) *Error { return &Error{Code: code, Message: message} }

// OfFault is what a storage failure means to the app.
func OfFault(f *store.Fault) *Error {
	if f == nil {
		return NewError(CodeStorageFailed, "The local database failed without saying why. Reload the page.")
	}
	switch f.Code {
	case "quota":
		return NewError(CodeQuota, f.Message)
	case "fenced":
		return NewError(CodeFenced, f.Message)
	case "blocked":
		return NewError(CodeBlocked, f.Message)
	case "deleted":
		return NewError(CodeDeleted, f.Message)
	case "replaced":
		return NewError(CodeVersionSkew, f.Message)
	case "closed":
		return NewError(CodeClosed, f.Message)
	}
	return NewError(CodeStorageFailed, f.Message)
}

// NotConfigured answers calls before configure().
func NotConfigured() *Error {
	return NewError(CodeNotConfigured, "Schema is not initialized. Call configure() with a schema before "+
		"using the store.")
}

// DuringClear answers calls that a clear() turns away.
func DuringClear(operation string) *Error {
	return NewError(CodeClearing, "DataStoreStateError: Tried to execute `DataStore."+operation+
		"()` while DataStore was \"Clearing\". Wait until clear() has resolved, then call it again.")
}

// UnknownModel answers calls that name a model which the schema does not have.
func UnknownModel(name string) *Error {
	return NewError(CodeBadRequest, "The schema has no model "+strconv.Quote(name)+
		". Use a model that initSchema returned.")
}
