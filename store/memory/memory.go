// Package memory is a store that keeps everything in memory, for tests and for the simulation. A Disk outlives the
// stores that are opened on it. It models what a power loss may take: the newest relaxed commits, never one from the
// middle, and nothing at or before the last strict one (rule 14).
package memory

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
)

// Store is a store on a Disk.
type Store = store.Database

// Open opens a store on a disk, as a restarted program would. Any number may be open; the one that loaded last may
// write.
func Open(d *Disk) *Store { return OpenLimited(d, store.Limits{}) }

// OpenLimited is Open with other limits; fields left 0 have their defaults.
func OpenLimited(d *Disk, limits store.Limits) *Store {
	return store.NewDatabase(d.Connect(), limits)
}

// Disk keeps the database. The zero Disk is empty and ready. Not safe for concurrent use.
type Disk struct {
	now      areas         // what a reader sees
	durable  areas         // what is left after a power loss
	relaxed  []store.Batch // written on top of durable, oldest first
	life     int           // grows with Crash and Destroy: connections of an earlier life are dead
	capacity int           // bytes, 0 for no limit
	reserve  int           // bytes
	removals int           // grows with Vanish: earlier connections then meet a new, empty database
	faults   []plannedFault
	noRoom   bool // the last transaction failed by a planned quota fault, which no reserve helps
	slowed   bool
	batches  []store.Batch
}

type areas map[store.Area]map[string][]byte

// Batches returns the transactions so far, oldest first.
func (d *Disk) Batches() []store.Batch { return d.batches }

// Relaxed returns how many transactions a power loss could now take.
func (d *Disk) Relaxed() int { return len(d.relaxed) }

// Crash is a power loss. It takes the newest transactions, at most lose of them, as far as they are relaxed and no
// strict one follows. It reports how many it took. Open stores are dead from then on.
func (d *Disk) Crash(lose int) int {
	lose = max(0, min(lose, len(d.relaxed)))
	kept := d.relaxed[:len(d.relaxed)-lose]
	d.now = d.durable.clone()
	for _, b := range kept {
		d.now.apply(b)
	}
	d.durable, d.relaxed = d.now.clone(), nil
	d.life++
	return lose
}

func (a areas) clone() areas {
	copied := areas{}
	for area, entries := range a {
		copied[area] = make(map[string][]byte, len(entries))
		for key, text := range entries {
			copied[area][key] = text
		}
	}
	return copied
}

func (a areas) apply(b store.Batch) {
	for _, op := range b.Ops {
		if a[op.Area] == nil {
			a[op.Area] = map[string][]byte{}
		}
		if op.Kind == store.Delete {
			delete(a[op.Area], op.Key)
		} else {
			a[op.Area][op.Key] = op.Text
		}
	}
}

// Connect returns a Backend on the disk.
func (d *Disk) Connect() store.Backend {
	return &connection{disk: d, life: d.life, removals: d.removals}
}

type connection struct {
	disk     *Disk
	life     int
	removals int
	closed   bool
}

func (c *connection) check() error {
	if c.closed || c.life != c.disk.life {
		return &store.Fault{Code: store.CodeClosed,
			Message: "the connection to the database is gone; open it again"}
	}
	if c.removals != c.disk.removals {
		return &store.Fault{Code: store.CodeDeleted, Message: "the database was deleted while it was open"}
	}
	return nil
}

func (c *connection) ReadAll(each func(store.Area, string, []byte)) error {
	if err := c.check(); err != nil {
		return err
	}
	if kind := c.disk.planned(ReadName, true); kind != "" && kind != Slow {
		return asked(ReadName, kind)
	}
	for _, area := range store.Areas {
		entries := c.disk.now[area]
		keys := make([]string, 0, len(entries))
		for key := range entries {
			keys = append(keys, key)
		}
		slices.SortFunc(keys, func(a, b string) int { return compareKeys(area, a, b) })
		for _, key := range keys {
			each(area, key, entries[key])
		}
	}
	return nil
}

// compareKeys orders the log by number, as IndexedDB orders numeric keys.
func compareKeys(area store.Area, a, b string) int {
	if area == store.LogArea {
		m, _ := strconv.ParseUint(a, 10, 64)
		n, _ := strconv.ParseUint(b, 10, 64)
		if m != n {
			if m < n {
				return -1
			}
			return 1
		}
	}
	if a < b {
		return -1
	}
	return 1
}

func (c *connection) Get(area store.Area, key string) ([]byte, bool, error) {
	if err := c.check(); err != nil {
		return nil, false, err
	}
	text, found := c.disk.now[area][key]
	return text, found, nil
}

func (c *connection) Write(b store.Batch) error {
	if err := c.check(); err != nil {
		return err
	}
	d := c.disk
	kind := d.planned(b.Name, false)
	d.noRoom = kind == store.CodeQuota
	if kind != "" && kind != Slow && kind != Unanswered {
		return asked(b.Name, kind)
	}
	if err := d.collides(b); err != nil {
		return err
	}
	if !d.fits(b) {
		return &store.Fault{Code: store.CodeQuota, Message: "the disk is full; make room and try again"}
	}
	if d.now == nil {
		d.now, d.durable = areas{}, areas{}
	}
	d.now.apply(b)
	d.relaxed = append(d.relaxed, b)
	if b.Strict {
		for _, earlier := range d.relaxed {
			d.durable.apply(earlier)
		}
		d.relaxed = nil
	}
	d.record(b)
	if kind == Unanswered {
		return &store.Fault{Code: store.CodeClosed, Doubtful: true, Message: "the answer of " + b.Name + " was lost, as asked for"}
	}
	return nil
}

// record keeps batches for Batches, at most batchesMax of them.
func (d *Disk) record(b store.Batch) {
	if len(d.batches) >= batchesMax {
		d.batches = slices.Delete(d.batches, 0, batchesMax/2)
	}
	d.batches = append(d.batches, b)
}

const batchesMax = 4096

// collides runs the Adds and Deletes of a batch in order against the existing keys.
func (d *Disk) collides(b store.Batch) error {
	type place struct {
		area store.Area
		key  string
	}
	changed := map[place]bool{}
	for _, op := range b.Ops {
		at := place{op.Area, op.Key}
		there, known := changed[at]
		if !known {
			_, there = d.now[op.Area][op.Key]
		}
		if op.Kind == store.Add && there && !canary.NoFence {
			return &store.Fault{Code: store.CodeFenced,
				Message: "another engine has taken this database over; reload to use it"}
		}
		changed[at] = op.Kind != store.Delete
	}
	return nil
}

func (c *connection) Close() error {
	c.closed = true
	return nil
}

func (c *connection) Destroy() error {
	c.closed = true
	c.disk.now, c.disk.durable, c.disk.relaxed = nil, nil, nil
	c.disk.life++
	return nil
}
