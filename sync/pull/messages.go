package pull

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
)

// Message takes a row from a subscription. It is applied at once when the model is live, else after the model's pull.
// Rows that came during a run that failed are applied before later ones, so that messages stay in order.
func (p *Pull) Message(model string, row record.Value) {
	mp := p.models[model]
	if mp.live && mp.run == nil {
		rows := append(mp.buffer, row)
		mp.buffer = nil
		if p.applyMessages(mp, rows) {
			p.askAgain(mp)
		}
		return
	}
	if len(mp.buffer) >= messagesMax {
		mp.touchBuffered()
		mp.buffer, mp.again, mp.live = nil, true, false // the next run fetches these rows
		if mp.run != nil {
			mp.run.buffered = 0
		}
	}
	mp.buffer = append(mp.buffer, row)
}

// applyMessages merges rows from subscriptions. A base run that saw every row also saw the changes of older messages: a
// row that is not here has left the sync expression since, and no message says so. unsure reports that a message has
// the same time as the run. That message and those behind it are not applied, because a delta brings them.
func (p *Pull) applyMessages(mp *modelPull, rows []record.Value) (unsure bool) {
	g := p.merger.Begin("apply messages", merge.Message)
	for _, row := range rows {
		id, err := mp.model.RecordID(row)
		if err != nil {
			continue
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		if changedAt := conflict.StampOf(row).ChangedAt; changedAt > mp.seenAtMs || g.Base(key).Exists() {
			g.Row(mp.model, key, row)
		} else if changedAt == mp.seenAtMs {
			mp.live, unsure = false, true
			break
		}
	}
	var problem *app.Error
	failed := p.link.OfConnection(func() {
		mp.live = false // a delta brings what was lost
		p.fail(mp, failure{code: problem.Code, kind: "Unknown", message: problem.Message})
	})
	p.merger.Finish(g, nil, func(reason *app.Error) {
		problem = reason
		failed()
	})
	return unsure
}
