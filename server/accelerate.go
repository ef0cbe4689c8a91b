package server

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// accelerated finds the index, or the single record, that a base run may read instead of all rows. The filter must be
// {"and": [A, B, ...]} where A is {h: {eq: v}} and h is the first field of a key. If B is a condition on the field
// after h, it narrows the range as well. The filter is applied to the rows that are read, so the answer is the same
// set. ok is false when all rows must be read.
func (s *Server) accelerated(m *schema.Model, filter record.Value, seen sight) (k keyArguments, ok bool) {
	first, second := firstTwo(filter.Field("and"))
	field, operator, value := single(first)
	if operator != "eq" || value.IsNull() {
		return k, false
	}
	if len(m.Key) == 1 && field == m.Key[0] {
		var key record.Builder
		key.Set(field, value)
		id, err := m.RecordID(key.Object())
		return keyArguments{mode: indexRun, id: id}, err == nil
	}
	for _, ix := range s.indexes.byModel[m.Name] {
		if ix.fields[0].Name != field || !seen.orders(ix) {
			continue
		}
		prefix, fits := ix.prefix(value)
		if !fits {
			return k, false
		}
		b, narrowed := prefixed(prefix), false
		if sort, operator, operand := single(second); len(ix.fields) > 1 && sort == ix.fields[1].Name && narrows[operator] {
			var condition record.Builder
			condition.Set(operator, operand)
			if narrower, reason := ix.sorted(prefix, ix.fields[1:2], condition.Object()); reason == "" {
				b, narrowed = narrower, true
			}
		}
		if !ok || narrowed {
			k = keyArguments{mode: indexRun, index: ix, keys: KeyRange{From: b.from, To: b.to}}
			ok = true
		}
		if narrowed {
			break
		}
	}
	return k, ok
}

var narrows = map[string]bool{"eq": true, "lt": true, "le": true, "gt": true, "ge": true, "between": true, "beginsWith": true}

func firstTwo(list record.Value) (first, second record.Value) {
	list.Elements(func(i int, v record.Value) bool {
		if i == 0 {
			first = v
		} else {
			second = v
		}
		return i == 0
	})
	return first, second
}

// single splits {field: {operator: operand}}; the field is "" when the object holds more than that.
func single(v record.Value) (field, operator string, operand record.Value) {
	if v.Len() != 1 {
		return "", "", operand
	}
	v.Fields(func(name string, operators record.Value) bool {
		if operators.Kind() == record.Object && operators.Len() == 1 {
			field = name
			operators.Fields(func(name string, v record.Value) bool {
				operator, operand = name, v
				return true
			})
		}
		return true
	})
	return field, operator, operand
}
