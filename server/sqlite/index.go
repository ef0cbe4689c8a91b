package sqlite

import (
	"bytes"

	"github.com/deltabase/deltabase/server"
)

// createKeys makes the table of index keys. An index is named "Model/name".
const createKeys = `CREATE TABLE keys (
		name TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL,
		PRIMARY KEY (name, key, id)) STRICT, WITHOUT ROWID;
	ALTER TABLE position ADD COLUMN index_set TEXT NOT NULL DEFAULT ''`

// The place of the page before is excluded by value: as a bound it would be a second range over two
// columns, which SQLite does not look up.
const (
	rowsForward = ` FROM keys JOIN records ON records.model = ? AND records.id = keys.id
		WHERE keys.name = ? AND keys.key >= ? AND keys.key < ? AND (keys.key <> ? OR keys.id > ?)
		ORDER BY keys.key, keys.id LIMIT ?`
	rowsBackward = ` FROM keys JOIN records ON records.model = ? AND records.id = keys.id
		WHERE keys.name = ? AND keys.key >= ? AND keys.key < ? AND (keys.key <> ? OR keys.id < ?)
		ORDER BY keys.key DESC, keys.id DESC LIMIT ?`
)

// endless is greater than every key: its first bytes are those of no number and of no string.
var endless = bytes.Repeat([]byte{0xFF}, 64)

func indexName(model, name string) string { return model + "/" + name }

func (r *reader) RowsByIndex(model string, keys server.KeyRange, span server.Span) ([]server.Row, bool, error) {
	from, to := []byte(keys.From), []byte(keys.To)
	if keys.To == "" {
		to = endless
	}
	query := r.s.rowsForward
	if keys.Backwards {
		query = r.s.rowsBackward
	}
	switch after := []byte(keys.AfterKey); {
	case len(after) == 0:
	case keys.Backwards:
		to = append(after, 0) // the first one behind it
	default:
		from = after
	}
	return readRows(r.tx.Stmt(query), span, model, indexName(model, keys.Index), from, to,
		[]byte(keys.AfterKey), keys.AfterID, span.Rows+1)
}

func (w *writer) PutKeys(model, id string, changes []server.KeyChange) error {
	for _, c := range changes {
		name := indexName(model, c.Index)
		if c.Before != "" {
			if _, err := w.tx.Stmt(w.s.dropKey).Exec(name, []byte(c.Before), id); err != nil {
				return err
			}
		}
		if c.After != "" {
			if _, err := w.tx.Stmt(w.s.putKey).Exec(name, []byte(c.After), id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) dropKeys(row server.Row, keysOf func(server.Row) []server.Key) error {
	if keysOf == nil {
		return nil
	}
	var changes []server.KeyChange
	for _, key := range keysOf(row) {
		changes = append(changes, server.KeyChange{Index: key.Index, Before: key.Text})
	}
	return w.PutKeys(row.Model, row.ID, changes)
}

// Reindex reads all rows page by page: they may be many.
func (w *writer) Reindex(set string, keysOf func(server.Row) []server.Key) error {
	if _, err := w.tx.Exec(`DELETE FROM keys`); err != nil {
		return err
	}
	models, err := w.models()
	if err != nil {
		return err
	}
	for _, model := range models {
		after := ""
		for more := true; more; {
			var rows []server.Row
			if rows, more, err = w.RowsByKey(model, after, server.Span{Rows: 1_000, Bytes: 8 << 20}); err != nil {
				return err
			}
			for _, row := range rows {
				after = row.ID
				for _, key := range keysOf(row) {
					if err := w.PutKeys(model, row.ID, []server.KeyChange{{Index: key.Index, After: key.Text}}); err != nil {
						return err
					}
				}
			}
		}
	}
	_, err = w.tx.Exec(`UPDATE position SET index_set = ?`, set)
	return err
}

func (w *writer) models() ([]string, error) {
	found, err := w.tx.Query(`SELECT DISTINCT model FROM records`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var models []string
	for found.Next() {
		var model string
		if err := found.Scan(&model); err != nil {
			return nil, err
		}
		models = append(models, model)
	}
	return models, found.Err()
}
