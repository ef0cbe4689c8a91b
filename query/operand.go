package query

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// operands reads the operands of an operator.
func (p *parser) operands(c *comparison, f *schema.Field, value record.Value, path string) error {
	switch c.op {
	case attributeExists:
		if value.Kind() != record.Bool {
			return wrong(path, "\"attributeExists\" takes true or false.")
		}
		c.operands = []operand{operandOf(value)}
		return nil
	case attributeType:
		kind, ok := attributeKind(value.Str())
		if !ok {
			return wrong(path, "\"attributeType\" takes string, number, bool, list, map, _null or another attribute type.")
		}
		c.kind = kind
		return nil
	case size:
		return p.sizes(c, value, path)
	case between:
		if value.Len() != 2 {
			return wrong(path, "\"between\" takes a list of two values, the lower one first.")
		}
		return p.values(c, f, value, path)
	case in, notIn, containsAny:
		return p.values(c, f, value, path)
	}
	return p.one(c, f, value, path)
}

func (p *parser) one(c *comparison, f *schema.Field, value record.Value, path string) error {
	if p.dialect != Client {
		if value = fitting(f, value, c.op); !value.Exists() {
			return wrong(path, "The value is not of the field's type.")
		}
	}
	o := operandOf(value)
	if p.dialect == Client && (c.op == contains || c.op == notContains || c.op == beginsWith) && o.kind != record.String {
		o.text = []byte(string(value.Text())) // JavaScript searches for the text of a value that is not a string
	}
	if p.dialect == Client && c.op >= lt && c.op <= between {
		o.js = numberJS(value)
	}
	c.operands = append(c.operands, o)
	return nil
}

// values reads the list of between, in, notIn and containsAny.
func (p *parser) values(c *comparison, f *schema.Field, value record.Value, path string) error {
	if value.Kind() != record.List {
		return wrong(path, "\""+operatorNames[c.op]+"\" takes a list of values.")
	}
	var err error
	most := filterValuesMax
	if p.dialect == Client {
		most = filterValuesLocalMax
	}
	value.Elements(func(i int, element record.Value) bool {
		if i == most {
			err = wrong(path, "The list has more than "+strconv.Itoa(most)+" values.")
		} else {
			err = p.one(c, f, element, path+"["+strconv.Itoa(i)+"]")
		}
		return err == nil
	})
	if err == nil && c.op != between {
		c.makeSets()
	}
	return err
}

// makeSets puts a long list of operands into sets.
func (c *comparison) makeSets() {
	if len(c.operands) < setMin {
		return
	}
	c.set, c.numbers = map[string]struct{}{}, map[float64]struct{}{}
	for i := range c.operands {
		switch o := &c.operands[i]; o.kind {
		case record.String:
			c.set[string(o.text)] = struct{}{}
		case record.Number:
			c.numbers[o.num] = struct{}{}
		}
	}
}

// fitting returns the operand in the form of the field's type, Missing when it is of another type. An ID may be written
// as a number.
func fitting(f *schema.Field, value record.Value, op operator) record.Value {
	want := record.String
	switch f.Type.Scalar {
	case schema.Int, schema.Float, schema.AWSTimestamp:
		want = record.Number
	case schema.Boolean:
		want = record.Bool
	case schema.ID:
		if value.Kind() == record.Number {
			return record.OfString(string(value.Text()))
		}
	case "":
		if f.Type.Enum == "" {
			return value // no declared type
		}
	}
	switch {
	case value.IsNull():
		return record.NullValue()
	case value.Kind() == want:
		return value
	case value.Kind() == record.List && f.Array && (op == eq || op == ne):
		return value // a whole list
	}
	return record.Value{}
}

// sizes reads comparisons of a length: {"ge":1,"lt":5} or {"between":[1,5]}.
func (p *parser) sizes(c *comparison, value record.Value, path string) error {
	if value.Kind() != record.Object {
		return wrong(path, "\"size\" takes an object such as {\"ge\":1}.")
	}
	var err error
	value.Fields(func(word string, v record.Value) bool {
		at := join(path, word)
		op, ok := operatorOf(word, Client)
		if !ok || op > between {
			err = wrong(at, "\"size\" has no operator \""+word+"\".")
			return false
		}
		if err = p.count(at); err != nil {
			return false
		}
		part := comparison{op: op}
		if err = p.operands(&part, &schema.Field{Type: schema.Type{Scalar: schema.Int}}, v, at); err == nil {
			c.sizes = append(c.sizes, part)
		}
		return err == nil
	})
	return err
}

// attributeKind finds the kind of an attribute type. Types that JSON lacks (binary values and sets) have none.
func attributeKind(name string) (record.Kind, bool) {
	switch name {
	case "string":
		return record.String, true
	case "number":
		return record.Number, true
	case "bool":
		return record.Bool, true
	case "list":
		return record.List, true
	case "map":
		return record.Object, true
	case "_null":
		return record.Null, true
	case "binary", "binarySet", "numberSet", "stringSet":
		return record.Missing, true
	}
	return record.Missing, false
}
