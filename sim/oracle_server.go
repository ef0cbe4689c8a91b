package sim

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"slices"
)

// version is a row as the server committed it.
type version struct {
	key       key
	seq       int64
	number    int64
	changedAt int64
	deleted   bool
	purged    bool // a tombstone that is no more
	lost      bool // since a backup was restored
	row       record.Value
	operation string
	before    *version // what it replaced; nil for a new life
	device    *Device  // who sent the mutation
	mutation  *wireMutation
}

// tablesWritten checks what a transaction of the server wrote (rule 7): positions without gaps in
// the order of commit, times that never run backwards, versions that grow by one, columns that say
// what the text says.
func (o *oracle) tablesWritten(w *watchedWriter) {
	if w.purged != nil {
		o.purged(w.purged)
	}
	for n := range w.entries {
		o.rowWritten(&w.entries[n])
	}
}

func (o *oracle) rowWritten(e *server.Entry) {
	v := &version{key: key{e.Model, e.ID}, seq: e.Seq, number: e.Version, changedAt: e.ChangedAt, deleted: e.Deleted,
		row: record.TrustString(e.Text), operation: string(e.Operation), before: o.stored(key{e.Model, e.ID})}
	wanted := int64(1)
	if v.before != nil {
		wanted = v.before.number + 1
		if v.before.seq <= o.restoredSeq || o.restoredSeq > 0 && v.before.number == 1 {
			wanted = v.before.number + server.RestoredVersionGap
		}
	}
	switch {
	case v.seq != o.seq+1:
		o.fail("order", "", "%s was written at position %d after %d", v.key, v.seq, o.seq)
	case v.changedAt < o.timeMs:
		o.fail("order", "", "%s was changed at %d, after a change at %d", v.key, v.changedAt, o.timeMs)
	case v.number != wanted:
		o.fail("version", "", "%s got version %d, not %d", v.key, v.number, wanted)
	case number(v.row.Field("_version")) != v.number || number(v.row.Field("_lastChangedAt")) != v.changedAt ||
		v.row.Field("_deleted").Bool() != v.deleted || oracleID(v.key.model, v.row) != v.key.id:
		o.fail("version", "", "%s: the columns do not say what the row says: %s", v.key, e.Text)
	case v.deleted != (v.operation == "delete"):
		o.fail("version", "", "%s: a %s left deleted %v", v.key, v.operation, v.deleted)
	}
	o.seq, o.timeMs = v.seq, v.changedAt
	if len(o.history[v.key]) == 0 && len(o.lost[v.key]) == 0 {
		o.keys[v.key.model] = append(o.keys[v.key.model], v.key)
	}
	o.history[v.key] = append(o.history[v.key], v)
	if o.serving == nil {
		o.fail("order", "", "%s was written while no request was served", v.key)
		return
	}
	v.device = o.serving.process.device
	o.serving.written = append(o.serving.written, v)
	for _, m := range o.serving.mutations {
		if m.key == v.key {
			o.applied(o.serving, m, v)
			return
		}
	}
	o.fail("merge", "", "%s was written, but no mutation asks for it", v.key)
}

// purged forgets tombstones and mutation ids as the server was told to.
func (o *oracle) purged(bounds *server.PurgeBounds) {
	o.forgot = max(o.forgot, bounds.TombstoneThroughSeq)
	for _, list := range o.history {
		if len(list) == 0 {
			continue // all of it came after the backup that was restored
		}
		last := list[len(list)-1]
		if last.deleted && last.seq <= bounds.TombstoneThroughSeq {
			last.purged = true
		}
	}
}

// stored is the row that the server has now, a tombstone too; nil where there is none.
func (o *oracle) stored(k key) *version {
	list := o.history[k]
	if len(list) == 0 || list[len(list)-1].purged {
		return nil
	}
	return list[len(list)-1]
}

// at is the newest version of a record at a position, nil before its first one.
func (o *oracle) at(k key, seq int64) *version {
	list := o.history[k]
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].seq <= seq {
			return list[n]
		}
	}
	return nil
}

// find looks up the version that a row claims to be. A text that was found true once stays so.
func (o *oracle) find(k key, row record.Value) *version {
	if v := o.texts[string(row.Text())]; v != nil && v.key == k {
		return v
	}
	wanted, changedAt := number(row.Field("_version")), number(row.Field("_lastChangedAt"))
	for _, list := range [][]*version{o.history[k], o.lost[k]} {
		for n := len(list) - 1; n >= 0; n-- {
			if list[n].number == wanted && list[n].changedAt == changedAt {
				return list[n]
			}
		}
	}
	return nil
}

// findBase looks up the version that a base on a disk is. A live row whose owner was deleted is
// kept as a tombstone with its own version and the time at which the owner went (remote cascade).
func (o *oracle) findBase(k key, base record.Value) (v *version, hidden bool) {
	if v := o.find(k, base); v != nil {
		return v, false
	}
	goneMs, wanted, own := number(base.Field("_lastChangedAt")), number(base.Field("_version")), base.Field("_changedAt")
	list := slices.Concat(o.lost[k], o.history[k])
	for n := len(list) - 1; n >= 0 && base.Field("_deleted").Bool(); n-- {
		v := list[n]
		if own.Exists() && v.changedAt != number(own) {
			continue // of another life of the record
		}
		if v.number == wanted && !v.deleted && v.changedAt < goneMs && o.ownerWent(v, goneMs) {
			return v, true
		}
	}
	return nil, false
}

// ownerWent reports whether the owner of a row, or the owner's owner, was deleted at a time.
func (o *oracle) ownerWent(v *version, atMs int64) bool {
	shape := modelShapes[v.key.model]
	parent := v.row.Field(shape.foreign)
	if shape.foreign == "" || parent.IsNull() {
		return false
	}
	owners := key{shape.parent, parent.Str()}
	for _, owner := range slices.Concat(o.lost[owners], o.history[owners]) {
		if owner.deleted && owner.changedAt == atMs || owner.changedAt < atMs && o.ownerWent(owner, atMs) {
			return true
		}
	}
	return false
}

// trueTo compares a row that went out with the one that was committed, field by field.
func (o *oracle) trueTo(v *version, row record.Value) bool {
	if o.texts[string(row.Text())] == v {
		return true
	}
	same := true
	row.Fields(func(name string, value record.Value) bool {
		same = name == "__typename" || record.Equal(value, v.row.Field(name))
		return same
	})
	if same && v.number == number(row.Field("_version")) && v.changedAt == number(row.Field("_lastChangedAt")) {
		o.texts[string(row.Text())] = v
	}
	return same
}
