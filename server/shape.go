package server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// shape is a selection set compiled for one type. It turns a stored row into the answer: it scans the row once, and
// copies the texts of the fields unchanged.
type shape struct {
	typeName string
	fields   []shapeField
	slots    map[string][]int // stored field -> indexes in fields of those that show it
	values   []record.Value   // scratch for one row
	shown    bool             // hidden fields were already removed from the rows
}

type shapeField struct {
	key          string
	opening      []byte // `"key":`
	name         string
	kind         shapeKind
	nonNull      bool
	list         bool
	graph        string // the GraphQL type, for error messages
	sub          *shape
	line, column int // in the document

	model  *schema.Model // the other model of a relation
	keys   []string      // toOne: foreign key fields here, in the order of the other's key
	nested *nestedList   // toMany, and toOne whose key is in the other model
	named  bool          // it holds owners or groups, which are shown as readers see them
	last   bool          // only the last part of an owner with several parts is shown
	guards []*guard      // the rows in which the field is shown; without guards it is shown in all
	told   int           // how often it was reported as hidden
}

const typeNameName = "__typename"

type shapeKind uint8

const (
	storedField shapeKind = iota
	embeddedField
	typeNameField
	toOneField
	toManyField
)

// compile makes the shape of a model or of an embedded type.
func (x *execution) compile(typeName string, want access, selections []*selection) (*shape, error) {
	sh := &shape{typeName: typeName, slots: map[string][]int{}, fields: make([]shapeField, 0, len(selections))}
	m := x.server.schema.Model(typeName)
	seen := sight{}
	if m != nil {
		seen = x.server.sightOf(x.call.Caller, m, want)
	}
	for _, s := range selections {
		f := shapeField{key: strings.Clone(s.key), name: typeNameName} // a shape keeps no part of its document in memory
		if at := s.fields[0].Position; at != nil {
			f.line, f.column = at.Line, at.Column
		}
		f.opening = append(record.AppendString(nil, s.key), ':')
		if s.name == typeNameName {
			f.kind = typeNameField
		} else if err := x.compileField(sh, m, &f, s); err != nil {
			return nil, err
		}
		for _, name := range append(f.keys[:len(f.keys):len(f.keys)], s.name) {
			if g := seen.on(name); g != nil {
				f.guards = append(f.guards, g)
			}
		}
		sh.fields = append(sh.fields, f)
	}
	sh.values = make([]record.Value, len(sh.fields))
	return sh, nil
}

func (x *execution) compileField(sh *shape, m *schema.Model, f *shapeField, s *selection) error {
	definition := s.fields[0].Definition
	f.name = definition.Name
	f.nonNull, f.list, f.graph = definition.Type.NonNull, definition.Type.Elem != nil, definition.Type.Name()
	place := len(sh.fields)
	if m != nil {
		if field := m.Field(s.name); field != nil && field.Association != nil {
			return x.compileRelation(m, field, f, s)
		}
	}
	sh.slots[f.name] = append(sh.slots[f.name], place)
	if m != nil {
		f.last, f.named = x.server.named[m.Name][f.name]
	}
	if len(s.fields[0].SelectionSet) == 0 {
		return nil
	}
	f.kind = embeddedField
	below, err := x.below(s)
	if err != nil {
		return err
	}
	f.sub, err = x.compile(f.graph, "", below)
	return err
}

// compileRelation finds out which model of a relation stores the key.
func (x *execution) compileRelation(m *schema.Model, field *schema.Field, f *shapeField, s *selection) error {
	f.model = x.server.schema.Model(field.Type.Model)
	f.kind = toOneField
	if field.Association.Kind == schema.HasMany {
		f.kind = toManyField
	}
	if f.kind == toOneField {
		below, err := x.below(s)
		if err != nil {
			return err
		}
		if f.sub, err = x.compile(f.model.Name, getAccess, below); err != nil {
			return err
		}
		if f.keys = field.Association.TargetNames; len(f.keys) > 0 {
			return nil
		}
	}
	var err error
	f.nested, err = x.compileNested(m, field, f.kind == toManyField, s)
	return err
}

// project appends the answer for a row. ok is false when a null in a non-null field has made the whole object null. The
// error is then already reported, and nothing was appended.
func (x *execution) project(r Reader, dst []byte, sh *shape, row record.Value, path []string) (out []byte, ok bool, err error) {
	for i := range sh.values {
		sh.values[i] = record.Value{}
	}
	row.Fields(func(name string, value record.Value) bool {
		for _, place := range sh.slots[name] {
			sh.values[place] = value
		}
		return true
	})
	start := len(dst)
	dst = append(dst, '{')
	for i := range sh.fields {
		f := &sh.fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.opening...)
		before, errs := len(dst), len(x.errs)
		if dst, err = x.projectField(r, dst, sh, i, row, path); err != nil {
			return dst[:start], false, err
		}
		if x.bytes+len(dst) > ResponseBytesMax {
			return dst[:start], false, tooLarge()
		}
		if len(dst) > before {
			continue
		}
		if f.nonNull && !x.lenient {
			if len(x.errs) == errs { // an inner field has not reported it
				x.nullError(sh, f, path)
			}
			return dst[:start], false, nil
		}
		dst = append(dst, "null"...)
	}
	return append(dst, '}'), true, nil
}

