package store

import (
	"sort"
	"strconv"
)

// Database is a Store over a Backend. It decides what a commit becomes on the disk:
//
//   - a commit is one row in the log, added under its sequence, so that two writers collide;
//   - a bulk commit writes its rows into pages, in the same transaction, and a small log row;
//   - meta values are written in place, in the commit's transaction;
//   - Fold later moves the rows of old log rows into pages and deletes what nothing needs any more.
//
// Of several copies of a record, the one that the highest commit wrote counts. So neither an outdated page nor an old
// log row can bring back an earlier version.
type Database struct {
	backend  Backend
	limits   Limits
	dir      *directory
	chunks   chunks
	metaKeys map[string]bool // in the meta store, without journal and salvage
	salvaged []string        // keys of corrupt values that were set aside
	seq      uint64
	order    uint64
	opened   bool     // the log holds a row of this writer
	found    []*Fault // faults for the next Load to return
	preread  func() Preread
	folding  bool // a fold was begun and is not complete
	reserve  reserve
	unsent   bool   // the database holds, or held since it was opened, changes that no server has
	full     bool   // the last relaxed transaction found no room
	emptied  bool   // a Rebuild was begun and is not complete
	fault    *Fault // closed, fenced or doubtful: every call fails with it
}

var _ Store = (*Database)(nil)

// NewDatabase makes a Store of a Backend. Call Load before anything else.
func NewDatabase(b Backend, limits Limits) *Database {
	return &Database{backend: b, limits: limits.orDefault(),
		fault: &Fault{Code: CodeClosed, Message: "the database is not loaded yet; call Load first"}}
}

// Found adds faults that were noticed while the database was opened to those that the next Load returns.
func (d *Database) Found(f *Fault) { d.found = append(d.found, f) }

// Preread gives the next Load what was read from the database before it was opened. The host must have kept every other
// writer away since then. take may wait; it is called once.
func (d *Database) Preread(take func() Preread) { d.preread = take }

// Commit returns after the transaction completed.
func (d *Database) Commit(c *Commit) error {
	if d.fault != nil {
		return d.fault
	}
	if c.Seq != d.seq+1 {
		return &Fault{Code: CodeAborted, Message: "commit " + c.Name + " has sequence " +
			strconv.FormatUint(c.Seq, 10) + ", but " + strconv.FormatUint(d.seq+1, 10) +
			" is next; plan it again"}
	}
	p := d.plan(c)
	if d.unsent = d.unsent || len(c.Mutations) > 0; d.unsent && c.Strict && !d.full {
		d.backend.FreshLog()
	}
	if err := d.writeInRoom(Batch{Kind: c.Kind, Name: c.Name, Strict: c.Strict, Ops: p.ops}); err != nil {
		return err
	}
	d.accept(p)
	return nil
}

// plan is what one commit writes to the disk, and what the directory learns once it is written.
type plan struct {
	ops     ops
	log     *Commit
	bytes   int // of the log row
	pages   []plannedPage
	emptied []plannedPage // pages without a live row left, to be deleted
	spent   []*logRow     // only with clear
	chunks  chunks
	meta    []MetaEntry
	clear   bool
}

type plannedPage struct {
	model  string
	number uint64
	rows   []pageRow
	bytes  int
}

func (d *Database) plan(c *Commit) *plan {
	p := &plan{log: d.logged(c), meta: c.Meta, clear: c.Clear, chunks: d.chunks}
	var cleared ops
	if c.Clear {
		cleared = d.planClear(p)
	}
	if d.isBulk(c) {
		p.pages = d.paginate(p.log.Rows)
		p.log.Rows = nil
		if !c.Clear {
			p.emptied = d.emptiedBy(p.pages)
		}
	}
	text := EncodeCommit(p.log)
	p.bytes = len(text)
	p.ops.add(LogArea, seqKey(c.Seq), text)
	p.ops = append(p.ops, cleared...)
	for n := range p.pages {
		planned := &p.pages[n]
		text := encodePage(planned.model, planned.rows)
		planned.bytes = len(text)
		p.ops.put(PagesArea, pageKey(planned.model, planned.number), text)
	}
	for _, gone := range p.emptied {
		p.ops.delete(PagesArea, pageKey(gone.model, gone.number))
	}
	for _, entry := range c.Meta {
		if entry.Value.Exists() {
			p.ops.put(MetaArea, entry.Key, encodeMetaValue(entry.Value))
		} else {
			p.ops.delete(MetaArea, entry.Key)
		}
	}
	return p
}

// logged is a commit in the form that the log row keeps: each record and mutation once, without meta entries.
func (d *Database) logged(c *Commit) *Commit {
	log := mergeAll([]*Commit{c})
	log.Meta = nil
	log.OrderMax = max(d.order, log.OrderMax)
	if !d.opened {
		// No opening row could be written before (a full disk), so this row takes the database over. Later writers must
		// know that its place in the log has to stay taken.
		log.Kind, log.Name = log.Kind|Opening, joinNames(openingName, log.Name)
	}
	return log
}

// spend deletes log rows. It empties opening rows instead.
func (o *ops) spend(rows []*logRow) {
	for _, row := range rows {
		if row.becomesStub() {
			o.put(LogArea, seqKey(row.seq), stubText(row.seq, 0))
		} else {
			o.delete(LogArea, seqKey(row.seq))
		}
	}
}

func endsOf(rows []*logRow) []journalEntry {
	var entries []journalEntry
	for _, row := range rows {
		for _, ended := range row.ended {
			entries = append(entries, journalEntry{row.seq, ended})
		}
	}
	return entries
}

// stubText is a log row that only keeps its place taken.
func stubText(seq, orderMax uint64) []byte {
	return EncodeCommit(&Commit{Seq: seq, Kind: Opening, Name: openingName, OrderMax: orderMax})
}

const openingName = "open"

func seqKey(seq uint64) string { return strconv.FormatUint(seq, 10) }

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(a, b int) bool { return keys[a] < keys[b] })
	return keys
}

// Close ends the use of the database.
func (d *Database) Close() error {
	d.fault = &Fault{Code: CodeClosed, Message: "the database was closed; open it again"}
	return d.backend.Close()
}

// Destroy deletes the database.
func (d *Database) Destroy() error {
	d.fault = &Fault{Code: CodeClosed, Message: "the database was deleted; open it again"}
	return d.backend.Destroy()
}
