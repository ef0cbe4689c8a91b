package sync

import (
	"sort"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// One transaction is in flight; what is staged meanwhile becomes the next one (group commit,
// rule 9). Each part keeps its own consequences: they happen when the transaction is durable, in
// the order of staging. A failed transaction takes all later parts with it, because they were
// planned on top of it.
type commitQueue struct {
	flyingID uint64
	clears   bool // the flying transaction removes all records
	whole    *store.Commit
	rewrite  rewrite
	flying   []part
	staged   []part
	touched  map[string]int // mutation ids in flying and staged parts
	count    int            // transactions since the last Fold
}

// part is one commit on its way. Without mutations it only waits for those before it.
type part struct {
	relaxed   bool     // it can be fetched again
	mutations []string // ids of the mutations that the commit changes or ends
	ended     []string
	keys      []store.Key // the records of these mutations
	creates   []store.Key // of these, the ones of which a queued create changes or ends
	order     []store.Key // in which observers hear of these records
	then      func()
	failed    func(*app.Error)
}

// commit stages c. then runs once it is durable, failed if it never will be; either may be nil.
func (e *Engine) commit(c *store.Commit, then func(), failed func(*app.Error)) {
	p := part{relaxed: !c.Strict, then: then, failed: failed, order: e.aftermath(c)}
	for i := range c.Mutations {
		p.mutations = append(p.mutations, c.Mutations[i].ID)
		p.keys = append(p.keys, c.Mutations[i].Key)
		if m, known := e.stage.Mutation(c.Mutations[i].ID); known && m.Operation == conflict.Create {
			p.creates = append(p.creates, m.Key)
		}
	}
	for i := range c.Ended {
		p.mutations = append(p.mutations, c.Ended[i].MutationID)
		p.ended = append(p.ended, c.Ended[i].MutationID)
		p.keys = append(p.keys, c.Ended[i].Key)
		if c.Ended[i].Operation == conflict.Create {
			p.creates = append(p.creates, c.Ended[i].Key)
		}
	}
	for _, id := range p.mutations {
		e.commits.touched[id]++
	}
	e.stage.Add(c)
	e.commits.staged = append(e.commits.staged, p)
}

// whenDurable runs then once everything staged so far is durable, at once if that is so already.
func (e *Engine) whenDurable(then func(), failed func(*app.Error)) {
	if e.commits.flyingID == 0 && len(e.commits.staged) == 0 {
		then()
		return
	}
	e.commits.staged = append(e.commits.staged, part{then: then, failed: failed})
}

// durable notes that a part is in the image.
func (e *Engine) durable(p part) {
	for _, id := range p.mutations {
		if e.commits.touched[id]--; e.commits.touched[id] == 0 {
			delete(e.commits.touched, id)
		}
	}
	for _, id := range p.ended {
		e.journal[id] = true
		e.push.ended(id)
	}
	if len(e.journal) > journalIdsMax {
		e.readJournal()
	}
}

func (e *Engine) readJournal() {
	e.journal = map[string]bool{}
	for _, ended := range e.image.Journal() {
		e.journal[ended.MutationID] = true
	}
}

// flush sends the staged parts as one transaction if none is under way. It reports whether it
// ran consequences, which may have staged more.
func (e *Engine) flush() bool {
	q := &e.commits
	if q.flyingID != 0 || len(q.staged) == 0 {
		return false
	}
	if e.halted != nil {
		e.dropAll(e.halted)
		return true
	}
	if q.rewrite.due && e.stage.Len() > 0 {
		e.rebuild()
		return false
	}
	group := q.staged
	q.staged = nil
	whole := e.stage.Take()
	if whole == nil {
		for _, p := range group {
			p.run()
		}
		return true
	}
	q.flying, q.clears = group, whole.Clear
	e.transact(whole)
	return false
}

func (e *Engine) transact(whole *store.Commit) {
	q := &e.commits
	if canary.RelaxedOutbox {
		whole.Strict = false
	}
	q.whole, q.flyingID = whole, e.nextID()
	e.emit(Commit{ID: q.flyingID, Commit: whole})
}

func (p part) run() {
	if p.then != nil {
		p.then()
	}
}

func (e *Engine) committed(id uint64) {
	q := &e.commits
	if id == 0 || id != q.flyingID {
		return
	}
	if q.rewrite.flying {
		e.rebuilt()
		return
	}
	e.wrote(q.whole)
	group := q.flying
	q.flying, q.flyingID, q.whole = nil, 0, nil
	cleared := q.clears
	var changes []store.Change
	for _, p := range group {
		e.durable(p)
	}
	if e.stage.Len() > 0 {
		changes = e.stage.Done()
	}
	// Observers come first: when a promise resolves or a model is told to be synced, they know.
	if cleared {
		for _, mp := range e.pull.list {
			mp.synced = false
		}
		e.refreshLive()
	} else {
		e.notify(inOrder(changes, group))
	}
	e.tellFollowers(group)
	for _, p := range group {
		p.run()
	}
	e.tidy()
}

// inOrder puts the changes of a cascade into the order in which it deleted, children first; the
// others keep their places.
func inOrder(changes []store.Change, group []part) []store.Change {
	rank := map[store.Key]int{}
	for _, p := range group {
		for _, key := range p.order {
			rank[key] = len(rank)
		}
	}
	if len(rank) == 0 {
		return changes
	}
	var ranked []store.Change
	for _, c := range changes {
		if _, ok := rank[c.Key]; ok {
			ranked = append(ranked, c)
		}
	}
	sort.SliceStable(ranked, func(a, b int) bool { return rank[ranked[a].Key] < rank[ranked[b].Key] })
	next := 0
	for i := range changes {
		if _, ok := rank[changes[i].Key]; ok {
			changes[i] = ranked[next]
			next++
		}
	}
	return changes
}

// tidy asks the store to fold its log now and then, when nothing waits to be written.
func (e *Engine) tidy() {
	if e.commits.count++; e.commits.count >= foldCommits && len(e.commits.staged) == 0 {
		e.commits.count = 0
		e.emit(Fold{})
	}
}

func (e *Engine) commitFailed(id uint64, fault *store.Fault) {
	q := &e.commits
	if id == 0 || id != q.flyingID {
		return
	}
	if e.metDeletion(fault) {
		return
	}
	problem := app.OfFault(fault)
	if problem.Code == app.CodeFenced || problem.Code == app.CodeVersionSkew {
		e.halt(problem)
	}
	e.noRoom(q.whole, problem)
	e.dropAll(problem)
	e.repeat()
}

// dropAll forgets every part that is not durable and tells its owner.
func (e *Engine) dropAll(problem *app.Error) {
	q := &e.commits
	lost := append(q.flying, q.staged...)
	q.flying, q.flyingID, q.staged, q.whole = nil, 0, nil, nil
	q.touched = map[string]int{}
	e.stage.Drop()
	for _, p := range lost {
		if p.failed != nil {
			p.failed(problem)
		}
	}
}
