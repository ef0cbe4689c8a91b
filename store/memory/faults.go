package memory

import (
	"slices"

	"github.com/deltabase/deltabase/store"
)

// Slow is a kind of fault in which the transaction completes, but late. Disk.Slowed tells the host, which delays the
// answer.
const Slow = "slow"

// Unanswered is a kind of fault in which the transaction completes, and its answer is lost with the connection.
const Unanswered = "unanswered"

// ReserveName is the transaction name for faults of the reserve.
const ReserveName = "reserve"

// ReadName is the transaction name for faults of the load that reads everything. The one that takes the database over
// is "open"; those of folding are "fold".
const ReadName = "read"

// Kinds are the faults that every named transaction must survive. Tests go through all of them with FailNext(name,
// kind).
var Kinds = []string{store.CodeAborted, store.CodeQuota, store.CodeClosed, store.CodeUnknown, Slow}

type plannedFault struct{ name, kind string }

// FailNext makes the next transaction of that commit name fail with a fault of that code and change nothing, or be
// Slow. quota means that even removing the reserve would not help, see SetCapacity. Group commits have several names.
// Any number of faults may be planned. The name "" stands for every writing transaction.
func (d *Disk) FailNext(name, kind string) {
	d.faults = append(d.faults, plannedFault{name, kind})
}

// FailNone forgets all planned faults.
func (d *Disk) FailNone() { d.faults = nil }

// Slowed reports whether a transaction was made slow since the last call.
func (d *Disk) Slowed() bool {
	slowed := d.slowed
	d.slowed = false
	return slowed
}

// SetCapacity limits what the disk holds, in bytes of keys and texts; 0 ends the limit. A transaction fails with quota
// when it would leave more than the limit on the disk, and more than before.
func (d *Disk) SetCapacity(bytes int) { d.capacity = bytes }

// Vanish deletes the database under its open connections, as a person can in the developer tools.
func (d *Disk) Vanish() {
	d.now, d.durable, d.relaxed, d.reserve = nil, nil, nil, 0
	d.removals++
}

// Used returns how many bytes of keys and texts the disk holds, the reserve included.
func (d *Disk) Used() int {
	used := d.reserve
	for _, entries := range d.now {
		for key, text := range entries {
			used += len(key) + len(text)
		}
	}
	return used
}

func (d *Disk) fits(b store.Batch) bool {
	if d.capacity == 0 {
		return true
	}
	type place struct {
		area store.Area
		key  string
	}
	sizes, grown := map[place]int{}, 0
	for _, op := range b.Ops {
		at := place{op.Area, op.Key}
		before, known := sizes[at]
		if !known {
			if text, there := d.now[op.Area][op.Key]; there {
				before = len(op.Key) + len(text)
			}
		}
		sizes[at] = 0
		if op.Kind != store.Delete {
			sizes[at] = len(op.Key) + len(op.Text)
		}
		grown += sizes[at] - before
	}
	return grown <= 0 || d.Used()+grown <= d.capacity
}

// ReadEach is ReadAll: memory has no entries that can't be read.
func (c *connection) ReadEach(each func(store.Area, string, []byte)) error { return c.ReadAll(each) }

// FreshLog does nothing: memory has no log that a killed process could leave half written.
func (c *connection) FreshLog() {}

func (c *connection) Reserve(bytes int) error {
	if err := c.check(); err != nil {
		return err
	}
	d := c.disk
	if bytes == 0 && d.noRoom {
		return asked(ReserveName, store.CodeQuota)
	}
	if kind := d.planned(ReserveName, true); kind != "" && kind != Slow {
		return asked(ReserveName, kind)
	}
	if bytes > 0 && d.reserve == 0 && d.capacity > 0 && d.Used()+bytes > d.capacity {
		return &store.Fault{Code: store.CodeQuota, Message: "the disk is full; make room and try again"}
	}
	if bytes == 0 || d.reserve == 0 {
		d.reserve = bytes
	}
	return nil
}

func (c *connection) Renew() error {
	c.removals = c.disk.removals
	return c.check()
}

// planned takes the first planned fault that fits the name. With exactly, faults planned for every name don't count.
func (d *Disk) planned(name string, exactly bool) string {
	for n, fault := range d.faults {
		if fault.name == "" && !exactly || fault.name != "" && store.NamedLike(name, fault.name) {
			d.faults = slices.Delete(d.faults, n, n+1)
			d.slowed = d.slowed || fault.kind == Slow
			return fault.kind
		}
	}
	return ""
}

func asked(name, code string) *store.Fault {
	return &store.Fault{Code: code, Message: "this failure of " + name + " was asked for"}
}
