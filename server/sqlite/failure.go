package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/deltabase/deltabase/server"
)

// failure gives an SQLite error its code and a sentence. Errors that the caller's own function
// returned pass unchanged.
func (t *Tables) failure(err error) error {
	var typed *server.StorageError
	if err == nil || errors.As(err, &typed) {
		return err
	}
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, driver.ErrBadConn) || strings.Contains(err.Error(), "database is closed") {
		return t.error(server.StorageClosed, "the database %s was closed; the server is shutting down", err)
	}
	var native *sqlite.Error
	if !errors.As(err, &native) {
		return err
	}
	if gone := t.inPlace(); gone != nil { // a connection that is opened meanwhile finds no tables, or no file
		return gone
	}
	switch native.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return t.error(server.StorageFull,
			"the disk that holds %s is full: nothing was written; free some space and try again", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return t.error(server.StorageBusy,
			"another process is writing to %s and did not finish in time; try again", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return t.error(server.StorageReadOnly,
			"cannot write to the database %s; check the permissions of the file and of its folder", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return t.error(server.StorageCorrupt,
			"%s is damaged or is not a Deltabase database; restore it from a backup or name another file", err)
	}
	return t.error(server.StorageUnavailable, "the database %s failed: "+native.Error(), err)
}

func (t *Tables) error(code, format string, cause error) error {
	return &server.StorageError{Code: code, Message: fmt.Sprintf(format, t.path), Cause: cause}
}
