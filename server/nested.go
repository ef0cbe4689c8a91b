package server

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// nestedList is a relation whose key is stored in the other model. The children of a parent are read from an index, at
// most NestedRowsMax rows in a request.
type nestedList struct {
	model      *schema.Model
	parentKey  []string
	index      *index // it begins with the foreign key, in the order of parentKey
	condition  record.Value
	reverse    bool
	arguments  pageArguments
	connection *connection // nil for toOne
}

func (x *execution) compileNested(m *schema.Model, field *schema.Field, many bool, s *selection) (*nestedList, error) {
	foreignKey := foreignKeyThere(x.server.schema, m, field)
	n := &nestedList{model: x.server.schema.Model(field.Type.Model), parentKey: m.Key[:len(foreignKey)]}
	n.index = x.server.indexes.forKeys(n.model, foreignKey)
	if !many {
		return n, nil
	}
	var err error
	if n.arguments, err = pageArgumentsOf(s, n.model); err != nil {
		return nil, err
	}
	if limit := field.Association.Limit; limit > 0 && s.fields[0].Arguments.ForName("limit") == nil {
		n.arguments.limit = min(limit, PageRowsMax)
	}
	n.reverse = s.arguments["sortDirection"].Str() == "DESC"
	if name := sortArgument(n.sortFields()); name != "" {
		n.condition = s.arguments[name]
	}
	n.connection, err = x.compileConnection(n.model, listAccess, s)
	return n, err
}

// sortFields are the fields of the index after the foreign key.
func (n *nestedList) sortFields() []*schema.Field { return n.index.fields[len(n.parentKey):] }

// children is the range of a parent's children in the index; ok is false when the parent's key is null.
func (n *nestedList) children(parent record.Value) (keys KeyRange, ok bool, err error) {
	var values []record.Value
	for _, name := range n.parentKey {
		values = append(values, parent.Field(name))
	}
	prefix, ok := n.index.prefix(values...)
	if !ok {
		return KeyRange{}, false, nil
	}
	b, reason := n.index.sorted(prefix, n.sortFields(), n.condition)
	if reason != "" {
		return KeyRange{}, false, unrecognized(reason)
	}
	return KeyRange{From: b.from, To: b.to, Backwards: n.reverse}, true, nil
}

// read reads from the index and counts the rows.
func (n *nestedList) read(x *execution, r Reader, keys KeyRange, limit int) (rows []Row, more bool, err error) {
	rows, more, err = x.rowsByIndex(r, n.model, n.index, keys, Span{Rows: limit, Bytes: PageBytesMax})
	if x.nested += len(rows); x.nested > NestedRowsMax {
		return nil, false, refuse("LimitExceededError", "Nested fields of one request may look at %d rows; query %s by itself.",
			NestedRowsMax, n.model.Name)
	}
	return rows, more, err
}

// first is the record of a hasOne whose key is in the other model: the first one that is not deleted.
func (n *nestedList) first(x *execution, r Reader, parent record.Value) (record.Value, error) {
	may := x.server.rightsOf(x.call.Caller, n.model, getAccess)
	if may.nothing() || !x.server.sightOf(x.call.Caller, n.model, getAccess).orders(n.index) {
		return record.Value{}, nil
	}
	keys, ok, err := n.children(parent)
	for more := ok; more && err == nil; {
		var rows []Row
		const several = 10 // few of them are deleted
		if rows, more, err = n.read(x, r, keys, several); err != nil {
			break
		}
		for _, row := range rows {
			if found := record.TrustString(row.Text); !row.Deleted && may.cover(found) {
				return found, nil
			}
			keys.AfterKey, keys.AfterID = n.index.key(record.TrustString(row.Text)), row.ID
		}
	}
	return record.Value{}, err
}

// project appends a page of the children of one parent.
func (n *nestedList) project(x *execution, r Reader, dst []byte, f *shapeField, parent record.Value, path []string) ([]byte, error) {
	path = extend(path, f.key)
	may := x.server.rightsOf(x.call.Caller, n.model, listAccess)
	seen := x.server.sightOf(x.call.Caller, n.model, listAccess)
	if may.nothing() || !seen.orders(n.index) {
		x.report(f, path, appsync.Unauthorized, "Not Authorized to access "+f.name+" on type "+n.model.Name)
		return dst, nil
	}
	keys, ok, err := n.children(parent)
	if err != nil {
		return dst, err
	}
	position, err := r.Position()
	if err != nil {
		return dst, err
	}
	bound := binding(f.name, n.arguments.filter, record.OfString(keys.From), record.OfString(keys.To), record.OfBool(n.reverse))
	token := pageToken{mode: indexRun}
	if n.arguments.token != "" {
		if token, err = parseToken(position.Secret, bound, n.arguments.token); err != nil {
			return dst, err
		}
	}
	p := page{}
	if ok {
		keys.AfterKey, keys.AfterID = token.afterIndex, token.afterKey
		rows, more, err := n.read(x, r, keys, n.arguments.limit)
		if err != nil {
			return dst, err
		}
		if more {
			token.behind(n.index, rows[len(rows)-1])
			p.token = token.text(position.Secret, bound)
		}
		if p.rows, err = x.matching(n.model, rows, n.arguments, may, seen); err != nil {
			return dst, err
		}
	}
	return n.connection.write(x, r, dst, p, path)
}
