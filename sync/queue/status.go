package queue

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/live"
)

// The status of a record says how far its changes have come (rule 1):
//
//	synced      nothing of it is queued
//	local       its model is local-only: nothing of it is ever queued
//	pending     its next change waits to be sent
//	sending     its next change was sent and is not answered yet
//	conflicted  a change met a newer row; a decision is awaited
//	blocked     its next change waits for the create of another record
//	held        a change was refused for good and waits for a person
//
// held and conflicted show whatever else is queued for the record. cause says why it does not move.
const (
	statusSynced  = "synced"
	statusLocal   = "local"
	statusSending = "sending"
)

// Status answers the status of one record, from what is committed.
func (q *Queue) Status(call app.Call, model, id string) {
	if q.setup.Shape(model) == nil {
		q.line.Fail(call, app.UnknownModel(model))
		return
	}
	key := store.Key{Model: model, ID: id}
	q.line.Reply(call, q.StatusOf(key).Value(key).Text())
}

// StatusOf is the status of a record's changes.
func (q *Queue) StatusOf(key store.Key) live.Status {
	rest := q.atRest(key.Model)
	s := live.Status{State: rest, Rest: rest}
	var earlier *store.Mutation
	queued := q.door.Image.Mutations(key)
	s.Changes = len(queued)
	for i, m := range queued {
		state, cause := q.standing(m, earlier)
		if earlier == nil && q.isStopped(m) {
			earlier = m
		}
		stopped := state == string(store.Held) || state == string(store.Conflicted)
		if i == 0 || stopped && s.State != string(store.Held) {
			s.State, s.Cause = state, cause
		}
	}
	if s.State == string(store.Sent) {
		s.State = statusSending
	}
	return s
}

// atRest is the status of a record that has nothing queued.
func (q *Queue) atRest(model string) string {
	if q.outbox.LocalOnly(model) {
		return statusLocal
	}
	return statusSynced
}
