package memory

import (
	"errors"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/server"
)

// writer writes in place, and remembers how to undo it.
type writer struct {
	reader
	undo []func()
	// The tables as they were before.
	position server.Position
	bytes    int
	log      int
	// Purged log entries are only marked, so that cutting the log to its old length restores it.
	dropLog int
	// Forgotten mutation ids are removed at the end, for the same reason.
	forgotten  int
	remembered int
	touched    []*model
}

func (w *writer) rollback() {
	for i := len(w.undo) - 1; i >= 0; i-- {
		w.undo[i]()
	}
	w.t.position = w.position
	w.t.bytes = w.bytes
	w.t.log = w.t.log[:w.log]
	w.t.remembered = w.t.remembered[:w.remembered]
}

func (w *writer) finish() {
	if w.dropLog > 0 {
		w.t.log = append([]server.Entry(nil), w.t.log[w.dropLog:]...)
	}
	if w.forgotten > 0 {
		w.t.remembered = append([]string(nil), w.t.remembered[w.forgotten:]...)
	}
	for _, m := range w.touched {
		m.sweep()
	}
}

func (w *writer) Advance(nowMs int64) (server.Position, error) {
	w.t.position.Seq++
	if canary.SeqOrder {
		switch w.t.position.Seq % 10 { // 7 9 8 10
		case 8, 9:
			w.t.position.Seq++
		case 0:
			w.t.position.Seq -= 2
		}
	}
	w.t.position.ChangedAt = server.NextTime(w.t.position.ChangedAt, nowMs)
	return w.t.position, nil
}

func (w *writer) Touch(nowMs int64) (server.Position, error) {
	w.t.position.ChangedAt = max(w.t.position.ChangedAt, nowMs)
	return w.t.position, nil
}

func (w *writer) SetLayout(layout string) error {
	w.t.position.Layout = layout
	return nil
}

func (w *writer) PutNote(name, text string) error {
	before := w.t.notes[name]
	w.undo = append(w.undo, func() { w.t.notes[name] = before })
	w.t.notes[name] = text
	return nil
}

func (w *writer) Write(e server.Entry) error {
	if e.Seq != w.t.position.Seq {
		return errors.New("memory: a row must be written under the position that Advance returned")
	}
	m := w.t.models[e.Model]
	if m == nil {
		m = &model{rows: map[string]server.Row{}}
		w.t.models[e.Model] = m
	}
	before, existed := m.rows[e.ID]
	order := len(m.order)
	m.insert(e.Row)
	e.Past = ""
	m.order = append(m.order, place{e.Seq, e.ID})
	w.t.log = append(w.t.log, e)
	w.t.bytes += 2*len(e.Text) - len(before.Text)
	w.touched = append(w.touched, m)
	w.undo = append(w.undo, func() {
		m.order = m.order[:order]
		if existed {
			m.rows[e.ID] = before
		} else {
			m.remove(e.ID)
		}
	})
	return nil
}

func (w *writer) Remember(a server.Applied) error {
	if _, ok := w.t.applied[a.ID]; ok {
		return errors.New("memory: a mutation id can be stored only once")
	}
	w.t.applied[a.ID] = a
	w.t.remembered = append(w.t.remembered, a.ID)
	w.t.bytes += len(a.Text)
	w.undo = append(w.undo, func() { delete(w.t.applied, a.ID) })
	return nil
}

func (w *writer) Purge(bounds server.PurgeBounds) (int, error) {
	removed := w.purgeLog(bounds)
	for _, m := range w.t.models {
		removed += w.purgeTombstones(m, bounds)
	}
	return removed + w.purgeApplied(bounds), nil
}

func (w *writer) purgeApplied(bounds server.PurgeBounds) int {
	old := 0
	for _, id := range w.t.remembered[w.forgotten:] {
		a := w.t.applied[id]
		if a.Seq > bounds.TombstoneThroughSeq || old == bounds.Rows {
			break
		}
		old++
		delete(w.t.applied, id)
		w.t.bytes -= len(a.Text)
		w.undo = append(w.undo, func() { w.t.applied[id] = a })
	}
	w.forgotten += old
	return old
}

func (w *writer) purgeLog(bounds server.PurgeBounds) int {
	log := w.t.log[w.dropLog:]
	n := 0
	for n < len(log) && n < bounds.Rows && log[n].Seq <= bounds.LogThroughSeq {
		w.t.bytes -= len(log[n].Text)
		w.t.position.LogFrom = log[n].Seq + 1
		w.t.position.LogPurgedMs = log[n].ChangedAt
		n++
	}
	w.dropLog += n
	return n
}

func (w *writer) purgeTombstones(m *model, bounds server.PurgeBounds) int {
	var old []server.Row
	for _, p := range m.order {
		row, ok := m.rows[p.id]
		if !ok || row.Seq != p.seq || !row.Deleted {
			continue
		}
		if row.Seq > bounds.TombstoneThroughSeq || len(old) == bounds.Rows {
			break
		}
		old = append(old, row)
	}
	for _, row := range old {
		m.remove(row.ID)
		w.dropKeys(row, bounds.KeysOf)
		w.t.bytes -= len(row.Text)
		w.t.position.PurgedSeq = max(w.t.position.PurgedSeq, row.Seq)
		w.undo = append(w.undo, func() { m.insert(row) })
	}
	w.touched = append(w.touched, m)
	return len(old)
}
