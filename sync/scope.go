package sync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// leftScope remembers that a row left the sync expression, and with which change. It is not here any
// more, so nothing else would keep a late message about an earlier change from bringing it back.
func (mp *modelPull) leftScope(id string, at conflict.Stamp) {
	if mp == nil {
		return
	}
	if mp.gone == nil || len(mp.gone) >= pullGoneMax {
		mp.gone = map[string]conflict.Stamp{}
	}
	mp.gone[id] = at
}

// isLate reports a row from before it left the sync expression.
func (mp *modelPull) isLate(id string, incoming conflict.Stamp) bool {
	if mp == nil {
		return false
	}
	left, ok := mp.gone[id]
	return ok && !conflict.Replaces(left, incoming)
}

// coversAgain reports a row in a page that left an earlier sync expression in this very version: what the
// server returns now is in the expression of now. The answer to a change says nothing about that.
func (mp *modelPull) coversAgain(known record.Value, incoming conflict.Stamp) bool {
	return mp != nil && mp.run != nil && mp.run.applying && known.Field(store.LeftField).Bool() &&
		!incoming.Deleted && conflict.StampOf(known).Version == incoming.Version
}

// leave keeps a record that left the sync expression while a change of this page waits for it: as a
// tombstone of the version with which it left. The cursor has passed that version, so a late answer
// to the change, with an older one, must not bring the record back.
func (g *merge) leave(model *schema.Model, key store.Key, known record.Value, left conflict.Stamp) {
	if !known.Exists() {
		known, _ = model.KeyFields(key.ID)
	}
	left.Deleted = true
	var mark record.Builder
	mark.SetBool(store.LeftField, true)
	g.put(key, conflict.WithStamp(record.Overlay(known, mark.Object()), left))
}

// dismiss takes away a row that the server does not have in the sync expression any more. Under a change
// of this page it stays as a tombstone of its own version, so that it is gone when the change is.
func (g *merge) dismiss(model *schema.Model, key store.Key) {
	known := g.base(key)
	if !canary.RemovesPending && len(g.e.door.Stage().Mutations(key)) > 0 && known.Exists() && !conflict.StampOf(known).Deleted {
		g.leave(model, key, known, conflict.StampOf(known))
		return
	}
	g.remove(key)
}

// refetch asks for a base run after an answer whose row is older than the cursor. The row may have
// left the sync expression since, before the cursor: then nothing but a base run takes it away again.
func (a *acks) refetch(model string, row record.Value) {
	e := a.e
	mp := e.pull.models[model]
	scoped := e.setup.Config().Scoped(model)
	if !scoped || mp == nil || conflict.StampOf(row).ChangedAt > e.readCursor(model).lastSync {
		return
	}
	a.merge.commit.Meta = append(a.merge.commit.Meta, store.MetaEntry{Key: cursorKey(model)})
	e.endProgress(model, a.merge.commit)
	if mp.run != nil {
		e.cancel(mp.run.request)
		mp.run = nil
	}
	e.pullAgain(mp)
}
