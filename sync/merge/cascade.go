package merge

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/shape"
)

// A record that the server deleted takes along what it owns over HAS_MANY and HAS_ONE, here only:
// nothing of it is queued. Whether the server still has such a row or not, it is hidden as long as
//
//	its owner is a tombstone, or is hidden itself,
//	the row has not changed since the owner went, and
//	no change of this page waits for it.
//
// So what is shown depends on the server's rows and not on the order in which they came. A hidden
// row is kept as a tombstone with its own version and the owner's time (its own is in _changedAt); a
// later change brings the row back, and so does an owner that is there again; the same row once more
// does not.

// hiddenAt says whether a row is hidden by its owners, and since when.
func (g *Merge) hiddenAt(key store.Key, row record.Value) (atMs int64, hidden bool) {
	atMs, hidden = g.ownersWent(key, row)
	return atMs, hidden && len(g.by.door.Stage.Mutations(key)) == 0
}

// ownersWent is hiddenAt for a row that no change of this page waits for. below are the records that
// it owns, on the way to the one that is asked about: hidden records that own each other in a circle do
// not keep each other hidden.
func (g *Merge) ownersWent(key store.Key, row record.Value, below ...store.Key) (atMs int64, hidden bool) {
	sh := g.by.setup.Shape(key.Model)
	if sh == nil {
		return 0, false
	}
	changedAt := conflict.StampOf(row).ChangedAt
	for _, o := range sh.OwnedBy {
		if !g.mayHide(o.Owner.Name) {
			continue
		}
		goneMs := int64(0)
		if o.Field != nil {
			goneMs = g.ownersGone(o)[key.ID]
		} else if id := o.OwnerID(row); id != "" {
			goneMs = g.ownerWent(store.Key{Model: o.Owner.Name, ID: id}, append(below, key))
		}
		if goneMs > changedAt {
			atMs, hidden = max(atMs, goneMs), true
		}
	}
	return atMs, hidden
}

// ownerWent is when an owner was deleted or hidden, 0 when it is there.
func (g *Merge) ownerWent(owner store.Key, below []store.Key) int64 {
	atMs := g.goneAt(owner)
	if atMs == 0 || slices.Contains(below, owner) {
		return 0
	}
	if row := g.Base(owner); row.Field(ownTimeField).Exists() {
		atMs, _ = g.ownersWent(owner, shown(row), below...)
	}
	return atMs
}

// mayHide reports whether any record of a model is deleted: mostly none is, and then no owner need
// be looked up for each row of a page.
func (g *Merge) mayHide(owner string) bool {
	any, known := g.owners[owner]
	if !known {
		if g.owners == nil {
			g.owners = map[string]bool{}
		}
		any = g.by.door.Stage.AnyTombstone(owner)
		g.owners[owner] = any
	}
	return any || len(g.deleted) > 0
}

// goneAt is when a record was deleted, 0 when it was not.
func (g *Merge) goneAt(key store.Key) int64 {
	if i, here := g.at[key]; here {
		return deletedMs(g.commit.Rows[i].Base)
	}
	if row, ok := g.by.door.Stage.Tombstone(key); ok && !g.removed[key] {
		return deletedMs(row.Base)
	}
	return 0
}

func deletedMs(row record.Value) int64 {
	if stamp := conflict.StampOf(row); stamp.Deleted && !row.Field(store.LeftField).Bool() {
		return stamp.ChangedAt
	}
	return 0
}

// ownersGone is when the owner of each child was deleted, where the owner's row names the child.
func (g *Merge) ownersGone(o shape.Ownership) map[string]int64 {
	gone, ok := g.gone[o.Field]
	if ok {
		return gone
	}
	gone = map[string]int64{}
	for _, key := range g.tombstones(o.Owner.Name) {
		if id := o.ChildID(g.Base(key)); id != "" {
			gone[id] = max(gone[id], g.goneAt(key))
		}
	}
	if g.gone == nil {
		g.gone = map[*schema.Field]map[string]int64{}
	}
	g.gone[o.Field] = gone
	return gone
}

// tombstones are the deleted and hidden records of a model, and what this merge has of it.
func (g *Merge) tombstones(model string) []store.Key {
	var keys []store.Key
	g.by.door.Stage.EachTombstone(model, func(row store.Row) {
		if _, here := g.at[row.Key()]; !here {
			keys = append(keys, row.Key())
		}
	})
	for i := range g.commit.Rows {
		if g.commit.Rows[i].Model == model {
			keys = append(keys, g.commit.Rows[i].Key())
		}
	}
	return keys
}

// hide is a row as it is kept while it is hidden.
func hide(row record.Value, atMs int64) record.Value {
	stamp := conflict.StampOf(row)
	var own record.Builder
	own.SetInt(ownTimeField, stamp.ChangedAt)
	stamp.ChangedAt, stamp.Deleted = atMs, true
	return conflict.WithStamp(record.Overlay(row, own.Object()), stamp)
}

// ownTimeField of a hidden row is its own _lastChangedAt.
const ownTimeField = "_changedAt"

