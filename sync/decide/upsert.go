package decide

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
)

// Onto makes an upsert that was sent as a create the change of the record that the server turned out to have: of the
// fields that it sets and that differ there. Nobody is asked, because that is what the app has said. Where somebody
// changes the record meanwhile, it is a conflict like any other.
func (dec *Decider) Onto(m *store.Mutation, remote record.Value) {
	sh := dec.setup.Shape(m.Key.Model)
	stamp := conflict.StampOf(remote)
	if stamp.Deleted {
		dec.Hold(m, app.CodeTombstone, "A record with this id was deleted on the server. Discard the change, or save it "+
			"under a new id.", remote)
		return
	}
	changed := record.Without(record.Changed(remote, changedByApp(m)), sh.Model.Key...)
	g := dec.merger.Begin("upsert", merge.Answer)
	g.Draft().Strict = true
	g.Row(sh.Model, m.Key, remote)
	if changed.Len() == 0 {
		g.Draft().End(&store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Acknowledged,
			Version: stamp.Version, AtMs: dec.clock.NowMs()})
		dec.merger.Finish(g, func() { dec.line.Processed(m.Key.Model, remote) }, nil)
		return
	}
	next := *m
	next.State, next.Cause, next.Remote, next.Upsert, next.NewID = store.Pending, nil, record.Value{}, false, false
	next.Operation, next.Fields = conflict.Update, sh.Whole(changed, record.Overlay(remote, changed))
	next.Base, next.Version = remote, stamp.Version
	next.Attempts++
	g.Draft().Keep(&next)
	dec.merger.Finish(g, nil, nil)
}
