package query

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// matchClient compares as JavaScript does: eq, ne, in and notIn by type and value, the ordering operators after
// JavaScript's conversions. Lists and objects are equal when their contents are, and have no order.
func (c *comparison) matchClient(v record.Value) bool {
	switch v.Kind() {
	case record.Number:
		return c.matchNumber(number(v))
	case record.String:
		return c.matchText(content(v))
	}
	switch c.op {
	case eq, in:
		return c.equalsAny(v)
	case ne, notIn:
		return !c.equalsAny(v)
	case contains:
		return v.Kind() == record.List && listHas(v, &c.operands[0])
	case notContains:
		return v.Kind() != record.List || !listHas(v, &c.operands[0])
	case beginsWith:
		return false
	}
	return c.ordersNumber(numberJS(v))
}

// matchNumber is matchClient for a Number.
func (c *comparison) matchNumber(n float64) bool {
	switch c.op {
	case eq, in:
		return c.hasNumber(n)
	case ne, notIn:
		return !c.hasNumber(n)
	case contains, beginsWith:
		return false
	case notContains:
		return true
	}
	return c.ordersNumber(n)
}

// matchText is matchClient for a String, whose text is unescaped already.
func (c *comparison) matchText(text []byte) bool {
	switch c.op {
	case eq, in:
		return c.hasText(text)
	case ne, notIn:
		return !c.hasText(text)
	case contains:
		return bytes.Contains(text, c.operands[0].text)
	case notContains:
		return !bytes.Contains(text, c.operands[0].text)
	case beginsWith:
		return bytes.HasPrefix(text, c.operands[0].text)
	case between:
		return c.operands[0].ordersText(text, ge) && c.operands[1].ordersText(text, le)
	}
	return c.operands[0].ordersText(text, c.op)
}

func listHas(list record.Value, o *operand) bool {
	found := false
	list.Elements(func(_ int, element record.Value) bool {
		found = o.equals(element)
		return !found
	})
	return found
}

// equalsAny reports whether the value is one of the operands.
func (c *comparison) equalsAny(v record.Value) bool {
	switch v.Kind() {
	case record.String:
		return c.hasText(content(v))
	case record.Number:
		return c.hasNumber(number(v))
	}
	for i := range c.operands {
		if c.operands[i].equals(v) {
			return true
		}
	}
	return false
}

func (c *comparison) hasNumber(n float64) bool {
	if c.numbers != nil {
		_, found := c.numbers[n]
		return found
	}
	for i := range c.operands {
		if o := &c.operands[i]; o.kind == record.Number && o.num == n {
			return true
		}
	}
	return false
}

func (c *comparison) hasText(text []byte) bool {
	if c.set != nil {
		_, found := c.set[string(text)]
		return found
	}
	for i := range c.operands {
		if o := &c.operands[i]; o.kind == record.String && bytes.Equal(text, o.text) {
			return true
		}
	}
	return false
}

// ordersNumber reports whether lt, le, gt, ge or between hold for the number that JavaScript converts a value to. It
// serves every comparison but that of two texts. Comparisons with NaN never hold.
func (c *comparison) ordersNumber(n float64) bool {
	if c.op == between {
		return c.operands[0].orders(n, ge) && c.operands[1].orders(n, le)
	}
	return c.operands[0].orders(n, c.op)
}

func (o *operand) orders(n float64, op operator) bool {
	if math.IsNaN(n) || math.IsNaN(o.js) {
		return false
	}
	return op.holds(compareNumbers(n, o.js))
}

// ordersText compares two strings by UTF-16 code units. It compares a string with any other value as numbers; a text
// that is not a number is NaN.
func (o *operand) ordersText(text []byte, op operator) bool {
	if o.kind == record.String {
		return op.holds(compareUTF16(text, o.text))
	}
	return o.orders(numberInText(string(text)), op)
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
		return math.NaN() // ParseFloat accepts texts that JavaScript does not: "inf", "0x1p4", "1_0"
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
