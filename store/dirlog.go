package store

import (
	"slices"

	"github.com/deltabase/deltabase/internal/canary"
)

// addLog enters a log row that is now on the disk. It reports for each of its rows whether it is the newest version of
// its record, and for each removal whether it still applies.
func (d *directory) addLog(c *Commit, bytes int, opening bool) (newest, removed []bool) {
	row := &logRow{seq: c.Seq, opening: opening, bytes: bytes, ended: c.Ended}
	removed = make([]bool, len(c.Removed))
	for n, key := range c.Removed {
		s := d.shelf(key.Model)
		slot := s.ids.find(key.ID)
		if slot < 0 {
			continue // nowhere on the disk
		}
		if at := &s.places[slot]; c.Seq > at.seq {
			at.seq, at.removed, removed[n] = c.Seq, true, true
			delete(s.unfolded, slot)
		}
		s.places[slot].removes++
		row.removed = append(row.removed, slotRef{s, slot})
	}
	newest = make([]bool, len(c.Rows))
	for n := range c.Rows {
		from := &c.Rows[n]
		s := d.shelf(from.Model)
		slot := s.slot(from.ID)
		at := &s.places[slot]
		at.inLog++
		if c.Seq > at.seq {
			at.seq, at.removed, newest[n] = c.Seq, false, true
			s.unfolded[slot] = pageRow{seq: c.Seq, order: from.Order, id: from.ID, base: from.Base}
		}
		row.rows = append(row.rows, slotRef{s, slot})
	}
	for n := range c.Mutations {
		d.addMutation(&c.Mutations[n], c.Seq)
		row.mutations = append(row.mutations, c.Mutations[n].ID)
	}
	for n := range c.Ended {
		if known := d.mutations[c.Ended[n].MutationID]; known != nil {
			known.ended, known.newest = true, nil
		}
	}
	row.stub = len(row.rows)+len(row.removed)+len(row.mutations)+len(row.ended) == 0
	d.log = append(d.log, row)
	if !row.stub {
		d.liveRows++
		d.liveBytes += bytes
	}
	return newest, removed
}

func (d *directory) addMutation(m *Mutation, seq uint64) {
	known := d.mutations[m.ID]
	if known == nil {
		known = &mutationPlace{}
		d.mutations[m.ID] = known
	}
	known.rows++
	known.seq, known.newest = seq, m
}

// spent returns the log rows that the disk no longer needs, oldest first: all their rows are in pages or outdated, all
// their mutations have ended or have a newer version in a later row, and no older row that stays could bring back what
// they removed or ended. The last row always stays, because it says how far the sequence has come.
func (d *directory) spent() []*logRow {
	var spent []*logRow
	gone := spending{rows: map[slotRef]int32{}, mutations: map[string]int{}}
	surplus := len(d.log) - d.liveRows - openingRowsMax
	for n, row := range d.log {
		if n == len(d.log)-1 {
			break
		}
		if row.stub {
			if surplus--; surplus < 0 {
				continue
			}
		}
		if d.isSpent(row, &gone) {
			gone.count(row)
			spent = append(spent, row)
		}
	}
	return spent
}

// becomesStub reports whether a spent row is emptied instead of deleted.
func (row *logRow) becomesStub() bool { return row.opening && !row.stub }

// spending counts what the rows to be deleted hold.
type spending struct {
	rows      map[slotRef]int32
	mutations map[string]int
}

func (g *spending) count(row *logRow) {
	for _, ref := range row.rows {
		g.rows[ref]++
	}
	for _, id := range row.mutations {
		g.mutations[id]++
	}
}

func (d *directory) isSpent(row *logRow, gone *spending) bool {
	for _, ref := range row.rows {
		at := ref.place()
		if at.seq <= row.seq && (at.page == 0 || at.pageSeq < row.seq) {
			return false
		}
	}
	for _, ref := range row.removed {
		at := ref.place()
		if at.seq <= row.seq && (at.copies > 0 || at.inLog > gone.rows[ref]) {
			return false
		}
	}
	for _, id := range row.mutations {
		if known := d.mutations[id]; known != nil && !known.ended && known.seq <= row.seq && !canary.FoldLosesOutbox {
			return false
		}
	}
	for n := range row.ended {
		id := row.ended[n].MutationID
		if known := d.mutations[id]; known != nil && known.rows > gone.mutations[id] {
			return false
		}
	}
	return true
}

// dropLog forgets log rows that were deleted, and marks those as stubs that were emptied.
func (d *directory) dropLog(rows []*logRow) {
	if len(rows) == 0 {
		return
	}
	going := map[*logRow]bool{}
	for _, row := range rows {
		if row.becomesStub() {
			d.forget(row)
			row.stub = true
		} else {
			d.forget(row)
			going[row] = true
		}
	}
	d.log = slices.DeleteFunc(d.log, func(row *logRow) bool { return going[row] })
}

func (d *directory) forget(row *logRow) {
	if !row.stub {
		d.liveRows--
		d.liveBytes -= row.bytes
	}
	for _, ref := range row.rows {
		ref.place().inLog--
	}
	for _, ref := range row.removed {
		ref.place().removes--
	}
	for _, ref := range append(row.rows, row.removed...) {
		ref.shelf.settle(ref.slot)
	}
	for _, id := range row.mutations {
		known := d.mutations[id]
		if known == nil {
			continue
		}
		if known.rows--; known.rows == 0 {
			delete(d.mutations, id)
		}
	}
	row.rows, row.removed, row.mutations, row.ended, row.bytes = nil, nil, nil, nil, 0
}
