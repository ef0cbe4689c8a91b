package sim

import (
	"bytes"
	"encoding/binary"
	"slices"

	tables "github.com/deltabase/deltabase/server/memory"
)

// backup is what a copy of the server's tables holds.
type backup struct {
	tables *tables.Tables
	seq    int64
	forgot int64
	timeMs int64
}

// drawnTables are 40 bytes of randomness, from which tables draw what they need.
func drawnTables(d *dice) *bytes.Reader {
	drawn := make([]byte, 0, 40)
	for range 5 {
		drawn = binary.LittleEndian.AppendUint64(drawn, d.next())
	}
	return bytes.NewReader(drawn)
}

func (w *World) backUp(d *dice) *backup {
	inner := w.tables.inner.(*tables.Tables)
	return &backup{tables: inner.Backup(drawnTables(d)), seq: w.oracle.seq, forgot: w.oracle.forgot, timeMs: w.oracle.timeMs}
}

// restore puts a backup in the place of the server's tables: what was written since is gone. It takes so
// long that no request of before is answered any more; and whoever does it sets the clock right, so that
// times go on behind those that were given out.
func (w *World) restore(from *backup, downMs int64) {
	if w.calming || w.down || w.restores > 0 {
		return
	}
	w.restores++
	w.trace.note("", "RESTORED", nil)
	w.serverSkewMs = max(w.serverSkewMs, w.oracle.timeMs-w.nowMs+1)
	w.tables.inner = from.tables
	w.oracle.restored(from)
	w.restart(downMs)
}

// restored takes away the versions that a backup does not have. A device may have them until it hears of
// the server again, whose rows replace them then, whatever their versions (rule 8).
func (o *oracle) restored(from *backup) {
	for k, list := range o.history {
		kept := slices.IndexFunc(list, func(v *version) bool { return v.seq > from.seq })
		if kept < 0 {
			kept = len(list)
		}
		for _, v := range list[kept:] {
			v.lost = true
		}
		o.lost[k] = append(o.lost[k], list[kept:]...)
		o.history[k] = slices.Clip(list[:kept])
		for _, v := range o.history[k] {
			v.purged = false // what was purged since is there again
		}
	}
	o.seq, o.timeMs, o.forgot, o.restoredSeq = from.seq, from.timeMs, from.forgot, from.seq
	o.cursors, o.tokens = map[string]int64{}, map[string]int64{}
	for _, d := range o.devices {
		d.high = map[key]int64{}
	}
}
