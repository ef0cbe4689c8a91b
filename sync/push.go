package sync

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// pushQueue sends the outbox. One request is under way at a time:
//
//	pick ─▶ "mark sent" committed ─▶ Send ─▶ answers ─▶ "acknowledge" / "conflict noted" / "hold"
//	                                  └─ no definite answer ─▶ backoff, alone, read first ─▶ pick
type pushQueue struct {
	busy        bool  // a batch is being marked, sent or looked up
	attempts    int   // failures in a row, of everything
	paused      bool  // until the timer "push"
	cutOff      bool  // because of the network
	failedMs    int64 // when it was paused
	notBeforeMs int64 // the server asked to wait until then
	toldBusy    bool  // the app knows that the server keeps failing
	alone       map[string]bool
	verified    map[string]bool     // plain AppSync: read, and found not applied
	looking     map[string]bool     // refused or in conflict, and the server's row is being read
	troubled    map[string]*backing // per mutation, so that one that fails lets others pass
}

func newPushQueue() pushQueue {
	return pushQueue{alone: map[string]bool{}, verified: map[string]bool{},
		looking: map[string]bool{}, troubled: map[string]*backing{}}
}

// interrupted forgets the request under way; its mutations stay sent and unanswered.
func (p *pushQueue) interrupted() {
	p.busy, p.paused = false, false
	p.verified, p.looking = map[string]bool{}, map[string]bool{}
}

// planPush starts the next batch when nothing stands in the way. The first round of pulls comes
// before the first mutation, as in Amplify.
func (e *Engine) planPush() {
	if e.push.busy || e.push.paused || !e.connected() || !e.pull.settled || e.link.unreachable || !e.ownQueue() {
		return
	}
	batch := e.pickBatch()
	if len(batch) == 0 {
		return
	}
	mode := e.auth.ModeOf(batch[0])
	if m := batch[0]; !canary.BlindResend && m.State == store.Sent && e.peer.IsPlain() && !e.push.verified[m.ID] {
		e.push.busy = true
		e.lookUp(m)
		return
	}
	e.push.busy = true
	c := &store.Commit{Name: "mark sent", Strict: true}
	ids := make([]string, 0, len(batch))
	for _, m := range batch {
		ids = append(ids, m.ID)
		if m.State == store.Pending || e.unfenced(m) {
			marked := *m
			marked.State = store.Sent
			c.Keep(&marked)
		}
	}
	if canary.UnmarkedSend {
		e.sendBatch(ids, mode)
		return
	}
	staged := slices.ContainsFunc(ids, func(id string) bool { return e.door.Touched(id) })
	if c.Empty() && !staged {
		e.sendBatch(ids, mode)
		return
	}
	send, failed := e.ofConnection(func() { e.sendBatch(ids, mode) }), e.ofConnection(func() { e.pushFailed(0) })
	if c.Empty() { // parked ones that were sent before come back to the outbox by this transaction
		e.door.WhenDurable(send, func(*app.Error) { failed() })
		return
	}
	e.door.Commit(c, send, func(*app.Error) { failed() })
}

// unfenced reports a mutation that must not go again before this engine has written once more: it was
// marked before, and plain AppSync would carry it out twice. An engine that was replaced meanwhile is
// fenced by that transaction; the one that replaced it wrote before it looked the mutation up.
func (e *Engine) unfenced(m *store.Mutation) bool { return e.peer.IsPlain() }

// pickBatch chooses what may travel together (rule 6): the first mutation of each record, none
// that waits for another record's create, none that a transaction in flight changes. Behind one that
// is held, or a create that waits, goes only what had been sent before that came back by restore():
// its answer waits for nobody, and until it is there nobody may discard it.
// One that must go alone, or whose outcome must be looked up first, goes alone; of several the
// one that failed least.
func (e *Engine) pickBatch() []*store.Mutation {
	var batch []*store.Mutation
	var single *store.Mutation
	seen, stopped := map[store.Key]bool{}, map[store.Key]bool{}
	bytes, full := 0, false
	mode := ""
	var nextMs int64
	for _, m := range e.sendable() {
		if seen[m.Key] || m.State != store.Sent && stopped[m.Key] {
			continue
		}
		if m.State == store.Held {
			stopped[m.Key] = true
			continue
		}
		seen[m.Key] = true
		if !e.mayGo(m) {
			continue
		}
		if b := e.push.troubled[m.ID]; b != nil && b.untilMs > e.clock.NowMs() {
			if nextMs == 0 || b.untilMs < nextMs {
				nextMs = b.untilMs
			}
			continue
		}
		unsure := e.unsure(m)
		own, ok := e.auth.MayTravel(m, unsure)
		if !ok {
			continue
		}
		if e.push.alone[m.ID] || unsure {
			if single == nil || e.push.failures(m) < e.push.failures(single) {
				single = m
			}
			continue
		}
		if len(batch) > 0 && own != mode {
			continue // a batch has one auth mode
		}
		size := pushOverheadBytes + len(m.Fields.Text()) + len(m.Condition.Text()) + len(m.Key.ID)
		full = full || len(batch) == e.batchMax() || len(batch) > 0 && bytes+size > pushBodyBytesMax
		if !full {
			bytes, mode = bytes+size, own
			batch = append(batch, m)
		}
	}
	switch {
	case single != nil && (len(batch) == 0 || e.push.failures(single) == 0 && single.Order < batch[0].Order):
		return []*store.Mutation{single}
	case len(batch) == 0 && nextMs > 0:
		e.clock.After("push", nextMs-e.clock.NowMs(), func() {})
	}
	return batch
}

