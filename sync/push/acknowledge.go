package push

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
)

// acks collects the acknowledgements of one response into one commit.
type acks struct {
	by    *Push
	merge *merge.Merge
	after []func()
}

func (p *Push) newAcks() *acks {
	return &acks{by: p, merge: p.merger.Begin("acknowledge", merge.Answer)}
}

// add ends a mutation. Its row becomes the base, and the changes queued behind it are rebased. Fields that the server
// did not take are sent once more, or reported as superseded (rule 3).
func (a *acks) add(m *store.Mutation, row record.Value) {
	p := a.by
	model := p.setup.Schema.Model(m.Key.Model)
	a.merge.Draft().Strict = true
	a.merge.Row(model, m.Key, row)
	ended := store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: store.Acknowledged,
		Version: conflict.StampOf(row).Version, AtMs: p.clock.NowMs()}
	later := p.outbox.Behind(m)
	again, lost := p.outbox.Fate(model, m, row, later)
	if len(again) > 0 {
		a.merge.Draft().Mutations = append(a.merge.Draft().Mutations, outbox.ResendOf(m, row, again))
	}
	for _, q := range later {
		if next, changed := outbox.Rebase(model, q, m, row); changed && !canary.LostRebase {
			a.merge.Draft().Keep(&next)
		}
	}
	if len(lost) > 0 && !canary.SilentLoss {
		ended.End, ended.Fields = store.SupersededEnd, lost
	}
	a.merge.Draft().End(&ended)
	a.after = append(a.after, func() {
		if len(lost) > 0 && !canary.SilentLoss {
			p.line.Superseded(m, lost, row)
		}
		p.line.Processed(m.Key.Model, row)
	})
}

func (a *acks) commit() {
	if len(a.after) == 0 {
		return
	}
	a.by.merger.Finish(a.merge, func() {
		for _, say := range a.after {
			say()
		}
	}, nil)
}
