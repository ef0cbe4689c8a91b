package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// A value is converted where nothing of it is lost: Int, Float and String into one another, anything to
// AWSJSON, one value to a list of one, a missing value to the default. What fits already stays, so that
// to convert twice is to convert once.

// Row brings a row's fields to what changes want. same tells that they were so; wrong names the first
// field that can't be brought there, "" when all can.
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

// Best is Row for what nobody may write any more: fields that can't be converted are left out.
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

// Value is what the value of the field becomes; ok is false when it can't be converted.
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

// toJSON: a text that is JSON already is taken for what it says.
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
	if v.Kind() == record.String { // of a text the same text must come back: not of 007 or +1
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

// floatDigits is how many decimal digits every 64-bit number keeps.
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
