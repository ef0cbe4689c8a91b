package server

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// page is the result of one read of a run, before the selection is applied.
type page struct {
	rows      []Row
	token     string // "" at the end
	startedAt int64  // 0 for null
}

// connection is the selection on a ModelXConnection.
type connection struct {
	typeName string
	fields   []connectionField
}

type connectionField struct {
	key, name string
	items     *shape // of "items"
}

func (x *execution) compileConnection(m *schema.Model, want access, s *selection) (*connection, error) {
	c := &connection{typeName: "Model" + m.Name + "Connection"}
	selections, err := x.below(s)
	if err != nil {
		return nil, err
	}
	for _, one := range selections {
		f := connectionField{key: strings.Clone(one.key), name: strings.Clone(one.name)}
		if one.name == "items" {
			below, err := x.below(one)
			if err != nil {
				return nil, err
			}
			if f.items, err = x.compile(m.Name, want, below); err != nil {
				return nil, err
			}
		}
		c.fields = append(c.fields, f)
	}
	return c, nil
}

// write appends a page under the selection. nextToken is always written when it was selected, null at the end:
// amplify-js loops for ever when it is missing.
func (c *connection) write(x *execution, r Reader, dst []byte, p page, path []string) ([]byte, error) {
	dst = append(dst, '{')
	for i, s := range c.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(record.AppendString(dst, s.key), ':')
		switch {
		case s.name == "__typename":
			dst = record.AppendString(dst, c.typeName)
		case s.name == "nextToken" && p.token != "":
			dst = record.AppendString(dst, p.token)
		case s.name == "startedAt" && p.startedAt != 0:
			dst = strconv.AppendInt(dst, p.startedAt, 10)
		case s.name == "items":
			var err error
			if dst, err = c.writeItems(x, r, dst, s, p.rows, path); err != nil {
				return dst, err
			}
		default:
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}'), nil
}

func (c *connection) writeItems(x *execution, r Reader, dst []byte, f connectionField, rows []Row, path []string) ([]byte, error) {
	shape, base := f.items, extend(path, f.key)
	dst = append(dst, '[')
	for i, row := range rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i%ExpiryCheckEveryRows == ExpiryCheckEveryRows-1 && x.expired() {
			return dst, refuse(executionTimeout, "Execution timed out.")
		}
		out, ok, err := x.project(r, dst, shape, record.TrustString(row.Text), extend(base, strconv.Itoa(i)))
		if err != nil {
			return dst, err
		}
		if dst = out; !ok {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, ']'), nil
}

// answerPage writes a page as the answer of a root field.
func (x *execution) answerPage(r Reader, f *selection, m *schema.Model, want access, p page) error {
	c, err := x.compileConnection(m, want, f)
	if err != nil {
		return err
	}
	text, err := c.write(x, r, nil, p, []string{f.key})
	if err != nil {
		return err
	}
	value := record.Trust(text)
	if err := x.answered(value); err != nil {
		return err
	}
	x.data.Set(f.key, value)
	return nil
}

// pageArguments are the arguments that list and sync share.
type pageArguments struct {
	filter    record.Value // Missing when it is absent, null or always true
	predicate *query.Predicate
	stored    bool // the filter names an owner in the stored form, such as "sub::username"
	limit     int
	token     string
}

func pageArgumentsOf(f *selection, m *schema.Model) (pageArguments, error) {
	a := pageArguments{filter: f.arguments["filter"], token: f.arguments["nextToken"].Str()}
	var err error
	if a.limit, err = pageLimit(f.arguments["limit"]); err != nil {
		return a, err
	}
	if a.filter.IsNull() {
		a.filter = record.Value{}
	}
	a.stored = namesStoredOwner(a.filter)
	if a.predicate, err = query.Parse(m, a.filter, query.Server); err != nil {
		return a, refuse("Unrecognized Filter", "Unable to process the filter expression: %s", err.Error())
	}
	return a, nil
}

// pageLimit is 100 by default, and never more than the largest page (SPEC.md, "The server").
func pageLimit(limit record.Value) (int, error) {
	if limit.IsNull() {
		return PageRowsDefault, nil
	}
	n, _ := limit.Int()
	if n < 1 {
		return 0, refuse("BadRequest", "limit must be at least 1.")
	}
	return int(min(n, PageRowsMax)), nil
}
