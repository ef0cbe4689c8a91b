package sim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// rawDisk is what a database holds, text by text.
type rawDisk struct {
	pages, meta map[string][]byte
	log         map[uint64][]byte
}

func newRawDisk() *rawDisk {
	return &rawDisk{pages: map[string][]byte{}, meta: map[string][]byte{}, log: map[uint64][]byte{}}
}

func (r *rawDisk) put(area store.Area, name string, text []byte) {
	switch area {
	case store.PagesArea:
		r.pages[name] = text
	case store.LogArea:
		r.log[logSeq(name)] = text
	case store.MetaArea:
		r.meta[name] = text
	}
}

func logSeq(name string) uint64 {
	seq, _ := strconv.ParseUint(name, 10, 64)
	return seq
}

// diskView is what a disk holds, read naively: the newest base of each record, the mutations that
// have not ended, the cursors.
type diskView struct {
	oracle    *oracle
	device    *Device
	seq       uint64
	rows      map[key]*diskRow
	mutations map[string]*diskMutation
	byKey     map[key][]*diskMutation // in save order, without parked ones
	cursors   map[string]record.Value // by model
	epoch     int64
	subject   string               // whose tokens it took last
	shown     map[key]record.Value // cache of visible
	ends      []*diskEnd           // those in the log when the disk was read
}

type diskRow struct {
	base   record.Value
	seq    uint64   // commit that wrote it
	at     *version // the server's version that it is
	hidden bool     // by the deletion of its owner
	left   bool     // it is kept as a tombstone: it left the scope, or the server, while a change waited
}

func (v *diskView) row(k key, base record.Value, seq uint64) *diskRow {
	row := &diskRow{base: base, seq: seq}
	row.at, row.hidden = v.oracle.findBase(k, base)
	row.left = row.at != nil && !row.hidden && base.Field("_deleted").Bool() && base.Field("_left").Bool() &&
		(row.at.deleted || row.at.lost || v.device.left(k.model, row.at.row) || v.oracle.wentOnce(v.device, row.at))
	return row
}

// isTrue reports that the row is one that the server committed, as far as it is meant to be.
func (r *diskRow) isTrue(o *oracle) bool {
	switch {
	case r.at == nil:
		return false
	case r.left:
		return true
	case r.hidden:
		return o.trueTo(r.at, record.Without(r.base, "_deleted", "_lastChangedAt", "_changedAt"))
	}
	return o.trueTo(r.at, r.base)
}

// diskMutation is a mutation as a disk holds it.
type diskMutation struct {
	id, operation, state, cause string
	key                         key
	fields, base, condition     record.Value
	version, attempts           int64
	order                       uint64
	resent                      bool // it asks for no merge
}

// diskCommit is one transaction as it went to the disk.
type diskCommit struct {
	seq       uint64
	name      string
	strict    bool
	clear     bool
	rows      map[key]record.Value
	removed   []key
	mutations []*diskMutation
	ended     []*diskEnd
	cursors   map[string]record.Value // Missing where one is taken away
	epoch     int64
	subject   string
}

// diskEnd is a journal entry.
type diskEnd struct {
	id, end, into, operation string
	key                      key
	fields                   []string
	version                  int64
}

// readView reads a whole database.
func (o *oracle) readView(d *Device, raw *rawDisk) *diskView {
	v := &diskView{oracle: o, device: d, rows: map[key]*diskRow{}, mutations: map[string]*diskMutation{},
		byKey: map[key][]*diskMutation{}, cursors: map[string]record.Value{}, shown: map[key]record.Value{}}
	for _, text := range raw.pages {
		page := record.Trust(text)
		model := page.Field("model").Str()
		page.Field("rows").Elements(func(_ int, row record.Value) bool {
			v.putRow(key{model, row.Field("id").Str()}, row.Field("base"), uint64(number(row.Field("seq"))))
			return true
		})
	}
	removed := map[key]uint64{}
	for _, seq := range sortedKeys(raw.log) {
		c := readCommit(raw.log[seq])
		v.seq = max(v.seq, c.seq)
		for _, k := range c.removed {
			removed[k] = c.seq
			if row := v.rows[k]; row != nil && row.seq <= c.seq {
				delete(v.rows, k)
			}
		}
		for k, base := range c.rows {
			v.putRow(k, base, c.seq)
		}
		v.applyMutations(c)
		v.ends = append(v.ends, c.ended...)
	}
	for k, row := range v.rows {
		if removed[k] > row.seq {
			delete(v.rows, k)
		}
	}
	for name, text := range raw.meta {
		v.readMeta(name, record.Trust(text).Field("value"))
	}
	return v
}

func (v *diskView) putRow(k key, base record.Value, seq uint64) {
	if known := v.rows[k]; known == nil || known.seq <= seq {
		v.rows[k] = v.row(k, base, seq)
	}
}

func (v *diskView) readMeta(name string, value record.Value) {
	if model, ok := strings.CutPrefix(name, "cursor/"); ok {
		if value.Exists() {
			v.cursors[model] = value
		} else {
			delete(v.cursors, model)
		}
	}
	switch name {
	case "db/epoch":
		v.epoch = number(value)
	case "subject/userPools":
		v.subject = value.Str()
	}
}

