package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/deltabase/deltabase/server"
)

// said is what the database's codes (SQLSTATE) mean, the longest that fits: a code or its class.
var said = map[string]struct{ code, sentence string }{
	"53100": {server.StorageFull, "the disk of the database %s is full: nothing was written; free some space and try again"},
	"53":    {server.StorageBusy, "the database %s has no room for more work now (connections or memory); try again, and see max_connections and pool_max_conns"},
	"40":    {server.StorageBusy, "others wrote to %s faster; try again"},
	"55P03": {server.StorageBusy, "another node writes to %s and did not finish in time; try again"},
	"57014": {server.StorageBusy, "the database %s did not answer in time (statement_timeout); try again"},
	"57":    {server.StorageUnavailable, "the database %s is shutting down or starting; a write that was under way may have been made: a repeat of its mutation id tells"},
	"25P03": {server.StorageBusy, "the database %s ended a transaction that took too long; try again"},
	"25P04": {server.StorageBusy, "the database %s ended a transaction that took too long; try again"},
	"25006": {server.StorageReadOnly, "the database %s takes no writes: it is a standby or set to read only; name the primary"},
	"42501": {server.StorageReadOnly, "the database %s refuses this role; grant it the tables, or CREATE on the database for the first start"},
	"28":    {server.StorageUnavailable, "the database %s refuses the user or the password of the address"},
	"3D000": {server.StorageUnavailable, "there is no database %s; make it with CREATE DATABASE"},
	"3F000": {server.StorageGone, "the tables in %s are gone: restore them, and start the server again"},
	"42P01": {server.StorageGone, "the tables in %s are gone: restore them, and start the server again"},
	"42703": {server.StorageIncompat, "the tables in %s are not those of this program; use the program that made them"},
	"XX001": {server.StorageCorrupt, "the database %s is damaged; restore it from a backup"},
	"XX002": {server.StorageCorrupt, "an index of the database %s is damaged; REINDEX, or restore it from a backup"},
}

// failure gives an error of the database its code and a sentence. Errors that the caller's own function
// returned pass unchanged.
func (t *Tables) failure(err error) error {
	var typed *server.StorageError
	if err == nil || errors.As(err, &typed) {
		return err
	}
	if t.closed.Load() {
		return t.error(server.StorageClosed, "the database %s was closed; the server is shutting down", err)
	}
	var native *pgconn.PgError
	if errors.As(err, &native) {
		for _, code := range []string{native.Code, native.Code[:min(2, len(native.Code))]} {
			if meaning, ok := said[code]; ok {
				return t.error(meaning.code, meaning.sentence, err)
			}
		}
		return t.error(server.StorageUnavailable, "the database %s failed: "+strings.ReplaceAll(native.Message, "%", "%%")+" ("+native.Code+")", err)
	}
	switch {
	case errors.Is(err, errOvertaken):
		return t.error(server.StorageBusy, "others wrote to %s faster; try again", err)
	case isConnection(err):
		return t.error(server.StorageUnavailable, "the database %s can't be reached, or the connection broke off; a write that was under way may have been made: a repeat of its mutation id tells", err)
	}
	return err
}

func isConnection(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, new(broken))
}

// broken is a failure of a statement that the database did not report.
type broken struct{ cause error }

func (b broken) Error() string { return "postgres: the connection failed: " + b.cause.Error() }
func (b broken) Unwrap() error { return b.cause }

func (t *Tables) error(code, format string, cause error) error {
	return &server.StorageError{Code: code, Message: fmt.Sprintf(format, t.name), Cause: cause}
}

func (t *Tables) busy(cause error) error {
	return t.error(server.StorageBusy, "%s is in use by other requests, whose turns did not end in time; try again", cause)
}

// again reports whether a transaction that failed may be tried again: the database says that it was not
// committed, and why says that another try may be.
func again(err error) bool {
	if errors.Is(err, errOvertaken) {
		return true
	}
	var native *pgconn.PgError
	if !errors.As(err, &native) {
		return false
	}
	switch native.Code {
	case "40001", "40P01", "23505": // 23505: a mutation id, or a row, that another node was faster with
		return true
	}
	return false
}
