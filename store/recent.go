package store

// recentCommit is what a late observer needs to know of a commit.
type recentCommit struct {
	seq   uint64
	order uint64 // the highest order that was given out before it was written
	keys  []Key  // the records whose view it changed, or may have changed
}

// recentCommits remembers the last commits, so that an observer whose engine died between a
// commit and its notification still hears of it (rule 9).
type recentCommits struct {
	list  []recentCommit
	count int // keys in all of them
}

func (r *recentCommits) add(c recentCommit) {
	r.list = append(r.list, c)
	r.count += len(c.keys)
	drop := 0
	for drop < len(r.list)-1 && (r.count > recentKeysMax || len(r.list)-drop > recentCommitsMax) {
		r.count -= len(r.list[drop].keys)
		drop++
	}
	if drop > 0 {
		r.list = append(r.list[:0], r.list[drop:]...)
	}
}

// Since lists the records that commits after seq changed, each once, and the highest order that was given out by then:
// records with a higher order were created since. It reaches back as far as the log and the limits do. For commits that
// were loaded it is less exact than for those that this image applied: it may list records whose view did not change.
func (i *Image) Since(seq uint64) (keys []Key, order uint64) {
	seen := map[Key]bool{}
	for _, c := range i.recent.list {
		if c.seq <= seq {
			order = c.order
			continue
		}
		for _, key := range c.keys {
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	return keys, order
}

// keysOf lists the records that a commit names, whether or not their views changed.
func keysOf(c *Commit) []Key {
	var keys []Key
	for _, row := range c.Rows {
		keys = append(keys, row.Key())
	}
	keys = append(keys, c.Removed...)
	for n := range c.Mutations {
		keys = append(keys, c.Mutations[n].Key)
	}
	for n := range c.Ended {
		keys = append(keys, c.Ended[n].Key)
	}
	return keys
}

// recall notes what the commit that was just applied changed.
func (i *Image) recall(changes []Change) {
	keys := make([]Key, 0, len(changes))
	for n := range changes {
		if !changes[n].MetaOnly {
			keys = append(keys, changes[n].Key)
		}
	}
	i.recent.add(recentCommit{i.seq, i.order, keys})
}
