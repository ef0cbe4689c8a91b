package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"strings"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqltext"
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

// createNotes makes the table of what the server keeps beside the rows.
const createNotes = `CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID`

func (r *reader) Note(name string) (text string, err error) {
	err = r.tx.QueryRow(sqltext.Note, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return text, err
}

func (r *reader) Indexes() ([]server.IndexName, error) {
	var names []server.IndexName
	for name := ""; ; {
		err := r.tx.QueryRow(sqltext.NextIndex, name).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		model, index, _ := strings.Cut(name, "/")
		names = append(names, server.IndexName{Model: model, Name: index})
	}
}

func (w *writer) DropKeys(index server.IndexName, most int) (int, error) {
	found, err := w.tx.Query(`SELECT key, id FROM keys WHERE name = ? ORDER BY key, id LIMIT ?`, indexName(index.Model, index.Name), most)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	type place struct{ key, id string }
	var first []place
	for found.Next() {
		var key []byte
		var id string
		if err := found.Scan(&key, &id); err != nil {
			return 0, err
		}
		first = append(first, place{string(key), id})
	}
	for _, p := range first {
		if err := w.PutKeys(index.Model, p.id, []server.KeyChange{{Index: index.Name, Before: p.key}}); err != nil {
			return 0, err
		}
	}
	return len(first), found.Err()
}

func (w *writer) PutNote(name, text string) error {
	statement, arguments := sqltext.PutNote, []any{name, text}
	if text == "" {
		statement, arguments = sqltext.DropNote, arguments[:1]
	}
	_, err := w.tx.Exec(statement, arguments...)
	return err
}

func (w *writer) SetLayout(layout string) error {
	if err := w.settle(); err != nil {
		return err
	}
	_, err := w.tx.Exec(sqltext.SetLayout, layout)
	return err
}
