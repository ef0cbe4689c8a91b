package store

import (
	"strings"

	"github.com/deltabase/deltabase/record"
)

// MetaEntry is a named JSON value: cursors ("cursor/Post"), the schema hash, the server's kind.
// Keys that start with "db/" survive a Clear. "journal/" and "salvage/" belong to the store.
type MetaEntry struct {
	Key   string
	Value record.Value // Missing removes it
}

// Commit is one transaction: everything in it becomes durable together. Its parts apply in this order: Clear, Removed,
// Rows, Mutations, Ended, Meta.
type Commit struct {
	Seq       uint64 // commit sequence, gapless per database
	Kind      Kind
	Name      string // for people and fault injection: "save+outbox", "acknowledge", "apply page", ...
	Strict    bool   // rule 14
	Rows      []Row
	Removed   []Key // rows to remove
	Mutations []Mutation
	Ended     []Ended // removes these mutations from the outbox
	Meta      []MetaEntry
	// Clear first removes all rows, and all meta entries except "db/" keys. Mutations stay; the same commit parks or
	// ends each of them (rule 12).
	Clear bool
	// OrderMax is the highest order given out so far, so that orders continue after a restart. Leave it 0: Merge and
	// the database fill it in.
	OrderMax uint64
}

func (c *Commit) highestOrder() uint64 {
	highest := c.OrderMax
	for n := range c.Rows {
		highest = max(highest, c.Rows[n].Order)
	}
	for n := range c.Mutations {
		highest = max(highest, c.Mutations[n].Order)
	}
	return highest
}

// Empty reports whether a commit does nothing.
func (c *Commit) Empty() bool {
	return len(c.Rows) == 0 && len(c.Removed) == 0 && len(c.Mutations) == 0 &&
		len(c.Ended) == 0 && len(c.Meta) == 0 && !c.Clear
}

// Merge folds a later commit into c, so that both are one transaction (group commit). For each key the later one wins.
// Strict is set if either has it, Seq is c's. Applying the result has the same effect as applying both.
func (c *Commit) Merge(later *Commit) { *c = *mergeAll([]*Commit{c, later}) }

// mergeAll makes one commit of many in linear time, with the Seq of the first.
func mergeAll(commits []*Commit) *Commit {
	m := &merger{into: &Commit{Seq: commits[0].Seq}, mutations: map[string]int{},
		meta: map[string]int{}, droppedMutations: map[int]bool{}}
	m.resetRows()
	for _, c := range commits {
		m.add(c)
	}
	m.into.Rows = without(m.into.Rows, m.droppedRows)
	m.into.Removed = without(m.into.Removed, m.droppedRemoved)
	m.into.Mutations = without(m.into.Mutations, m.droppedMutations)
	return m.into
}

type merger struct {
	into      *Commit
	rows      map[Key]int
	removed   map[Key]int
	mutations map[string]int
	meta      map[string]int
	// Entries that a later commit replaced. mergeAll closes the gaps.
	droppedRows, droppedRemoved, droppedMutations map[int]bool
}

func (m *merger) resetRows() {
	m.rows, m.removed = map[Key]int{}, map[Key]int{}
	m.droppedRows, m.droppedRemoved = map[int]bool{}, map[int]bool{}
}

func (m *merger) add(later *Commit) {
	c := m.into
	c.Strict = c.Strict || later.Strict
	c.Kind |= later.Kind
	c.Name = joinNames(c.Name, later.Name)
	c.OrderMax = max(c.OrderMax, later.highestOrder())
	if later.Clear {
		m.clear()
	}
	for _, key := range later.Removed {
		if n, ok := m.rows[key]; ok {
			m.droppedRows[n] = true
			delete(m.rows, key)
		}
		if _, ok := m.removed[key]; !ok {
			m.removed[key] = len(c.Removed)
			c.Removed = append(c.Removed, key)
		}
	}
	for _, row := range later.Rows {
		key := row.Key()
		if n, ok := m.removed[key]; ok {
			m.droppedRemoved[n] = true
			delete(m.removed, key)
		}
		if n, ok := m.rows[key]; ok {
			c.Rows[n] = row
			continue
		}
		m.rows[key] = len(c.Rows)
		c.Rows = append(c.Rows, row)
	}
	m.addMutations(later)
	for _, entry := range later.Meta {
		if n, ok := m.meta[entry.Key]; ok {
			c.Meta[n] = entry
			continue
		}
		m.meta[entry.Key] = len(c.Meta)
		c.Meta = append(c.Meta, entry)
	}
}

func (m *merger) addMutations(later *Commit) {
	c := m.into
	for _, mutation := range later.Mutations {
		if n, ok := m.mutations[mutation.ID]; ok {
			c.Mutations[n] = mutation
			continue
		}
		m.mutations[mutation.ID] = len(c.Mutations)
		c.Mutations = append(c.Mutations, mutation)
	}
	for _, ended := range later.Ended {
		c.Ended = append(c.Ended, ended)
		if n, ok := m.mutations[ended.MutationID]; ok {
			m.droppedMutations[n] = true
			delete(m.mutations, ended.MutationID)
		}
	}
}

func (m *merger) clear() {
	c := m.into
	c.Clear = true
	c.Rows, c.Removed = nil, nil
	m.resetRows()
	kept := c.Meta[:0]
	m.meta = map[string]int{}
	for _, entry := range c.Meta {
		if survivesClear(entry.Key) {
			m.meta[entry.Key] = len(kept)
			kept = append(kept, entry)
		}
	}
	c.Meta = kept
}

func without[T any](list []T, dropped map[int]bool) []T {
	if len(dropped) == 0 {
		return list
	}
	kept := list[:0]
	for n := range list {
		if !dropped[n] {
			kept = append(kept, list[n])
		}
	}
	return kept
}

func survivesClear(metaKey string) bool { return strings.HasPrefix(metaKey, "db/") }

// joinNames names a group commit after its members, each once: "save+outbox, acknowledge".
func joinNames(names, name string) string {
	if names == "" || name == "" {
		return names + name
	}
	for known := range strings.SplitSeq(names, ", ") {
		if known == name {
			return names
		}
	}
	return names + ", " + name
}

// NamedLike reports whether the name of a transaction contains the given one as a member. Fault injection and tests use
// it; the Kind says what a transaction is.
func NamedLike(names, name string) bool { return joinNames(names, name) == names }

// Keep adds a mutation in its new form.
func (c *Commit) Keep(m *Mutation) { c.Mutations = append(c.Mutations, *m) }

// End adds the end of a mutation.
func (c *Commit) End(e *Ended) { c.Ended = append(c.Ended, *e) }

// Set adds a meta entry; a Missing value removes it.
func (c *Commit) Set(key string, value record.Value) {
	c.Meta = append(c.Meta, MetaEntry{Key: key, Value: value})
}
