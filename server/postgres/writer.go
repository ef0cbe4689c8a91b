package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqltext"
)

// writer is an update's transaction, in two parts (rule 7: the position is what is locked last):
//
//	reads and decisions    a snapshot; nobody waits for it, and it waits for nobody
//	Advance, or any write  the snapshot ends, the position row is locked, the rows that were read are
//	                       compared with what is there now: another update was faster, then all begins anew
//	writes                 gathered, and sent with the commit in one go
//
// The position row is the only lock, so that no two updates wait for each other, and it is held for two
// round trips and the commit. Who commits first has the lower position, on whatever node.
type writer struct {
	reader
	conn   batcher
	locked bool
	begun  bool // a transaction, of either part

	read       []version // before the lock
	at         server.Position
	moved      bool
	batch      *pgx.Batch
	rows       map[place]server.Row // that were written
	counts     map[string]int       // what the counts don't have yet
	remembered map[string]server.Applied
	broken     error // what the database said: whatever the update makes of it, it has failed
}

type batcher interface {
	querier
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

type place struct{ model, id string }

// version is what was read of a row: its position, 0 where there was none.
type version struct {
	place
	seq int64
}

// errOvertaken asks for another try: what the decision rests on has changed meanwhile.
var errOvertaken = errors.New("postgres: another update was faster")

const (
	beginReading = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
	lockPosition = sqltext.Position + ` FOR UPDATE`
	readVersion  = `SELECT seq FROM records WHERE model = ? AND id = ?`
)

// beginWriting also bounds how long others wait for this one, should its node go silent.
var beginWriting = fmt.Sprintf(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d`,
	LockWithinMs, IdleWithinMs)

func (w *writer) failed(err error) error {
	if err != nil && w.broken == nil {
		w.broken = err
	}
	return err
}

// begin begins the first part.
func (w *writer) begin() error {
	if w.begun || w.broken != nil {
		return w.broken
	}
	w.begun = true
	_, err := w.conn.Exec(w.ctx, beginReading)
	return w.failed(err)
}

// lock begins the second part.
func (w *writer) lock() error {
	if w.locked || w.broken != nil {
		return w.broken
	}
	text := beginWriting
	if w.begun {
		text = `COMMIT; ` + text
	}
	w.begun = true
	if _, err := w.conn.Exec(w.ctx, text); err != nil {
		return w.failed(err)
	}
	var batch pgx.Batch
	batch.Queue(w.d.of(lockPosition))
	for _, r := range w.read {
		batch.Queue(w.d.of(readVersion), r.model, binary(r.id))
	}
	results := w.conn.SendBatch(w.ctx, &batch)
	at, err := scanPosition(results.QueryRow())
	for i := 0; err == nil && i < len(w.read); i++ {
		var seq int64
		if err = results.QueryRow().Scan(&seq); errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
		if err == nil && seq != w.read[i].seq {
			err = errOvertaken
		}
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	w.locked, w.at = err == nil, at
	return w.failed(err)
}

// ready locks and sends what was written: what is read next sees it.
func (w *writer) ready() error {
	if err := w.lock(); err != nil {
		return err
	}
	return w.send(false)
}

func (w *writer) queue(text string, arguments ...any) {
	if w.batch == nil {
		w.batch = &pgx.Batch{}
	}
	w.batch.Queue(w.d.of(text), arguments...)
}

// send sends what was gathered, with the commit in the end.
func (w *writer) send(commit bool) error {
	if commit {
		w.settleCounts()
		if w.moved {
			w.queue(sqltext.Settle, w.at.Seq, w.at.ChangedAt)
		}
		w.queue(`COMMIT`)
	}
	if w.batch == nil {
		return w.broken
	}
	batch := w.batch
	w.batch = nil
	return w.failed(w.conn.SendBatch(w.ctx, batch).Close())
}

func (w *writer) settleCounts() {
	for model, rows := range w.counts {
		if rows != 0 {
			w.queue(sqltext.AddCount, model, rows)
		}
	}
	clear(w.counts)
}

func (w *writer) Position() (server.Position, error) {
	if w.locked {
		return w.at, w.broken
	}
	if err := w.begin(); err != nil {
		return server.Position{}, err
	}
	p, err := w.reader.Position()
	return p, w.failed(err)
}

func (w *writer) Advance(nowMs int64) (server.Position, error) {
	if err := w.lock(); err != nil {
		return server.Position{}, err
	}
	w.at.Seq, w.at.ChangedAt, w.moved = w.at.Seq+1, server.NextTime(w.at.ChangedAt, nowMs), true
	return w.at, nil
}

func (w *writer) Touch(nowMs int64) (server.Position, error) {
	if err := w.lock(); err != nil {
		return server.Position{}, err
	}
	if w.at.ChangedAt < nowMs {
		w.at.ChangedAt, w.moved = nowMs, true
	}
	return w.at, nil
}

func (w *writer) Row(model, id string) (server.Row, bool, error) {
	at := place{model, id}
	if row, ok := w.rows[at]; ok {
		return row, true, w.broken
	}
	if err := w.begin(); err != nil {
		return server.Row{}, false, err
	}
	row, ok, err := w.reader.Row(model, id)
	if !w.locked && err == nil {
		w.read = append(w.read, version{at, row.Seq})
	}
	return row, ok, w.failed(err)
}

func (w *writer) Applied(mutationID string) (server.Applied, bool, error) {
	if a, ok := w.remembered[mutationID]; ok {
		return a, true, w.broken
	}
	if err := w.begin(); err != nil {
		return server.Applied{}, false, err
	}
	a, ok, err := w.reader.Applied(mutationID)
	return a, ok, w.failed(err)
}

func (w *writer) Write(e server.Entry) error {
	at := place{e.Model, e.ID}
	there, err := w.exists(at)
	if err != nil {
		return err
	}
	if !there {
		w.counts[e.Model]++
	}
	w.rows[at] = e.Row
	w.read = append(w.read, version{at, e.Seq})
	w.queue(sqltext.PutRow, append(rowValues(e.Row), e.Past)...)
	w.queue(sqltext.AppendLog, append(rowValues(e.Row), string(e.Operation))...)
	return nil
}

// exists looks a row up that the update has not read itself.
func (w *writer) exists(at place) (bool, error) {
	if err := w.lock(); err != nil {
		return false, err
	}
	for i := len(w.read) - 1; i >= 0; i-- {
		if w.read[i].place == at {
			return w.read[i].seq != 0, nil
		}
	}
	_, ok, err := w.Row(at.model, at.id)
	return ok, err
}

func rowValues(r server.Row) []any {
	deleted := int16(0)
	if r.Deleted {
		deleted = 1
	}
	return []any{r.Model, binary(r.ID), r.Version, r.ChangedAt, deleted, r.Seq, r.Text}
}

func (w *writer) Remember(a server.Applied) error {
	if err := w.lock(); err != nil {
		return err
	}
	if _, twice := w.remembered[a.ID]; twice {
		return w.failed(fmt.Errorf("postgres: the mutation id is taken"))
	}
	w.remembered[a.ID] = a
	w.queue(sqltext.Remember, append(rowValues(a.Row), string(a.Operation), a.Caller, binary(a.ID))...)
	return nil
}

func (w *writer) PutNote(name, text string) error {
	if err := w.lock(); err != nil {
		return err
	}
	if text == "" {
		w.queue(sqltext.DropNote, name)
	} else {
		w.queue(sqltext.PutNote, name, text)
	}
	return nil
}

func (w *writer) SetLayout(layout string) error {
	if err := w.lock(); err != nil {
		return err
	}
	w.at.Layout = layout
	w.queue(sqltext.SetLayout, layout)
	return nil
}
