package store

// planClear deletes all pages, all log rows and all meta entries that do not survive a clear. Live mutations that the
// commit does not name are copied into its log row, because only an explicit end may remove a mutation.
func (d *Database) planClear(p *plan) ops {
	var steps ops
	for _, s := range d.dir.sorted() {
		for _, page := range s.pages {
			steps.delete(PagesArea, pageKey(s.model, page.number))
		}
	}
	named := map[string]bool{}
	for n := range p.log.Mutations {
		named[p.log.Mutations[n].ID] = true
	}
	for n := range p.log.Ended {
		named[p.log.Ended[n].MutationID] = true
	}
	for _, row := range d.dir.log {
		for _, id := range row.mutations {
			at := d.dir.mutations[id]
			if at != nil && !at.ended && !named[id] {
				named[id] = true
				p.log.Mutations = append(p.log.Mutations, *at.newest)
			}
		}
		if !row.stub {
			p.spent = append(p.spent, row)
		}
	}
	for _, key := range sortedKeys(d.metaKeys) {
		if !survivesClear(key) {
			steps.delete(MetaArea, key)
		}
	}
	for _, key := range d.salvaged {
		steps.delete(MetaArea, key)
	}
	steps.spend(p.spent)
	p.chunks = d.chunks.add(endsOf(p.spent), &steps)
	return steps
}
