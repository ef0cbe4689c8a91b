// Package sqlite keeps the server's tables in one SQLite file: write-ahead log, full
// synchronisation, one writing connection and a few readers. Pure Go, no cgo.
package sqlite

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/turns"
)

const (
	applicationID = 0x44424153 // "DBAS": marks the file as ours
	formatVersion = 8
)

// Options of a database file. The zero value is ready.
type Options struct {
	BusyTimeoutMs int // how long to wait for another process; default 5,000
	Readers       int // connections that read; default 4; two more are the server's own
	PagesMax      int // PRAGMA max_page_count: pages of 4,096 bytes; 0 means no bound
}

// Tables implement server.Tables on a file.
type Tables struct {
	path    string
	write   *sql.DB
	conn    *sql.Conn // the one of write
	read    *sql.DB
	own     *sql.DB // for what the server reads by itself
	writing statements
	reading statements
	owning  statements
	readers *turns.Queue // for the connections of read
	heavy   *turns.Queue // before them, for views that take long
	group   group
	turn    chan struct{}         // full while a transaction writes
	place   atomic.Pointer[place] // nil once it is closed

	closeWithin time.Duration
}

const ownReaders = 2

// Open opens the file at path and makes it when it is not there; its folder must exist. Another
// process may have it open, too. Errors are *server.StorageError.
func Open(path string, options Options) (*Tables, error) {
	if options.BusyTimeoutMs == 0 {
		options.BusyTimeoutMs = 5_000
	}
	if options.Readers == 0 {
		options.Readers = 4
	}
	t := &Tables{path: path, readers: turns.New(options.Readers), heavy: turns.New(heavyPlaces(options.Readers)), turn: make(chan struct{}, 1), closeWithin: CloseWithin}
	if err := checkPlace(path); err != nil {
		return nil, err
	}
	var err error
	if t.write, err = sql.Open("sqlite", source(path, options, true)); err != nil {
		return nil, t.failure(err)
	}
	t.write.SetMaxOpenConns(1)
	if t.read, err = sql.Open("sqlite", source(path, options, false)); err != nil {
		t.Close()
		return nil, t.failure(err)
	}
	t.read.SetMaxOpenConns(options.Readers)
	t.read.SetMaxIdleConns(options.Readers)
	if t.own, err = sql.Open("sqlite", source(path, options, false)); err != nil {
		t.Close()
		return nil, t.failure(err)
	}
	t.own.SetMaxOpenConns(ownReaders)
	t.own.SetMaxIdleConns(ownReaders)
	if err := errors.Join(t.prepare(), t.note()); err != nil {
		t.Close()
		return nil, t.failure(err)
	}
	return t, nil
}

// checkPlace turns the two commonest mistakes into sentences; SQLite's own are bare codes.
func checkPlace(path string) error {
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return &server.StorageError{
			Code:    server.StorageReadOnly,
			Message: fmt.Sprintf("cannot open the database %s: there is no folder %s; make it first", path, folder),
			Cause:   err,
		}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &server.StorageError{
			Code:    server.StorageReadOnly,
			Message: fmt.Sprintf("cannot open the database %s: it is a folder; name a file", path),
		}
	}
	return nil
}

func source(path string, options Options, writer bool) string {
	query := url.Values{}
	// busy_timeout comes first: the others may already have to wait.
	query.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", options.BusyTimeoutMs))
	if writer {
		query.Set("_txlock", "immediate")
		// It counts for new files only, and only before anything else is written to them.
		query.Add("_pragma", "auto_vacuum(INCREMENTAL)")
		query.Add("_pragma", fmt.Sprintf("journal_size_limit(%d)", LogFileBytesKept))
		query.Add("_pragma", "journal_mode(WAL)")
		query.Add("_pragma", "synchronous(FULL)")
		query.Add("_pragma", "temp_store(MEMORY)")
		query.Add("_pragma", fmt.Sprintf("cache_size(-%d)", WriterCacheKB))
		query.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", CheckpointPages))
		if options.PagesMax > 0 {
			query.Add("_pragma", fmt.Sprintf("max_page_count(%d)", options.PagesMax))
		}
	} else {
		query.Set("mode", "rw") // the writer has made the file; where it is gone, none is made
		query.Add("_pragma", "query_only(1)")
	}
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}).String()
}

func (t *Tables) prepare() error {
	ctx := context.Background()
	tx, err := t.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := t.setUp(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if t.conn, err = t.write.Conn(ctx); err != nil {
		return err
	}
	return cmp.Or(
		t.writing.prepare(t.conn, append(t.writing.reads(), t.writing.writes()...)),
		t.owning.prepare(t.own, t.owning.reads()),
		t.reading.prepare(t.read, t.reading.reads()))
}

// setUp makes the tables in a new file and refuses files that are not ours.
func (t *Tables) setUp(tx *sql.Tx) error {
	var id, format, tables int
	err := errors.Join(
		tx.QueryRow("PRAGMA application_id").Scan(&id),
		tx.QueryRow("PRAGMA user_version").Scan(&format),
		tx.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables))
	if err != nil {
		return err
	}
	switch {
	case tables == 0:
		return create(tx)
	case id != applicationID:
		return &server.StorageError{
			Code:    server.StorageIncompat,
			Message: fmt.Sprintf("%s is an SQLite file of another program; name another file", t.path),
		}
	case format < formatVersion:
		return migrate(tx, format)
	case format > formatVersion:
		return &server.StorageError{
			Code: server.StorageIncompat,
			Message: fmt.Sprintf("%s has format %d, this program reads format %d; use the program that wrote it",
				t.path, format, formatVersion),
		}
	}
	return nil
}