// OwnStamp is a row's stamp with its own time, also while it is hidden.
func OwnStamp(row record.Value) conflict.Stamp {
	stamp := conflict.StampOf(row)
	if atMs, hidden := row.Field(ownTimeField).Int(); hidden {
		stamp.ChangedAt = atMs
	}
	return stamp
}

// shown is a hidden row as the server has it.
func shown(row record.Value) record.Value {
	stamp := OwnStamp(row)
	stamp.Deleted = false
	return conflict.WithStamp(record.Without(row, ownTimeField), stamp)
}

// uncover brings back what is no longer hidden because its owner is there again, is not here any more,
// or went earlier than was known; and what that owns.
func (g *Merge) uncover() {
	for len(g.back) > 0 {
		models := g.back
		g.back, g.gone = nil, nil
		for _, m := range g.by.setup.Schema.Models {
			if !models[m.Name] {
				continue
			}
			for _, o := range g.by.setup.Shape(m.Name).Owns {
				for _, key := range g.tombstones(o.Child.Name) {
					g.uncoverRow(key)
				}
			}
		}
	}
}

func (g *Merge) uncoverRow(key store.Key) {
	row := g.Base(key)
	if !row.Field(ownTimeField).Exists() {
		return
	}
	own := shown(row)
	switch atMs, hidden := g.ownersWent(key, own); {
	case !hidden:
		g.put(key, own)
	case atMs < deletedMs(row):
		g.put(key, hide(own, atMs))
	}
}

// cameBack notes a model with a record that was deleted or hidden, and is so no more or since earlier.
func (g *Merge) cameBack(model string) {
	if g.back == nil {
		g.back = map[string]bool{}
	}
	g.back[model] = true
}

// uncovers reports a row that is hidden here under the version that comes, though its owner's
// tombstone is gone meanwhile. A record that left the sync expression with that version stays away.
func uncovers(known record.Value, incoming conflict.Stamp) bool {
	stamp := conflict.StampOf(known)
	return stamp.Deleted && !incoming.Deleted && stamp.Version == incoming.Version && !known.Field(store.LeftField).Bool()
}

// cascade hides what the records deleted by this merge own, and what that owns.
func (g *Merge) cascade() {
	defer g.uncover()
	level := g.deleted
	levels := [][]store.Key{level}
	for len(level) > 0 {
		var next []store.Key
		for _, m := range g.by.setup.Schema.Models {
			gone := map[string]int64{}
			for _, key := range level {
				if key.Model == m.Name {
					gone[key.ID] = g.goneAt(key)
				}
			}
			if len(gone) == 0 {
				continue
			}
			for _, o := range g.by.setup.Shape(m.Name).Owns {
				next = append(next, g.hideOwned(o, gone)...)
			}
		}
		level = next
		levels = append(levels, level)
	}
	if len(levels) == 2 {
		return // nothing went along
	}
	for i := len(levels) - 1; i >= 0; i-- {
		g.order = append(g.order, levels[i]...)
	}
}

// waits reports whether a change of this page keeps a record: one that this commit does not end.
func (g *Merge) waits(key store.Key) bool {
	return len(g.by.door.Stage.Mutations(key)) > 0 && !g.by.lastEnds(g.commit, key)
}

// hideOwned hides the children of the given owners over one field.
func (g *Merge) hideOwned(o shape.Ownership, gone map[string]int64) []store.Key {
	var children []store.Key
	look := func(row store.Row) {
		g.looked++
		if atMs := gone[o.OwnerID(g.Base(row.Key()))]; g.hideRow(row.Key(), atMs) {
			children = append(children, row.Key())
		}
	}
	if o.Field != nil {
		return g.hideNamed(o, gone)
	}
	g.by.door.Stage.EachNaming(o.Child.Name, o.ChildKeys[0], o.FirstKeys(gone), look)
	for i := range len(g.commit.Rows) { // this merge has another row of them, or the only one
		if row := g.commit.Rows[i]; row.Model == o.Child.Name {
			look(row)
		}
	}
	return children
}

// hideNamed is hideOwned for owners whose rows name the child.
func (g *Merge) hideNamed(o shape.Ownership, gone map[string]int64) []store.Key {
	var children []store.Key
	ids := make([]string, 0, len(gone))
	for id := range gone {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		childID := o.ChildID(g.Base(store.Key{Model: o.Owner.Name, ID: id}))
		key := store.Key{Model: o.Child.Name, ID: childID}
		if childID != "" && g.hideRow(key, gone[id]) {
			children = append(children, key)
		}
	}
	return children
}

// hideRow hides a row whose owner went at a time. A row that is hidden since earlier goes once more,
// because what it owns may have changed in between.
func (g *Merge) hideRow(key store.Key, atMs int64) bool {
	row := g.Base(key)
	stamp := conflict.StampOf(row)
	if !row.Exists() || stamp.ChangedAt >= atMs {
		return false
	}
	if row.Field(ownTimeField).Exists() {
		row = shown(row)
	} else if stamp.Deleted || g.waits(key) {
		return false
	}
	g.put(key, hide(row, atMs))
	return true
}
