//go:build js && wasm

package indexeddb

import (
	"errors"
	"syscall/js"

	"github.com/deltabase/deltabase/store"
	"github.com/hack-pad/go-indexeddb/idb"
)

var (
	errUnavailable = &store.Fault{Code: store.CodeUnavailable,
		Message: "this browser context has no IndexedDB; leave private mode or allow site data"}
	errDeleted = &store.Fault{Code: store.CodeDeleted,
		Message: "the database was deleted while it was open"}
	errBlocked = &store.Fault{Code: store.CodeBlocked,
		Message: "another tab holds the database open; close the other tabs of this app and reload"}
	errAborted = idb.NewDOMException("AbortError")
)

// faultOf makes any error of IndexedDB a *store.Fault.
func faultOf(err error) *store.Fault {
	var fault *store.Fault
	if errors.As(err, &fault) {
		return fault
	}
	code := store.CodeAborted
	switch name, _ := nameAndMessage(err); name {
	case "QuotaExceededError":
		code = store.CodeQuota
	case "ConstraintError":
		code = store.CodeFenced
	case "InvalidStateError", "NotFoundError":
		code = store.CodeClosed
	case "VersionError":
		code = store.CodeReplaced
	case "SecurityError", "NotSupportedError":
		code = store.CodeUnavailable
	case "UnknownError", "DataError":
		code = store.CodeUnknown
	}
	return &store.Fault{Code: code, Message: advice(code, err)}
}

// faultOfOpening is faultOf for a database that does not open: private modes refuse it with
// InvalidStateError, and an aborted opening is the browser's storage failing.
func faultOfOpening(err error) *store.Fault {
	fault := faultOf(err)
	switch name, _ := nameAndMessage(err); {
	case name == "InvalidStateError":
		return &store.Fault{Code: store.CodeUnavailable, Message: advice(store.CodeUnavailable, err)}
	case fault.Code == store.CodeAborted:
		return &store.Fault{Code: store.CodeUnknown, Message: advice(store.CodeUnknown, err)}
	}
	return fault
}

var advices = map[string]string{
	store.CodeAborted:     "the transaction was rolled back; try again",
	store.CodeQuota:       "there is no room left for this site's data; free some space",
	store.CodeFenced:      "another engine has taken this database over; reload to use it",
	store.CodeClosed:      "the browser closed or deleted the database; reload the page",
	store.CodeUnavailable: "the browser offers no storage here; allow site data, or leave private mode",
	store.CodeUnknown:     "the browser's storage failed; restart the browser",
	store.CodeReplaced:    "another version of this app has upgraded the database; reload the page",
}

func advice(code string, err error) string {
	_, message := nameAndMessage(err)
	return advices[code] + " (" + message + ")"
}

func nameAndMessage(err error) (name, message string) {
	for _, name := range domNames {
		if errors.Is(err, idb.NewDOMException(name)) {
			return name, err.Error()
		}
	}
	var thrown js.Error
	if errors.As(err, &thrown) && thrown.Value.Type() == js.TypeObject {
		return thrown.Value.Get("name").String(), thrown.Error()
	}
	return "", err.Error()
}

// domNames are the names that faultOf and isLost tell apart; a DOMException of go-indexeddb can
// be compared by name but does not tell it.
var domNames = []string{"QuotaExceededError", "ConstraintError", "InvalidStateError",
	"NotFoundError", "AbortError", "VersionError", "UnknownError", "SecurityError",
	"NotSupportedError", "DataError", "TransactionInactiveError"}

func isCollision(err error) bool { return faultOf(err).Code == store.CodeFenced }

// isLost reports whether the connection itself may be gone: the error of every call on a closed
// one, and that of transactions that were in flight when it closed.
func isLost(err error) bool {
	name, _ := nameAndMessage(err)
	return name == "InvalidStateError" || name == "AbortError" || name == "UnknownError"
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// recovered turns what JavaScript throws into an error. Mistakes of Go code go on as panics.
func recovered(call func() error) (err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = thrown
		case string:
			err = errUnavailable // go-indexeddb panics with a text when open gave no request
		default:
			panic(thrown)
		}
	}()
	return call()
}

func invoke(object js.Value, method string, args []js.Value) js.Value {
	passed := make([]any, len(args))
	for n := range args {
		passed[n] = args[n]
	}
	return object.Call(method, passed...)
}
