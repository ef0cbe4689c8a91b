package store

const rebuildName = "rebuild"

// Whole is everything in the image as one commit with the image's own sequence, for Rebuild.
func (i *Image) Whole() *Commit {
	c := &Commit{Seq: i.seq, Kind: Rebuilding, Name: rebuildName, Strict: true, OrderMax: i.order, Ended: i.Journal()}
	for _, model := range i.Models() {
		i.EachRow(model, func(row Row) bool {
			c.Rows = append(c.Rows, row)
			return true
		})
	}
	for _, list := range [][]*Mutation{i.Outbox(), i.Parked()} {
		for _, m := range list {
			c.Mutations = append(c.Mutations, *m)
		}
	}
	for _, key := range i.MetaKeys() {
		c.Meta = append(c.Meta, MetaEntry{Key: key, Value: i.Meta(key)})
	}
	return c
}

// Check finds out whether the database is still there.
func (d *Database) Check() error {
	if d.fault != nil {
		return d.fault
	}
	if _, _, err := d.backend.Get(MetaArea, "db/epoch"); err != nil {
		return AsFault(err)
	}
	return nil
}

// Rebuild writes everything anew after the database was deleted. It collides with another writer that has opened the
// new database meanwhile, and fails with code fenced. It also writes the opening rows again, so that a writer that was
// replaced before the deletion still collides.
func (d *Database) Rebuild(whole *Commit) error {
	if d.dir != nil && !d.emptied {
		err := d.Check()
		if err == nil || err.(*Fault).Code != CodeDeleted {
			return err // the database is there, or has another fault
		}
		d.emptied = true
	}
	if d.dir != nil && d.fault != nil {
		return d.fault
	}
	if err := d.backend.Renew(); err != nil {
		return AsFault(err)
	}
	next := &Database{backend: d.backend, unsent: d.unsent, limits: d.limits, dir: newDirectory(),
		metaKeys: map[string]bool{}, seq: whole.Seq - 1}
	var openings ops
	first := false
	if d.dir != nil {
		for _, row := range d.dir.log {
			if row.opening && row.seq < whole.Seq {
				first = first || row.seq == 1
				openings.add(LogArea, seqKey(row.seq), stubText(row.seq, 0))
				next.dir.log = append(next.dir.log, &logRow{seq: row.seq, opening: true, stub: true})
			}
		}
	}
	if !first && whole.Seq != 1 {
		openings.add(LogArea, seqKey(1), stubText(1, 0))
		openings.delete(LogArea, seqKey(1))
	}
	p := next.plan(whole)
	p.ops = append(openings, p.ops...)
	if err := next.write(Batch{Kind: whole.Kind, Name: whole.Name, Strict: true, Ops: p.ops}); err != nil {
		if next.fault != nil {
			d.fault = next.fault
		}
		return err
	}
	next.accept(p)
	*d = *next
	return nil
}
