package server

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// page sorts the rows and cuts the page behind a record id.
func (o ordering) page(found []Row, after string, limit int) (rows []Row, more bool) {
	type sortable struct {
		row   Row
		value record.Value
	}
	list := make([]sortable, len(found))
	for i, row := range found {
		list[i] = sortable{row, record.TrustString(row.Text)}
	}
	slices.SortStableFunc(list, func(a, b sortable) int {
		if order := query.Compare(a.value, b.value, o.keys); order != 0 {
			return order
		}
		if o.reverse {
			return strings.Compare(b.row.ID, a.row.ID)
		}
		return strings.Compare(a.row.ID, b.row.ID)
	})
	from := 0
	if after != "" {
		from = 1 + slices.IndexFunc(list, func(s sortable) bool { return s.row.ID == after })
	}
	for _, s := range list[from:] {
		if len(rows) == limit {
			return rows, true
		}
		rows = append(rows, s.row)
	}
	return rows, false
}

// nestedList is a relation whose key is stored on the other side. The other model is read once
// per request, at most NestedRowsMax rows in all, and kept by key.
type nestedList struct {
	model      *schema.Model
	parentKey  []string
	foreignKey []string // on the other model, in the order of parentKey
	order      ordering
	arguments  pageArguments
	connection *connection // nil for toOne
}

func (x *execution) compileNested(m *schema.Model, field *schema.Field, many bool, s *selection) (*nestedList, error) {
	n := &nestedList{model: x.server.schema.Model(field.Type.Model), parentKey: m.Key,
		foreignKey: field.Association.AssociatedWith}
	if len(n.foreignKey) == 1 {
		back := n.model.Field(n.foreignKey[0])
		if back != nil && back.Association != nil {
			n.foreignKey = back.Association.TargetNames
		}
	}
	if len(n.foreignKey) > len(n.parentKey) {
		n.foreignKey = n.foreignKey[:len(n.parentKey)]
	}
	if !many {
		return n, nil
	}
	var err error
	if n.arguments, err = x.pageArguments(s, n.model); err != nil {
		return nil, err
	}
	direction, err := x.argument(s.fields[0], "sortDirection")
	if err != nil {
		return nil, argumentRefusal(err)
	}
	n.order.reverse = direction.Str() == "DESC"
	for _, index := range n.model.Indexes {
		if len(n.order.keys) == 0 && len(n.foreignKey) > 0 && index.Fields[0] == n.foreignKey[0] {
			for _, name := range index.Fields[1:] {
				n.order.keys = append(n.order.keys, query.SortKey{Field: name, Descending: n.order.reverse})
			}
		}
	}
	n.connection, err = x.compileConnection(n.model, s)
	return n, err
}

// keyOf is the value of some fields as one text; "" when one is null.
func keyOf(row record.Value, fields []string) string {
	var b record.ListBuilder
	for _, name := range fields {
		value := row.Field(name)
		if value.IsNull() {
			return ""
		}
		b.Add(value)
	}
	return string(b.List().Text())
}

func (n *nestedList) of(x *execution, r Reader, parent record.Value) ([]Row, error) {
	groups := x.groups[n]
	if groups == nil {
		groups = map[string][]Row{}
		found, evaluated, err := x.scan(r, n.model, func(row record.Value) bool {
			return row.Field("_deleted").IsNull() || n.connection != nil
		})
		if err != nil {
			return nil, err
		}
		if x.nested += evaluated; x.nested > NestedRowsMax {
			return nil, refuse("LimitExceededError", "Nested fields of one request may look at %d rows; query %s by itself.",
				NestedRowsMax, n.model.Name)
		}
		for _, row := range found {
			key := keyOf(record.TrustString(row.Text), n.foreignKey)
			groups[key] = append(groups[key], row)
		}
		if x.groups == nil {
			x.groups = map[*nestedList]map[string][]Row{}
		}
		x.groups[n] = groups
	}
	key := keyOf(parent, n.parentKey)
	if key == "" {
		return nil, nil
	}
	return groups[key], nil
}

// first is the record of a hasOne whose key is on the other side.
func (n *nestedList) first(x *execution, r Reader, parent record.Value) (record.Value, error) {
	may := x.server.rightsOf(x.call.Caller, n.model, getAccess)
	if may.nothing() {
		return record.Value{}, nil
	}
	rows, err := n.of(x, r, parent)
	if err != nil || len(rows) == 0 {
		return record.Value{}, err
	}
	found := record.TrustString(rows[0].Text)
	if !may.cover(found) {
		return record.Value{}, nil
	}
	return found, nil
}

// project appends the page of children of one parent.
func (n *nestedList) project(x *execution, r Reader, dst []byte, f *shapeField, parent record.Value, path []string) ([]byte, error) {
	path = extend(path, f.key)
	may := x.server.rightsOf(x.call.Caller, n.model, listAccess)
	if may.nothing() {
		x.report(f, path, appsync.Unauthorized, "Not Authorized to access "+f.name+" on type "+n.model.Name)
		return dst, nil
	}
	rows, err := n.of(x, r, parent)
	if err != nil {
		return dst, err
	}
	position, err := r.Position()
	if err != nil {
		return dst, err
	}
	bound := binding(f.name, n.arguments.filter, record.OfString(keyOf(parent, n.parentKey)), record.OfBool(n.order.reverse))
	token := pageToken{mode: indexRun}
	if n.arguments.token != "" {
		if token, err = parseToken(position.Secret, bound, n.arguments.token); err != nil {
			return dst, err
		}
	}
	rows, more := n.order.page(rows, token.afterKey, n.arguments.limit)
	p := page{}
	if more {
		token.afterKey = rows[len(rows)-1].ID
		p.token = token.text(position.Secret, bound)
	}
	p.rows = x.server.matching(n.model, rows, n.arguments, may)
	return n.connection.write(x, r, dst, p, path)
}
