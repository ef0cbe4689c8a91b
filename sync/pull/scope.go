package pull

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/peer"
)

// LeftScope remembers that a row left the sync expression, and with which change. It is not here any
// more, so nothing else would keep a late message about an earlier change from bringing it back.
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

// left is the change with which a row left the sync expression.
func (p *Pull) left(key store.Key) (at conflict.Stamp, ok bool) {
	if mp := p.models[key.Model]; mp != nil {
		at, ok = mp.gone[key.ID]
	}
	return at, ok
}

// IsLate reports a row from before it left the sync expression.
func (p *Pull) IsLate(key store.Key, incoming conflict.Stamp) bool {
	left, ok := p.left(key)
	return ok && !conflict.Replaces(left, incoming)
}

// HasLeft reports a row that left after the change that is here.
func (p *Pull) HasLeft(key store.Key, here conflict.Stamp) bool {
	left, ok := p.left(key)
	return ok && conflict.Replaces(here, left)
}

// ChangedOtherwise notes a row that came by a message or an answer while a run is under way.
func (p *Pull) ChangedOtherwise(key store.Key) {
	if mp := p.models[key.Model]; mp != nil && mp.run != nil {
		mp.run.touched[key.ID] = true
	}
}

// startsOver reports a run whose rows replace those here whatever their versions: our server knew no cursor, or
// was not asked about it because a base run was due. It may have been restored from a backup; else what it
// returns is never older than what came before the run. Plain AppSync's base queries may lag behind.
func (p *Pull) startsOver(run *modelRun) bool {
	return run.reset || run.base && !run.resumed && p.peer.Kind() == peer.Deltabase
}

// Dropped says that what was not on the disk yet is given up. A run that replaces what is here spares rows that
// changed otherwise meanwhile; such a change may be among what is given up, and then the older row stays.
func (p *Pull) Dropped() {
	for _, mp := range p.models {
		if mp.run != nil {
			mp.run.dropped = mp.run.dropped || len(mp.run.touched) > 0
		}
	}
}

// sourceOf is where the rows of a run's pages come from.
func (p *Pull) sourceOf(run *modelRun) merge.Source {
	if !p.startsOver(run) {
		return merge.Page(run.trusted, run.base, nil)
	}
	return merge.Page(run.trusted, run.base, func(id string) bool { return !run.touched[id] })
}

// Refetch asks for a base run after an answer whose row is older than the cursor. The row may have
// left the sync expression since, before the cursor: then nothing but a base run takes it away again.
// c is the commit that takes the row in.
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
