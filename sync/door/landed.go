package door

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/store"
)

// Landed is a transaction that has become durable.
type Landed struct {
	Cleared   bool           // it removed all records
	Changes   []store.Change // in the order in which observers hear of them
	Mutations []string       // ids of the mutations that it changed or ended
	Ended     []string
	Keys      []store.Key // the records of these mutations
	Creates   []store.Key // of these records, the ones with a queued create that it changed or ended
	group     []part
}

// Answer answers the calls whose promises resolve before observers hear of what they did.
func (l *Landed) Answer() {
	for i := range l.group {
		l.group[i].answered()
	}
}

// Run runs the consequences of the parts.
func (l *Landed) Run() {
	for i := range l.group {
		l.group[i].run()
	}
}

// Landing is the commit that an effect is writing, nil when that effect is not under way or writes the whole database
// anew.
func (d *Door) Landing(id uint64) *store.Commit {
	if id == 0 || id != d.flyingID || d.rewrite.flying {
		return nil
	}
	return d.whole
}

// Committed notes that the host has written a transaction. It returns nil when the transaction is not the one under
// way, or wrote the whole database anew.
func (d *Door) Committed(id uint64) *Landed {
	if id == 0 || id != d.flyingID {
		return nil
	}
	if d.rewrite.flying {
		d.rebuilt()
		return nil
	}
	l := &Landed{Cleared: d.clears, group: d.flying}
	d.flying, d.flyingID, d.whole = nil, 0, nil
	for _, p := range l.group {
		d.durable(p)
		l.Mutations = append(l.Mutations, p.mutations...)
		l.Ended = append(l.Ended, p.ended...)
		l.Keys = append(l.Keys, p.keys...)
		l.Creates = append(l.Creates, p.creates...)
	}
	if d.Stage.Len() > 0 {
		l.Changes = inOrder(d.Stage.Done(), l.group)
	}
	if len(d.journal) > journalIdsMax {
		d.readJournal()
	}
	return l
}

// durable notes that the image now holds a part.
func (d *Door) durable(p part) {
	for _, id := range p.mutations {
		d.untouch(id)
	}
	for _, id := range p.ended {
		d.journal[id] = true
	}
}

func (d *Door) untouch(id string) {
	if d.touched[id]--; d.touched[id] == 0 {
		delete(d.touched, id)
	}
}

func (d *Door) readJournal() {
	d.journal = map[string]bool{}
	for _, ended := range d.Image.Journal() {
		d.journal[ended.MutationID] = true
	}
}

// inOrder sorts the changes of a cascade by the order in which it deleted, children first. All other changes keep their
// places.
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

// FoldDue counts a transaction and reports whether the store should fold its log: every foldCommits transactions, once
// nothing waits to be written.
func (d *Door) FoldDue() bool {
	if d.count++; d.count >= foldCommits && len(d.staged) == 0 {
		d.count = 0
		return true
	}
	return false
}

// Failed notes that a transaction failed. lost is false when it was not the one under way, or will be written again.
// mixed says that some of its parts can be fetched again from the server. After a lost transaction the engine drops
// everything that is staged.
func (d *Door) Failed(id uint64, fault *store.Fault) (lost bool, whole *store.Commit, mixed bool) {
	if id == 0 || id != d.flyingID || d.metDeletion(fault) {
		return false, nil, false
	}
	return true, d.whole, slices.ContainsFunc(d.flying, func(p part) bool { return p.relaxed })
}
