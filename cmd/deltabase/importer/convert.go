package importer

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// converter makes records of rows. Methods that return a reason return "" when all is well.
type converter struct {
	schema  *schema.Schema
	model   *schema.Model
	columns *columns
	coerce  bool
}

// record returns the record that a row gives, without its key if the row has none. Nulls are left
// out: a field that is not there is null.
func (c *converter) record(v record.Value) (rec record.Value, reason string) {
	var b record.Builder
	v.Fields(func(column string, v record.Value) bool {
		f, ok := c.columns.field(column)
		if !ok || v.IsNull() {
			return true
		}
		v, reason = c.value(f, v)
		b.Set(f.Name, v)
		return reason == ""
	})
	return b.Object(), reason
}

// value brings a value into the form in which the wire carries its field.
func (c *converter) value(f *schema.Field, v record.Value) (record.Value, string) {
	if !f.Array || v.Kind() != record.List {
		return c.single(f, v)
	}
	var b record.ListBuilder
	reason := ""
	v.Elements(func(_ int, e record.Value) bool {
		e, reason = c.single(f, e)
		b.Add(e)
		return reason == ""
	})
	return b.List(), reason
}

func (c *converter) single(f *schema.Field, v record.Value) (record.Value, string) {
	n := c.schema.NonModel(f.Type.NonModel)
	switch {
	case v.IsNull():
		return v, ""
	case n != nil && v.Kind() == record.Object:
		return c.embedded(n, v)
	case f.Type.Scalar == schema.AWSJSON && v.Kind() != record.String:
		return record.OfString(v.String()), ""
	case c.coerce && v.Kind() == record.Number && wantsString(f):
		return record.OfString(v.String()), ""
	}
	return v, ""
}

func wantsString(f *schema.Field) bool {
	switch f.Type.Scalar {
	case "", schema.Int, schema.Float, schema.AWSTimestamp, schema.Boolean, schema.AWSJSON:
		return false
	}
	return true
}

// embedded converts an embedded object, whose field names may be in any case too.
func (c *converter) embedded(n *schema.NonModel, v record.Value) (record.Value, string) {
	var b record.Builder
	reason := ""
	seen := map[string]bool{}
	v.Fields(func(name string, v record.Value) bool {
		f := byName(n.Fields, name)
		switch {
		case f == nil:
			reason = n.Name + " has no field " + camelCase(name) + " for " + quote(name) + "; its fields are " +
				strings.Join(fieldNames(n.Fields), ", ") + "."
		case seen[f.Name]:
			reason = "The field " + f.Name + " of " + n.Name + " is there twice, under two names."
		default:
			seen[f.Name] = true
			v, reason = c.value(f, v)
			b.Set(f.Name, v)
		}
		return reason == ""
	})
	return b.Object(), reason
}

// check reports what the client or the server would refuse in a finished record.
func (c *converter) check(rec record.Value) string {
	if err := c.schema.Check(c.model, rec, true); err != nil {
		return err.Error()
	}
	for _, f := range c.model.Stored() {
		if reason := c.strict(f, rec.Field(f.Name)); reason != "" {
			return "Field " + f.Name + ": " + reason
		}
	}
	if len(rec.Text()) > recordBytesMax {
		return "The record is larger than 400 kB."
	}
	return ""
}

func (c *converter) strict(f *schema.Field, v record.Value) string {
	if f.Array && v.Kind() == record.List {
		reason := ""
		v.Elements(func(_ int, e record.Value) bool {
			reason = c.strictSingle(f, e)
			return reason == ""
		})
		return reason
	}
	return c.strictSingle(f, v)
}

func (c *converter) strictSingle(f *schema.Field, v record.Value) string {
	if v.IsNull() {
		return ""
	}
	if e := c.schema.Enum(f.Type.Enum); e != nil {
		if !e.Has(v) {
			return v.String() + " is none of " + strings.Join(e.Values, ", ") + "."
		}
		return ""
	}
	if n := c.schema.NonModel(f.Type.NonModel); n != nil {
		for _, inner := range n.Fields {
			if reason := c.strict(inner, v.Field(inner.Name)); reason != "" {
				return inner.Name + ": " + reason
			}
		}
		return ""
	}
	return schema.CheckScalar(f.Type.Scalar, v)
}
