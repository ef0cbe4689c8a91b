package query

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// matchClient compares as JavaScript does: eq, ne, in and notIn by type and value, the ordering
// operators with JavaScript's conversions. Lists and objects are compared by what is in them and
// have no order.
func (c *comparison) matchClient(v record.Value) bool {
	switch c.op {
	case eq:
		return c.operands[0].equals(v)
	case ne:
		return !c.operands[0].equals(v)
	case between:
		return c.operands[0].ordersJS(v, ge) && c.operands[1].ordersJS(v, le)
	case contains:
		return c.contains(v)
	case notContains:
		return !c.contains(v)
	case beginsWith:
		return v.Kind() == record.String && bytes.HasPrefix(content(v), c.operands[0].text)
	case in:
		return c.lists(v)
	case notIn:
		return !c.lists(v)
	}
	return c.operands[0].ordersJS(v, c.op)
}

// contains finds a part of a string or an element of a list.
func (c *comparison) contains(v record.Value) bool {
	switch v.Kind() {
	case record.String:
		return bytes.Contains(content(v), c.operands[0].text)
	case record.List:
		return listHas(v, &c.operands[0])
	}
	return false
}

func listHas(list record.Value, o *operand) bool {
	found := false
	list.Elements(func(_ int, element record.Value) bool {
		found = o.equals(element)
		return !found
	})
	return found
}

// lists reports whether the value is one of the operands.
func (c *comparison) lists(v record.Value) bool {
	if c.set != nil && v.Kind() == record.String {
		_, found := c.set[string(content(v))]
		return found
	}
	for i := range c.operands {
		if c.operands[i].equals(v) {
			return true
		}
	}
	return false
}

// ordersJS reports whether v op o holds: two strings by UTF-16 code units, anything else as
// numbers, where null is 0 and a text that is no number compares with nothing.
func (o *operand) ordersJS(v record.Value, op operator) bool {
	if v.Kind() == record.String && o.kind == record.String {
		return op.holds(compareUTF16(content(v), o.text))
	}
	a, b := numberJS(v), numberJS(o.value)
	if math.IsNaN(a) || math.IsNaN(b) {
		return false
	}
	return op.holds(compareNumbers(a, b))
}

// numberJS is JavaScript's Number(v).
func numberJS(v record.Value) float64 {
	switch v.Kind() {
	case record.Number:
		return number(v)
	case record.Null, record.Missing:
		return 0
	case record.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case record.String:
		return numberInText(string(content(v)))
	}
	return math.NaN()
}

func numberInText(text string) float64 {
	text = strings.Trim(text, " \t\n\v\f\r\u00a0\u2028\u2029\ufeff")
	switch text {
	case "":
		return 0
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	if len(text) > 2 && text[0] == '0' {
		if base := baseOf(text[1]); base != 0 {
			n, err := strconv.ParseUint(text[2:], base, 64)
			if err != nil {
				return math.NaN()
			}
			return float64(n)
		}
	}
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return math.NaN() // what ParseFloat takes and JavaScript does not: "inf", "0x1p4", "1_0"
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

func baseOf(letter byte) int {
	switch letter {
	case 'x', 'X':
		return 16
	case 'o', 'O':
		return 8
	case 'b', 'B':
		return 2
	}
	return 0
}
