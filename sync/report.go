package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// trouble is what the errorHandler hears.
type trouble struct {
	tab       string // "" for every tab
	message   string
	code      string
	kind      string // errorType: ConfigError, BadModel, BadRecord, Unauthorized, Transient, Unknown
	process   string // sync, mutate, subscribe
	operation string
	model     string
	local     record.Value
	remote    record.Value
}

func (e *Engine) report(t trouble) {
	var b record.Builder
	b.SetString("message", t.message)
	b.SetString("errorType", t.kind)
	b.SetString("code", t.code)
	b.SetString("process", t.process)
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
	text("operation", t.operation)
	text("model", t.model)
	row("localModel", t.local)
	row("remoteModel", t.remote)
	text("recoverySuggestion", suggestion(t.code))
	e.emit(Report{Tab: t.tab, Body: b.Object().Text()})
}

// suggestion is one sentence per code on what the app's developer can do.
func suggestion(code string) string {
	switch code {
	case CodeUnauthorized:
		return "Check the API key and the auth rules of the model."
	case CodeTombstone:
		return "The record was deleted on the server. Discard the change, or save a record with a new id."
	case "condition", "rejected", "schema", "attempts", "handler":
		return "The change is kept: look at outbox.list(), then retry, edit or discard it."
	case CodeTruncated:
		return "Raise syncMaxRecords, or narrow the model with a syncExpression."
	case CodeCorruptPage, CodeSuperseded, CodeUnsentParked:
		return ""
	}
	return "Check the network and the server; the engine keeps trying."
}

func kindOfCause(code string) string {
	switch code {
	case CodeUnauthorized:
		return "Unauthorized"
	case "rejected", "schema":
		return "BadRecord"
	}
	return "Unknown"
}

// wordOf is the operation as the app's handlers name it.
func wordOf(op conflict.Operation) string {
	switch op {
	case conflict.Create:
		return "Create"
	case conflict.Update:
		return "Update"
	}
	return "Delete"
}
