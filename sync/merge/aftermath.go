package merge

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
)

// A queued change of this page keeps its record here: the row under it is not hidden when its owner is deleted, and not
// removed when it leaves the sync expression. Both are made up for when the last such change ends, in the same
// transaction.

// Aftermath adds to a commit that ends mutations what was put off for their records.
func (m *Merger) Aftermath(c *store.Commit) (order []store.Key) {
	if len(c.Ended) == 0 || c.Clear {
		return nil
	}
	kept, ended := map[store.Key]bool{}, map[string]bool{}
	for i := range c.Mutations {
		kept[c.Mutations[i].Key] = true
	}
	for i := range c.Ended {
		ended[c.Ended[i].MutationID] = true
	}
	var g *Merge
	for i := range c.Ended {
		end := &c.Ended[i]
		if kept[end.Key] || slices.ContainsFunc(m.door.Stage.Mutations(end.Key), func(q *store.Mutation) bool { return !ended[q.ID] }) {
			continue // another change of the record stays queued
		}
		if g == nil {
			g = m.mergeInto(c)
		}
		g.settle(end)
	}
	if g != nil {
		g.cascade()
		order = g.order
	}
	return order
}

// lastEnds reports whether a commit leaves no mutation of a record.
func (m *Merger) lastEnds(c *store.Commit, key store.Key) bool {
	if slices.ContainsFunc(c.Mutations, func(q store.Mutation) bool { return q.Key == key }) {
		return false
	}
	for _, q := range m.door.Stage.Mutations(key) {
		if !slices.ContainsFunc(c.Ended, func(end store.Ended) bool { return end.MutationID == q.ID }) {
			return false
		}
	}
	return true
}

// mergeInto makes a merge that adds to a commit which is being planned.
func (m *Merger) mergeInto(c *store.Commit) *Merge {
	g := m.Begin("", Answer)
	g.commit = c
	for i := range c.Rows {
		g.at[c.Rows[i].Key()] = i
	}
	for _, key := range c.Removed {
		g.removed[key] = true
	}
	return g
}

// settle hides or removes the row of a record without pending changes, if that was put off.
func (g *Merge) settle(end *store.Ended) {
	row := g.Base(end.Key)
	stamp := conflict.StampOf(row)
	if !row.Exists() || stamp.Deleted {
		return
	}
	if atMs, gone := g.ownersWent(end.Key, row); gone {
		g.put(end.Key, hide(row, atMs))
		g.deleted = append(g.deleted, end.Key)
		return
	}
	model := g.by.setup.Schema.Model(end.Key.Model)
	_, written := g.at[end.Key] // the commit holds the server's answer to our change, so its row belongs here
	if model == nil || !model.Syncable || written {
		return
	}
	if g.by.scope.HasLeft(end.Key, stamp) || g.by.setup.Config.OutOfScope(model, row) {
		g.removed[end.Key] = true
		g.commit.Removed = append(g.commit.Removed, end.Key)
	}
}
