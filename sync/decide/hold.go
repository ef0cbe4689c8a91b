package decide

import (
	"bytes"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
)

// AlreadyGone ends a delete of a record that the server does not have, so that nothing is left to do.
func (dec *Decider) AlreadyGone(m *store.Mutation) {
	c := &store.Commit{Name: "acknowledge", Strict: true, Removed: []store.Key{m.Key},
		Ended: []store.Ended{{MutationID: m.ID, Key: m.Key, Operation: m.Operation,
			End: store.Acknowledged, AtMs: dec.clock.NowMs()}}}
	dec.door.Commit(c, func() { dec.line.Processed(m.Key.Model, m.Base) }, nil)
}

// Hold stops a mutation until a person decides. remote, if there is one, is a row that the server has just returned,
// and becomes the base. The row of an earlier conflict must not: the record may have been removed here since.
func (dec *Decider) Hold(m *store.Mutation, code, message string, remote record.Value) {
	if canary.HeldDropped {
		dec.AlreadyGone(m)
		return
	}
	g := dec.merger.Begin("hold", merge.Answer)
	g.Draft().Strict = true
	next := *m
	next.State, next.Cause = store.Held, &store.Cause{Code: code, Message: message}
	if remote.Exists() {
		next.Remote = remote
	}
	if known := g.Base(m.Key); remote.Exists() && !bytes.Equal(known.Text(), remote.Text()) {
		g.Row(dec.setup.Schema.Model(m.Key.Model), m.Key, remote)
	}
	if dec.outbox.Corrected(g.Draft(), &next) {
		dec.merger.Finish(g, dec.line.Outbox, func(*app.Error) { dec.askLater(m.ID) })
		return
	}
	g.Draft().Keep(&next)
	dec.merger.Finish(g, func() { dec.line.Held(&next) }, func(*app.Error) { dec.askLater(m.ID) })
}
