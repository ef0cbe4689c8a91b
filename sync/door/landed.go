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
	Creates   []store.Key // of these, the ones of which a queued create changed or ended
	group     []part
}

// Answer answers the calls whose promises resolve before observers hear of what they did.
func (l *Landed) Answer() {
	for i := range l.group {
		l.group[i].answered()
	}
}

// Run lets the consequences happen.
func (l *Landed) Run() {
	for i := range l.group {
		l.group[i].run()
	}
}

// Landing is the transaction of an effect if it is the one under way, nil else and while the database is
// written anew.
func (d *Door) Landing(id uint64) *store.Commit {
	if id == 0 || id != d.flyingID || d.rewrite.flying {
		return nil
	}
	return d.whole
}

// Committed takes the host's word for a transaction; nil when it is not the one under way, or wrote
// the database anew.
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

// durable notes that a part is in the image.
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

// FoldDue counts a transaction and reports whether the store is to fold its log: now and then, when
// nothing waits to be written.
func (d *Door) FoldDue() bool {
	if d.count++; d.count >= foldCommits && len(d.staged) == 0 {
		d.count = 0
		return true
	}
	return false
}

// Failed takes the host's word that a transaction failed. lost is false when it was not the one under
// way, or goes again; mixed when it held parts that can be fetched again. The engine then drops what is
// staged.
func (d *Door) Failed(id uint64, fault *store.Fault) (lost bool, whole *store.Commit, mixed bool) {
	if id == 0 || id != d.flyingID || d.metDeletion(fault) {
		return false, nil, false
	}
	return true, d.whole, slices.ContainsFunc(d.flying, func(p part) bool { return p.relaxed })
}
