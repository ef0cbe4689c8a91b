package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
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
	mutation  string   // id, of reports about one change
	fields    []string // that were superseded
}

// reportMutation tells of a change that is held, superseded or put off. localModel is what it sends,
// with the key; remoteModel the server's row as far as it is known here.
func (e *Engine) reportMutation(m *store.Mutation, code, kind, message string, fields []string) {
	local, remote := m.Fields, m.Remote
	if model := e.schema.Model(m.Key.Model); model != nil {
		if key, err := model.KeyFields(m.Key.ID); err == nil {
			local = record.Overlay(key, m.Fields)
		}
	}
	if remote.IsNull() {
		row, _ := e.image.Row(m.Key)
		remote = row.Base
	}
	e.report(trouble{process: "mutate", operation: wordOf(m.Operation), model: m.Key.Model, code: code,
		kind: kind, message: message, local: local, remote: remote, mutation: m.ID, fields: fields})
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
	if t.mutation != "" {
		b.SetString("mutationId", t.mutation)
	}
	if len(t.fields) > 0 {
		b.Set("fields", textList(t.fields))
	}
	e.emit(Report{Tab: t.tab, Body: b.Object().Text()})
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
	case "condition", "rejected", "schema", "attempts", "handler":
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
