package query

import (
	"bytes"

	"github.com/deltabase/deltabase/record"
)

// content is the unescaped text of a String. Without escapes it is a view of the record's text, and nothing is
// allocated, because a filter runs over every row.
func content(v record.Value) []byte {
	quoted := v.Text()
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return []byte(v.Str())
}

// safeDigits is the number of digits up to which every integer is exact in a float64.
const safeDigits = 15

// number is Float with a faster path for plain integers.
func number(v record.Value) float64 {
	text := v.Text()
	digits, sign := text, 1.0
	if digits[0] == '-' {
		digits, sign = digits[1:], -1
	}
	if len(digits) > safeDigits {
		return v.Float()
	}
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return v.Float()
		}
		n = n*10 + int64(c-'0')
	}
	return sign * float64(n)
}

// compareUTF16 orders two UTF-8 texts as JavaScript orders them: by UTF-16 code units. That is
// the order of the bytes, except that characters beyond U+FFFF, which UTF-16 writes with
// surrogates (U+D800 to U+DFFF), come before U+E000 to U+FFFF.
func compareUTF16(a, b []byte) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		const privateUse, fourBytes = 0xEE, 0xF0 // leading bytes of U+E000 and of U+10000
		switch {
		case x >= fourBytes && y >= privateUse && y < fourBytes:
			return -1
		case y >= fourBytes && x >= privateUse && x < fourBytes:
			return 1
		case x < y:
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// operand is one value that a field is compared with, decoded once.
type operand struct {
	value record.Value // as written
	kind  record.Kind
	text  []byte // of a String
	num   float64
	js    float64 // JavaScript's Number(value), for the ordering operators of the Client dialect
	bool  bool
}

func operandOf(v record.Value) operand {
	o := operand{value: v, kind: v.Kind()}
	switch o.kind {
	case record.String:
		o.text = content(v)
	case record.Number:
		o.num = number(v)
	case record.Bool:
		o.bool = v.Bool()
	}
	return o
}

// equals compares by type and value: 1 equals 1.0 but not "1". Null equals Missing.
func (o *operand) equals(v record.Value) bool {
	kind := v.Kind()
	if kind == record.Missing {
		kind = record.Null
	}
	if kind != o.kind {
		return false
	}
	switch kind {
	case record.Null:
		return true
	case record.String:
		return bytes.Equal(content(v), o.text)
	case record.Number:
		return number(v) == o.num
	case record.Bool:
		return v.Bool() == o.bool
	}
	return record.Equal(v, o.value)
}
