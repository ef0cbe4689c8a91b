package querytest

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Member of a Family as the reference has it: decoded, by field.
type Fields = map[string]any

// Holds is the naive reference: what a filter of RelatedFilter says of a record of the n-th model among all records,
// by model. It looks at every record for every part of the filter, and shares nothing with what it is held against.
func (f *Family) Holds(n int, filter string, row Fields, all [][]Fields) bool {
	var group map[string]any
	if err := json.Unmarshal([]byte(filter), &group); err != nil {
		panic(filter)
	}
	return f.group(n, group, row, all, false)
}

// group: all of it holds; negated, one of the opposites does.
func (f *Family) group(n int, group map[string]any, row Fields, all [][]Fields, negated bool) bool {
	for name, part := range group {
		if f.part(n, name, part, row, all, negated) == negated {
			return negated
		}
	}
	return !negated
}

func (f *Family) part(n int, name string, part any, row Fields, all [][]Fields, negated bool) bool {
	switch name {
	case "not":
		return f.group(n, part.(map[string]any), row, all, !negated)
	case "and", "or":
		every := (name == "and") != negated
		for _, one := range part.([]any) {
			if f.group(n, one.(map[string]any), row, all, negated) != every {
				return !every
			}
		}
		return every
	}
	for _, r := range f.Models[n].Relations {
		if r.Name == name {
			return f.related(r, part.(map[string]any), row, all, negated)
		}
	}
	for op, operand := range part.(map[string]any) {
		if compared(op, row[name], operand, negated) == negated {
			return negated
		}
	}
	return !negated
}

// related: one of the records that it leads to matches, or, negated, one matches the opposite.
func (f *Family) related(r FamilyRelation, inner map[string]any, row Fields, all [][]Fields, negated bool) bool {
	always, never := f.constant(r.Target, inner)
	if never {
		return negated
	}
	for _, other := range all[r.Target] {
		if joins(r, row, other) && (always || f.group(r.Target, inner, other, all, negated)) {
			return !(always && negated)
		}
	}
	return always && negated
}

// constant reports a filter that always holds, and one that never does, by its form alone.
func (f *Family) constant(n int, group map[string]any) (always, never bool) {
	always = true
	for name, part := range group {
		a, b := false, false
		switch name {
		case "not":
			b, a = f.constant(n, part.(map[string]any))
		case "and":
			a = true
			for _, one := range part.([]any) {
				x, y := f.constant(n, one.(map[string]any))
				a, b = a && x, b || y
			}
		case "or":
			b = true
			for _, one := range part.([]any) {
				x, y := f.constant(n, one.(map[string]any))
				a, b = a || x, b && y
			}
		default:
			for _, r := range f.Models[n].Relations {
				if r.Name == name {
					_, b = f.constant(r.Target, part.(map[string]any))
				}
			}
		}
		always, never = always && a, never || b
	}
	return always, never
}

func joins(r FamilyRelation, row, other Fields) bool {
	for i := range r.Local {
		a, aOK := joinText(row[r.Local[i]])
		b, bOK := joinText(other[r.Remote[i]])
		if !aOK || !bOK || a != b {
			return false
		}
	}
	return true
}

func joinText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, v != ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// compared is one comparison, as JavaScript has it.
func compared(op string, value, operand any, negated bool) bool {
	if negated {
		switch op {
		case "lt", "ge", "gt", "le":
			return compared(map[string]string{"lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}[op], value, operand, false)
		case "between":
			ends := operand.([]any)
			return compared("lt", value, ends[0], false) || compared("gt", value, ends[1], false)
		}
		return !compared(op, value, operand, false)
	}
	text, isText := value.(string)
	switch op {
	case "eq":
		return same(value, operand)
	case "ne":
		return !same(value, operand)
	case "in", "notIn":
		return slices.ContainsFunc(operand.([]any), func(o any) bool { return same(value, o) }) == (op == "in")
	case "contains", "notContains":
		return (isText && strings.Contains(text, operand.(string))) == (op == "contains")
	case "beginsWith":
		return isText && strings.HasPrefix(text, operand.(string))
	case "between":
		ends := operand.([]any)
		return compared("ge", value, ends[0], false) && compared("le", value, ends[1], false)
	}
	a, b := asNumber(value), asNumber(operand)
	if math.IsNaN(a) || math.IsNaN(b) {
		return false
	}
	switch op {
	case "lt":
		return a < b
	case "le":
		return a <= b
	case "gt":
		return a > b
	}
	return a >= b
}

func same(a, b any) bool {
	_, list := a.([]any)
	return !list && a == b
}

func asNumber(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case float64:
		return v
	}
	return math.NaN()
}