// sendable is the outbox to choose from. While no transaction is in flight, what is staged counts:
// a save and its mark as sent then are one transaction.
func (e *Engine) sendable() []*store.Mutation {
	if !e.door.Busy() {
		return e.door.Stage().Outbox()
	}
	return e.door.Image().Outbox()
}

func (e *Engine) batchMax() int {
	if e.peer.IsPlain() {
		return pushMutationsAppsyncMax
	}
	return pushMutationsMax
}

// failures is how often a mutation failed on its own.
func (p *pushQueue) failures(m *store.Mutation) int {
	if b := p.troubled[m.ID]; b != nil {
		return b.attempts
	}
	return 0
}

// mayGo reports whether the first mutation of a record can be sent now.
func (e *Engine) mayGo(m *store.Mutation) bool {
	if m.State != store.Pending && m.State != store.Sent || e.push.looking[m.ID] ||
		e.door.Busy() && e.door.Touched(m.ID) {
		return false
	}
	model := e.setup.Schema().Model(m.Key.Model)
	return model != nil && model.Syncable && (canary.ChildFirst || m.State == store.Sent || len(e.outbox.Blockers(m)) == 0)
}

// sendBatch posts mutations that are committed as sent.
func (e *Engine) sendBatch(ids []string, mode string) {
	if !e.connected() || !e.auth.Have(mode) {
		e.push.busy = false
		return
	}
	var batch []*store.Mutation
	var out []appsync.Mutation
	for _, id := range ids {
		m, ok := e.door.Image().Mutation(id)
		if model := e.modelOf(m, ok); model != nil {
			batch = append(batch, m)
			out = append(out, e.wire(model, m))
		}
	}
	if len(batch) == 0 {
		e.push.busy = false
		return
	}
	request, keys := appsync.MutationRequest(e.setup.Schema(), out)
	e.peer.AnnounceUs(&request)
	e.request("push", mode, request.Body(), pushTimeoutMs, func(a answer) { e.pushAnswered(batch, keys, a) })
}

func (e *Engine) modelOf(m *store.Mutation, ok bool) *schema.Model {
	if !ok {
		return nil
	}
	return e.setup.Schema().Model(m.Key.Model)
}

// wire is a mutation as it is sent: key and changed fields, the version, the condition without
// key fields, null owners left out (the server refuses them).
func (e *Engine) wire(model *schema.Model, m *store.Mutation) appsync.Mutation {
	sh := e.setup.Shape(model.Name)
	input, err := model.KeyFields(m.Key.ID)
	if err != nil {
		input = record.Pick(m.Fields, model.Key...)
	}
	if m.Operation != conflict.Delete {
		var nullOwners []string
		for _, name := range sh.Owners {
			if m.Fields.Field(name).Kind() == record.Null {
				nullOwners = append(nullOwners, name)
			}
		}
		input = record.Overlay(input, record.Without(m.Fields, nullOwners...))
	}
	if m.Operation != conflict.Create {
		var version record.Builder
		version.SetInt(conflict.VersionField, m.Version)
		input = record.Overlay(input, version.Object())
	}
	out := appsync.Mutation{ID: wireID(m), Model: model, Operation: m.Operation, Input: input,
		Strict: m.Resent && m.Operation == conflict.Update}
	if m.Condition.Exists() && m.Operation != conflict.Create {
		out.Condition = m.Condition // one that the schema no longer knows is the server's to refuse
		if p, err := query.Parse(model, m.Condition, query.Client); err == nil {
			out.Condition = p.Without(model.Key...).Filter()
		}
	}
	return out
}

// wireID is a mutation's id on the wire. A mutation that was refused and is sent again with other
// contents needs another id there, because the server answers an id it knows with the old
// outcome; the app's id stays. "~" keeps these apart from the "/" of derived mutations.
func wireID(m *store.Mutation) string {
	if m.Attempts == 0 {
		return m.ID
	}
	return m.ID + "~" + strconv.Itoa(m.Attempts+1)
}
