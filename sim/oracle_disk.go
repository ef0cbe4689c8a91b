package sim

import (
	"slices"

	"github.com/deltabase/deltabase/store"
)

// loaded is an engine that has read its database: what was promised must be there.
func (o *oracle) loaded(p *process, raw *rawDisk) {
	p.view = o.readView(p.device, raw)
	d := o.of(p.device)
	o.knows(p.device, p.view)
	for _, e := range p.view.ends {
		o.ended(d, e) // it may have been written without anybody who lived to be told
	}
	for _, id := range sortedKeys(d.ended) {
		if m := p.view.mutations[id]; m != nil {
			o.fail("ended", p.device.name, "%s has ended (%s), but is back as %s", id, d.ended[id], m.state)
		}
	}
	for _, id := range sortedKeys(d.writes) {
		o.accounted(p.device, p.view, d.writes[id])
	}
	for k, row := range p.view.rows {
		if !row.isTrue(o) {
			o.fail("base", p.device.name, "the base of %s is a row that the server never had: %s", k, row.base.Text())
		} else if !row.at.lost {
			d.high[k] = max(d.high[k], row.at.seq)
		}
	}
	for model, cursor := range p.view.cursors {
		o.cursorAhead(p.device, moment{view: p.view}, model, cursor)
	}
}

// accounted finds a write whose promise resolved: in the outbox or among the ended ones.
func (o *oracle) accounted(device *Device, view *diskView, s *write) {
	if !s.resolved || view.mutations[s.id] != nil || o.of(device).ended[s.id] != "" {
		return
	}
	o.fail("lost", device.name, "%s of %s was acknowledged to the app, but is neither on the disk nor ended", s.id, s.key)
}

// wrote checks a transaction that an engine has written.
func (o *oracle) wrote(p *process, b store.Batch) {
	d := o.of(p.device)
	if d.writer != nil && d.writer.number > p.number {
		o.fail("writer", p.device.name, "engine %d wrote %q while engine %d owns the database", p.number, b.Name, d.writer.number)
		return
	}
	d.writer = p // on a full disk the first commit takes over instead of "open"
	if b.Name == "open" {
		p.view.seq++
		return
	}
	c := readBatch(b)
	if c == nil {
		return
	}
	if p.flying != nil {
		o.fail("writer", p.device.name, "%q is written before %q was told", b.Name, p.flying.name)
	}
	p.flying = c
	if c.seq != p.view.seq+1 {
		o.fail("disk", p.device.name, "commit %d follows commit %d", c.seq, p.view.seq)
	}
	if !c.strict && len(c.mutations)+len(c.ended) > 0 {
		o.fail("durable", p.device.name, "commit %q holds outbox entries and is not strict", b.Name)
	}
	if c.epoch > 0 && c.epoch <= d.epoch {
		o.fail("writer", p.device.name, "epoch %d comes after epoch %d", c.epoch, d.epoch)
	}
	d.epoch = max(d.epoch, c.epoch)
	o.basesWritten(p, c)
	o.clears(p, c)
	o.mutationsWritten(p, c)
	for _, model := range sortedKeys(c.cursors) {
		if cursor := c.cursors[model]; cursor.Exists() {
			o.cursorAhead(p.device, moment{p.view, c}, model, cursor)
		}
	}
}

// basesWritten checks what a commit does to the bases of records: each is a row that the server
// has or had, never an older one than before, and none goes away that the server still has.
func (o *oracle) basesWritten(p *process, c *diskCommit) {
	d, w := o.of(p.device), o.watching(p)
	if c.clear {
		d.high, d.became = map[key]int64{}, map[string]int64{}
	}
	for _, k := range sortedRecords(c.rows) {
		row := p.view.row(k, c.rows[k], c.seq)
		v := row.at
		if !row.isTrue(o) {
			o.fail("base", p.device.name, "%q makes a base of %s that the server never had: %s", c.name, k, row.base.Text())
			return
		}
		// Between two pages of the log a row may be here that has left the scope; a delta that was cut off
		// at syncMaxRecords, with our server too, is followed by one that reads the log.
		log := o.world.plan.Setup.Plain || p.device.setup.MaxRecords > 0
		// And so is an answer to a repeat of what was parked as sent, which a base run follows.
		log = log || slices.ContainsFunc(c.ended, func(e *diskEnd) bool { return e.key == k && e.end == "acknowledged" })
		if again := p.view.rows[k] == nil && log; v.seq < d.high[k] && !again && !v.lost {
			o.fail("base", p.device.name, "%q takes %s back from position %d to version %d of position %d", c.name, k, d.high[k], v.number, v.seq)
		}
		known := p.view.rows[k]
		if known != nil && known.at == v {
			continue // hidden, or shown again
		}
		if v.lost {
			continue // it came before the server was restored
		}
		d.high[k] = v.seq
		if row.left {
			continue // the cursor's answer told its version only
		}
		if w.came[v] == byMessage && w.refused[k.model] {
			continue // of a model that is polled, messages of some kind do not come
		}
		if w.came[v] == byMessage {
			o.gap(p.device, moment{p.view, c}, v)
		} else if w.came[v] == 0 {
			o.fail("base", p.device.name, "%q has %s of position %d, which never reached this engine", c.name, k, v.seq)
		}
	}
	for _, k := range c.removed {
		row := p.view.rows[k]
		if len(p.view.byKey[k]) > 0 && slices.IndexFunc(c.ended, func(e *diskEnd) bool { return e.key == k }) < 0 {
			o.fail("lost", p.device.name, "%q removes %s under a change of this page", c.name, k)
		}
		if row == nil || row.at == nil || row.at.lost || row.at.deleted || row.hidden || !p.device.scope(k.model).match(row.at.row) {
			continue
		}
		if !o.wentAway(p.device, row.at) && !o.wentBeforeRestore(p.device, row.at) && slices.IndexFunc(c.ended, func(e *diskEnd) bool { return e.key == k }) < 0 {
			o.fail("lost", p.device.name, "%q removes %s, which the server still has", c.name, k)
		}
	}
}

// told is an engine that learns that its transaction is durable: from now on pages may see it.
func (o *oracle) told(p *process) {
	c := p.flying
	if c == nil {
		o.fail("disk", p.device.name, "a transaction is said to be durable, but nothing was written")
		return
	}
	p.flying = nil
	w := o.watching(p)
	w.told = true
	w.changes = o.changesOf(p, c)
	d := o.of(p.device)
	for _, e := range c.ended {
		o.ended(d, e)
	}
}

// ended notes how a mutation ended, once.
func (o *oracle) ended(d *dossier, e *diskEnd) {
	if d.ended[e.id] != "" {
		return
	}
	d.ended[e.id], d.became[e.id] = e.end, e.version
	if e.end == "folded" && o.wishesGone(d, e.id) {
		d.undoing[e.into] = true
	}
}

// wishesGone reports a mutation that a delete asked for: its own write, or one that was folded into it.
func (o *oracle) wishesGone(d *dossier, id string) bool {
	s := o.asker(d.device, id)
	return s != nil && s.deletes || d.undoing[id]
}
