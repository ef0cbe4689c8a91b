package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/deltabase/deltabase/server"
)

type reader struct {
	tx transacting
	s  *statements
}

// transacting is an *sql.Tx, or the transaction on the writing connection.
type transacting interface {
	Exec(query string, arguments ...any) (sql.Result, error)
	Query(query string, arguments ...any) (*sql.Rows, error)
	QueryRow(query string, arguments ...any) *sql.Row
	// Stmt is a prepared statement in the transaction.
	Stmt(s *sql.Stmt) *sql.Stmt
}

func (r *reader) Position() (server.Position, error) {
	return scanPosition(r.tx.Stmt(r.s.position).QueryRow())
}

func scanPosition(row *sql.Row) (server.Position, error) {
	var p server.Position
	err := row.Scan(&p.Seq, &p.ChangedAt, &p.PurgedSeq, &p.LogFrom, &p.LogPurgedMs, &p.Generation, &p.Secret, &p.Layout, &p.JumpedMs)
	return p, err
}

func rowTargets(r *server.Row) []any {
	return []any{&r.Model, &r.ID, &r.Version, &r.ChangedAt, &r.Deleted, &r.Seq, &r.Text}
}

func recordTargets(r *server.Row) []any { return append(rowTargets(r), &r.Past) }

func (r *reader) Row(model, id string) (server.Row, bool, error) {
	var row server.Row
	err := r.tx.Stmt(r.s.row).QueryRow(model, id).Scan(recordTargets(&row)...)
	if errors.Is(err, sql.ErrNoRows) {
		return server.Row{}, false, nil
	}
	return row, err == nil, err
}

func (r *reader) RowsByKey(model, after string, span server.Span) ([]server.Row, bool, error) {
	return readRows(r.tx.Stmt(r.s.rowsByKey), span, model, after, span.Rows+1)
}

func (r *reader) RowsSince(model string, afterSeq int64, span server.Span) ([]server.Row, bool, error) {
	return readRows(r.tx.Stmt(r.s.rowsSince), span, model, afterSeq, span.Rows+1)
}

func readRows(query *sql.Stmt, span server.Span, arguments ...any) ([]server.Row, bool, error) {
	var rows []server.Row
	more, err := read(query, span, func(found *sql.Rows) (int, error) {
		var row server.Row
		err := found.Scan(recordTargets(&row)...)
		rows = append(rows, row)
		return len(row.Text), err
	}, arguments...)
	return rows, more, err
}

func (r *reader) ChangesSince(model string, fromMs, afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return readEntries(r.tx.Stmt(r.s.changesSince), span, model, fromMs, afterSeq, span.Rows+1)
}

func (r *reader) Log(afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return readEntries(r.tx.Stmt(r.s.log), span, afterSeq, span.Rows+1)
}

func readEntries(query *sql.Stmt, span server.Span, arguments ...any) ([]server.Entry, bool, error) {
	var entries []server.Entry
	more, err := read(query, span, func(found *sql.Rows) (int, error) {
		var e server.Entry
		err := found.Scan(append(rowTargets(&e.Row), &e.Operation)...)
		entries = append(entries, e)
		return len(e.Text), err
	}, arguments...)
	return entries, more, err
}

// read keeps the span: the statement asks for one row more, which only tells that there is one.
func read(query *sql.Stmt, span server.Span, scan func(*sql.Rows) (bytes int, err error), arguments ...any) (bool, error) {
	found, err := query.Query(arguments...)
	if err != nil {
		return false, err
	}
	defer found.Close()
	count, size := 0, 0
	for found.Next() {
		if count == span.Rows || size >= span.Bytes {
			return true, found.Err()
		}
		n, err := scan(found)
		if err != nil {
			return false, err
		}
		count++
		size += n
	}
	return false, found.Err()
}

func (r *reader) Applied(mutationID string) (server.Applied, bool, error) {
	a := server.Applied{ID: mutationID}
	err := r.tx.Stmt(r.s.applied).QueryRow(mutationID).Scan(append(rowTargets(&a.Row), &a.Operation, &a.Caller)...)
	if errors.Is(err, sql.ErrNoRows) {
		return server.Applied{}, false, nil
	}
	return a, err == nil, err
}

// writer is a transaction.
type writer struct {
	reader
	noted
	looked looked
}

// noted is what a transaction writes once, however many members of a group change it: nobody else reads it
// before the commit.
type noted struct {
	at     server.Position // good while known
	known  bool
	moved  bool      // at is not written yet
	counts []counted // only appended to, so that a copy is what they were
}

// ongoing is the transaction on the writing connection, on which its statements are prepared.
type ongoing struct{ conn *sql.Conn }

func (o ongoing) Stmt(s *sql.Stmt) *sql.Stmt { return s }

func (o ongoing) Exec(query string, arguments ...any) (sql.Result, error) {
	return o.conn.ExecContext(context.Background(), query, arguments...)
}

func (o ongoing) Query(query string, arguments ...any) (*sql.Rows, error) {
	return o.conn.QueryContext(context.Background(), query, arguments...)
}

func (o ongoing) QueryRow(query string, arguments ...any) *sql.Row {
	return o.conn.QueryRowContext(context.Background(), query, arguments...)
}

func (w *writer) Position() (p server.Position, err error) {
	if !w.known {
		if w.at, err = w.reader.Position(); err != nil {
			return server.Position{}, err
		}
		w.known = true
	}
	return w.at, nil
}

func (w *writer) Advance(nowMs int64) (server.Position, error) {
	p, err := w.Position()
	if err != nil {
		return p, err
	}
	p.Seq, p.ChangedAt = p.Seq+1, server.NextTime(p.ChangedAt, nowMs)
	w.at, w.moved = p, true
	return p, nil
}

