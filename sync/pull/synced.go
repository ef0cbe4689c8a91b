package pull

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
)

// runDone runs after the commit of the last page. It merges the buffered messages, and then the model is synced.
func (p *Pull) runDone(mp *modelPull, run *modelRun) {
	mp.run, mp.state = nil, stateDone
	mp.again = mp.again || run.resumed // another run fetches what changed between the connections
	// That other run closes the gap before messages are applied; before the subscriptions are acknowledged, a run will
	// follow that.
	mp.live = !mp.again && p.link.IsSubscribed()
	if run.truncated {
		p.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
			Code: app.CodeTruncated, Kind: "Unknown", Message: "The server has more records of " +
				mp.model.Name + " than syncMaxRecords (" + strconv.Itoa(p.setup.Config.SyncMaxRecords) +
				"). The rest is not here."})
	}
	// Plain AppSync sends messages about rows that leave, and its base queries may lag behind those.
	if p.setup.Config.Scoped(mp.model.Name) && p.sawAll(run) && p.peer.Kind() == peer.Deltabase {
		mp.seenAtMs = run.startedAt
	}
	if p.startsOver(run) && !run.failures && run.nullItems == 0 {
		p.dropEarlier(mp, run)
	}
	if mp.live {
		messages := mp.buffer
		mp.buffer = nil
		if !canary.BufferDropped {
			mp.again = p.applyMessages(mp, messages)
		}
	}
	goOn := p.link.OfConnection(func() { p.pulledOnce(mp, run) })
	p.door.WhenDurable(func() {
		p.modelSynced(mp, run)
		goOn()
	}, func(*app.Error) {})
}

// dropEarlier forgets messages that came before our server was asked for the first page of a run that replaced the rows
// here. The server had applied those changes by then. If it was restored since, the messages may hold changes that it
// lost.
func (p *Pull) dropEarlier(mp *modelPull, run *modelRun) {
	came := 0
	mp.buffer = slices.DeleteFunc(mp.buffer, func(row record.Value) bool {
		came++
		id, err := mp.model.RecordID(row)
		if came > run.buffered || err != nil {
			return false
		}
		_, here := p.door.Stage.Row(store.Key{Model: mp.model.Name, ID: id})
		return here || p.sawAll(run)
	})
}

// modelSynced announces that the records of a model are now here as on the server.
func (p *Pull) modelSynced(mp *modelPull, run *modelRun) {
	first := !mp.synced
	mp.synced = true
	if !run.resumed {
		mp.came = run.number
	}
	var c, b record.Builder
	c.SetInt("new", run.counts.Added)
	c.SetInt("updated", run.counts.Updated)
	c.SetInt("deleted", run.counts.Deleted)
	b.SetString("model", mp.model.Name)
	b.SetBool("isFullSync", run.base)
	b.SetBool("isDeltaSync", !run.base)
	b.Set("counts", c.Object())
	mp.told = b.Object().Text()
	p.line.Announce(app.HubModelSynced, mp.told)
	if first {
		p.live.Synced(mp.model.Name)
	}
}

// pulledOnce continues the round, or begins another run of the same model.
func (p *Pull) pulledOnce(mp *modelPull, run *modelRun) {
	p.succeeded = true
	if run.counts != (merge.Counts{}) {
		p.polls = 0
	}
	if mp.again {
		mp.again = false
		mp.state = stateWaiting
		return
	}
	p.settleModel(mp)
	if p.owesReady && !slices.ContainsFunc(p.list, func(mp *modelPull) bool { return !mp.synced }) {
		p.owesReady = false
		p.line.Announce(app.HubSyncReady, nil)
	}
}