// projectField appends the value of one field; nothing for null.
func (x *execution) projectField(r Reader, dst []byte, sh *shape, i int, row record.Value, path []string) ([]byte, error) {
	f := &sh.fields[i]
	for _, g := range f.guards {
		if !(sh.shown && f.kind < toOneField) && !g.may.cover(row) {
			x.hide(sh, f, path)
			return dst, nil
		}
	}
	switch f.kind {
	case typeNameField:
		return record.AppendString(dst, sh.typeName), nil
	case toOneField:
		return x.projectToOne(r, dst, f, row, path)
	case toManyField:
		return f.nested.project(x, r, dst, f, row, path)
	}
	value := sh.values[i]
	if value.IsNull() {
		return dst, nil
	}
	if f.named {
		value = eachText(value, func(text string) string { return readName(text, f.last) })
	}
	if f.kind == storedField {
		return append(dst, value.Text()...), nil
	}
	if value.Kind() != record.List {
		out, _, err := x.project(r, dst, f.sub, value, extend(path, f.key))
		return out, err
	}
	return x.projectList(r, dst, f, value, path)
}

// projectList writes a list of embedded objects.
func (x *execution) projectList(r Reader, dst []byte, f *shapeField, value record.Value, path []string) ([]byte, error) {
	start := len(dst)
	dst = append(dst, '[')
	var failure error
	value.Elements(func(i int, element record.Value) bool {
		if i > 0 {
			dst = append(dst, ',')
		}
		written := false
		if !element.IsNull() {
			dst, written, failure = x.project(r, dst, f.sub, element, extend(path, f.key, strconv.Itoa(i)))
		}
		if !written {
			dst = append(dst, "null"...)
		}
		return failure == nil
	})
	if failure != nil {
		return dst[:start], failure
	}
	return append(dst, ']'), nil
}

// projectToOne writes the record that a foreign key in row names. It may be a tombstone.
func (x *execution) projectToOne(r Reader, dst []byte, f *shapeField, row record.Value, path []string) ([]byte, error) {
	if f.nested != nil {
		found, err := f.nested.first(x, r, row)
		if err != nil || found.IsNull() {
			return dst, err
		}
		out, _, err := x.project(r, dst, f.sub, found, extend(path, f.key))
		return out, err
	}
	var key record.Builder
	for i, name := range f.keys {
		value := row.Field(name)
		if value.IsNull() || i >= len(f.model.Key) {
			return dst, nil
		}
		key.Set(f.model.Key[i], value)
	}
	id, err := f.model.RecordID(key.Object())
	if err != nil {
		return dst, nil // an empty key names no record
	}
	found, err := x.lookUp(r, f.model, id)
	if err != nil || found.IsNull() {
		return dst, err
	}
	if !x.server.rightsOf(x.call.Caller, f.model, getAccess).cover(found) {
		x.report(f, extend(path, f.key), appsync.Unauthorized,
			fmt.Sprintf("Not Authorized to access %s on type %s", f.name, f.model.Name))
		return dst, nil
	}
	out, _, err := x.project(r, dst, f.sub, found, extend(path, f.key))
	return out, err
}

// lookUp reads each related record once per request: the rows of a page have few parents.
func (x *execution) lookUp(r Reader, m *schema.Model, id string) (record.Value, error) {
	key := relatedKey{m.Name, id}
	if found, ok := x.related[key]; ok {
		return found, nil
	}
	row, ok, err := r.Row(m.Name, id)
	if err != nil {
		return record.Value{}, err
	}
	found := record.Value{}
	if ok {
		found = record.TrustString(row.Text)
	}
	x.related[key] = found
	return found, nil
}

func extend(path []string, more ...string) []string {
	return append(path[:len(path):len(path)], more...)
}

func (x *execution) report(f *shapeField, path []string, kind, message string) {
	x.add(appsync.Error{Type: kind, Message: message, Path: path, Line: f.line, Column: f.column})
}

// hide reports a field that the caller may not see in this row. In answers to mutations and in events it reports
// nothing, as in AppSync: there clients would take an error for a refusal.
func (x *execution) hide(sh *shape, f *shapeField, path []string) {
	if f.told++; f.told <= HiddenFieldsToldMax && !x.silent {
		x.report(f, extend(path, f.key), appsync.Unauthorized,
			fmt.Sprintf("Not Authorized to access %s on type %s", f.name, sh.typeName))
	}
}

// nullError is AppSync's message about a null in a non-null field. Clients recognize it as a bad record.
func (x *execution) nullError(sh *shape, f *shapeField, path []string) {
	where := ""
	for _, part := range extend(path, f.key) {
		if part[0] >= '0' && part[0] <= '9' {
			where += "[" + part + "]"
		} else {
			where += "/" + part
		}
	}
	x.report(f, extend(path, f.key), "", fmt.Sprintf(
		"Cannot return null for non-nullable type: '%s' within parent '%s' (%s)", f.graph, sh.typeName, where))
}
