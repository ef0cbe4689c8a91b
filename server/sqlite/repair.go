package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

const addJumped = `ALTER TABLE position ADD COLUMN jumped_ms INTEGER NOT NULL DEFAULT 0`

// Ahead is what a clock that once stood ahead left in a database: times never run backwards, so all that
// came later has a time behind the jump.
type Ahead struct {
	ByMs    int64 // how far the position's time is ahead of the clock; 0 or less: nothing is wrong
	Rows    int64 // with a time ahead of the clock
	Logged  int64
	Applied int64 // mutation ids
}

// Repair looks for times ahead of nowMs in the database at path and, when mend is set, brings them back to
// nowMs, in one transaction. No server may run on it then. The log gets another generation: our clients read
// everything once, others when the time up to which they synced is one that was taken back. Errors are
// *server.StorageError.
func Repair(ctx context.Context, path string, nowMs int64, mend bool) (Ahead, error) {
	t := &Tables{path: path}
	if _, err := os.Stat(path); err != nil {
		return Ahead{}, &server.StorageError{Code: server.StorageReadOnly, Cause: err,
			Message: fmt.Sprintf("there is no database %s; pass the file that the server uses", path)}
	}
	query := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "synchronous(FULL)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}).String())
	if err != nil {
		return Ahead{}, t.failure(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return Ahead{}, t.failure(err)
	}
	defer tx.Rollback()
	found, err := t.ahead(tx, nowMs)
	if err != nil || !mend || found.ByMs <= 0 {
		return found, t.failure(err)
	}
	for _, table := range []string{"records", "log", "mutations"} {
		if err := bringBack(tx, table, nowMs); err != nil {
			return found, t.failure(err)
		}
	}
	generation := make([]byte, 8)
	rand.Read(generation)
	_, err = tx.Exec(`UPDATE position SET jumped_ms = max(jumped_ms, changed_at), changed_at = ?1,
		log_purged_ms = min(log_purged_ms, ?1), generation = ?2`, nowMs, hex.EncodeToString(generation))
	if err == nil {
		err = tx.Commit()
	}
	return found, t.failure(err)
}

func (t *Tables) ahead(tx *sql.Tx, nowMs int64) (Ahead, error) {
	var id, format int
	err := errors.Join(
		tx.QueryRow("PRAGMA application_id").Scan(&id),
		tx.QueryRow("PRAGMA user_version").Scan(&format))
	if err != nil {
		return Ahead{}, err
	}
	if id != applicationID || format != formatVersion {
		return Ahead{}, t.error(server.StorageIncompat, "%s is no Deltabase database of this version; start the server on it once, or use the program that wrote it", nil)
	}
	var found Ahead
	err = errors.Join(
		tx.QueryRow("SELECT changed_at - ? FROM position", nowMs).Scan(&found.ByMs),
		tx.QueryRow("SELECT count(*) FROM records WHERE changed_at > ?", nowMs).Scan(&found.Rows),
		tx.QueryRow("SELECT count(*) FROM log WHERE changed_at > ?", nowMs).Scan(&found.Logged),
		tx.QueryRow("SELECT count(*) FROM mutations WHERE changed_at > ?", nowMs).Scan(&found.Applied))
	return found, err
}

// bringBack gives the rows of a table that lie ahead the present time, in their texts, too, some at a time:
// their order is that of their positions.
func bringBack(tx *sql.Tx, table string, nowMs int64) error {
	key := map[string]string{"records": "model || char(10) || id", "log": "seq", "mutations": "mutation"}[table]
	for {
		found, err := tx.Query(`SELECT `+key+`, text FROM `+table+` WHERE changed_at > ? LIMIT 1000`, nowMs)
		if err != nil {
			return err
		}
		texts := map[any]string{}
		for found.Next() {
			var place any
			var text string
			if err := found.Scan(&place, &text); err != nil {
				return errors.Join(err, found.Close())
			}
			row := record.TrustString(text)
			stamp := conflict.StampOf(row)
			stamp.ChangedAt = nowMs
			texts[place] = conflict.WithStamp(row, stamp).String()
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil || len(texts) == 0 {
			return err
		}
		for place, text := range texts {
			if _, err := tx.Exec(`UPDATE `+table+` SET changed_at = ?, text = ? WHERE `+key+` = ?`, nowMs, text, place); err != nil {
				return err
			}
		}
	}
}
