package memory

import (
	"io"
	"maps"
	"slices"
)

// Backup is a copy of the committed tables at this moment. Like every backup it has a log generation of its own, drawn
// from random as in NewFrom.
func (t *Tables) Backup(random io.Reader) *Tables {
	made := NewFrom(t.bytesMax, random)
	t.mu.RLock()
	defer t.mu.RUnlock()
	generation, secret := made.position.Generation, made.position.Secret
	made.bytes, made.position = t.bytes, t.position
	made.position.Generation, made.position.Secret = generation, secret
	for name, m := range t.models {
		made.models[name] = &model{rows: maps.Clone(m.rows), ids: slices.Clone(m.ids), order: slices.Clone(m.order)}
	}
	made.log, made.applied, made.remembered = slices.Clone(t.log), maps.Clone(t.applied), slices.Clone(t.remembered)
	made.notes = maps.Clone(t.notes)
	for name, i := range t.indexes {
		made.indexes[name] = &index{keys: slices.Clone(i.keys)}
	}
	return made
}
