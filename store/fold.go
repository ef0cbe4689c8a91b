package store

import (
	"slices"

	"github.com/deltabase/deltabase/internal/canary"
)

// Fold moves at most one page's worth of old log rows into pages, in one transaction:
//
//	log rows  ──newest versions──▶  one page, rewritten or new  ──later──▶  spent rows deleted
//
// It begins when the log has grown beyond the limits, and goes on until nothing is left to move. Then it joins pages
// that are mostly empty. It reports whether more is left to do.
func (d *Database) Fold() (more bool, err error) {
	if d.fault != nil {
		return false, d.fault
	}
	if d.dir.liveRows > d.limits.FoldLogRowsMin || d.dir.liveBytes > d.limits.FoldLogBytesMin {
		d.folding = true
	}
	f := &fold{spent: d.dir.spent()}
	if d.folding {
		f.shelf, f.pages = d.dir.target(d.limits)
		f.adding = f.shelf != nil
	}
	if f.shelf == nil {
		f.shelf, f.pages = d.dir.wasteful(d.limits)
	}
	if f.shelf == nil && (!d.folding || len(f.spent) == 0) {
		d.folding = false
		if err := d.keepReserve(); err != nil && err.(*Fault).Code != CodeQuota {
			return false, err
		}
		return false, nil // without room for the reserve, fold another time
	}
	if err := d.run(f); err != nil {
		return false, err
	}
	return true, nil
}

// fold is one step: the pages that are read and replaced (none: a new page), and the log rows that are deleted with
// them.
type fold struct {
	shelf   *shelf
	pages   []uint64
	adding  bool // it also takes in log rows that have no page yet
	spent   []*logRow
	gone    []plannedPage
	written []plannedPage
	ops     ops
}

func (d *Database) run(f *fold) error {
	// A fold writes no log row, so a writer that was replaced would not collide by it. Adding and deleting the next
	// sequence makes it collide.
	next := seqKey(d.seq + 1)
	f.ops.add(LogArea, next, stubText(d.seq+1, 0))
	f.ops.delete(LogArea, next)
	if f.shelf != nil {
		if ok, err := d.replan(f); err != nil || !ok {
			return err
		}
	}
	f.ops.spend(f.spent)
	after := d.chunks.add(endsOf(f.spent), &f.ops)
	if canary.EarlyDirectory {
		d.enterPages(f.written, f.gone)
		d.dir.dropLog(f.spent)
	}
	// It is relaxed, but may use the reserve's room, because it leaves less on the disk.
	if err := d.write(Batch{Kind: Folding, Name: "fold", Ops: f.ops}); err != nil {
		return err
	}
	d.chunks = after
	if !canary.EarlyDirectory {
		d.enterPages(f.written, f.gone)
		d.dir.dropLog(f.spent)
	}
	return nil
}

// replan reads the fold's pages and plans what becomes of them. It is false when a page turned out to be unreadable:
// the next load reports that page.
func (d *Database) replan(f *fold) (bool, error) {
	var rows []pageRow
	for _, number := range f.pages {
		text, found, err := d.backend.Get(PagesArea, pageKey(f.shelf.model, number))
		if err != nil {
			return false, AsFault(err)
		}
		var old []pageRow
		if found {
			_, old, err = decodePage(text)
		}
		if !found || err != nil {
			f.shelf.page(number).broken = true
			return false, nil
		}
		rows = append(rows, f.shelf.current(old, number)...)
	}
	if f.adding {
		rows = append(rows, d.dir.homeless(f.shelf, rows, d.limits)...)
	}
	parts := d.limits.split(rows)
	number := d.dir.lastPage
	for n, part := range parts {
		planned := plannedPage{model: f.shelf.model, rows: part}
		if n < len(f.pages) {
			planned.number = f.pages[n]
		} else {
			number++
			planned.number = number
		}
		text := encodePage(planned.model, part)
		planned.bytes = len(text)
		f.written = append(f.written, planned)
		f.ops.put(PagesArea, pageKey(planned.model, planned.number), text)
	}
	for _, number := range f.pages[min(len(parts), len(f.pages)):] {
		f.gone = append(f.gone, plannedPage{model: f.shelf.model, number: number})
		f.ops.delete(PagesArea, pageKey(f.shelf.model, number))
	}
	return true, nil
}

// current is what remains of a page's rows: those that are the newest copy, each in its newest version.
func (s *shelf) current(old []pageRow, number uint64) []pageRow {
	kept := make([]pageRow, 0, len(old))
	for _, row := range old {
		slot := s.ids.find(row.id)
		if slot < 0 {
			continue
		}
		at := s.places[slot]
		if at.removed || at.page != number {
			continue
		}
		if newer, ok := s.unfolded[slot]; ok {
			row = newer
		}
		kept = append(kept, row)
	}
	return kept
}

// homeless lists rows that only the log holds, oldest first, as many as fit beside the given rows.
func (d *directory) homeless(s *shelf, rows []pageRow, limits Limits) []pageRow {
	count, bytes := len(rows), 0
	for n := range rows {
		bytes += rows[n].size()
	}
	var found []pageRow
	taken := map[int32]bool{}
	for _, row := range d.log {
		for _, ref := range row.rows {
			newest, unfolded := s.unfolded[ref.slot]
			if ref.shelf != s || !unfolded || taken[ref.slot] || ref.place().page != 0 {
				continue
			}
			count++
			bytes += newest.size()
			if count > 1 && (count > limits.PageRowsMax || bytes > limits.PageBytesMax) {
				return found
			}
			taken[ref.slot] = true
			found = append(found, newest)
		}
	}
	return found
}

// target finds the page that the oldest unfolded log row belongs in; none if a new page is needed.
func (d *directory) target(limits Limits) (*shelf, []uint64) {
	for _, row := range d.log {
		for _, ref := range row.rows {
			newest, unfolded := ref.shelf.unfolded[ref.slot]
			if !unfolded {
				continue
			}
			if page := ref.shelf.page(ref.place().page); page != nil {
				if page.broken {
					continue
				}
				return ref.shelf, []uint64{page.number}
			}
			if page := ref.shelf.open(newest.size(), limits); page != nil {
				return ref.shelf, []uint64{page.number}
			}
			return ref.shelf, nil
		}
		for _, ref := range row.removed {
			if at := ref.place(); !at.removed || at.copies == 0 {
				continue
			}
			if page := ref.shelf.holding(ref.slot); page != nil {
				return ref.shelf, []uint64{page.number}
			}
		}
	}
	return nil, nil
}

// holding returns a page with a copy of the record, even an outdated one.
func (s *shelf) holding(slot int32) *page {
	for _, page := range s.pages {
		if !page.broken && slices.Contains(page.slots, slot) {
			return page
		}
	}
	return nil
}

// wasteful finds pages that are worth rewriting: a page with more outdated rows than live ones, or two pages of a model
// that are less than half full.
func (d *directory) wasteful(limits Limits) (*shelf, []uint64) {
	for _, s := range d.sorted() {
		var small []uint64
		for _, page := range s.pages {
			if page.broken || len(page.slots) == 0 {
				continue
			}
			if 2*page.live < len(page.slots) {
				return s, []uint64{page.number}
			}
			if 2*page.live < limits.PageRowsMax && 2*page.bytes < limits.PageBytesMax {
				if small = append(small, page.number); len(small) == 2 {
					return s, small
				}
			}
		}
	}
	return nil, nil
}
