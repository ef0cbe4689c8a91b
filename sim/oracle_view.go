package sim

import (
	"fmt"
	"slices"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// observer is an observe or observeQuery of a tab. It lives as long as the tab, over the deaths of
// engines.
type observer struct {
	id       uint32
	model    string // "" for all
	criteria criteria
	live     bool
	seq      uint64 // the last commit that it heard of
}

// observed is what the oracle follows of an observer at one engine.
type observed struct {
	observer *observer
	tab      string
	ready    bool           // its observe was answered
	rows     []record.Value // of a live query, as the page has them
	heard    []record.Value // changes in this step
	catching bool           // what it missed is being told
}

// change is a visible change of a commit.
type change struct {
	key           key
	before, after record.Value
}

// changesOf applies a commit to the engine's view and returns what changed for pages.
func (o *oracle) changesOf(p *process, c *diskCommit) []*change {
	before := map[key]record.Value{}
	note := func(k key) {
		if _, known := before[k]; !known {
			before[k] = p.view.visible(k)
		}
	}
	for _, m := range c.mutations {
		note(m.key)
	}
	for _, e := range c.ended {
		note(e.key)
	}
	for k := range c.rows {
		note(k)
	}
	for _, k := range c.removed {
		note(k)
	}
	if c.clear {
		for k := range p.view.rows {
			note(k)
		}
		for k := range p.view.byKey {
			note(k)
		}
	}
	p.view.apply(c)
	if c.clear {
		return nil // live queries are answered anew, plain observers hear nothing
	}
	var changes []*change
	for k, was := range before {
		if now := p.view.visible(k); was.Exists() != now.Exists() || !record.Equal(was, now) {
			changes = append(changes, &change{k, was, now})
		}
	}
	return changes
}

// queried compares the answer of a query with what the disk holds (rule 9).
func (o *oracle) queried(p *process, model, id string, wanted criteria, r engine.Reply) {
	if r.Err != nil {
		return
	}
	got := map[string]record.Value{}
	record.Trust(r.Body).Elements(func(_ int, row record.Value) bool {
		k := oracleID(model, row)
		if _, twice := got[k]; twice {
			o.fail("visible", p.device.name, "a query of %s answers %s twice", model, k)
		}
		got[k] = row
		return true
	})
	o.compare(p, model, id, wanted, got, "query")
}

func (o *oracle) compare(p *process, model, id string, wanted criteria, got map[string]record.Value, what string) {
	count := 0
	for _, known := range p.view.ids(model) {
		view := p.view.visible(key{model, known})
		if id != "" && id != known || !wanted.matchLocal(view) {
			continue
		}
		count++
		row, there := got[known]
		if !there {
			o.fail("visible", p.device.name, "%s of %s lacks %s, which is on the disk: %s", what, model, known, view.Text())
		} else if field, same := sameContent(view, row); !same || what == "query" && !sameStamp(p.view, key{model, known}, row) {
			o.fail("visible", p.device.name, "%s shows %s/%s as %s, the disk has %s (field %s)", what, model, known, row.Text(), view.Text(), field)
		}
	}
	if count != len(got) {
		o.fail("visible", p.device.name, "%s of %s has %d rows, the disk %d", what, model, len(got), count)
	}
}

// sameStamp compares the metadata that a page sees with the base's.
func sameStamp(view *diskView, k key, row record.Value) bool {
	base := record.Value{}
	if known := view.rows[k]; known != nil {
		base = known.base
	}
	return record.Equal(row.Field("_version"), base.Field("_version")) &&
		record.Equal(row.Field("_lastChangedAt"), base.Field("_lastChangedAt"))
}

// listed compares the outbox that a page sees with the one on the disk.
func (o *oracle) listed(p *process, r engine.Reply) {
	if r.Err != nil {
		return
	}
	count := 0
	record.Trust(r.Body).Elements(func(_ int, m record.Value) bool {
		count++
		o.hidesValues(p.device, m)
		known := p.view.mutations[m.Field("id").Str()]
		if known == nil {
			o.fail("visible", p.device.name, "outbox.list shows %s, which is not on the disk", m.Field("id"))
			return false
		}
		if state := m.Field("state").Str(); state != known.state && !(state == "blocked" && known.state == "pending") {
			o.fail("visible", p.device.name, "outbox.list shows %s as %s, on the disk it is %s", known.id, state, known.state)
		}
		return true
	})
	if count != len(p.view.mutations) {
		o.fail("visible", p.device.name, "outbox.list shows %d mutations, the disk has %d", count, len(p.view.mutations))
	}
}

// saved is the answer to a write: from now on it must not be lost.
func (o *oracle) saved(d *Device, s *write, r engine.Reply) {
	p := d.process
	if r.Err != nil || p == nil || p.view == nil {
		return
	}
	if s.deletes && s.key.id == "" || s.deletes && string(r.Body) == "[]" {
		return // nothing was there, or many were
	}
	if p.view.mutations[s.id] == nil && o.of(d).ended[s.id] == "" {
		view := p.view.visible(s.key)
		s.fields.Fields(func(name string, value record.Value) bool {
			if !record.Equal(view.Field(name), value) && !record.Equal(s.before.Field(name), value) && !o.rewritten(d, s, name) {
				o.fail("ack", d.name, "%s of %s was acknowledged before it was on the disk", s.id, s.key)
			}
			return true
		})
		return // nothing was changed by it
	}
	s.resolved = true
}

// rewritten reports whether another save of this device sets the same field: then the record may
// show that one's value, though this save changed nothing when it was made.
func (o *oracle) rewritten(d *Device, s *write, name string) bool {
	for _, other := range o.of(d).writes {
		if other != s && other.key == s.key && (other.deletes || other.fields.Field(name).Exists()) {
			return true
		}
	}
	return false
}

func (o *oracle) observing(p *process, t *tab, ob *observer) {
	w := o.watching(p)
	for _, known := range w.observers {
		if known.observer == ob {
			known.ready = true
			return
		}
	}
	w.observers = append(w.observers, &observed{observer: ob, tab: t.name, ready: true, catching: ob.seq > 0 && !ob.live})
	ob.seq = max(ob.seq, p.view.seq)
}

func (o *oracle) tabLeft(p *process, t *tab) {
	w := o.watching(p)
	w.observers = slices.DeleteFunc(w.observers, func(known *observed) bool { return known.tab == t.name })
}

func (o *oracle) unobserved(ob *observer) {
	for _, w := range o.processes {
		for n, known := range w.observers {
			if known.observer == ob {
				w.observers = append(w.observers[:n:n], w.observers[n+1:]...)
				break
			}
		}
	}
}

// notified takes what an observer is told; settled judges it when the step is over.
func (o *oracle) notified(p *process, f engine.Notify) {
	var to *observed
	for _, known := range o.watching(p).observers {
		if known.tab == f.Tab && known.observer.id == f.Observer {
			to = known
		}
	}
	if to == nil {
		return // the tab is gone, or no longer listens
	}
	body := record.Trust(f.Body)
	seq := uint64(number(body.Field("seq")))
	if seq != p.view.seq || seq < to.observer.seq {
		o.fail("observer", p.device.name, "an observer is told of commit %d after %d; %d is durable", seq, to.observer.seq, p.view.seq)
	}
	to.observer.seq = seq
	if !to.observer.live {
		body.Field("changes").Elements(func(_ int, c record.Value) bool {
			to.heard = append(to.heard, c)
			o.given(p.device, c.Field("model").Str(), c.Field("element"))
			return true
		})
		return
	}
	body.Field("put").Elements(func(_ int, row record.Value) bool {
		o.given(p.device, to.observer.model, row)
		return true
	})
	to.take(body)
}

// take is what a page does with a notification of observeQuery.
func (to *observed) take(body record.Value) {
	var put []record.Value
	body.Field("put").Elements(func(_ int, row record.Value) bool {
		put = append(put, row)
		return true
	})
	if body.Field("all").Bool() {
		to.rows = put
		return
	}
	gone := map[int]bool{}
	body.Field("out").Elements(func(_ int, place record.Value) bool {
		gone[int(number(place))] = true
		return true
	})
	var kept []record.Value
	for n, row := range to.rows {
		if !gone[n] {
			kept = append(kept, row)
		}
	}
	body.Field("at").Elements(func(n int, place record.Value) bool {
		at := int(number(place))
		if n >= len(put) || at > len(kept) {
			return false // the rows will not be those of the disk
		}
		kept = append(kept[:at], append([]record.Value{put[n]}, kept[at:]...)...)
		return true
	})
	to.rows = kept
}

// settled judges a step: each observer heard each visible change of the commit once, and a live
// query is what the disk gives.
func (o *oracle) settled(p *process) {
	w := o.processes[p]
	if w == nil || len(w.observers) == 0 {
		if w != nil {
			w.told, w.changes = false, nil
		}
		return
	}
	for _, to := range w.observers {
		if to.observer.live {
			if w.told && to.ready {
				o.liveResult(p, to)
			}
			continue
		}
		if !to.catching {
			o.heardAll(p, to, w.changes)
		}
		to.heard, to.catching = nil, false
	}
	w.told, w.changes = false, nil
}

// heardAll compares what one observer heard with what changed.
func (o *oracle) heardAll(p *process, to *observed, changes []*change) {
	heard := map[string]record.Value{}
	for _, c := range to.heard {
		model := c.Field("model").Str()
		name := fmt.Sprintf("%s %s/%s", c.Field("opType").Str(), model, oracleID(model, c.Field("element")))
		if heard[name].Exists() {
			o.fail("observer", p.device.name, "an observer is told twice in one commit: %s", name)
		}
		heard[name] = c.Field("element")
	}
	for _, c := range changes {
		name, element := c.name()
		if to.observer.model != "" && to.observer.model != c.key.model || !to.observer.criteria.matchLocal(element) || c.metaOnly() {
			continue
		}
		shown, told := heard[name]
		if !told {
			o.fail("observer", p.device.name, "an observer is not told of %s: %s", name, element.Text())
		} else if field, same := sameContent(shown, element); !same {
			o.fail("observer", p.device.name, "an observer is told %s as %s, the disk has %s (field %s)", name, shown.Text(), element.Text(), field)
		}
		delete(heard, name)
	}
	for name := range heard {
		o.fail("observer", p.device.name, "an observer is told of %s, which is no change", name)
	}
}

func (c *change) name() (string, record.Value) {
	switch {
	case !c.before.Exists():
		return "INSERT " + c.key.String(), c.after
	case !c.after.Exists():
		return "DELETE " + c.key.String(), c.before
	}
	return "UPDATE " + c.key.String(), c.after
}

func (c *change) metaOnly() bool {
	if !c.before.Exists() || !c.after.Exists() {
		return false
	}
	_, same := sameContent(c.before, c.after)
	return same
}

// liveResult compares the rows of a live query with the disk; they are in the order of rank, as asked.
func (o *oracle) liveResult(p *process, to *observed) {
	got := map[string]record.Value{}
	last := int64(-1)
	for _, row := range to.rows {
		id := oracleID(to.observer.model, row)
		if _, twice := got[id]; twice {
			o.fail("observer", p.device.name, "a live query of %s shows %s twice", to.observer.model, id)
		}
		got[id] = row
		n := number(row.Field("rank"))
		if n < last {
			o.fail("observer", p.device.name, "a live query of %s is not in order at %s", to.observer.model, id)
		}
		last = n
	}
	o.compare(p, to.observer.model, "", to.observer.criteria, got, "observeQuery")
}
