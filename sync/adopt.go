package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
)

// adoptedKey names the meta entry that says how far the data of another store was taken over. It survives a clear:
// what was taken over once never comes again.
const adoptedKey = "db/adopted"

// adopt takes over a batch. What is here already wins as it does against any row or beside any change of the server's:
// rows go through the merge by version, changes go behind those that are queued.
func (e *Engine) adopt(ev Adopt) {
	answer := func() {
		mark := e.door.Image.Meta(adoptedKey)
		if !mark.Exists() {
			mark = record.NullValue()
		}
		e.line.Reply(ev.Call, mark.Text())
	}
	failed := func(problem *app.Error) { e.line.Fail(ev.Call, problem) }
	kept := e.door.Stage.Meta(adoptedKey)
	if ev.Mark.IsNull() || !(kept.IsNull() && ev.Was.IsNull() || record.Equal(kept, ev.Was)) {
		e.door.WhenDurable(answer, failed)
		return
	}
	if len(ev.Rows)+len(ev.Changes) > adoptedMax {
		e.line.Fail(ev.Call, app.NewError(app.CodeBadRequest, "One call takes over at most "+strconv.Itoa(adoptedMax)+
			" rows and changes. Send the rest with later calls."))
		return
	}
	g := e.merger.Begin("adopt", merge.Message)
	c := g.Draft()
	fetched := map[string]bool{}
	for _, r := range ev.Rows {
		model := e.setup.Schema.Model(r.Model)
		if model == nil {
			continue // the page has told of it
		}
		if id, err := model.RecordID(r.Row); err == nil {
			g.Row(model, store.Key{Model: r.Model, ID: id}, r.Row)
		}
		if !fetched[r.Model] { // what was deleted on the server since then shows in a base run only
			fetched[r.Model] = true
			e.pull.Forget(r.Model, c)
		}
	}
	c.Strict = true
	c.Set(adoptedKey, ev.Mark)
	var misfits []*store.Mutation
	for _, change := range ev.Changes {
		if misfit := e.outbox.Adopt(c, change, ev.Call.Tab, g.Base); misfit != nil {
			misfits = append(misfits, misfit)
		}
	}
	queued := append([]store.Mutation(nil), c.Mutations...)
	e.merger.Finish(g, func() {
		answer()
		for i := range queued {
			e.line.Enqueued(&queued[i])
		}
		e.decide.TellMisfits(misfits)
	}, failed)
}
