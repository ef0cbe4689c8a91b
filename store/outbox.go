package store

import "slices"

// mutationList is a list of mutations in save order. A slice that all has returned stays unchanged: the list copies
// itself before its next change.
type mutationList struct {
	list   []*Mutation
	shared bool
}

func (l *mutationList) all() []*Mutation {
	l.shared = true
	return l.list[:len(l.list):len(l.list)]
}

func (l *mutationList) own() {
	if l.shared {
		l.list = slices.Clone(l.list)
		l.shared = false
	}
}

func (l *mutationList) put(m *Mutation) {
	at, found := slices.BinarySearchFunc(l.list, m, (*Mutation).before)
	l.own()
	if found {
		l.list[at] = m
	} else {
		l.list = slices.Insert(l.list, at, m)
	}
}

func (l *mutationList) remove(m *Mutation) {
	if at, found := slices.BinarySearchFunc(l.list, m, (*Mutation).before); found {
		l.own()
		l.list = slices.Delete(l.list, at, at+1)
	}
}

// journal keeps the newest ends of mutations.
type journal struct {
	ended []Ended // newest last
	known map[string]bool
}

// add appends an end. An end that is added twice is kept once.
func (j *journal) add(e Ended) {
	if j.known == nil {
		j.known = map[string]bool{}
	}
	if j.known[e.MutationID] {
		return
	}
	j.known[e.MutationID] = true
	j.ended = append(j.ended, e)
	if len(j.ended) >= 2*journalEntriesMax {
		j.trim()
	}
}

func (j *journal) trim() {
	surplus := len(j.ended) - journalEntriesMax
	if surplus <= 0 {
		return
	}
	for _, e := range j.ended[:surplus] {
		delete(j.known, e.MutationID)
	}
	j.ended = slices.Clone(j.ended[surplus:])
}

// all returns the newest entries, at most journalEntriesMax.
func (j *journal) all() []Ended {
	from := max(0, len(j.ended)-journalEntriesMax)
	return slices.Clone(j.ended[from:])
}
