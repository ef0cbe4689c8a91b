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
			goneMs = g.namingWent(o, key.ID)
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

// namingWent is when the owner went whose row names a child, 0 when none went. An index finds the rows: those that
// name others cost nothing.
func (g *Merge) namingWent(o shape.Ownership, childID string) (atMs int64) {
	look := func(key store.Key) {
		g.looked++
		if goneMs := g.goneAt(key); goneMs > atMs && o.ChildID(g.Base(key)) == childID {
			atMs = goneMs
		}
	}
	g.by.door.Stage.EachStored(o.Owner.Name, o.Field.Association.TargetNames[0], o.FirstNames(childID), func(row store.Row) {
		look(row.Key())
	})
	for _, key := range g.naming(o)[childID] {
		look(key)
	}
	return atMs
}

// byChild are owners by the child that their rows name.
type byChild map[string][]store.Key

func (b byChild) note(o shape.Ownership, owner store.Key, row record.Value) {
	if id := o.ChildID(row); id != "" {
		b[id] = append(b[id], owner)
	}
}

// naming lists the owners that are staged or in this merge, by the child that their rows name, or named earlier in it.
func (g *Merge) naming(o shape.Ownership) byChild {
	named, known := g.named[o.Field]
	if known {
		return named
	}
	named = byChild{}
	if g.named == nil {
		g.named = map[*schema.Field]byChild{}
	}
	g.named[o.Field] = named
	g.by.door.Stage.EachStaged(o.Owner.Name, func(row store.Row) { named.note(o, row.Key(), row.Base) })
	for i := range g.commit.Rows {
		if row := g.commit.Rows[i]; row.Model == o.Owner.Name {
			named.note(o, row.Key(), row.Base)
		}
	}
	return named
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

// returned is a record that was deleted or hidden, with its row of then, and is so no more or since earlier.
type returned struct {
	key store.Key
	was record.Value
}

// uncover brings back what is no longer hidden because its owner is there again, is not here any more,
// or went earlier than was known; and what that owns.
func (g *Merge) uncover() {
	for len(g.back) > 0 {
		back := g.back
		g.back = nil
		for _, m := range g.by.setup.Schema.Models {
			var owners []returned
			for _, one := range back {
				if one.key.Model == m.Name {
					owners = append(owners, one)
				}
			}
			if len(owners) == 0 {
				continue
			}
			for _, o := range g.by.setup.Shape(m.Name).Owns {
				for _, key := range g.ownedByReturned(o, owners) {
					g.uncoverRow(key)
				}
			}
		}
	}
}

// ownedByReturned lists what records own, or owned when they were deleted or hidden, over one field.
func (g *Merge) ownedByReturned(o shape.Ownership, owners []returned) []store.Key {
	if o.Field == nil {
		ids := map[string]int64{}
		for _, one := range owners {
			ids[one.key.ID] = 0
		}
		return g.owned(o, ids)
	}
	var children []store.Key
	for _, one := range owners {
		for _, row := range []record.Value{one.was, g.Base(one.key)} {
			if id := o.ChildID(row); id != "" {
				children = append(children, store.Key{Model: o.Child.Name, ID: id})
			}
		}
	}
	return children
}

func (g *Merge) uncoverRow(key store.Key) {
	g.looked++
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

// owned lists the rows whose fields name one of the owners. One that is in this merge too may come twice.
func (g *Merge) owned(o shape.Ownership, owners map[string]int64) []store.Key {
	var children []store.Key
	look := func(row store.Row) {
		g.looked++
		if _, named := owners[o.OwnerID(g.Base(row.Key()))]; named {
			children = append(children, row.Key())
		}
	}
	g.by.door.Stage.EachNaming(o.Child.Name, o.ChildKeys[0], o.FirstKeys(owners), look)
	for i := range g.commit.Rows { // this merge has another row of them, or the only one
		if row := g.commit.Rows[i]; row.Model == o.Child.Name {
			look(row)
		}
	}
	return children
}

// hideOwned hides the children of the given owners over one field.
func (g *Merge) hideOwned(o shape.Ownership, gone map[string]int64) []store.Key {
	if o.Field != nil {
		return g.hideNamed(o, gone)
	}
	var children []store.Key
	for _, key := range g.owned(o, gone) {
		if g.hideRow(key, gone[o.OwnerID(g.Base(key))]) {
			children = append(children, key)
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
