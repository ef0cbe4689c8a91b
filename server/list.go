package server

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// get answers getX: the record, a tombstone too, or null.
func (x *execution) get(r Reader, f *selection, root rootField) error {
	m := root.model
	may := x.server.rightsOf(x.call.Caller, m, getAccess)
	if may.nothing() {
		return notAuthorized(f.name, "Query")
	}
	var key record.Builder
	for _, name := range m.Key {
		value, err := x.argument(f.fields[0], name)
		if err != nil {
			return argumentRefusal(err)
		}
		key.Set(name, value)
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
	sh, err := x.compile(m.Name, below)
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

// list answers listXs and the queries that @index declares. Without a key argument it walks the
// rows by key, page by page; with one it looks at all rows and sorts those that match.
func (x *execution) list(r Reader, f *selection, root rootField) error {
	m := root.model
	may := x.server.rightsOf(x.call.Caller, m, listAccess)
	if may.nothing() {
		return notAuthorized(f.name, "Query")
	}
	a, err := x.pageArguments(f, m)
	if err != nil {
		return err
	}
	keys := m.Key
	if root.index != nil {
		keys = root.index.Fields
	}
	o, err := x.ordering(f.fields[0], m, keys)
	if err != nil {
		return err
	}
	position, err := r.Position()
	if err != nil {
		return err
	}
	bound := binding(f.name, a.filter, o.bound)
	token := pageToken{mode: listRun}
	if o.hash != nil {
		token.mode = indexRun
	}
	if a.token != "" {
		mode := token.mode
		if token, err = parseToken(position.Secret, bound, a.token); err != nil {
			return err
		}
		if token.mode != mode {
			return refuse("BadRequest", "nextToken belongs to another query.")
		}
	}
	rows, more, evaluated, err := x.listPage(r, m, a, o, token)
	if err != nil {
		return err
	}
	p := page{}
	if more {
		token.afterKey = rows[len(rows)-1].ID
		p.token = token.text(position.Secret, bound)
	}
	p.rows = x.server.matching(m, rows, a, may)
	x.result.Trace = append(x.result.Trace, Trace{Field: f.name, Kind: "list", Model: m.Name,
		Evaluated: evaluated, Items: len(p.rows)})
	return x.answerPage(r, f, m, p)
}

func (x *execution) listPage(r Reader, m *schema.Model, a pageArguments, o ordering, token pageToken) (rows []Row, more bool, evaluated int, err error) {
	if o.hash == nil {
		rows, more, err = r.RowsByKey(m.Name, token.afterKey, Span{Rows: a.limit, Bytes: PageBytesMax})
		return rows, more, len(rows), err
	}
	found, evaluated, err := x.scan(r, m, o.matches)
	if err != nil {
		return nil, false, evaluated, err
	}
	rows, more = o.page(found, token.afterKey, a.limit)
	return rows, more, evaluated, nil
}

// scan reads all rows of a model and keeps the matching ones.
func (x *execution) scan(r Reader, m *schema.Model, matches func(record.Value) bool) (found []Row, evaluated int, err error) {
	after := ""
	for more := true; more; {
		var rows []Row
		if rows, more, err = r.RowsByKey(m.Name, after, Span{Rows: PageRowsMax, Bytes: PageBytesMax}); err != nil {
			return nil, evaluated, err
		}
		for _, row := range rows {
			if matches(record.TrustString(row.Text)) {
				found = append(found, row)
			}
			after = row.ID
		}
		evaluated += len(rows)
		if x.call.Expired != nil && x.call.Expired() {
			return nil, evaluated, refuse("ExecutionTimeout", "Execution timed out.")
		}
	}
	return found, evaluated, nil
}

// ordering is what the key arguments of a list ask for.
type ordering struct {
	hash    *query.Predicate // on the hash key; nil when it was not given
	sort    *query.Predicate // on the sort key
	keys    []query.SortKey
	bound   record.Value // the arguments, for tokens
	reverse bool
}

func (x *execution) ordering(f *ast.Field, m *schema.Model, keys []string) (ordering, error) {
	var o ordering
	var bound record.ListBuilder
	direction, err := x.argument(f, "sortDirection")
	if err != nil {
		return o, argumentRefusal(err)
	}
	o.reverse = direction.Str() == "DESC"
	bound.Add(direction)
	for i, name := range keys {
		value, err := x.argument(f, name)
		if err != nil {
			return o, argumentRefusal(err)
		}
		bound.Add(value)
		if i > 0 {
			o.keys = append(o.keys, query.SortKey{Field: name, Descending: o.reverse})
		}
		if value.IsNull() {
			continue
		}
		var condition, filter record.Builder
		if i == 0 {
			condition.Set("eq", value)
			value = condition.Object()
		}
		filter.Set(name, value)
		p, err := query.Parse(m, filter.Object(), query.Server)
		if err != nil {
			return o, refuse("Unrecognized Filter", "Unable to process the filter expression: %s", err.Error())
		}
		if i == 0 {
			o.hash = p
		} else {
			o.sort = p
		}
	}
	o.bound = bound.List()
	if o.hash == nil && o.sort != nil {
		return o, refuse("BadRequest", "A condition on %s needs %s as well.", keys[1], keys[0])
	}
	return o, nil
}

func (o ordering) matches(row record.Value) bool {
	return (o.hash == nil || o.hash.Match(row)) && (o.sort == nil || o.sort.Match(row))
}
