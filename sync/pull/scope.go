package pull

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
)

// LeftScope remembers that a row left the sync expression, and with which change. The row is no longer stored, so only
// this note keeps a late message about an earlier change from bringing it back.
func (p *Pull) LeftScope(key store.Key, at conflict.Stamp) {
	mp := p.models[key.Model]
	if mp == nil {
		return
	}
	if mp.gone == nil || len(mp.gone) >= goneMax {
		mp.gone = map[string]conflict.Stamp{}
	}
	mp.gone[key.ID] = at
}

// left is the change with which a row left the sync expression, if one is known.
func (p *Pull) left(key store.Key) (at conflict.Stamp, ok bool) {
	if mp := p.models[key.Model]; mp != nil {
		at, ok = mp.gone[key.ID]
	}
	return at, ok
}

// IsLate reports whether an incoming row is older than the change with which it left the sync expression.
func (p *Pull) IsLate(key store.Key, incoming conflict.Stamp) bool {
	left, ok := p.left(key)
	return ok && !conflict.Replaces(left, incoming)
}

// HasLeft reports whether a row left after the change that is stored here.
func (p *Pull) HasLeft(key store.Key, here conflict.Stamp) bool {
	left, ok := p.left(key)
	return ok && conflict.Replaces(here, left)
}

// ChangedOtherwise notes that a message or an answer brought a row while a run is under way.
func (p *Pull) ChangedOtherwise(key store.Key) {
	if mp := p.models[key.Model]; mp != nil && mp.run != nil {
		mp.run.touched[key.ID] = true
	}
}

// startsOver reports whether the rows of a run replace those here, whatever their versions. That is so when our server
// did not know the cursor, or was not asked about it because a base run was due. The server may have been restored from
// a backup; if it was not, its rows are never older than those that were here before the run. Base queries of plain
// AppSync may lag behind, so their rows do not replace.
func (p *Pull) startsOver(run *modelRun) bool {
	return run.reset || run.base && !run.resumed && p.peer.Kind() == peer.Deltabase
}

// Dropped notes that staged changes were lost because their transaction failed. A run that replaces the rows here
// spares rows that changed otherwise during it. If such a change is among those lost, the older row has stayed.
func (p *Pull) Dropped() {
	for _, mp := range p.models {
		if mp.run != nil {
			mp.run.dropped = mp.run.dropped || len(mp.run.touched) > 0
		}
	}
}

// sourceOf describes to the merge where the rows of a run's pages come from.
func (p *Pull) sourceOf(run *modelRun) merge.Source {
	if !p.startsOver(run) {
		return merge.Page(run.trusted, run.base, nil)
	}
	return merge.Page(run.trusted, run.base, func(id string) bool { return !run.touched[id] })
}

// Refetch plans a base run after an answer whose row is older than the cursor. The row may have left the sync
// expression since, before the cursor; then only a base run removes it again. c is the commit that holds the row.
func (p *Pull) Refetch(model string, row record.Value, c *store.Commit) {
	mp := p.models[model]
	scoped := p.setup.Config.Scoped(model)
	if !scoped || mp == nil || conflict.StampOf(row).ChangedAt > p.readCursor(model).lastSync {
		return
	}
	c.Meta = append(c.Meta, store.MetaEntry{Key: CursorKey(model)})
	p.endProgress(model, c)
	if mp.run != nil {
		p.link.Cancel(mp.run.request)
		mp.run = nil
	}
	p.askAgain(mp)
}
