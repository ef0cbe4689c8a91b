package sync_test

import (
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	engine "github.com/deltabase/deltabase/sync"
)

// dump asks the engine for everything that it has.
func (l *ledger) dump() record.Value {
	return l.ask(func(c engine.Call) engine.Event { return engine.Dump{Call: c} })
}

// ask makes a call that is answered at once, Missing when it was not.
func (l *ledger) ask(event func(engine.Call) engine.Event) record.Value {
	call := l.host.newCall(l.tabs[0])
	l.host.step(event(call))
	settle()
	c := l.calls[call.ID]
	if c == nil || c.replies == 0 {
		l.broken("%T is not answered", event(call))
		return record.Value{}
	}
	if c.err != nil {
		l.broken("%T is answered by %v", event(call), c.err)
	}
	return c.body
}

// verdict looks at a world at rest: what became of everything that was promised.
func (l *ledger) verdict(dump record.Value) {
	ends, into, fields := map[string]string{}, map[string]string{}, map[string]record.Value{}
	dump.Field("journal").Elements(func(_ int, v record.Value) bool {
		id := v.Field("mutationId").Str()
		ends[id], into[id], fields[id] = v.Field("end").Str(), v.Field("into").Str(), v.Field("fields")
		return true
	})
	queued, touched := map[string]bool{}, map[string]bool{}
	for _, list := range []string{"outbox", "parked"} {
		dump.Field(list).Elements(func(_ int, v record.Value) bool {
			id := v.Field("id").Str()
			if ends[id] != "" {
				l.broken("%s is in the %s and ended as %s", id, list, ends[id])
			}
			queued[id] = true
			touched[v.Field("model").Str()+"/"+v.Field("recordId").Str()] = true
			return true
		})
	}
	for id := range l.taken {
		if ends[id] == "" && !queued[id] {
			l.broken("%s was promised; it is neither queued nor journaled", id)
		}
		if ends[id] == "folded" && ends[into[id]] == "" && !queued[into[id]] {
			l.broken("%s was folded into %s, which is neither queued nor journaled", id, into[id])
		}
	}
	l.values(ends, into, fields, queued)
	l.appliedOnce()
	l.views(dump)
	l.converged(dump, touched)
}

// values: the newest value of each field that this device set was on the server once, if its
// mutation ended as acknowledged.
func (l *ledger) values(ends, into map[string]string, fields map[string]record.Value, queued map[string]bool) {
	type set struct{ id, text string }
	newest := map[string]set{}
	for _, id := range l.ids {
		if !l.taken[id] {
			continue
		}
		l.saves[id].Fields.Fields(func(name string, v record.Value) bool {
			if name != "id" && (v.Kind() == record.String || v.Kind() == record.Bool) {
				newest[l.placeOf(id)+"."+name] = set{id, v.String()}
			}
			return true
		})
	}
	for place, last := range newest {
		id := last.id
		for into[id] != "" {
			id = into[id]
		}
		for ends[id] == "acknowledged" && (ends[id+"/resend"] != "" || queued[id+"/resend"]) {
			id += "/resend"
		}
		model, _, _ := strings.Cut(place, "/")
		known := l.host.schema.Model(model) != nil
		if known && !l.notLast[last.id] && ends[id] == "acknowledged" && !l.host.server.seen[place+"="+last.text] {
			l.broken("%s was set to %s by %s (%s), acknowledged, and never reached the server", place, last.text, last.id, id)
		}
	}
}

// appliedOnce: no mutation changed the server twice with the same contents, under whatever id on the wire.
func (l *ledger) appliedOnce() {
	times := map[string]int{}
	for wireID, contents := range l.host.server.contents {
		id, _, _ := strings.Cut(wireID, "~")
		if times[id+contents]++; times[id+contents] > 1 {
			l.broken("%s was applied %d times: %s", id, times[id+contents], contents)
		}
	}
	for text, n := range l.host.server.inputs {
		if n > 1 {
			l.broken("applied %d times: %s", n, text)
		}
	}
}

// views: what the app sees of each record is its base with the pending changes on top, in order.
func (l *ledger) views(dump record.Value) {
	for _, m := range l.host.schema.Models {
		want := map[string]record.Value{}
		dump.Field("models").Field(m.Name).Elements(func(_ int, row record.Value) bool {
			if id, err := m.RecordID(row); err == nil && !row.Field("_deleted").Bool() {
				want[id] = row
			}
			return true
		})
		dump.Field("outbox").Elements(func(_ int, q record.Value) bool {
			if q.Field("model").Str() != m.Name {
				return true
			}
			id := q.Field("recordId").Str()
			switch below := want[id]; {
			case q.Field("operation").Str() == "delete":
				delete(want, id)
			case q.Field("operation").Str() == "create":
				want[id] = q.Field("fields")
			case !below.Exists() && q.Field("base").Kind() == record.Object && !q.Field("base").Field("_deleted").Bool():
				want[id] = record.Overlay(q.Field("base"), q.Field("fields"))
			case below.Kind() == record.Object:
				want[id] = record.Overlay(below, q.Field("fields"))
			default:
				want[id] = q.Field("fields")
			}
			return true
		})
		l.compareViews(m.Name, want)
	}
}

