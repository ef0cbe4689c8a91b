package push

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/peer"
)

// refuse handles a final refusal of the server. The mutation is held, so that the app can look at it; the others go on.
func (p *Push) refuse(m *store.Mutation, err appsync.Error) {
	message := err.Message
	if message == "" {
		message = "The server refused the change."
	}
	switch {
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Create:
		p.refuseCreate(m, message)
	case err.Type == appsync.ConditionalCheckFailed && m.Operation == conflict.Delete && !m.Condition.Exists():
		p.decide.AlreadyGone(m)
	case err.Type == appsync.ConditionalCheckFailed:
		p.decide.Hold(m, app.CauseCondition, message, record.Value{})
	case peer.IsUnauthorized(err.Type):
		p.decide.Hold(m, app.CodeUnauthorized, message, record.Value{})
	default:
		p.decide.Hold(m, app.CauseRejected, message, record.Value{})
	}
}

// refuseCreate finds out what stands in the way of a create: a tombstone, or a row.
func (p *Push) refuseCreate(m *store.Mutation, message string) {
	holdBy := func(row record.Value) {
		switch stamp := conflict.StampOf(row); {
		case m.Upsert && row.Exists():
			p.decide.Onto(m, row)
		case stamp.Deleted:
			p.decide.Hold(m, app.CodeTombstone, "A record with this id was deleted on the server. Discard the "+
				"change, or save it under a new id.", row)
		case row.Exists():
			p.decide.Hold(m, app.CauseCondition, "The server has a record with this id already. Discard the change, "+
				"save it under a new id, or call upsert() to change that record.", row)
		default:
			p.decide.Hold(m, app.CauseCondition, message, row)
		}
	}
	if row, ok := p.door.Stage.Row(m.Key); ok {
		holdBy(row.Base)
		return
	}
	p.looking[m.ID] = true
	done := func(row record.Value) {
		delete(p.looking, m.ID)
		holdBy(row)
	}
	nothing := func() { done(record.Value{}) }
	unknown := func(link.Answer) { nothing() }
	if m.Upsert {
		unknown = func(link.Answer) {
			delete(p.looking, m.ID)
			p.troubleWith(m.ID)
		}
	}
	p.read(m, done, unknown, nothing)
}

// refusedResend decides about a strict resend that was refused because its version was old. No tab is asked: under
// AUTOMERGE the server's value wins where somebody else changed it. It reports whether the mutation was such a resend.
func (p *Push) refusedResend(m *store.Mutation, remote record.Value) bool {
	if !m.Resent || m.Operation != conflict.Update || remote.Kind() != record.Object ||
		conflict.StampOf(remote).Deleted || outbox.Exhausted(m) {
		return false
	}
	again, lost := p.outbox.RefusedFields(m, remote)
	next := outbox.ResendOf(m, remote, again)
	g := p.merger.Begin("conflict decided", merge.Answer)
	g.Draft().Strict = true
	g.Row(p.setup.Schema.Model(m.Key.Model), m.Key, remote)
	if len(again) > 0 && len(lost) == 0 {
		next.ID = m.ID // nothing of it was applied, so it stays the same change, with another wire id
	} else {
		ended := store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Acknowledged,
			Version: conflict.StampOf(remote).Version, AtMs: p.clock.NowMs()}
		if len(lost) > 0 {
			ended.End, ended.Fields = store.SupersededEnd, lost
		}
		g.Draft().End(&ended)
	}
	if len(again) > 0 {
		g.Draft().Keep(&next)
		p.troubled[next.ID] = &backing{attempts: next.Attempts,
			untilMs: p.clock.NowMs() + p.decide.BackoffMs(next.Attempts)}
	}
	p.merger.Finish(g, func() {
		if len(lost) > 0 {
			p.line.Superseded(m, lost, remote)
		}
		if len(again) == 0 {
			p.line.Processed(m.Key.Model, remote)
		}
	}, nil)
	return true
}

// conflicted passes a conflict on to decide. When the answer lacks the server's row, push reads it first.
func (p *Push) conflicted(m *store.Mutation, remote record.Value) {
	if remote.Kind() == record.Object && m.Upsert && m.Operation == conflict.Create {
		p.decide.Onto(m, remote)
		return
	}
	if remote.Kind() == record.Object {
		p.decide.Conflicted(m, remote)
		return
	}
	p.looking[m.ID] = true
	retry := func() {
		delete(p.looking, m.ID)
		p.troubleWith(m.ID)
	}
	p.read(m, func(row record.Value) {
		delete(p.looking, m.ID)
		if row.Exists() {
			p.conflicted(m, row)
		} else {
			p.decide.Hold(m, app.CauseRejected, "The server reports a conflict, but has no such record.", row)
		}
	}, func(link.Answer) { retry() }, retry)
}
