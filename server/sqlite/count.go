package sqlite

import (
	"database/sql"
	"errors"
)

// createCounts keeps the number of each model's rows beside them: to count a million takes a quarter
// of a second. An upsert that finds its row fires no insert trigger.
const createCounts = `CREATE TABLE counts (
		model TEXT PRIMARY KEY, rows INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	INSERT INTO counts SELECT model, count(*) FROM records GROUP BY model;
	CREATE TRIGGER count_insert AFTER INSERT ON records BEGIN
		INSERT INTO counts VALUES (new.model, 1) ON CONFLICT (model) DO UPDATE SET rows = rows + 1;
	END;
	CREATE TRIGGER count_delete AFTER DELETE ON records BEGIN
		UPDATE counts SET rows = rows - 1 WHERE model = old.model;
	END`

// Count returns how many rows a model has, tombstones included.
func (r *reader) Count(model string) (n int64, err error) {
	err = r.tx.Stmt(r.s.count).QueryRow(model).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
