package merge

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Leave keeps a record that left the sync expression while a change of this page is queued for it. The record becomes a
// tombstone of the version with which it left. The cursor has passed that version, so a late answer to the change, with
// an older version, must not bring the record back.
func (g *Merge) Leave(model *schema.Model, key store.Key, known record.Value, left conflict.Stamp) {
	if !known.Exists() {
		known, _ = model.KeyFields(key.ID)
	}
	left.Deleted = true
	var mark record.Builder
	mark.SetBool(store.LeftField, true)
	g.put(key, conflict.WithStamp(record.Overlay(known, mark.Object()), left))
}

// Dismiss removes a row that the server no longer has in the sync expression. While a change of this page is queued for
// the record, the row stays as a tombstone of its own version, so that it is gone when the change is. A tombstone
// becomes such a row as well, and what it hid is shown again: a server that was restored may never have deleted the
// record.
func (g *Merge) Dismiss(model *schema.Model, key store.Key) {
	known := g.Base(key)
	if canary.RemovesPending || len(g.by.door.Stage.Mutations(key)) == 0 || !known.Exists() {
		g.Remove(key)
		return
	}
	if deletedMs(known) > 0 {
		g.back = append(g.back, returned{key, known})
	}
	if !known.Field(store.LeftField).Bool() {
		g.Leave(model, key, known, conflict.StampOf(known))
	}
}
