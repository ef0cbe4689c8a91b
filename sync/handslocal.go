package sync

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/pull"
)

// localKey names the meta entry with the models that were local-only, separated by spaces.
const localKey = "db/local"

// noteLocal remembers which models are local-only, and returns which were before.
func (e *Engine) noteLocal(c *store.Commit) []string {
	now := e.outbox.LocalModels()
	was := strings.Fields(e.door.Stage.Meta(localKey).Str())
	if !slices.Equal(was, now) {
		c.Set(localKey, record.OfString(strings.Join(now, " ")))
	}
	for _, model := range now { // when it is synced again, a delta would miss what changes here until then
		for _, key := range []string{pull.CursorKey(model), pull.ProgressKey(model)} {
			if e.door.Stage.Meta(key).Exists() {
				c.Set(key, record.Value{})
			}
		}
	}
	return was
}

// changeLocal follows a schema in which models became local-only, or are no longer.
func (e *Engine) changeLocal(c *store.Commit, was []string) {
	done := map[store.Key]bool{}
	for _, q := range e.door.Stage.Outbox() {
		if !e.outbox.LocalOnly(q.Key.Model) {
			continue
		}
		e.decide.CloseQuestion(q.ID)
		if view := e.door.Stage.View(q.Key); !done[q.Key] && view.Exists() {
			e.outbox.PutLocal(c, q.Key, outbox.Bare(view))
		} else if !done[q.Key] {
			c.Removed = append(c.Removed, q.Key)
		}
		done[q.Key] = true
		c.End(&store.Ended{MutationID: q.ID, Key: q.Key, Operation: q.Operation, End: store.KeptLocal,
			Fields: record.Names(q.Fields), AtMs: e.clock.NowMs()})
	}
	for _, m := range e.outbox.CreatesOfLocal(c, was) {
		c.Keep(&m)
	}
}
