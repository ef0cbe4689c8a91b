package sim

import (
	"bytes"

	"github.com/deltabase/deltabase/record"
)

// expected says what an accepted mutation makes of the stored row, by the words of the protocol:
// written anew here, over the strategy's name only. It is false when the mutation must not be
// accepted, with the reason.
func (o *oracle) expected(m *wireMutation, stored *version, decision record.Value) (row record.Value, reason string) {
	input := record.Without(m.input, "_version")
	if m.operation == "create" {
		if stored != nil {
			return row, "there is a row of this id already"
		}
		return input, ""
	}
	if stored == nil {
		return row, "there is no such row"
	}
	strategy := string(o.world.plan.Setup.Strategies[m.key.model])
	current := m.version == stored.number || strategy == "NONE"
	if m.operation == "update" && stored.deleted {
		return row, "it was deleted: an update must not resurrect it"
	}
	if m.condition.Exists() && !m.condition.IsNull() && !holds(m.condition, stored.row) {
		return row, "its condition does not hold: " + m.condition.String()
	}
	switch {
	case current && m.operation == "delete":
		return stored.row, ""
	case current:
		return replaced(stored.row, input, modelShapes[m.key.model].key), ""
	case m.strict:
		return row, "it asks for no merge and names another version"
	case strategy == "AUTOMERGE" && m.operation == "update":
		return automerged(m.key.model, stored.row, input), ""
	case strategy == "LAMBDA" && decision.Field("action").Str() == "RESOLVE" && m.operation == "update":
		return storedItem(decision.Field("item")), ""
	case strategy == "LAMBDA" && decision.Field("action").Str() == "REMOVE" && m.operation == "delete":
		return stored.row, ""
	}
	return row, "it names another version than the stored one"
}

// storedItem is what a function gives as it is stored: AWSJSON is a value to functions and text in rows.
func storedItem(item record.Value) record.Value {
	data := item.Field("data")
	if data.IsNull() {
		return item
	}
	var b record.Builder
	b.SetString("data", data.String())
	return record.Overlay(item, b.Object())
}

// mayConflict reports whether ConflictUnhandled is a right answer.
func (o *oracle) mayConflict(m *wireMutation, stored *version, decision record.Value) bool {
	if m.operation == "create" || stored == nil {
		return false
	}
	strategy := string(o.world.plan.Setup.Strategies[m.key.model])
	stale := m.version != stored.number
	if stored.deleted {
		return m.operation == "update" || stale && strategy != "NONE"
	}
	switch {
	case strategy == "NONE":
		return false
	case m.strict:
		return stale
	}
	switch strategy {
	case "AUTOMERGE":
		return stale && m.operation == "delete"
	case "LAMBDA":
		return stale && decision.Field("action").Str() == "REJECT"
	}
	return stale
}

// mayFailCondition reports whether ConditionalCheckFailedException is a right answer.
func mayFailCondition(m *wireMutation, stored *version) bool {
	if m.operation == "create" {
		return stored != nil
	}
	return stored == nil || m.condition.Exists() && !m.condition.IsNull() && !holds(m.condition, stored.row)
}

// sameContent compares two rows in what an app can set: not the metadata and the times.
func sameContent(a, b record.Value) (string, bool) {
	if bytes.Equal(a.Text(), b.Text()) {
		return "", true
	}
	different := ""
	look := func(from, other record.Value) {
		from.Fields(func(name string, value record.Value) bool {
			switch name {
			case "_version", "_lastChangedAt", "_deleted", "createdAt", "updatedAt", "__typename":
				return true
			}
			if !record.Equal(value, other.Field(name)) {
				different = name
			}
			return different == ""
		})
	}
	look(a, b)
	if different == "" {
		look(b, a)
	}
	return different, different == ""
}

// replaced puts an input over a row; null removes a field.
func replaced(stored, input record.Value, keys []string) record.Value {
	return withoutNulls(record.Overlay(stored, record.Without(input, keys...)))
}

// automerged is the reference of AUTOMERGE: stored wins, lists are appended, maps merge.
func automerged(model string, stored, input record.Value) record.Value {
	var changes record.Builder
	record.Without(input, modelShapes[model].key...).Fields(func(name string, value record.Value) bool {
		changes.Set(name, automergedValue(stored.Field(name), value, name == "data"))
		return true
	})
	return record.Overlay(stored, changes.Object())
}

func automergedValue(stored, input record.Value, json bool) record.Value {
	switch {
	case stored.IsNull():
		return input
	case json && stored.Kind() == record.String && input.Kind() == record.String:
		inside := automergedValue(record.TrustString(stored.Str()), record.TrustString(input.Str()), false)
		return record.OfString(inside.String())
	case stored.Kind() == record.List && input.Kind() == record.List:
		var list record.ListBuilder
		for _, part := range []record.Value{stored, input} {
			part.Elements(func(_ int, element record.Value) bool {
				list.Add(element)
				return true
			})
		}
		return list.List()
	case stored.Kind() == record.Object && input.Kind() == record.Object:
		var changes record.Builder
		input.Fields(func(name string, value record.Value) bool {
			changes.Set(name, automergedValue(stored.Field(name), value, false))
			return true
		})
		return record.Overlay(stored, changes.Object())
	}
	return stored
}

// holds evaluates a condition as the simulation makes them: comparisons of rank, joined by and.
func holds(condition, row record.Value) bool {
	all := true
	condition.Fields(func(name string, value record.Value) bool {
		if name == "and" {
			value.Elements(func(_ int, part record.Value) bool {
				all = all && holds(part, row)
				return all
			})
			return all
		}
		value.Fields(func(operator string, bound record.Value) bool {
			all = all && criteria{operator: operator, rank: int(number(bound))}.match(row)
			return all
		})
		return all
	})
	return all
}

// criteria are those of queries, observers, conditions and scopes: a comparison of rank.
type criteria struct {
	operator string // "" matches everything
	rank     int
}

func (c criteria) filter() record.Value {
	if c.operator == "" {
		return record.Value{}
	}
	var bound, filter record.Builder
	bound.SetInt(c.operator, int64(c.rank))
	filter.Set("rank", bound.Object())
	return filter.Object()
}

// match compares as the server does: what is null is in no order.
func (c criteria) match(row record.Value) bool {
	return c.operator == "" || !row.Field("rank").IsNull() && c.matchLocal(row)
}

// matchLocal compares as a page does, in JavaScript: null counts as 0 in an order.
func (c criteria) matchLocal(row record.Value) bool {
	rank := row.Field("rank")
	n := number(rank)
	switch c.operator {
	case "":
		return true
	case "eq":
		return !rank.IsNull() && n == int64(c.rank)
	case "ge":
		return n >= int64(c.rank)
	case "lt":
		return n < int64(c.rank)
	}
	return false
}
