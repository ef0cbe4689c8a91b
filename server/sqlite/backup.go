package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/deltabase/deltabase/server"
)

// Copy tells what a backup holds.
type Copy struct {
	Seq     int64 // position of the last change in it
	Records int64 // tombstones included
	Bytes   int64
}

// Backup writes a copy of the database at path to a new file, while servers may run and write: what was
// committed when it began is in the copy, whole, and nothing of what came later. The copy is checked
// before it gets its name. It has a log generation of its own, so that clients whose cursors are newer
// than the copy read everything once after it was put into use. Errors are *server.StorageError;
// an existing file is never overwritten.
func Backup(ctx context.Context, path, to string) (Copy, error) {
	t := &Tables{path: path}
	if _, err := os.Stat(path); err != nil {
		return Copy{}, &server.StorageError{Code: server.StorageReadOnly, Cause: err,
			Message: fmt.Sprintf("there is no database %s; pass the file that the server uses", path)}
	}
	target := &Tables{path: to}
	if err := checkPlace(to); err != nil {
		return Copy{}, err
	}
	if _, err := os.Lstat(to); err == nil {
		return Copy{}, taken(to)
	}
	partial := to + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Copy{}, target.error(server.StorageReadOnly, "cannot replace what an earlier backup left beside %s; remove it", err)
	}
	defer os.Remove(partial)
	from, err := copyInto(ctx, path, partial)
	if err != nil {
		return Copy{}, t.failure(err)
	}
	made, err := finish(ctx, partial, from)
	if err != nil {
		return Copy{}, target.failure(err)
	}
	if err := publish(partial, to); errors.Is(err, fs.ErrExist) {
		return Copy{}, taken(to)
	} else if err != nil {
		return Copy{}, target.error(server.StorageReadOnly, "cannot give the backup its name %s; check the permissions of its folder", err)
	}
	return made, nil
}

func taken(to string) error {
	return &server.StorageError{Code: server.StorageReadOnly,
		Message: fmt.Sprintf("%s exists already; a backup never overwrites a file, so name a new one", to)}
}

// copyInto copies in one reading transaction and returns the position before it: the copy's is the
// same or a later one.
func copyInto(ctx context.Context, path, to string) (int64, error) {
	query := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}).String())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var id, format int
	var seq int64
	err = errors.Join(
		db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id),
		db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&format))
	if err != nil {
		return 0, err
	}
	if id != applicationID {
		return 0, &server.StorageError{Code: server.StorageIncompat, Message: path + " is no Deltabase database; name another file"}
	}
	if format > formatVersion {
		return 0, &server.StorageError{Code: server.StorageIncompat,
			Message: fmt.Sprintf("%s has format %d, this program reads format %d; use the program that wrote it", path, format, formatVersion)}
	}
	if err := db.QueryRowContext(ctx, "SELECT seq FROM position").Scan(&seq); err != nil {
		return 0, err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return seq, err
}

// finish checks a copy, names its generation and makes it durable.
func finish(ctx context.Context, file string, from int64) (made Copy, err error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: "mode=rw&_pragma=synchronous(FULL)"}).String())
	if err != nil {
		return Copy{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	var sound string
	var rows, logged int64
	generation := make([]byte, 8)
	rand.Read(generation)
	err = errors.Join(
		db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound),
		db.QueryRowContext(ctx, "UPDATE position SET generation = ? RETURNING seq", hex.EncodeToString(generation)).Scan(&made.Seq),
		db.QueryRowContext(ctx, "SELECT count(*), coalesce(max(seq), 0) FROM records").Scan(&made.Records, &rows),
		db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM log").Scan(&logged))
	if err != nil {
		return Copy{}, err
	}
	if sound != "ok" || made.Seq < from || rows > made.Seq || logged > made.Seq {
		return Copy{}, &server.StorageError{Code: server.StorageCorrupt, Message: fmt.Sprintf(
			"the copy is not sound (%s; position %d after %d, rows to %d, log to %d) and was removed; check the disk and try again",
			sound, made.Seq, from, rows, logged)}
	}
	handle, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return Copy{}, err
	}
	defer handle.Close()
	info, err := handle.Stat()
	if err != nil {
		return Copy{}, err
	}
	made.Bytes = info.Size()
	return made, handle.Sync()
}

// publish gives the file its name unless that is taken.
func publish(partial, to string) error {
	err := os.Link(partial, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(partial, to) // the file system has no links
}
