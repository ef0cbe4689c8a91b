package server

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// get answers getX: the record, which may be a tombstone, or null.
func (x *execution) get(r Reader, f *selection, root rootField) error {
	m := root.model
	may := x.server.rightsOf(x.call.Caller, m, getAccess)
	if may.nothing() {
		return notAuthorized(f.name, "Query")
	}
	var key record.Builder
	for _, name := range m.Key {
		key.Set(name, f.arguments[name])
	}
	if err := x.server.layout.Load().readable(m.Name); err != nil {
		return err
	}
	id, err := m.RecordID(key.Object())
	if err != nil {
		return refuse("BadRequest", "%s", err.Error())
	}
	row, ok, err := r.Row(m.Name, id)
	if err != nil {
		return err
	}
	x.result.Trace = append(x.result.Trace, Trace{Field: f.name, Kind: "get", Model: m.Name, Evaluated: 1})
	if !ok {
		x.data.SetNull(f.key)
		return nil
	}
	if stored := record.TrustString(row.Text); may.cover(stored) {
		return x.answerRow(r, f, m, stored)
	}
	return notAuthorized(f.name, "Query")
}

// answerRow writes one row as the answer of a root field.
func (x *execution) answerRow(r Reader, f *selection, m *schema.Model, row record.Value) error {
	below, err := x.below(f)
	if err != nil {
		return err
	}
	sh, err := x.compile(m.Name, getAccess, below)
	if err != nil {
		return err
	}
	text, ok, err := x.project(r, nil, sh, row, []string{f.key})
	if err != nil {
		return err
	}
	value := record.NullValue()
	if ok {
		value = record.Trust(text)
	}
	if err := x.answered(value); err != nil {
		return err
	}
	x.data.Set(f.key, value)
	return nil
}

// list answers listXs and the queries that @index declares. Without a key argument it reads the rows by id; with one it
// reads an index.
func (x *execution) list(r Reader, f *selection, root rootField) error {
	m := root.model
	may := x.server.rightsOf(x.call.Caller, m, listAccess)
	if may.nothing() {
		return notAuthorized(f.name, "Query")
	}
	a, err := pageArgumentsOf(f, m)
	if err != nil {
		return err
	}
	k, err := x.keyArguments(f, m, root)
	if err != nil {
		return err
	}
	position, err := r.Position()
	if err != nil {
		return err
	}
	if err := x.readable(r, position, m); err != nil {
		return err
	}
	seen := x.server.sightOf(x.call.Caller, m, listAccess)
	if !seen.orders(k.index) {
		return notAuthorized(f.name, "Query")
	}
	bound := binding(f.name, a.filter, k.bound)
	token := pageToken{mode: k.mode}
	if a.token != "" {
		if token, err = parseToken(position.Secret, bound, a.token); err != nil {
			return err
		}
		if token.mode != k.mode {
			return refuse("BadRequest", "nextToken belongs to another query.")
		}
	}
	rows, more, err := k.page(x, r, m, token, Span{Rows: a.limit, Bytes: PageBytesMax})
	if err != nil {
		return err
	}
	p := page{}
	if more {
		token.behind(k.index, rows[len(rows)-1])
		p.token = token.text(position.Secret, bound)
	}
	if p.rows, err = x.matching(m, rows, a, may, seen); err != nil {
		return err
	}
	x.result.Trace = append(x.result.Trace, Trace{Field: f.name, Kind: "list", Model: m.Name,
		Evaluated: len(rows), Items: len(p.rows)})
	return x.answerPage(r, f, m, listAccess, p)
}
