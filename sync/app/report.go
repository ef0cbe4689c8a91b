package app

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// Trouble is what the errorHandler hears.
type Trouble struct {
	Tab       string // "" for every tab
	Message   string
	Code      string
	Kind      string // errorType: ConfigError, BadModel, BadRecord, Unauthorized, Transient, Unknown
	Process   string // sync, mutate, subscribe
	Operation string
	Model     string
	Local     record.Value
	Remote    record.Value
	Mutation  string   // id, of reports about one change
	Fields    []string // that were superseded
}

// Body is the report as the errorHandler gets it, see sync.Report.
func (t Trouble) Body() []byte {
	var b record.Builder
	b.SetString("message", t.Message)
	b.SetString("errorType", t.Kind)
	b.SetString("code", t.Code)
	b.SetString("process", t.Process)
	text := func(name, value string) {
		if value == "" {
			b.SetNull(name)
		} else {
			b.SetString(name, value)
		}
	}
	row := func(name string, value record.Value) {
		if value.IsNull() {
			b.SetNull(name)
		} else {
			b.Set(name, value)
		}
	}
	text("operation", t.Operation)
	text("model", t.Model)
	row("localModel", t.Local)
	row("remoteModel", t.Remote)
	text("recoverySuggestion", suggestion(t.Code))
	if t.Mutation != "" {
		b.SetString("mutationId", t.Mutation)
	}
	if len(t.Fields) > 0 {
		b.Set("fields", textList(t.Fields))
	}
	return b.Object().Text()
}

// suggestion is one sentence per code on what the app's developer can do.
func suggestion(code string) string {
	switch code {
	case CodeQuota, CodeBlocked, CodeDeleted, CodeEvicted, CodeStorageRebuilt, CodeStorageSlow:
		return storageSuggestion(code)
	case CodeUnauthorized:
		return "Check the API key or the auth provider, and the auth rules of the model."
	case CodeTombstone:
		return "The record was deleted on the server. Discard the change, or save a record with a new id."
	case CauseCondition, CauseRejected, CauseSchema, CauseAttempts:
		return "The change is kept: look at outbox.list(), then retry, edit or discard it."
	case CodeTruncated:
		return "Raise syncMaxRecords, or narrow the model with a syncExpression."
	case CodeSuperseded:
		return "Show the record as it is now, and save it again to set your values."
	case CodeRateLimited:
		return "Nothing needs to be done: the engine waits as long as the server asks, and sends the changes again."
	case CodeUnsentParked:
		return "Call outbox.restore() to send these changes, or clear({discardUnsent: true}) to drop them."
	case CodeCorruptPage:
		return "Nothing needs to be done: the rows are fetched again."
	}
	return "Check the network and the server; the engine keeps trying."
}

func textList(texts []string) record.Value {
	var list record.ListBuilder
	for _, text := range texts {
		list.AddString(text)
	}
	return list.List()
}

// KindOfCause is the errorType of the report about a change with this cause; message is the server's.
func KindOfCause(code, message string) string {
	switch code {
	case CodeUnauthorized:
		return "Unauthorized"
	case CauseSchema:
		return "BadRecord"
	case CauseRejected:
		return appsync.KindOfMessage(message)
	}
	return "Unknown"
}

// WordOf is the operation as the app's handlers name it.
func WordOf(op conflict.Operation) string {
	switch op {
	case conflict.Create:
		return "Create"
	case conflict.Update:
		return "Update"
	}
	return "Delete"
}

// storageSuggestion is suggestion for what happens to the local database.
func storageSuggestion(code string) string {
	switch code {
	case CodeQuota:
		return "Ask the user to free some space, or narrow what is synced with a syncExpression."
	case CodeBlocked:
		return "Ask the user to close the other tabs of this app."
	case CodeEvicted:
		return "Ask the user to install the app or to allow persistent storage, so that it does not happen again."
	case CodeStorageRebuilt:
		return "Look at what the user did last: unsent changes may have been lost."
	}
	return ""
}
