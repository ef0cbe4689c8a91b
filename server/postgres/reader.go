package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqltext"
)

// querier is a connection; which transaction it is in, its owner knows.
type querier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}

// reader reads in the transaction of a connection. Ids are bytes there: their order is that of bytes, and
// a text of PostgreSQL holds no NUL.
type reader struct {
	ctx context.Context
	q   querier
	d   *dialect
}

func (r *reader) one(text string, arguments ...any) pgx.Row {
	return r.q.QueryRow(r.ctx, r.d.of(text), arguments...)
}

// binary is never nil, which would be NULL.
func binary(text string) []byte { return append([]byte{}, text...) }

func (r *reader) Position() (server.Position, error) { return scanPosition(r.one(sqltext.Position)) }

func scanPosition(row pgx.Row) (p server.Position, err error) {
	err = row.Scan(&p.Seq, &p.ChangedAt, &p.PurgedSeq, &p.LogFrom, &p.LogPurgedMs, &p.Generation, &p.Secret, &p.Layout, &p.JumpedMs)
	return p, err
}

// scanRow reads RowColumns and what comes behind them.
func scanRow(from pgx.Row, row *server.Row, behind ...any) error {
	var id []byte
	var deleted int16
	err := from.Scan(append([]any{&row.Model, &id, &row.Version, &row.ChangedAt, &deleted, &row.Seq, &row.Text}, behind...)...)
	row.ID, row.Deleted = string(id), deleted != 0
	return err
}

func (r *reader) Row(model, id string) (row server.Row, ok bool, err error) {
	err = scanRow(r.one(sqltext.Row, model, binary(id)), &row, &row.Past)
	if errors.Is(err, pgx.ErrNoRows) {
		return server.Row{}, false, nil
	}
	return row, err == nil, err
}

func recordOf(found pgx.Rows) (row server.Row, bytes int, err error) {
	err = scanRow(found, &row, &row.Past)
	return row, len(row.Text), err
}

func entryOf(found pgx.Rows) (e server.Entry, bytes int, err error) {
	var operation string
	err = scanRow(found, &e.Row, &operation)
	e.Operation = conflict.Operation(operation)
	return e, len(e.Text), err
}

func (r *reader) RowsByKey(model, after string, span server.Span) ([]server.Row, bool, error) {
	return read(r, span, recordOf, func(last *server.Row, limit int) (string, []any) {
		if last != nil {
			after = last.ID
		}
		return sqltext.RowsByKey, []any{model, binary(after), limit}
	})
}

func (r *reader) RowsSince(model string, afterSeq int64, span server.Span) ([]server.Row, bool, error) {
	return read(r, span, recordOf, func(last *server.Row, limit int) (string, []any) {
		if last != nil {
			afterSeq = last.Seq
		}
		return sqltext.RowsSince, []any{model, afterSeq, limit}
	})
}

func (r *reader) ChangesSince(model string, fromMs, afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return read(r, span, entryOf, func(last *server.Entry, limit int) (string, []any) {
		if last != nil {
			fromMs, afterSeq = last.ChangedAt, last.Seq
		}
		return sqltext.ChangesSince, []any{model, fromMs, afterSeq, limit}
	})
}

func (r *reader) Log(afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return read(r, span, entryOf, func(last *server.Entry, limit int) (string, []any) {
		if last != nil {
			afterSeq = last.Seq
		}
		return sqltext.Log, []any{afterSeq, limit}
	})
}

// read keeps the span. A statement sends all that it finds, so it asks for a few rows first, and then for
// about as many as the bytes have room for. Of what is behind the span it reads one row, which only tells
// that there is one.
func read[T any](r *reader, span server.Span, scan func(pgx.Rows) (T, int, error), ask func(last *T, limit int) (string, []any)) ([]T, bool, error) {
	var all []T
	var last *T
	size, limit := 0, min(span.Rows+1, FirstRows)
	for {
		text, arguments := ask(last, limit)
		found, err := r.q.Query(r.ctx, r.d.of(text), arguments...)
		if err != nil {
			return nil, false, err
		}
		count := 0
		for ; found.Next(); count++ {
			if len(all) == span.Rows || size >= span.Bytes {
				found.Close()
				return all, true, found.Err()
			}
			one, bytes, err := scan(found)
			if err != nil {
				found.Close()
				return nil, false, err
			}
			all, size = append(all, one), size+bytes
		}
		if err := found.Err(); err != nil || count < limit {
			return all, false, err
		}
		last = &all[len(all)-1]
		limit = 1
		if size < span.Bytes {
			limit = min(span.Rows+1-len(all), 1+(span.Bytes-size)/(1+size/len(all)))
		}
	}
}

func (r *reader) Applied(mutationID string) (server.Applied, bool, error) {
	a := server.Applied{ID: mutationID}
	var operation string
	err := scanRow(r.one(sqltext.Applied, binary(mutationID)), &a.Row, &operation, &a.Caller)
	if errors.Is(err, pgx.ErrNoRows) {
		return server.Applied{}, false, nil
	}
	a.Operation = conflict.Operation(operation)
	return a, err == nil, err
}

// Count returns how many rows a model has, tombstones included.
func (r *reader) Count(model string) (n int64, err error) {
	err = r.one(sqltext.Count, model).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func (r *reader) Note(name string) (text string, err error) {
	err = r.one(sqltext.Note, name).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return text, err
}

func (r *reader) Indexes() ([]server.IndexName, error) {
	var names []server.IndexName
	for name := []byte{}; ; {
		err := r.one(sqltext.NextIndex, name).Scan(&name)
		if errors.Is(err, pgx.ErrNoRows) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		model, index, _ := strings.Cut(string(name), "/")
		names = append(names, server.IndexName{Model: model, Name: index})
	}
}
