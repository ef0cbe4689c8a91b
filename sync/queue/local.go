package queue

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/outbox"
)

// localKey names the meta entry with the models that were local-only, separated by spaces.
const localKey = "db/local"

// noteLocal remembers which models are local-only now, and returns those that were before.
func (q *Queue) noteLocal(c *store.Commit) []string {
	now := q.outbox.LocalModels()
	was := strings.Fields(q.door.Stage.Meta(localKey).Str())
	if !slices.Equal(was, now) {
		c.Set(localKey, record.OfString(strings.Join(now, " ")))
	}
	for _, model := range now { // when the model is synced again, a delta would miss what changes here until then
		q.pull.Forget(model, c)
	}
	return was
}

// changeLocal adapts the queue to a schema in which models became local-only, or no longer are.
func (q *Queue) changeLocal(c *store.Commit, was []string) {
	done := map[store.Key]bool{}
	for _, m := range q.door.Stage.Outbox() {
		if !q.outbox.LocalOnly(m.Key.Model) {
			continue
		}
		q.decide.CloseQuestion(m.ID)
		if view := q.door.Stage.View(m.Key); !done[m.Key] && view.Exists() {
			q.outbox.PutLocal(c, m.Key, outbox.Bare(view))
		} else if !done[m.Key] {
			c.Removed = append(c.Removed, m.Key)
		}
		done[m.Key] = true
		c.End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.KeptLocal,
			Fields: record.Names(m.Fields), AtMs: q.clock.NowMs()})
	}
	for _, m := range q.outbox.CreatesOfLocal(c, was) {
		c.Keep(&m)
	}
}
