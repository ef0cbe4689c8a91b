package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/deltabase/deltabase/server"
)

const formatVersion = 1

// migrations lead to the format of their place, counted from 1. Each of their statements only adds, and may be
// carried out again: nodes make tables side by side, and some databases have no transactions for it. A node of
// an earlier format goes on beside: what it does not know has a default. (A change that it could not stand
// would raise "least", below which programs refuse.)
var migrations = [][]string{{
	`CREATE TABLE IF NOT EXISTS position (
		one SMALLINT PRIMARY KEY CHECK (one = 1),
		seq BIGINT NOT NULL, changed_at BIGINT NOT NULL,
		purged_seq BIGINT NOT NULL,
		log_from BIGINT NOT NULL, log_purged_ms BIGINT NOT NULL,
		generation TEXT NOT NULL, secret BYTEA NOT NULL,
		index_set TEXT NOT NULL DEFAULT '', jumped_ms BIGINT NOT NULL DEFAULT 0)`,
	`CREATE TABLE IF NOT EXISTS records (
		model TEXT NOT NULL, id BYTEA NOT NULL,
		version BIGINT NOT NULL, changed_at BIGINT NOT NULL, deleted SMALLINT NOT NULL,
		seq BIGINT NOT NULL, text TEXT NOT NULL, past TEXT NOT NULL DEFAULT '',
		PRIMARY KEY (model, id))`,
	`CREATE INDEX IF NOT EXISTS records_by_seq ON records (model, seq)`,
	`CREATE INDEX IF NOT EXISTS tombstones ON records (changed_at) WHERE deleted = 1`,
	`CREATE TABLE IF NOT EXISTS log (
		seq BIGINT PRIMARY KEY,
		model TEXT NOT NULL, id BYTEA NOT NULL,
		version BIGINT NOT NULL, changed_at BIGINT NOT NULL, deleted SMALLINT NOT NULL,
		operation TEXT NOT NULL, text TEXT NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS log_by_time ON log (model, changed_at, seq)`,
	`CREATE TABLE IF NOT EXISTS mutations (
		mutation BYTEA PRIMARY KEY, operation TEXT NOT NULL,
		model TEXT NOT NULL, id BYTEA NOT NULL,
		version BIGINT NOT NULL, changed_at BIGINT NOT NULL, deleted SMALLINT NOT NULL,
		seq BIGINT NOT NULL, text TEXT NOT NULL, caller TEXT NOT NULL DEFAULT '')`,
	`CREATE INDEX IF NOT EXISTS mutations_by_time ON mutations (changed_at)`,
	`CREATE TABLE IF NOT EXISTS keys (
		name BYTEA NOT NULL, head BYTEA NOT NULL, tail BYTEA NOT NULL, digest BYTEA NOT NULL, id BYTEA NOT NULL,
		PRIMARY KEY (name, head, id, digest))`,
	`CREATE INDEX IF NOT EXISTS long_keys ON keys (name) WHERE tail <> ''`,
	`CREATE TABLE IF NOT EXISTS counts (model TEXT PRIMARY KEY, rows BIGINT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT NOT NULL)`,
}}

const (
	createFormat = `CREATE TABLE IF NOT EXISTS format (
		one SMALLINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL, least BIGINT NOT NULL)`
	readFormat    = `SELECT version, least FROM format`
	putFormat     = `INSERT INTO format (one, version, least) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET version = max(format.version, excluded.version)`
	firstPosition = `INSERT INTO position (one, seq, changed_at, purged_seq, log_from, log_purged_ms, generation, secret)
		VALUES (1, 0, 0, 0, 1, 0, ?, ?) ON CONFLICT DO NOTHING`
)

// setUp makes the tables where there are none and brings those of an earlier format to this one. Several
// nodes may do it at once: who meets another one looks again.
func (t *Tables) setUp(ctx context.Context, pool *pgxpool.Pool) (err error) {
	for try := range OpenTries {
		if err = t.arrange(ctx, pool); err == nil || !isRace(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * PauseMax):
		}
	}
	return err
}

// isRace tells what a database says to whoever makes a table that another node just made.
func isRace(err error) bool {
	var native *pgconn.PgError
	if !errors.As(err, &native) {
		return false
	}
	switch native.Code {
	case "23505", "42P06", "42P07", "42710", "40001", "40P01", "XX000":
		return true
	}
	return false
}

func (t *Tables) arrange(ctx context.Context, pool *pgxpool.Pool) error {
	if err := t.checkSettings(ctx, pool); err != nil {
		return err
	}
	version, err := t.format(ctx, pool)
	if err != nil || version >= formatVersion {
		return err
	}
	run := func(text string, arguments ...any) {
		if err == nil {
			_, err = pool.Exec(ctx, t.d.of(text), arguments...)
		}
	}
	var statements []string
	if version == 0 {
		statements = []string{`CREATE SCHEMA IF NOT EXISTS ` + t.d.schema, createFormat}
	}
	for _, more := range migrations[version:] {
		statements = append(statements, more...)
	}
	run(strings.Join(statements, ";\n"))
	random := make([]byte, 40)
	rand.Read(random)
	run(firstPosition, hex.EncodeToString(random[:8]), random[8:])
	run(putFormat, formatVersion, 1)
	return err
}

// format is that of the tables, 0 where there are none.
func (t *Tables) format(ctx context.Context, pool *pgxpool.Pool) (version int64, err error) {
	var least int64
	err = pool.QueryRow(ctx, t.d.of(readFormat)).Scan(&version, &least)
	var native *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &native) && (native.Code == "42P01" || native.Code == "3F000"):
		return 0, nil
	case err == nil && least > formatVersion:
		return 0, &server.StorageError{Code: server.StorageIncompat,
			Message: fmt.Sprintf("the tables in %s have format %d, which programs of format %d and later use; this one has format %d: use a later one", t.name, version, least, formatVersion)}
	}
	return version, err
}

// checkSettings refuses settings under which the database acknowledges what it may lose, or can't hold every text.
func (t *Tables) checkSettings(ctx context.Context, pool *pgxpool.Pool) error {
	var encoding, commits string
	err := pool.QueryRow(ctx, `SELECT current_setting('server_encoding', true), coalesce(current_setting('synchronous_commit', true), 'on')`).Scan(&encoding, &commits)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return &server.StorageError{Code: server.StorageIncompat,
			Message: fmt.Sprintf("the database %s has the encoding %s; make one with ENCODING 'UTF8'", t.name, encoding)}
	case commits == "off":
		return &server.StorageError{Code: server.StorageIncompat,
			Message: fmt.Sprintf("synchronous_commit is off for %s: a crash would lose writes that were acknowledged; set it to on for this role or database", t.name)}
	}
	return nil
}
