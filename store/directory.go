package store

import "slices"

// directory knows where everything lies on the disk: for each record the commit of its newest version and the pages
// that hold a copy, and for each log row what still needs it.
type directory struct {
	models    map[string]*shelf
	log       []*logRow // by seq
	liveRows  int       // log rows that are not stubs
	liveBytes int
	mutations map[string]*mutationPlace
	lastPage  uint64 // page numbers are never reused
}

// shelf is one model's part of the directory.
type shelf struct {
	model    string
	ids      idTable
	places   []place // by slot
	pages    []*page // by number
	unfolded map[int32]pageRow
}

// place of a record.
type place struct {
	seq     uint64 // commit of the newest version or of the removal
	page    uint64 // number of the page with the newest copy in a page, 0 for none
	pageSeq uint64 // commit of that copy
	copies  int32  // copies in pages, outdated ones included
	inLog   int32  // log rows that hold a version
	removes int32  // log rows that remove it
	removed bool
}

// page is what the directory knows of a page.
type page struct {
	number  uint64
	slots   []int32 // one per row
	live    int     // rows that are their record's newest copy in a page
	bytes   int
	leaving int  // a counter that emptiedBy uses
	broken  bool // it has become unreadable, which the next load reports
}

type slotRef struct {
	shelf *shelf
	slot  int32
}

func (r slotRef) place() *place { return &r.shelf.places[r.slot] }

// logRow is what the directory knows of a log row, in order to see when it can be deleted.
type logRow struct {
	seq       uint64
	rows      []slotRef
	removed   []slotRef
	mutations []string
	ended     []Ended
	opening   bool // the first row of a writer; kept as a stub, so that older writers collide
	stub      bool // it no longer holds anything
	bytes     int
}

// mutationPlace says which commit holds the newest version of a mutation.
type mutationPlace struct {
	seq    uint64
	rows   int // log rows that hold a version
	ended  bool
	newest *Mutation
}

func newDirectory() *directory {
	return &directory{models: map[string]*shelf{}, mutations: map[string]*mutationPlace{}}
}

func (d *directory) shelf(model string) *shelf {
	s := d.models[model]
	if s == nil {
		s = &shelf{model: model, unfolded: map[int32]pageRow{}}
		d.models[model] = s
	}
	return s
}

func (s *shelf) slot(id string) int32 {
	slot := s.ids.slot(id)
	for int(slot) >= len(s.places) {
		s.places = append(roomy(s.places), place{})
	}
	return slot
}

// putPage enters a page that is now on the disk. It reports for each row whether it is the newest known version of its
// record.
func (d *directory) putPage(model string, number uint64, rows []pageRow, bytes int) []bool {
	s := d.shelf(model)
	p := &page{number: number, bytes: bytes, slots: make([]int32, len(rows))}
	newest := make([]bool, len(rows))
	for n := range rows {
		slot := s.slot(rows[n].id)
		at := &s.places[slot]
		p.slots[n] = slot
		at.copies++
		if at.page == 0 || rows[n].seq >= at.pageSeq {
			if old := s.page(at.page); old != nil {
				old.live--
			}
			at.page, at.pageSeq = number, rows[n].seq
			p.live++
		}
		if rows[n].seq >= at.seq {
			at.seq, at.removed = rows[n].seq, false
			delete(s.unfolded, slot)
			newest[n] = true
		}
	}
	at, _ := s.search(number)
	s.pages = slices.Insert(s.pages, at, p)
	d.lastPage = max(d.lastPage, number)
	return newest
}

// dropPage forgets a page. Call settle for its slots when all pages of the transaction are entered.
func (s *shelf) dropPage(number uint64) []int32 {
	at, found := s.search(number)
	if !found {
		return nil
	}
	slots := s.pages[at].slots
	s.pages = slices.Delete(s.pages, at, at+1)
	for _, slot := range slots {
		place := &s.places[slot]
		place.copies--
		if place.page == number {
			place.page, place.pageSeq = 0, 0
		}
	}
	return slots
}

// settle frees the slot of a record that is no longer on the disk.
func (s *shelf) settle(slot int32) {
	if at := s.places[slot]; at.copies == 0 && at.inLog == 0 &&
		at.removes == 0 && at.seq != 0 {
		delete(s.unfolded, slot)
		s.places[slot] = place{}
		s.ids.release(slot)
	}
}

func (s *shelf) search(number uint64) (int, bool) {
	return slices.BinarySearchFunc(s.pages, number, func(p *page, number uint64) int {
		switch {
		case p.number < number:
			return -1
		case p.number > number:
			return 1
		}
		return 0
	})
}

func (s *shelf) page(number uint64) *page {
	if at, found := s.search(number); found {
		return s.pages[at]
	}
	return nil
}

// open returns the model's newest page if it has room for one more row of that size.
func (s *shelf) open(size int, limits Limits) *page {
	if len(s.pages) == 0 {
		return nil
	}
	last := s.pages[len(s.pages)-1]
	if last.broken || last.live >= limits.PageRowsMax || last.bytes+size > limits.PageBytesMax {
		return nil
	}
	return last
}
