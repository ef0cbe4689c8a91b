package sqlite

import (
	"context"
	"database/sql"
)

const (
	rowColumns    = "model, id, version, changed_at, deleted, seq, text"
	recordColumns = rowColumns + ", past"
	entryColumns  = rowColumns + ", operation"
	joinedColumns = "records.model, records.id, version, changed_at, deleted, seq, text, past"

	positionColumns = "seq, changed_at, purged_seq, log_from, log_purged_ms, generation, secret, index_set, jumped_ms"
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
		{&s.position, `SELECT ` + positionColumns + ` FROM position`},
		{&s.row, `SELECT ` + recordColumns + ` FROM records WHERE model = ? AND id = ?`},
		{&s.rowsByKey, `SELECT ` + recordColumns + ` FROM records
			WHERE model = ? AND id > ? ORDER BY id LIMIT ?`},
		{&s.rowsForward, `SELECT ` + joinedColumns + rowsForward},
		{&s.rowsBackward, `SELECT ` + joinedColumns + rowsBackward},
		{&s.rowsSince, `SELECT ` + recordColumns + ` FROM records
			WHERE model = ? AND seq > ? ORDER BY seq LIMIT ?`},
		// Log order is time order, so the time bound only says where to begin.
		{&s.changesSince, `SELECT ` + entryColumns + ` FROM log
			WHERE model = ? AND changed_at >= ? AND seq > ? ORDER BY changed_at, seq LIMIT ?`},
		{&s.log, `SELECT ` + entryColumns + ` FROM log WHERE seq > ? ORDER BY seq LIMIT ?`},
		{&s.applied, `SELECT ` + entryColumns + `, caller FROM mutations WHERE mutation = ?`},
		{&s.count, `SELECT rows FROM counts WHERE model = ?`},
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
		{&s.settle, `UPDATE position SET seq = ?, changed_at = ?`},
		{&s.exists, `SELECT version FROM records WHERE model = ? AND id = ?`},
		{&s.putRow, `INSERT INTO records (` + recordColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (model, id) DO UPDATE SET version = excluded.version,
			changed_at = excluded.changed_at, deleted = excluded.deleted,
			seq = excluded.seq, text = excluded.text, past = excluded.past`},
		{&s.addCount, `INSERT INTO counts (model, rows) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET rows = rows + excluded.rows`},
		{&s.putKey, `INSERT OR IGNORE INTO keys (name, key, id) VALUES (?, ?, ?)`},
		{&s.dropKey, `DELETE FROM keys WHERE name = ? AND key = ? AND id = ?`},
		{&s.appendLog, `INSERT INTO log (` + entryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.remember, `INSERT INTO mutations (` + entryColumns + `, caller, mutation)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		// Log order is time order, so the oldest entries are the first ones.
		{&s.oldestLog, `SELECT seq, changed_at FROM log ORDER BY seq LIMIT ?`},
		{&s.purgeLog, `DELETE FROM log WHERE seq <= ?`},
		{&s.purgedLog, `UPDATE position SET log_from = max(log_from, ?), log_purged_ms = max(log_purged_ms, ?)`},
		// The order of the times is that of the positions.
		{&s.oldTombstones, `SELECT ` + recordColumns + ` FROM records
			WHERE deleted = 1 ORDER BY changed_at LIMIT ?`},
		{&s.dropTombstone, `DELETE FROM records WHERE model = ? AND id = ?`},
		{&s.purgedRows, `UPDATE position SET purged_seq = max(purged_seq, ?)`},
		{&s.oldMutations, `SELECT mutation, seq FROM mutations ORDER BY changed_at LIMIT ?`},
		{&s.dropMutation, `DELETE FROM mutations WHERE mutation = ?`},
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
