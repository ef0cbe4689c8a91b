package push

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
)

// pickBatch chooses the mutations that are sent together (rule 6): the first one of each record, but none that waits
// for another record's create, and none that the transaction under way changes. Behind a held mutation, only one that
// was sent earlier and came back by restore() may go: its answer depends on no other, and until it comes the app may
// not discard it.
//
// A mutation that must go alone, or whose outcome must be looked up first, is sent alone. Of several such, the one that
// failed least goes first.
func (p *Push) pickBatch() []*store.Mutation {
	var batch []*store.Mutation
	var single *store.Mutation
	seen, stopped := map[store.Key]bool{}, map[store.Key]bool{}
	bytes, full := 0, false
	mode := ""
	var nextMs int64
	for _, m := range p.sendable() {
		if seen[m.Key] || m.State != store.Sent && stopped[m.Key] {
			continue
		}
		if m.State == store.Held {
			stopped[m.Key] = true
			continue
		}
		seen[m.Key] = true
		if !p.mayGo(m) {
			continue
		}
		if b := p.troubled[m.ID]; b != nil && b.untilMs > p.clock.NowMs() {
			if nextMs == 0 || b.untilMs < nextMs {
				nextMs = b.untilMs
			}
			continue
		}
		unsure := p.Unsure(m)
		own, ok := p.auth.MayTravel(m, unsure)
		if !ok {
			continue
		}
		if p.alone[m.ID] || unsure {
			if single == nil || p.failures(m) < p.failures(single) {
				single = m
			}
			continue
		}
		if len(batch) > 0 && own != mode {
			continue // a batch has one auth mode
		}
		size := overheadBytes + len(m.Fields.Text()) + len(m.Condition.Text()) + len(m.Key.ID)
		full = full || len(batch) == p.batchMax() || len(batch) > 0 && bytes+size > bodyBytesMax
		if !full {
			bytes, mode = bytes+size, own
			batch = append(batch, m)
		}
	}
	switch {
	case single != nil && (len(batch) == 0 || p.failures(single) == 0 && single.Order < batch[0].Order):
		return []*store.Mutation{single}
	case len(batch) == 0 && nextMs > 0:
		p.clock.After("push", nextMs-p.clock.NowMs(), func() {})
	}
	return batch
}

// sendable is the outbox to choose from. While no transaction is under way, it includes staged changes, so that a save
// and its mark as sent share one transaction.
func (p *Push) sendable() []*store.Mutation {
	if !p.door.Busy() {
		return p.door.Stage.Outbox()
	}
	return p.door.Image.Outbox()
}

func (p *Push) batchMax() int {
	if p.peer.IsPlain() {
		return mutationsAppsyncMax
	}
	return mutationsMax
}

// failures is how often a mutation failed by itself.
func (p *Push) failures(m *store.Mutation) int {
	if b := p.troubled[m.ID]; b != nil {
		return b.attempts
	}
	return 0
}

// mayGo reports whether the first mutation of a record can be sent now.
func (p *Push) mayGo(m *store.Mutation) bool {
	if m.State != store.Pending && m.State != store.Sent || p.looking[m.ID] ||
		p.door.Busy() && p.door.Touched(m.ID) {
		return false
	}
	model := p.setup.Schema.Model(m.Key.Model)
	return model != nil && model.Syncable && (canary.ChildFirst || m.State == store.Sent || len(p.outbox.Blockers(m)) == 0)
}

// Unsure reports a mutation that must be looked up before it is sent again (rule 2): the server keeps no ids, or another
// store sent it without one.
func (p *Push) Unsure(m *store.Mutation) bool {
	return m.State == store.Sent && (p.peer.IsPlain() || m.SentElsewhere) && !p.verified[m.ID]
}
