package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqltext"
)

func (w *writer) Purge(bounds server.PurgeBounds) (int, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	removed := 0
	for _, part := range []func(server.PurgeBounds) (int, error){w.purgeLog, w.purgeTombstones, w.purgeMutations} {
		n, err := part(bounds)
		if err != nil {
			return 0, w.failed(err)
		}
		removed += n
	}
	return removed, w.send(false)
}

// old reads no more than may be removed, and keeps what is old enough, which comes first.
func old[T any](w *writer, text string, most int, scan func(pgx.Rows) (T, error), isOld func(T) bool) (all []T, err error) {
	found, err := w.q.Query(w.ctx, w.d.of(text), most)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		one, err := scan(found)
		if err != nil {
			return nil, err
		}
		if !isOld(one) {
			break
		}
		all = append(all, one)
	}
	found.Close()
	return all, found.Err()
}

func (w *writer) purgeLog(bounds server.PurgeBounds) (int, error) {
	type entry struct{ seq, changedAt int64 }
	all, err := old(w, sqltext.OldestLog, bounds.Rows, func(found pgx.Rows) (e entry, err error) {
		err = found.Scan(&e.seq, &e.changedAt)
		return e, err
	}, func(e entry) bool { return e.seq <= bounds.LogThroughSeq })
	if err != nil || len(all) == 0 {
		return 0, err
	}
	last := all[len(all)-1]
	w.queue(sqltext.PurgeLog, last.seq)
	w.queue(sqltext.PurgedLog, last.seq+1, last.changedAt)
	w.at.LogFrom, w.at.LogPurgedMs = max(w.at.LogFrom, last.seq+1), max(w.at.LogPurgedMs, last.changedAt)
	return len(all), nil
}

func (w *writer) purgeTombstones(bounds server.PurgeBounds) (int, error) {
	all, err := old(w, sqltext.OldTombstones, bounds.Rows, func(found pgx.Rows) (server.Row, error) {
		row, _, err := recordOf(found)
		return row, err
	}, func(row server.Row) bool { return row.Seq <= bounds.TombstoneThroughSeq })
	if err != nil || len(all) == 0 {
		return 0, err
	}
	last := int64(0)
	for _, row := range all {
		w.queue(sqltext.DropTombstone, row.Model, binary(row.ID))
		delete(w.rows, place{row.Model, row.ID})
		w.read = append(w.read, version{place: place{row.Model, row.ID}})
		w.counts[row.Model]--
		last = max(last, row.Seq)
		if bounds.KeysOf == nil {
			continue
		}
		for _, key := range bounds.KeysOf(row) {
			if err := w.PutKeys(row.Model, row.ID, []server.KeyChange{{Index: key.Index, Before: key.Text}}); err != nil {
				return 0, err
			}
		}
	}
	w.queue(sqltext.PurgedRows, last)
	w.at.PurgedSeq = max(w.at.PurgedSeq, last)
	return len(all), nil
}

func (w *writer) purgeMutations(bounds server.PurgeBounds) (int, error) {
	type mutation struct {
		id  []byte
		seq int64
	}
	all, err := old(w, sqltext.OldMutations, bounds.Rows, func(found pgx.Rows) (m mutation, err error) {
		err = found.Scan(&m.id, &m.seq)
		return m, err
	}, func(m mutation) bool { return m.seq <= bounds.TombstoneThroughSeq })
	for _, m := range all {
		w.queue(sqltext.DropMutation, m.id)
		delete(w.remembered, string(m.id))
	}
	return len(all), err
}
