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

// When the server deleted a record, the records that it owns over HAS_MANY and HAS_ONE are hidden here. That queues no
// delete for the server, which may still have their rows. A row is hidden as long as
//
//	its owner is a tombstone, or is hidden itself,
//	the row has not changed since the owner went, and
//	no change of this page waits for it.
//
// So what the page shows depends on the server's rows, and not on the order in which they came. A hidden row is kept as
// a tombstone with its own version and the time at which its owner went; its own time is in _changedAt. A later change
// of the row brings it back, and so does an owner that exists again. The same version of the row does not.

// hiddenAt reports whether a row is hidden by its owners, and since when.
func (g *Merge) hiddenAt(key store.Key, row record.Value) (atMs int64, hidden bool) {
	atMs, hidden = g.ownersWent(key, row)
	return atMs, hidden && len(g.by.door.Stage.Mutations(key)) == 0
}

// ownersWent is hiddenAt without regard to changes of this page. below are the records on the way from the one asked
// about up to this one: hidden records that own each other in a circle must not keep each other hidden.
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

// ownerWent is the time at which an owner was deleted or hidden, 0 when it exists.
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

// mayHide reports whether any record of a model is deleted. Mostly none is, and then the owners of a page's rows need
// not be looked up.
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

// goneAt is the time at which a record was deleted, 0 when it was not.
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

// namingWent is the time at which an owner went whose row names a child, 0 when none went. It finds those rows by an
// index, so that rows which name other children cost nothing.
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

// byChild lists owners by the child that their rows name.
type byChild map[string][]store.Key

func (b byChild) note(o shape.Ownership, owner store.Key, row record.Value) {
	if id := o.ChildID(row); id != "" {
		b[id] = append(b[id], owner)
	}
}

// naming lists the owners that are staged or in this merge by the child that their rows name, or named earlier in this
// merge.
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

// hide makes the form in which a hidden row is kept.
func hide(row record.Value, atMs int64) record.Value {
	stamp := conflict.StampOf(row)
	var own record.Builder
	own.SetInt(ownTimeField, stamp.ChangedAt)
	stamp.ChangedAt, stamp.Deleted = atMs, true
	return conflict.WithStamp(record.Overlay(row, own.Object()), stamp)
}

// ownTimeField holds the own _lastChangedAt of a hidden row.
const ownTimeField = "_changedAt"

// OwnStamp is the stamp of a row with the row's own time, even while it is hidden.
func OwnStamp(row record.Value) conflict.Stamp {
	stamp := conflict.StampOf(row)
	if atMs, hidden := row.Field(ownTimeField).Int(); hidden {
		stamp.ChangedAt = atMs
	}
	return stamp
}

// shown is a hidden row in the form that the server has.
func shown(row record.Value) record.Value {
	stamp := OwnStamp(row)
	stamp.Deleted = false
	return conflict.WithStamp(record.Without(row, ownTimeField), stamp)
}

// returned is a record that was deleted or hidden and no longer is, or is so since an earlier time. was is its old row.
type returned struct {
	key store.Key
	was record.Value
}

// uncover brings back the rows whose owners exist again, are no longer stored here, or went at an earlier time than was
// known; and the rows that those own in turn.
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

// ownedByReturned lists the records that the given owners own over one field, or owned when they were deleted or
// hidden.
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

// uncovers reports whether an incoming row is hidden here under the same version, although the tombstone of its owner
// is no longer here. A record that left the sync expression with that version stays away.
func uncovers(known record.Value, incoming conflict.Stamp) bool {
	stamp := conflict.StampOf(known)
	return stamp.Deleted && !incoming.Deleted && stamp.Version == incoming.Version && !known.Field(store.LeftField).Bool()
}

// cascade hides the records that the records deleted by this merge own, and those that they own in turn.
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

// waits reports whether a queued change keeps a record here: a change that this commit does not end.
func (g *Merge) waits(key store.Key) bool {
	return len(g.by.door.Stage.Mutations(key)) > 0 && !g.by.lastEnds(g.commit, key)
}

// owned lists the rows whose fields name one of the owners. A row that is also in this merge may be listed twice.
func (g *Merge) owned(o shape.Ownership, owners map[string]int64) []store.Key {
	var children []store.Key
	look := func(row store.Row) {
		g.looked++
		if _, named := owners[o.OwnerID(g.Base(row.Key()))]; named {
			children = append(children, row.Key())
		}
	}
	g.by.door.Stage.EachNaming(o.Child.Name, o.ChildKeys[0], o.FirstKeys(owners), look)
	for i := range g.commit.Rows { // rows of this merge may be newer than the stored ones, or not stored at all
		if row := g.commit.Rows[i]; row.Model == o.Child.Name {
			look(row)
		}
	}
	return children
}

// hideOwned hides the children of the given owners over one field, and returns those that it hid.
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

// hideNamed is hideOwned for a field in which the owner's row names the child.
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

// hideRow hides a row whose owner went at a time, and reports whether it did. A row that is already hidden since an
// earlier time is hidden again, because what it owns may have changed in between.
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