func (l *ledger) compareViews(model string, want map[string]record.Value) {
	m := l.host.schema.Model(model)
	seen := 0
	l.ask(func(c engine.Call) engine.Event { return engine.Query{Call: c, Model: model} }).Elements(
		func(_ int, row record.Value) bool {
			seen++
			id, err := m.RecordID(row)
			if err != nil || !want[id].Exists() {
				l.broken("%s %s is shown, and is not there: %s", model, id, row)
				return true
			}
			want[id].Fields(func(name string, v record.Value) bool {
				if !strings.HasPrefix(name, "_") && !record.Equal(v, row.Field(name)) {
					l.broken("%s %s shows %s as %s, and it is %s", model, id, name, row.Field(name), v)
				}
				return true
			})
			return true
		})
	if seen != len(want) {
		l.broken("%d rows of %s are shown, and there are %d", seen, model, len(want))
	}
}

// orphan reports that a record that owns the row over HAS_MANY or HAS_ONE is deleted on the server, or
// an orphan itself: the page hides its row with it, the server does not.
func (l *ledger) orphan(m *schema.Model, row record.Value) bool {
	for _, owner := range l.host.schema.Models {
		for _, f := range owner.Fields {
			if f.Association == nil || f.Association.Kind == schema.BelongsTo || f.Type.Model != m.Name {
				continue
			}
			place, there := l.ownerOf(owner, f, m, row)
			above := l.host.server.rows[place]
			if there && (!above.Exists() || above.Field("_deleted").Bool() || l.orphan(owner, above)) {
				return true
			}
		}
	}
	return false
}

// ownerOf finds the record that owns a row over a field; false when the row names none.
func (l *ledger) ownerOf(owner *schema.Model, f *schema.Field, m *schema.Model, row record.Value) (string, bool) {
	if len(f.Association.TargetNames) > 0 { // the owner names the row
		own, _ := m.RecordID(row)
		for place, above := range l.host.server.rows {
			if id, err := m.RecordID(l.host.schema.ForeignKey(f, above)); err == nil && id == own &&
				strings.HasPrefix(place, owner.Name+"/") {
				return place, true
			}
		}
		return "", false
	}
	names := f.Association.AssociatedWith
	if back := m.Field(names[0]); len(names) == 1 && back != nil && back.Association != nil {
		names = back.Association.TargetNames
	}
	var key record.Builder
	for i, name := range names {
		if row.Field(name).IsNull() {
			return "", false
		}
		key.Set(owner.Key[i], row.Field(name))
	}
	id, err := owner.RecordID(key.Object())
	return owner.Name + "/" + id, err == nil
}

// purged reports that the server had a record and forgot it, its tombstone too: only a base run
// finds that out.
func (f *fakeServer) purged(m *schema.Model, place string) bool {
	for _, change := range f.changed {
		if id, err := m.RecordID(change.row); err == nil && change.model == m.Name && m.Name+"/"+id == place {
			return true
		}
	}
	return false
}

// converged: records without changes of this device are as the server has them, both ways.
func (l *ledger) converged(dump record.Value, touched map[string]bool) {
	server := l.host.server
	if l.settings.Field("endpoint").Str() == "" || len(l.starts) == 0 || l.limited(len(server.rows)) {
		return
	}
	for _, m := range l.host.schema.Models {
		if !m.Syncable || l.settings.Field("syncExpressions").Field(m.Name).Exists() {
			continue
		}
		here := map[string]conflict.Stamp{}
		dump.Field("models").Field(m.Name).Elements(func(_ int, row record.Value) bool {
			if id, err := m.RecordID(row); err == nil {
				here[m.Name+"/"+id] = conflict.StampOf(row)
			}
			return true
		})
		for place, row := range server.rows {
			stamp := conflict.StampOf(row)
			if !strings.HasPrefix(place, m.Name+"/") || here[place] == stamp || touched[place] ||
				here[place].Deleted && l.orphan(m, row) {
				continue
			}
			l.broken("%s is %+v here and %+v on the server", place, here[place], stamp)
		}
		for place, stamp := range here {
			if _, there := server.rows[place]; !there && !touched[place] && !stamp.Deleted && !server.purged(m, place) {
				l.broken("%s is here and not on the server", place)
			}
		}
	}
}