// migrations lead from the format of their place, counted from 1, to the next one. They only add.
var migrations = []string{
	`ALTER TABLE records ADD COLUMN past TEXT NOT NULL DEFAULT ''`,
	createKeys,
	addCaller,
	createCounts,
	addJumped,
	createNotes,
	dropCountTriggers,
}

const addCaller = `ALTER TABLE mutations ADD COLUMN caller TEXT NOT NULL DEFAULT ''`

func migrate(tx *sql.Tx, format int) error {
	for _, statement := range migrations[max(format, 1)-1:] {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", formatVersion))
	return err
}

func create(tx *sql.Tx) error {
	random := make([]byte, 40)
	rand.Read(random)
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", formatVersion),
		`CREATE TABLE position (
			one INTEGER PRIMARY KEY CHECK (one = 1),
			seq INTEGER NOT NULL, changed_at INTEGER NOT NULL,
			purged_seq INTEGER NOT NULL,
			log_from INTEGER NOT NULL, log_purged_ms INTEGER NOT NULL,
			generation TEXT NOT NULL, secret BLOB NOT NULL) STRICT`,
		`CREATE TABLE records (
			model TEXT NOT NULL, id TEXT NOT NULL,
			version INTEGER NOT NULL, changed_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
			seq INTEGER NOT NULL, text TEXT NOT NULL, past TEXT NOT NULL DEFAULT '',
			PRIMARY KEY (model, id)) STRICT, WITHOUT ROWID`,
		`CREATE INDEX records_by_seq ON records (model, seq)`,
		`CREATE INDEX tombstones ON records (changed_at) WHERE deleted = 1`,
		`CREATE TABLE log (
			seq INTEGER PRIMARY KEY,
			model TEXT NOT NULL, id TEXT NOT NULL,
			version INTEGER NOT NULL, changed_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
			operation TEXT NOT NULL, text TEXT NOT NULL) STRICT`,
		`CREATE INDEX log_by_time ON log (model, changed_at, seq)`,
		`CREATE TABLE mutations (
			mutation TEXT PRIMARY KEY, operation TEXT NOT NULL,
			model TEXT NOT NULL, id TEXT NOT NULL,
			version INTEGER NOT NULL, changed_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
			seq INTEGER NOT NULL, text TEXT NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE INDEX mutations_by_time ON mutations (changed_at)`,
		createKeys,
		addCaller,
		createCounts,
		addJumped,
		createNotes,
		dropCountTriggers,
	} {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO position VALUES (1, 0, 0, 0, 1, 0, ?, ?, '', 0)`,
		hex.EncodeToString(random[:8]), random[8:])
	return err
}

// View reads in one deferred transaction, which is a snapshot under WAL.
func (t *Tables) View(f func(server.Reader) error) error {
	return t.Within(context.Background(), "", false).View(f)
}

// Within is server.Queued's.
func (t *Tables) Within(ctx context.Context, caller string, heavy bool) server.Tables {
	return &inLine{t, ctx, caller, heavy}
}

// heavyPlaces leaves a connection, and a processor where there are two, to views that are short.
func heavyPlaces(readers int) int { return max(1, min(readers, runtime.GOMAXPROCS(0))-1) }

// Apart is server.Queued's.
func (t *Tables) Apart() server.Tables { return &apart{t} }

// inLine are the tables of a caller, who waits until ctx ends. Work that has begun is not interrupted when ctx ends.
type inLine struct {
	*Tables
	ctx    context.Context
	caller string
	heavy  bool
}

func (q *inLine) View(f func(server.Reader) error) error {
	if q.heavy {
		done, err := q.Tables.heavy.Wait(q.ctx, q.caller)
		if err != nil {
			return q.busy(err)
		}
		defer done()
	}
	done, err := q.readers.Wait(q.ctx, q.caller)
	if err != nil {
		return q.busy(err)
	}
	defer done()
	return q.view(q.read, &q.reading, f)
}

func (q *inLine) Update(f func(server.Writer) error) error { return q.update(q.ctx, q.caller, f) }

func (t *Tables) busy(cause error) error {
	return t.error(server.StorageBusy, "%s is in use by other requests, whose turns did not end in time; try again", cause)
}

// apart reads by connections of its own.
type apart struct{ *Tables }

func (a *apart) View(f func(server.Reader) error) error { return a.view(a.own, &a.owning, f) }

func (t *Tables) view(db *sql.DB, s *statements, f func(server.Reader) error) error {
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		return t.failure(err)
	}
	defer tx.Rollback()
	return t.failure(f(&reader{tx: tx, s: s}))
}

// Close waits for the transaction that writes, no longer than CloseWithin, and closes the file. A
// StorageBusy means that it did not end: the file is left as after a crash.
func (t *Tables) Close() error {
	t.place.Store(nil) // the last connection removes the log
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-time.After(t.closeWithin):
		return t.error(server.StorageBusy, "a write to %s does not end; it is left, as if the machine had stopped: nothing that was answered is lost", nil)
	}
	var errs []error
	if t.conn != nil {
		errs = append(errs, t.conn.Close())
	}
	for _, db := range []*sql.DB{t.own, t.read, t.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return t.failure(errors.Join(errs...))
}