func (w *writer) Touch(nowMs int64) (server.Position, error) {
	p, err := w.Position()
	if err == nil && p.ChangedAt < nowMs {
		w.at.ChangedAt, w.moved = nowMs, true
	}
	return w.at, err
}

// settle writes the position and the counts: before the commit, and before another statement changes their rows.
func (w *writer) settle() error {
	if err := w.settleCounts(); err != nil {
		return err
	}
	if w.moved {
		if _, err := w.tx.Stmt(w.s.settle).Exec(w.at.Seq, w.at.ChangedAt); err != nil {
			return err
		}
	}
	w.known, w.moved = false, false
	return nil
}

// looked is which row was looked up last, and whether it is there.
type looked struct {
	model, id string
	there     bool
}

// Row asks first whether there is one: most writes are creates, and eight columns of nothing cost more.
func (w *writer) Row(model, id string) (server.Row, bool, error) {
	there, err := w.exists(model, id)
	if err != nil || !there {
		return server.Row{}, false, err
	}
	return w.reader.Row(model, id)
}

func (w *writer) exists(model, id string) (bool, error) {
	if w.looked.model == model && w.looked.id == id {
		return w.looked.there, nil
	}
	var version int64
	err := w.tx.Stmt(w.s.exists).QueryRow(model, id).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	w.looked = looked{model, id, err == nil}
	return err == nil, nil
}

func (w *writer) Write(e server.Entry) error {
	there, err := w.exists(e.Model, e.ID)
	if err != nil {
		return err
	}
	columns := rowValues(e.Row)
	if _, err := w.tx.Stmt(w.s.putRow).Exec(append(columns, e.Past)...); err != nil {
		return err
	}
	if !there {
		w.counts = append(w.counts, counted{e.Model, 1})
	}
	w.looked.there = true
	_, err = w.tx.Stmt(w.s.appendLog).Exec(append(columns, string(e.Operation))...)
	return err
}

func (w *writer) Remember(a server.Applied) error {
	_, err := w.tx.Stmt(w.s.remember).Exec(append(rowValues(a.Row), string(a.Operation), a.Caller, a.ID)...)
	return err
}

func rowValues(r server.Row) []any {
	return []any{r.Model, r.ID, r.Version, r.ChangedAt, r.Deleted, r.Seq, r.Text}
}

func (w *writer) Purge(bounds server.PurgeBounds) (int, error) {
	if err := w.settle(); err != nil {
		return 0, err
	}
	logged, err := w.purgeLog(bounds)
	if err != nil {
		return 0, err
	}
	tombstones, err := w.purgeTombstones(bounds)
	if err != nil {
		return 0, err
	}
	mutations, err := w.purgeMutations(bounds)
	return logged + tombstones + mutations, err
}

func (w *writer) purgeMutations(bounds server.PurgeBounds) (int, error) {
	var old []string
	found, err := w.tx.Stmt(w.s.oldMutations).Query(bounds.Rows)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	for found.Next() {
		var id string
		var seq int64
		if err := found.Scan(&id, &seq); err != nil {
			return 0, err
		}
		if seq > bounds.TombstoneThroughSeq {
			break
		}
		old = append(old, id)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return 0, err
	}
	for _, id := range old {
		if _, err := w.tx.Stmt(w.s.dropMutation).Exec(id); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// purgeLog looks at no more entries than it may remove, and at one that is too young.
func (w *writer) purgeLog(bounds server.PurgeBounds) (int, error) {
	count, last, lastMs, err := w.oldLog(bounds)
	if err != nil || count == 0 {
		return 0, err
	}
	if _, err := w.tx.Stmt(w.s.purgeLog).Exec(last); err != nil {
		return 0, err
	}
	_, err = w.tx.Stmt(w.s.purgedLog).Exec(last+1, lastMs)
	return count, err
}

// oldLog finds the last of the entries that are too old.
func (w *writer) oldLog(bounds server.PurgeBounds) (count int, last, lastMs int64, err error) {
	found, err := w.tx.Stmt(w.s.oldestLog).Query(bounds.Rows)
	if err != nil {
		return 0, 0, 0, err
	}
	defer found.Close()
	for found.Next() {
		var seq, changedAt int64
		if err := found.Scan(&seq, &changedAt); err != nil {
			return 0, 0, 0, err
		}
		if seq > bounds.LogThroughSeq {
			break
		}
		count, last, lastMs = count+1, seq, max(lastMs, changedAt)
	}
	return count, last, lastMs, found.Err()
}

func (w *writer) purgeTombstones(bounds server.PurgeBounds) (int, error) {
	var old []server.Row
	found, err := w.tx.Stmt(w.s.oldTombstones).Query(bounds.Rows)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	for found.Next() {
		var row server.Row
		if err := found.Scan(recordTargets(&row)...); err != nil {
			return 0, err
		}
		if row.Seq > bounds.TombstoneThroughSeq {
			break
		}
		old = append(old, row)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return 0, err
	}
	last := int64(0)
	for _, row := range old {
		if _, err := w.tx.Stmt(w.s.dropTombstone).Exec(row.Model, row.ID); err != nil {
			return 0, err
		}
		w.counts, w.looked = append(w.counts, counted{row.Model, -1}), looked{}
		if err := w.dropKeys(row, bounds.KeysOf); err != nil {
			return 0, err
		}
		last = max(last, row.Seq)
	}
	if len(old) > 0 {
		_, err = w.tx.Stmt(w.s.purgedRows).Exec(last)
	}
	return len(old), err
}
