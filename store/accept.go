package store

// accept updates the directory after a commit was written to the disk.
func (d *Database) accept(p *plan) {
	if p.clear {
		log, last := d.dir.log, d.dir.lastPage
		d.dir = newDirectory()
		d.dir.lastPage = last
		for _, row := range log {
			if row.opening {
				d.dir.log = append(d.dir.log, &logRow{seq: row.seq, opening: true, stub: true})
			}
		}
		for key := range d.metaKeys {
			if !survivesClear(key) {
				delete(d.metaKeys, key)
			}
		}
		d.salvaged = nil
	}
	d.chunks = p.chunks
	d.enterPages(p.pages, p.emptied)
	d.dir.addLog(p.log, p.bytes, !d.opened)
	d.opened = true
	d.seq, d.order = p.log.Seq, p.log.OrderMax
	for _, entry := range p.meta {
		if entry.Value.Exists() {
			d.metaKeys[entry.Key] = true
		} else {
			delete(d.metaKeys, entry.Key)
		}
	}
}

// enterPages updates the directory with the pages that a transaction deleted and wrote.
func (d *Database) enterPages(written, gone []plannedPage) {
	type dropped struct {
		shelf *shelf
		slots []int32
	}
	var all []dropped
	for _, lists := range [][]plannedPage{gone, written} {
		for _, planned := range lists {
			s := d.dir.shelf(planned.model)
			all = append(all, dropped{s, s.dropPage(planned.number)})
		}
	}
	for _, planned := range written {
		d.dir.putPage(planned.model, planned.number, planned.rows, planned.bytes)
	}
	for _, drop := range all {
		for _, slot := range drop.slots {
			drop.shelf.settle(slot)
		}
	}
}
