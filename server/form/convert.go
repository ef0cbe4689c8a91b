package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// A value is converted only without loss: Int, Float and String into one another, anything to AWSJSON, one value to a
// list of one, and a missing value to the default. A value that already fits stays, so that converting twice is the
// same as converting once.

// Row converts the fields of a row as changes ask. same says that nothing had to change. wrong names the first field
// that can't be converted, "" when all can.
func Row(row record.Value, changes []Change) (out record.Value, same bool, wrong string) {
	var b record.Builder
	fields := record.IndexOf(row)
	for _, c := range changes {
		before := fields.Field(c.Field)
		after, ok := c.Value(before)
		if !ok {
			return row, false, c.Field
		}
		if after.String() != before.String() {
			b.Set(c.Field, after)
		}
	}
	converted := b.Object()
	if converted.Len() == 0 {
		return row, true, ""
	}
	return record.Overlay(row, converted), false, ""
}

// Best is Row for rows that are never written again: it leaves out fields that can't be converted.
func Best(row record.Value, changes []Change) record.Value {
	if out, _, wrong := Row(row, changes); wrong == "" {
		return out
	}
	var good []Change
	var bad []string
	for _, c := range changes {
		if _, ok := c.Value(row.Field(c.Field)); ok {
			good = append(good, c)
		} else {
			bad = append(bad, c.Field)
		}
	}
	out, _, _ := Row(record.Without(row, bad...), good)
	return out
}

// Value is the converted value of a field; ok is false when it can't be converted.
func (c Change) Value(v record.Value) (record.Value, bool) {
	if v.IsNull() && !c.To.mayBeNull() && !c.Default.IsNull() {
		v = c.Default
	}
	return convert(v, c.To)
}

func convert(v record.Value, to Kind) (record.Value, bool) {
	switch {
	case to.Any:
		return v, true
	case v.IsNull():
		return v, to.mayBeNull()
	case !to.List:
		return convertOne(v, to)
	case v.Kind() != record.List:
		one, ok := convertOne(v, to)
		var list record.ListBuilder
		list.Add(one)
		return list.List(), ok
	}
	var list record.ListBuilder
	good, same := true, true
	v.Elements(func(_ int, element record.Value) bool {
		one := element
		if element.IsNull() {
			good = !to.Required
		} else {
			one, good = convertOne(element, to)
		}
		same = same && one.String() == element.String()
		list.Add(one)
		return good
	})
	if good && same {
		return v, true
	}
	return list.List(), good
}

func convertOne(v record.Value, to Kind) (record.Value, bool) {
	switch {
	case to.Embedded != nil:
		return convertObject(v, to.Embedded)
	case to.Enum != nil:
		return v, v.Kind() == record.String && slices.Contains(to.Enum, v.Str())
	}
	return convertScalar(v, to.Scalar)
}

func convertObject(v record.Value, to *Model) (record.Value, bool) {
	if v.Kind() != record.Object {
		return v, false
	}
	out, same, wrong := Row(v, Everything(to))
	if same {
		return v, true
	}
	return out, wrong == ""
}

func convertScalar(v record.Value, to schema.Scalar) (record.Value, bool) {
	switch to {
	case schema.AWSJSON:
		return toJSON(v)
	case schema.String, schema.ID:
		return toText(v, to)
	case schema.Int, schema.AWSTimestamp:
		return toWhole(v, to)
	case schema.Float:
		return toFloat(v)
	}
	return v, schema.CheckScalar(to, v) == ""
}

// toJSON converts a value to AWSJSON. A text that is already JSON stays as it is.
func toJSON(v record.Value) (record.Value, bool) {
	if v.Kind() == record.String {
		if schema.CheckScalar(schema.AWSJSON, v) == "" {
			return v, true
		}
		if v.Unpaired() {
			return v, false
		}
	}
	return record.OfString(v.String()), true
}

func toText(v record.Value, to schema.Scalar) (record.Value, bool) {
	if v.Kind() != record.Number {
		return v, v.Kind() == record.String && schema.CheckScalar(to, v) == ""
	}
	if n, whole := v.Int(); whole {
		return record.OfString(strconv.FormatInt(n, 10)), true
	}
	return record.OfString(v.String()), true
}

func toWhole(v record.Value, to schema.Scalar) (record.Value, bool) {
	if v.Kind() == record.String { // a text must convert back to the same text, so not 007 or +1
		n, err := strconv.ParseInt(v.Str(), 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != v.Str() {
			return v, false
		}
		v = record.OfInt(n)
	}
	if schema.CheckScalar(to, v) != "" {
		return v, false
	}
	n, _ := v.Int()
	return record.OfInt(n), true
}

// floatDigits is the number of decimal digits that every 64-bit float keeps.
const floatDigits = 15

func toFloat(v record.Value) (record.Value, bool) {
	if v.Kind() == record.Number {
		return v, schema.CheckScalar(schema.Float, v) == ""
	}
	text := v.Str()
	number, err := record.Parse([]byte(text))
	if v.Kind() != record.String || err != nil || number.Kind() != record.Number || number.String() != text || strings.ContainsAny(text, "eE") {
		return v, false
	}
	digits := 0
	for _, c := range text {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	_, fraction, _ := strings.Cut(text, ".")
	return number, digits <= floatDigits && text != "-0" && !strings.HasSuffix(fraction, "0")
}
