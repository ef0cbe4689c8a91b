// Package sqltext holds the statements that SQL back ends share, so that they are not two dialects of one
// thing. Arguments are written "?", tables by their bare names, the greater of two numbers max(a, b), and
// deleted is 0 or 1: a back end translates what its database writes otherwise.
package sqltext

// Columns, in the order in which back ends read and write them.
const (
	RowColumns      = "model, id, version, changed_at, deleted, seq, text"
	RecordColumns   = RowColumns + ", past"
	EntryColumns    = RowColumns + ", operation"
	JoinedColumns   = "records.model, records.id, version, changed_at, deleted, seq, text, past"
	PositionColumns = "seq, changed_at, purged_seq, log_from, log_purged_ms, generation, secret, index_set, jumped_ms"
)

// What a reader asks.
const (
	Position  = `SELECT ` + PositionColumns + ` FROM position`
	Row       = `SELECT ` + RecordColumns + ` FROM records WHERE model = ? AND id = ?`
	RowsByKey = `SELECT ` + RecordColumns + ` FROM records
		WHERE model = ? AND id > ? ORDER BY id LIMIT ?`
	RowsSince = `SELECT ` + RecordColumns + ` FROM records
		WHERE model = ? AND seq > ? ORDER BY seq LIMIT ?`
	// Log order is time order, so the time bound only says where to begin.
	ChangesSince = `SELECT ` + EntryColumns + ` FROM log
		WHERE model = ? AND changed_at >= ? AND seq > ? ORDER BY changed_at, seq LIMIT ?`
	Log     = `SELECT ` + EntryColumns + ` FROM log WHERE seq > ? ORDER BY seq LIMIT ?`
	Applied = `SELECT ` + EntryColumns + `, caller FROM mutations WHERE mutation = ?`
	Count   = `SELECT rows FROM counts WHERE model = ?`
	Note    = `SELECT text FROM notes WHERE name = ?`
	// NextIndex goes from name to name: to look at all keys would take long.
	NextIndex = `SELECT name FROM keys WHERE name > ? ORDER BY name LIMIT 1`
)

// What a writer does.
const (
	Settle = `UPDATE position SET seq = ?, changed_at = ?`
	Exists = `SELECT version FROM records WHERE model = ? AND id = ?`
	PutRow = `INSERT INTO records (` + RecordColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (model, id) DO UPDATE SET version = excluded.version,
		changed_at = excluded.changed_at, deleted = excluded.deleted,
		seq = excluded.seq, text = excluded.text, past = excluded.past`
	AddCount  = `INSERT INTO counts (model, rows) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET rows = counts.rows + excluded.rows`
	AppendLog = `INSERT INTO log (` + EntryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	Remember  = `INSERT INTO mutations (` + EntryColumns + `, caller, mutation)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	PutNote = `INSERT INTO notes (name, text) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET text = excluded.text`
	DropNote  = `DELETE FROM notes WHERE name = ?`
	SetLayout = `UPDATE position SET index_set = ?`
)

// What a purge does.
const (
	// Log order is time order, so the oldest entries are the first ones.
	OldestLog = `SELECT seq, changed_at FROM log ORDER BY seq LIMIT ?`
	PurgeLog  = `DELETE FROM log WHERE seq <= ?`
	PurgedLog = `UPDATE position SET log_from = max(log_from, ?), log_purged_ms = max(log_purged_ms, ?)`
	// The order of the times is that of the positions.
	OldTombstones = `SELECT ` + RecordColumns + ` FROM records
		WHERE deleted = 1 ORDER BY changed_at LIMIT ?`
	DropTombstone = `DELETE FROM records WHERE model = ? AND id = ?`
	PurgedRows    = `UPDATE position SET purged_seq = max(purged_seq, ?)`
	OldMutations  = `SELECT mutation, seq FROM mutations ORDER BY changed_at LIMIT ?`
	DropMutation  = `DELETE FROM mutations WHERE mutation = ?`
)
