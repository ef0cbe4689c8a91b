package server

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// keyArguments are the key arguments of a list: none, a record id, or a range of an index.
type keyArguments struct {
	mode  runMode // listRun, or indexRun for what a key narrows
	id    string  // of the one record named by a key with a single field and without an index
	index *index
	keys  KeyRange
	bound record.Value // the arguments, for tokens
}

func (x *execution) keyArguments(f *selection, m *schema.Model, root rootField) (keyArguments, error) {
	k := keyArguments{mode: listRun}
	fields, name := m.Key, ""
	if root.index != nil {
		fields, name = root.index.Fields, root.index.Name
	}
	k.index = x.server.indexes.named(m, name)
	var bound record.ListBuilder
	get := func(argument string) record.Value {
		value := f.arguments[argument]
		bound.Add(value)
		return value
	}
	direction, hash := get("sortDirection"), get(fields[0])
	condition, sort := record.Value{}, sortArgument(fieldsOf(m, fields[1:]))
	if sort != "" {
		condition = get(sort)
	}
	k.bound = bound.List()
	switch {
	case hash.IsNull() && !condition.IsNull():
		return k, refuse("BadRequest", "A condition on %s needs %s as well.", sort, fields[0])
	case hash.IsNull():
		k.index = nil
		return k, nil
	case k.index == nil:
		k.mode = indexRun
		var key record.Builder
		key.Set(fields[0], hash)
		k.id, _ = m.RecordID(key.Object()) // a key without values finds nothing
		return k, nil
	}
	k.mode = indexRun
	prefix, ok := k.index.prefix(hash)
	if !ok {
		return k, refuse("BadRequest", "The value of %s is of another type.", fields[0])
	}
	b, reason := k.index.sorted(prefix, k.index.fields[1:], condition)
	if reason != "" {
		return k, unrecognized(reason)
	}
	k.keys = KeyRange{From: b.from, To: b.to, Backwards: direction.Str() == "DESC"}
	return k, nil
}

func unrecognized(reason string) error {
	return refuse("Unrecognized Filter", "Unable to process the filter expression: %s", reason)
}

// page reads one page of the rows that the arguments select.
func (k keyArguments) page(x *execution, r Reader, m *schema.Model, token pageToken, span Span) (rows []Row, more bool, err error) {
	switch {
	case k.mode == listRun:
		return r.RowsByKey(m.Name, token.afterKey, span)
	case k.index == nil:
		row, ok, err := r.Row(m.Name, k.id)
		if ok {
			rows = append(rows, row)
		}
		return rows, false, err
	}
	keys := k.keys
	keys.AfterKey, keys.AfterID = token.afterIndex, token.afterKey
	return x.rowsByIndex(r, m, k.index, keys, span)
}
