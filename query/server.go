package query

import (
	"bytes"

	"github.com/deltabase/deltabase/record"
)

// matchServer compares as DynamoDB's expressions do. Values of different types are unequal and have no order. A missing
// field satisfies only the negative operators. eq null holds for null and for a missing field.
func (c *comparison) matchServer(v record.Value) bool {
	switch c.op {
	case eq:
		return c.operands[0].equals(v)
	case ne:
		return !c.operands[0].equals(v)
	case between:
		return c.operands[0].ordersBytes(v, ge) && c.operands[1].ordersBytes(v, le)
	case contains:
		return c.containsTyped(v)
	case notContains:
		return !c.containsTyped(v)
	case beginsWith:
		o := &c.operands[0]
		return v.Kind() == record.String && o.kind == record.String && bytes.HasPrefix(content(v), o.text)
	case in:
		return c.equalsAny(v)
	case notIn:
		return !c.equalsAny(v)
	case containsAny:
		return c.listHasAny(v)
	case attributeExists:
		return c.exists(v) == c.operands[0].bool
	case attributeType:
		return c.kind != record.Missing && c.exists(v) && v.Kind() == c.kind
	case size:
		return c.sizeHolds(v)
	}
	return c.operands[0].ordersBytes(v, c.op)
}

// exists tells a field that was created as null from a missing one. _deleted is null in every live row, and counts as
// missing there.
func (c *comparison) exists(v record.Value) bool {
	if c.field == "_deleted" {
		return !v.IsNull()
	}
	return v.Exists()
}

func (c *comparison) containsTyped(v record.Value) bool {
	o := &c.operands[0]
	switch v.Kind() {
	case record.String:
		return o.kind == record.String && bytes.Contains(content(v), o.text)
	case record.List:
		return listHas(v, o)
	}
	return false
}

func (c *comparison) listHasAny(v record.Value) bool {
	for i := range c.operands {
		if v.Kind() == record.List && listHas(v, &c.operands[i]) {
			return true
		}
	}
	return false
}

// ordersBytes reports whether v op o holds for two strings, by UTF-8 bytes, or two numbers.
func (o *operand) ordersBytes(v record.Value, op operator) bool {
	if v.Kind() != o.kind {
		return false
	}
	switch o.kind {
	case record.String:
		return op.holds(bytes.Compare(content(v), o.text))
	case record.Number:
		return op.holds(compareNumbers(number(v), o.num))
	}
	return false
}

// sizeHolds compares the bytes of a string or the elements of a list or map.
func (c *comparison) sizeHolds(v record.Value) bool {
	n := 0
	switch v.Kind() {
	case record.String:
		n = len(content(v))
	case record.List, record.Object:
		n = v.Len()
	default:
		return false
	}
	length := record.OfInt(int64(n))
	for i := range c.sizes {
		if !c.sizes[i].matchServer(length) {
			return false
		}
	}
	return true
}
