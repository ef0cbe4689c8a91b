package pull

import (
	"math"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
)

// mergePage merges the rows of a page and returns the ids of those that were here before the run.
func (p *Pull) mergePage(mp *modelPull, run *modelRun, g *merge.Merge, rows []record.Value) (older []string) {
	for _, row := range rows {
		id, err := mp.model.RecordID(row)
		if err != nil {
			run.failures = true
			p.line.Report(app.Trouble{Process: "sync", Operation: appsync.SyncField(mp.model), Model: mp.model.Name,
				Code: app.CodeServerError, Kind: "BadRecord", Message: err.Error(), Remote: row})
			continue
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		if run.base && !run.seen[id] {
			if order := p.door.Stage.OrderOf(key); order != 0 && int64(order) <= run.order {
				run.seen[id] = true
				older = append(older, id)
			}
		}
		run.unsure = run.unsure || p.isLost(run, key, conflict.StampOf(row))
		g.Row(mp.model, key, row)
	}
	return older
}

// isLost reports whether a record may come from before the server was restored: it is newer here than in a base run of
// our server. A run that goes on over another connection does not know whether the newer row came while it was under
// way.
func (p *Pull) isLost(run *modelRun, key store.Key, incoming conflict.Stamp) bool {
	if !run.base || !run.resumed || run.reset || run.touched[key.ID] || p.peer.Kind() != peer.Deltabase {
		return false
	}
	here, ok := p.door.Stage.Row(key)
	if !ok {
		here, ok = p.door.Stage.Tombstone(key)
	}
	return ok && here.Base.Exists() && conflict.Replaces(incoming, merge.OwnStamp(here.Base))
}

// mergeLeft removes rows that changed on the server and no longer match the sync expression.
func (p *Pull) mergeLeft(mp *modelPull, g *merge.Merge, run *modelRun, reply appsync.CursorReply) {
	for i, id := range reply.Left {
		left := conflict.Stamp{Version: math.MaxInt64, ChangedAt: run.startedAt}
		if i < len(reply.LeftAt) && i < len(reply.LeftVersions) {
			left = conflict.Stamp{Version: reply.LeftVersions[i], ChangedAt: reply.LeftAt[i]}
		}
		key := store.Key{Model: mp.model.Name, ID: id}
		known := g.Base(key)
		if known.Exists() && conflict.Replaces(left, merge.OwnStamp(known)) {
			continue // a later change has brought it back
		}
		p.LeftScope(key, left)
		if len(p.door.Stage.Mutations(key)) > 0 && left.Version != math.MaxInt64 {
			g.Leave(mp.model, key, known, left)
		} else {
			g.Dismiss(mp.model, key)
		}
	}
}

// removeUnseen ends a base run. Rows that the server did not return are deleted there, or left the sync expression.
// Only a complete run shows that, and it shows nothing about rows with pending changes or rows that changed during the
// run (rule 8).
func (p *Pull) removeUnseen(mp *modelPull, run *modelRun, g *merge.Merge) {
	if !p.sawAll(run) {
		return
	}
	mp.touchBuffered()
	p.door.Stage.EachRow(mp.model.Name, func(row store.Row) bool {
		if canary.RemovesTouched && !run.seen[row.ID] {
			g.Remove(row.Key())
		}
		if int64(row.Order) > run.order || run.seen[row.ID] {
			return true
		}
		outside := p.setup.Config.OutOfScope(mp.model, row.Base) // outside of the sync expression no row has to stay
		if outside || !run.changedSince(row) {
			g.Dismiss(mp.model, row.Key())
		} else if run.reset && run.resumed {
			run.unsure = true
		}
		if outside {
			p.LeftScope(row.Key(), merge.OwnStamp(row.Base))
		}
		return true
	})
}

// sawAll reports whether a run returned every row that the server has in the sync expression.
func (p *Pull) sawAll(run *modelRun) bool {
	return run.base && !run.truncated && !run.failures && run.nullItems == 0 &&
		run.received < int64(p.setup.Config.SyncMaxRecords)
}

// changedSince reports whether a row changed after the run had begun, so that the run need not have returned it. A row
// that came during the run with an older time did not: it came with a late answer or message about a version that the
// run would have returned. A resumed run goes by the time alone, because it does not know what came over an earlier
// connection.
//
// Where the rows of the run replace those here, the stored times may be those of a server before it was restored, so
// only what came during the run counts. A resumed run does not know that either: it spares rows that are newer by their
// time, and another base run follows.
func (run *modelRun) changedSince(row store.Row) bool {
	if run.reset && !run.resumed {
		return run.touched[row.ID]
	}
	return (run.resumed || run.touched[row.ID]) && conflict.StampOf(row.Base).ChangedAt >= run.startedAt
}

// touchBuffered notes the ids in the buffer, so that the run does not remove rows that changed during it.
func (mp *modelPull) touchBuffered() {
	if mp.run == nil {
		return
	}
	for _, message := range mp.buffer[min(mp.run.buffered, len(mp.buffer)):] {
		if id, err := mp.model.RecordID(message); err == nil {
			mp.run.touched[id] = true
		}
	}
}
