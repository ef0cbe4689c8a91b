package query

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The naive reference: what the three dialects say, word for word, on decoded JSON. It shares
// nothing with the package but the names of the dialects.
type reference struct {
	dialect Dialect
	filter  []referenceEntry
}

// referenceEntry is a name in a filter with its groups, or with its operators.
type referenceEntry struct {
	name      string
	groups    [][]referenceEntry
	operators []referenceOperator
}

type referenceOperator struct {
	name    string
	operand any
	raw     string
}

func readReference(filter []byte) (entries []referenceEntry) {
	for name, part := range parts(filter) {
		entry := referenceEntry{name: name}
		switch name {
		case "not":
			entry.groups = append(entry.groups, readReference(part))
		case "and", "or":
			var list []json.RawMessage
			if err := json.Unmarshal(part, &list); err != nil {
				panic(err)
			}
			for _, element := range list {
				entry.groups = append(entry.groups, readReference(element))
			}
		default:
			for op, raw := range parts(part) {
				entry.operators = append(entry.operators, referenceOperator{op, decode(raw), string(raw)})
			}
		}
		entries = append(entries, entry)
	}
	return entries
}

func decode(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(string(text) + ": " + err.Error())
	}
	return floats(v)
}

// floats makes the numbers in a value float64; one beyond its range is an infinity.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f
	case []any:
		for n := range v {
			v[n] = floats(v[n])
		}
	case map[string]any:
		for name := range v {
			v[name] = floats(v[name])
		}
	}
	return v
}

func parts(text []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil {
		panic(err)
	}
	return m
}

// holds evaluates a group; with negated, its opposite by De Morgan's laws.
func (r reference) holds(group []referenceEntry, row map[string]any, negated bool) bool {
	for _, e := range group {
		if r.entry(e, row, negated) == negated {
			return negated // an AND that fails, or the OR of opposites that holds
		}
	}
	return !negated
}

func (r reference) entry(e referenceEntry, row map[string]any, negated bool) bool {
	switch e.name {
	case "not":
		if r.dialect == Client {
			return r.holds(e.groups[0], row, !negated)
		}
		return !r.holds(e.groups[0], row, false)
	case "and", "or":
		all := (e.name == "and") != negated
		for _, group := range e.groups {
			if r.holds(group, row, negated) != all {
				return !all
			}
		}
		return all
	}
	value := row[e.name]
	any := (r.dialect == Subscription) != negated
	for _, o := range e.operators {
		if r.compare(o.name, value, o, negated) == any {
			return any
		}
	}
	return !any
}

var opposites = map[string]string{"lt": "ge", "ge": "lt", "le": "gt", "gt": "le"}

// compare is one operator.
func (r reference) compare(op string, value any, o referenceOperator, negated bool) bool {
	if negated {
		if opposite, ok := opposites[op]; ok {
			return r.compare(opposite, value, o, false)
		}
		if op == "between" {
			bounds := o.operand.([]any)
			return r.orders("lt", value, bounds[0]) || r.orders("gt", value, bounds[1])
		}
		return !r.compare(op, value, o, false)
	}
	switch op {
	case "eq":
		return same(value, o.operand)
	case "ne":
		return !same(value, o.operand)
	case "in", "notIn":
		return slices.ContainsFunc(o.operand.([]any), func(v any) bool { return same(value, v) }) == (op == "in")
	case "between":
		bounds := o.operand.([]any)
		return r.orders("ge", value, bounds[0]) && r.orders("le", value, bounds[1])
	case "contains", "notContains":
		return r.contains(value, o) == (op == "contains")
	case "beginsWith":
		text, isText := value.(string)
		return isText && strings.HasPrefix(text, o.text())
	}
	return r.orders(op, value, o.operand)
}

func (r reference) contains(value any, o referenceOperator) bool {
	switch v := value.(type) {
	case string:
		_, isText := o.operand.(string)
		return (r.dialect == Client || isText) && strings.Contains(v, o.text())
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return same(e, o.operand) })
	}
	return false
}

// text is the text of an operand, for a value that is none its JSON.
func (o referenceOperator) text() string {
	if text, ok := o.operand.(string); ok {
		return text
	}
	return o.raw
}

// same compares by type and value; null equals missing in an object.
func same(a, b any) bool {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok && ok2 {
		for name := range x {
			if !same(x[name], y[name]) {
				return false
			}
		}
		for name := range y {
			if !same(x[name], y[name]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func (r reference) orders(op string, a, b any) bool {
	x, aText := a.(string)
	y, bText := b.(string)
	if aText && bText {
		if r.dialect == Client {
			return ordered(op, slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y))))
		}
		return ordered(op, strings.Compare(x, y))
	}
	m, n := toNumber(a), toNumber(b)
	if r.dialect != Client {
		_, aNumber := a.(float64)
		_, bNumber := b.(float64)
		if !aNumber || !bNumber {
			return false
		}
	}
	if math.IsNaN(m) || math.IsNaN(n) {
		return false
	}
	switch {
	case m < n:
		return ordered(op, -1)
	case m > n:
		return ordered(op, 1)
	}
	return ordered(op, 0)
}

func ordered(op string, c int) bool {
	switch op {
	case "lt":
		return c < 0
	case "le":
		return c <= 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	}
	panic(op)
}

var decimal = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// toNumber is JavaScript's Number(v).
func toNumber(v any) float64 {
	switch v := v.(type) {
	case nil:
		return 0
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		text := strings.TrimSpace(v)
		if text == "" {
			return 0
		}
		if f, err := strconv.ParseFloat(text, 64); (err == nil || math.IsInf(f, 0)) && decimal.MatchString(text) {
			return f
		}
		if n, err := strconv.ParseUint(text, 0, 64); err == nil && len(text) > 2 && strings.ContainsAny(text[:2], "xXoObB") {
			return float64(n)
		}
		if strings.TrimLeft(text, "+-") == "Infinity" {
			return math.Inf(1 - 2*strings.Count(text, "-"))
		}
	}
	return math.NaN()
}