// apply brings a commit in and returns the records that it touched.
func (v *diskView) apply(c *diskCommit) map[key]bool {
	touched := map[key]bool{}
	if c.clear {
		for k := range v.rows {
			touched[k] = true
		}
		v.rows, v.cursors = map[key]*diskRow{}, map[string]record.Value{}
		v.shown, v.subject = map[key]record.Value{}, ""
	}
	for _, k := range c.removed {
		delete(v.rows, k)
		touched[k] = true
	}
	for k, base := range c.rows {
		v.rows[k] = v.row(k, base, c.seq)
		touched[k] = true
	}
	for _, m := range c.mutations {
		touched[m.key] = true
	}
	for _, e := range c.ended {
		touched[e.key] = true
	}
	v.applyMutations(c)
	for model, value := range c.cursors {
		v.readMeta("cursor/"+model, value)
	}
	if c.epoch > 0 {
		v.epoch = c.epoch
	}
	if c.subject != "" {
		v.subject = c.subject
	}
	v.seq = c.seq
	for k := range touched {
		delete(v.shown, k)
	}
	return touched
}

func (v *diskView) applyMutations(c *diskCommit) {
	for _, m := range c.mutations {
		v.drop(m.id)
		v.mutations[m.id] = m
		if m.state == "parked" {
			continue
		}
		list := v.byKey[m.key]
		at, _ := slices.BinarySearchFunc(list, m, func(a, b *diskMutation) int {
			if a.order != b.order {
				return int(int64(a.order) - int64(b.order))
			}
			return strings.Compare(a.id, b.id)
		})
		v.byKey[m.key] = slices.Insert(slices.Clone(list), at, m)
	}
	for _, e := range c.ended {
		v.drop(e.id)
	}
}

func (v *diskView) drop(id string) {
	m := v.mutations[id]
	if m == nil {
		return
	}
	delete(v.mutations, id)
	v.byKey[m.key] = slices.DeleteFunc(slices.Clone(v.byKey[m.key]), func(other *diskMutation) bool { return other == m })
	if len(v.byKey[m.key]) == 0 {
		delete(v.byKey, m.key)
	}
}

// moment is what the disk holds once a commit is written that the view does not have yet; the
// commit is nil for the view alone.
type moment struct {
	view   *diskView
	commit *diskCommit
}

// row of a record, nil when there is none.
func (m moment) row(k key) *diskRow {
	if m.commit != nil {
		if base, written := m.commit.rows[k]; written {
			return m.view.row(k, base, m.commit.seq)
		}
		if m.commit.clear || slices.Contains(m.commit.removed, k) {
			return nil
		}
	}
	return m.view.rows[k]
}

// sentOf is the mutation of a record that is committed as sent.
func (v *diskView) sentOf(k key) *diskMutation {
	for _, m := range v.byKey[k] {
		if m.state == "sent" {
			return m
		}
	}
	return nil
}

// visible is what a page sees of a record: the base with the pending changes on top, Missing when
// there is nothing.
func (v *diskView) visible(k key) record.Value {
	if v == nil {
		return record.Value{}
	}
	if shown, known := v.shown[k]; known {
		return shown
	}
	shown := v.build(k)
	v.shown[k] = shown
	return shown
}

func (v *diskView) build(k key) record.Value {
	base := record.Value{}
	if row := v.rows[k]; row != nil {
		base = row.base
	}
	view := base
	if base.Field("_deleted").Bool() {
		view = record.Value{}
	}
	for _, m := range v.byKey[k] {
		switch m.operation {
		case "create":
			view = m.fields
		case "update":
			if !view.Exists() {
				// What the change was made on, when that was a live row: the change stays visible.
				view = m.base
				if (view.IsNull() || view.Field("_deleted").Bool()) && base.Exists() {
					view = base
				}
			}
			view = record.Overlay(view, m.fields)
		case "delete":
			view = record.Value{}
		}
	}
	return view
}

// ids are the records of a model that a page sees, in no order.
func (v *diskView) ids(model string) []string {
	var ids []string
	if v == nil {
		return nil // nothing was loaded yet
	}
	see := func(k key) {
		if k.model == model && v.visible(k).Exists() {
			ids = append(ids, k.id)
		}
	}
	for k := range v.rows {
		see(k)
	}
	for k := range v.byKey {
		if v.rows[k] == nil {
			see(k)
		}
	}
	return ids
}

// wireID is the id under which a mutation goes out.
func (m *diskMutation) wireID() string {
	if m.attempts == 0 {
		return m.id
	}
	return m.id + "~" + text(m.attempts+1)
}

// carriedBy reports whether a request carries exactly this mutation.
func (m *diskMutation) carriedBy(w *wireMutation) bool {
	keys := modelShapes[m.key.model].key
	sent := record.Without(record.Without(w.input, "_version"), keys...)
	held := record.Without(m.fields, keys...)
	return m.operation == w.operation && (m.operation == "create" || m.version == w.version) &&
		(m.operation == "delete" || record.Equal(sent, held))
}

func text(n int64) string { return strconv.FormatInt(n, 10) }
