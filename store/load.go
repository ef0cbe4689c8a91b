package store

import (
	"sort"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Load reads everything into a new image and takes the database over.
func (d *Database) Load(s *schema.Schema) (*Image, []*Fault, error) {
	return d.load(s, d.readFirst)
}

// readFirst reads the database. It uses what was read ahead if that is everything.
func (d *Database) readFirst(each func(Area, string, []byte)) error {
	if take := d.preread; take != nil {
		d.preread = nil
		if found := take(); found.Whole {
			for _, entry := range found.Entries {
				each(entry.Area, entry.Key, entry.Text)
			}
			return nil
		}
	}
	return d.backend.ReadAll(each)
}

// Salvage is Load for a database that can't be read in one transaction.
func (d *Database) Salvage(s *schema.Schema) (*Image, []*Fault, error) {
	return d.load(s, d.backend.ReadEach)
}

func (d *Database) load(s *schema.Schema, readAll func(func(Area, string, []byte)) error) (*Image, []*Fault, error) {
	var fenced error
	for range loadAttemptsMax {
		l := newLoader(d, s)
		if err := readAll(l.read); err != nil {
			return nil, nil, AsFault(err)
		}
		l.finish()
		err := d.backend.Write(Batch{Kind: Opening, Name: openingName, Ops: l.opening()})
		fault := AsFault(err)
		if fault != nil && fault.Code == CodeFenced {
			fenced = fault // another writer is just finishing, so read what it wrote
			continue
		}
		if fault != nil && fault.Code != CodeQuota {
			l.image.advance(l.seq, l.order)
			return l.image, l.faults, fault
		}
		// A full disk can still be read. The first commit that finds room takes the database over instead.
		l.open(fault == nil)
		d.unsent = len(l.image.mutations) > 0
		faults := append(d.found, l.faults...)
		d.found = nil
		return l.image, faults, nil
	}
	return nil, nil, fenced
}

// loader reads a database: pages first, then the log by sequence, then meta.
type loader struct {
	database *Database
	image    *Image
	dir      *directory
	faults   []*Fault
	ends     []journalEntry
	chunks   chunks
	metaKeys map[string]bool
	salvaged []string
	corrupt  []corruptValue
	seq      uint64
	order    uint64
}

type corruptValue struct {
	area Area
	key  string
	text []byte
}

func newLoader(d *Database, s *schema.Schema) *loader {
	return &loader{database: d, image: NewImage(s), dir: newDirectory(),
		metaKeys: map[string]bool{}}
}

func (l *loader) read(area Area, key string, text []byte) {
	switch area {
	case PagesArea:
		l.readPage(key, text)
	case LogArea:
		l.readLog(key, text)
	case MetaArea:
		l.readMeta(key, text)
	}
}

func (l *loader) readPage(key string, text []byte) {
	named, number, ok := splitPageKey(key)
	if !ok {
		l.leaveOut(PagesArea, key, text, corrupt("its key is not a page number"), "", countOf(text))
		return
	}
	model, rows, err := decodePage(text)
	if err == nil && model != named {
		err = corrupt("it belongs to another model")
	}
	if err != nil {
		l.dir.lastPage = max(l.dir.lastPage, number)
		l.leaveOut(PagesArea, key, text, err, named, countOf(text))
		return
	}
	newest := l.dir.putPage(model, number, rows, len(text))
	for n := range rows {
		l.order = max(l.order, rows[n].order)
		l.seq = max(l.seq, rows[n].seq)
	}
	l.image.putPage(model, text, rows, newest)
}

func (l *loader) readLog(key string, text []byte) {
	seq := unsigned(record.Trust([]byte(key)))
	c, err := DecodeCommit(text)
	if err == nil && c.Seq != seq {
		err = corrupt("its sequence is not its key")
	}
	l.seq = max(l.seq, seq)
	if err != nil {
		l.leaveOut(LogArea, key, text, err, "", 0)
		l.dir.log = append(l.dir.log, &logRow{seq: seq, opening: true, stub: true})
		return
	}
	l.order = max(l.order, c.OrderMax)
	l.image.recent.add(recentCommit{seq, l.order, keysOf(c)})
	newest, removed := l.dir.addLog(c, len(text), c.Kind.Has(Opening|Rebuilding))
	for n, holds := range removed {
		if holds {
			l.image.removeRow(c.Removed[n])
		}
	}
	for n, newest := range newest {
		if newest {
			l.image.putRow(c.Rows[n])
		}
	}
	for n := range c.Mutations {
		copied := c.Mutations[n]
		l.image.putMutation(&copied)
	}
	for _, ended := range c.Ended {
		if m, ok := l.image.mutations[ended.MutationID]; ok {
			l.image.dropMutation(m)
		}
		l.ends = append(l.ends, journalEntry{seq, ended})
	}
}

func (l *loader) readMeta(key string, text []byte) {
	switch {
	case strings.HasPrefix(key, salvagePrefix):
		l.salvaged = append(l.salvaged, key)
	case strings.HasPrefix(key, journalPrefix):
		chunk, err := decodeJournalChunk(key, text)
		if err != nil {
			l.leaveOut(MetaArea, key, text, err, "", 0)
			return
		}
		l.chunks = append(l.chunks, chunk)
	default:
		value, err := decodeMetaValue(text)
		if err != nil {
			l.leaveOut(MetaArea, key, text, err, "", 0)
			return
		}
		l.metaKeys[key] = true
		l.image.meta[key] = value
	}
}

// leaveOut reports a corrupt value and notes it for the transaction that sets it aside.
func (l *loader) leaveOut(area Area, key string, text []byte, err error, model string, rows int) {
	fault := AsFault(err)
	fault.Model, fault.Rows = model, rows
	fault.Message += " (" + string(area) + " " + key + "); "
	if area == LogArea {
		fault.Message += "unsent changes in it can only be read from its copy in meta, " + salvageKey(area, key)
	} else {
		fault.Message += "what it held has to be fetched again"
	}
	l.faults = append(l.faults, fault)
	l.corrupt = append(l.corrupt, corruptValue{area, key, text})
}

func salvageKey(area Area, key string) string { return salvagePrefix + string(area) + "/" + key }

func (l *loader) finish() {
	sort.Slice(l.chunks, func(a, b int) bool { return l.chunks[a].number < l.chunks[b].number })
	for _, chunk := range l.chunks {
		l.ends = append(l.ends, chunk.entries...)
	}
	sort.SliceStable(l.ends, func(a, b int) bool { return l.ends[a].seq < l.ends[b].seq })
	for _, entry := range l.ends {
		l.image.journal.add(entry.ended)
	}
	l.image.journal.trim()
}

// opening is the transaction that takes the database over. It adds a log row, so that an older writer's next commit
// collides, and sets corrupt values aside.
func (l *loader) opening() []Op {
	var steps ops
	steps.add(LogArea, seqKey(l.seq+1), stubText(l.seq+1, l.order))
	bytes := 0
	for _, bad := range l.corrupt {
		key := salvageKey(bad.area, bad.key)
		bytes += len(bad.text)
		if bad.area == LogArea || len(l.salvaged) < salvageValuesMax && bytes <= salvageBytesMax {
			steps.put(MetaArea, key, bad.text)
			l.salvaged = append(l.salvaged, key)
		}
		if bad.area == LogArea {
			seq := unsigned(record.Trust([]byte(bad.key)))
			steps.put(LogArea, bad.key, stubText(seq, 0))
		} else {
			steps.delete(bad.area, bad.key)
		}
	}
	return steps
}

// open gives the database what was read.
func (l *loader) open(written bool) {
	if written {
		l.seq++
		l.dir.log = append(l.dir.log, &logRow{seq: l.seq, opening: true, stub: true})
	}
	d := l.database
	d.dir, d.chunks, d.metaKeys, d.salvaged = l.dir, l.chunks, l.metaKeys, l.salvaged
	d.seq, d.order, d.opened, d.folding, d.fault = l.seq, l.order, written, false, nil
	d.reserve = reserveUnknown
	l.image.advance(l.seq, l.order)
}
