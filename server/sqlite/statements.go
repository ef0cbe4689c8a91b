package sqlite

import (
	"context"
	"database/sql"

	"github.com/deltabase/deltabase/server/sqltext"
)

// statements are prepared once per connection pool, those that write on the one connection that does.
type statements struct {
	rowsForward, rowsBackward                                              *sql.Stmt
	position, row, rowsByKey, rowsSince, changesSince, log, applied, count *sql.Stmt
	// Only on the writing connection.
	putKey, dropKey                                                    *sql.Stmt
	settle, exists, putRow, appendLog, remember, addCount              *sql.Stmt
	purgeLog, oldTombstones, dropTombstone, oldMutations, dropMutation *sql.Stmt
	oldestLog                                                          *sql.Stmt
	purgedLog, purgedRows                                              *sql.Stmt
	begin, commit, abort, savepoint, rollback, release                 *sql.Stmt
}

type statement struct {
	at  **sql.Stmt
	sql string
}

func (s *statements) reads() []statement {
	return []statement{
		{&s.position, sqltext.Position},
		{&s.row, sqltext.Row},
		{&s.rowsByKey, sqltext.RowsByKey},
		{&s.rowsForward, `SELECT ` + sqltext.JoinedColumns + rowsForward},
		{&s.rowsBackward, `SELECT ` + sqltext.JoinedColumns + rowsBackward},
		{&s.rowsSince, sqltext.RowsSince},
		{&s.changesSince, sqltext.ChangesSince},
		{&s.log, sqltext.Log},
		{&s.applied, sqltext.Applied},
		{&s.count, sqltext.Count},
	}
}

func (s *statements) writes() []statement {
	return []statement{
		{&s.savepoint, `SAVEPOINT member`},
		{&s.rollback, `ROLLBACK TO member`},
		{&s.release, `RELEASE member`},
		{&s.begin, `BEGIN IMMEDIATE`},
		{&s.commit, `COMMIT`},
		{&s.abort, `ROLLBACK`},
		{&s.settle, sqltext.Settle},
		{&s.exists, sqltext.Exists},
		{&s.putRow, sqltext.PutRow},
		{&s.addCount, sqltext.AddCount},
		{&s.putKey, `INSERT OR IGNORE INTO keys (name, key, id) VALUES (?, ?, ?)`},
		{&s.dropKey, `DELETE FROM keys WHERE name = ? AND key = ? AND id = ?`},
		{&s.appendLog, sqltext.AppendLog},
		{&s.remember, sqltext.Remember},
		{&s.oldestLog, sqltext.OldestLog},
		{&s.purgeLog, sqltext.PurgeLog},
		{&s.purgedLog, sqltext.PurgedLog},
		{&s.oldTombstones, sqltext.OldTombstones},
		{&s.dropTombstone, sqltext.DropTombstone},
		{&s.purgedRows, sqltext.PurgedRows},
		{&s.oldMutations, sqltext.OldMutations},
		{&s.dropMutation, sqltext.DropMutation},
	}
}

// preparer is an *sql.DB or an *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (s *statements) prepare(on preparer, all []statement) error {
	for _, one := range all {
		prepared, err := on.PrepareContext(context.Background(), one.sql)
		if err != nil {
			return err
		}
		*one.at = prepared
	}
	return nil
}
