package form_test

import (
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server/form"
)

const around = `enum Color { red green } enum More { red green blue } type Place { city: String! } type Wide { city: String! zip: Int }
type Todo @model { id: ID! `

func formOf(t *testing.T, fields string) (*schema.Schema, *form.Model) {
	t.Helper()
	s, err := sdl.Parse("s.graphql", []byte(around+fields+" }"))
	if err != nil {
		t.Fatal(err)
	}
	return s, form.Of(s, s.Model("Todo"))
}

func TestCompare(t *testing.T) {
	for _, one := range []struct {
		from, to  string
		certain   bool // every row fits
		fromAgain bool // and the other way round
	}{
		{"f: Int", "f: Int", true, true},
		{"f: Int", "f: Float", true, false},
		{"f: Int!", "f: Int", true, false},
		{"f: [Int!]", "f: [Int]", true, false},
		{"f: [Int]!", "f: [Int]", true, false},
		{"f: Int", "f: AWSTimestamp", true, false},
		{"f: ID", "f: String", true, true},
		{"f: AWSEmail", "f: String", true, false},
		{"f: AWSDate", "f: AWSDateTime", false, false},
		{"f: Int", "f: String", false, false},
		{"f: Float", "f: Boolean", false, false},
		{"f: String", "f: AWSJSON", false, false},
		{"f: String", "f: [String]", false, false},
		{"f: Color", "f: More", true, false},
		{"f: Color", "f: String", true, false},
		{"f: Color", "f: Int", false, false},
		{"f: Place", "f: Wide", true, true}, // an object may keep what its type lost
		{"f: Place", "f: String", false, false},
		{"g: Int", "g: Int f: Int", true, true},
		{"g: Int", "g: Int f: Int!", false, true},
	} {
		_, from := formOf(t, one.from)
		_, to := formOf(t, one.to)
		for _, m := range []*form.Model{from, to} {
			again := form.Read(record.TrustString(m.JSON().String()))
			if again.JSON().String() != m.JSON().String() || len(form.Compare(m, again)) > 0 {
				t.Errorf("%s is read as %s", m.JSON(), again.JSON())
			}
		}
		if got := len(form.Compare(from, to)) == 0; got != one.certain {
			t.Errorf("%s to %s: %v", one.from, one.to, got)
		}
		if got := len(form.Compare(to, from)) == 0; got != one.fromAgain {
			t.Errorf("%s back to %s: %v", one.to, one.from, got)
		}
		if merged := form.Merge(from, to); !form.Within(to, merged) {
			t.Errorf("%s is not within %s", one.to, merged.JSON())
		}
	}
}

// TestWithin: who knows an older schema may write where only optional fields came, and no more where a
// type was narrowed or a required field came.
func TestWithin(t *testing.T) {
	for _, one := range []struct {
		mine, before, now string
		may               bool
	}{
		{"f: Int", "f: Int", "f: Int g: String", true},
		{"f: Int", "f: Int", "f: Int g: String!", false},
		{"f: Int", "f: Int", "f: Float", true},
		{"f: Int", "f: Int", "f: Int!", false},
		{"f: Int!", "f: Int!", "f: Int", true},
		{"f: Int", "f: Int", "f: String", false},
		{"f: Int", "f: Int", "", true},
		{"f: Int!", "f: Int!", "g: Int", true},
		{"f: Place", "f: Place", "f: Wide", true},
		{"f: Wide", "f: Wide", "f: Place", true},
	} {
		_, mine := formOf(t, one.mine)
		_, before := formOf(t, one.before)
		_, now := formOf(t, one.now)
		if got := form.Within(mine, form.Merge(before, now)); got != one.may {
			t.Errorf("%s beside %s, after %s: %v", one.mine, one.now, one.before, got)
		}
	}
}

// TestComesBack: a field that left the schema is still in the rows, so that its name is not free for
// another type.
func TestComesBack(t *testing.T) {
	_, text := formOf(t, "f: String!")
	_, none := formOf(t, "")
	_, number := formOf(t, "f: Int")
	changes := form.Compare(form.Merge(text, none), number)
	if len(changes) != 1 || changes[0].Field != "f" || changes[0].From.String() != "String" || changes[0].To.String() != "Int" {
		t.Errorf("%+v", changes)
	}
}

func TestConvert(t *testing.T) {
	const cannot = "-"
	for _, one := range []struct{ to, value, want string }{
		{"String", `5`, `"5"`}, {"String", `1.5`, `"1.5"`}, {"String", `1e2`, `"100"`}, {"String", `"x"`, `"x"`}, {"String", `true`, cannot}, {"String", `null`, `null`},
		{"String!", `null`, cannot}, {"String", `["x"]`, cannot}, {"String", `{}`, cannot},
		{"ID", `7`, `"7"`}, {"ID", `"7"`, `"7"`},
		{"Int", `"12"`, `12`}, {"Int", `"-3"`, `-3`}, {"Int", `"007"`, cannot}, {"Int", `"+1"`, cannot}, {"Int", `"1.0"`, cannot}, {"Int", `" 1"`, cannot},
		{"Int", `1.0`, `1`}, {"Int", `1.5`, cannot}, {"Int", `2147483648`, cannot}, {"Int", `"2147483648"`, cannot}, {"Int", `true`, cannot}, {"Int", `"x"`, cannot},
		{"AWSTimestamp", `"2147483648"`, `2147483648`},
		{"Float", `"1.5"`, `1.5`}, {"Float", `"-0.25"`, `-0.25`}, {"Float", `"1.50"`, cannot}, {"Float", `"1e5"`, cannot}, {"Float", `"3"`, `3`}, {"Float", `"-0"`, cannot},
		{"Float", `"0.1234567890123456"`, cannot}, {"Float", `"NaN"`, cannot}, {"Float", `3`, `3`}, {"Float", `""`, cannot},
		{"Boolean", `true`, `true`}, {"Boolean", `1`, cannot}, {"Boolean", `"true"`, cannot},
		{"AWSJSON", `5`, `"5"`}, {"AWSJSON", `"x"`, `"\"x\""`}, {"AWSJSON", `"{\"a\":1}"`, `"{\"a\":1}"`}, {"AWSJSON", `[1,"a"]`, `"[1,\"a\"]"`},
		{"AWSJSON", `{"city":"B"}`, `"{\"city\":\"B\"}"`}, {"AWSJSON", `true`, `"true"`},
		{"[Int]", `5`, `[5]`}, {"[Int]", `"5"`, `[5]`}, {"[Int]", `["5",6,null]`, `[5,6,null]`}, {"[Int!]", `[null]`, cannot}, {"[Int]", `["x"]`, cannot},
		{"[String!]!", `"a"`, `["a"]`}, {"[String]!", `null`, cannot}, {"[AWSJSON]", `"a"`, `["\"a\""]`},
		{"Color", `"red"`, `"red"`}, {"Color", `"Red"`, cannot}, {"[Color]", `"red"`, `["red"]`},
		{"AWSEmail", `"a@b.c"`, `"a@b.c"`}, {"AWSEmail", `"a"`, cannot}, {"AWSDate", `"2026-02-30"`, cannot},
		{"Wide", `{"city":7,"zip":"1","old":2}`, `{"city":"7","zip":1,"old":2}`}, {"Wide", `{"zip":1}`, cannot}, {"[Place]", `{"city":"B"}`, `[{"city":"B"}]`},
	} {
		s, m := formOf(t, "f: "+one.to)
		changes := []form.Change{{Field: "f", To: m.Field("f").Kind}}
		row := record.TrustString(`{"id":"a","f":` + one.value + `,"g":1}`)
		out, same, wrong := form.Row(row, changes)
		got := out.Field("f").String()
		if wrong != "" {
			got = cannot
		}
		if got != one.want || same != (one.want == one.value) {
			t.Errorf("%s to %s: %s (same: %v), want %s", one.value, one.to, got, same, one.want)
		}
		if got == cannot {
			if out.String() != row.String() || form.Best(row, changes).Field("f").Exists() {
				t.Errorf("%s to %s: %s", one.value, one.to, out)
			}
			continue
		}
		if again, same, _ := form.Row(out, changes); !same || again.String() != out.String() {
			t.Errorf("%s to %s, twice: %s", one.value, one.to, again)
		}
		if err := s.CheckAs(schema.Strict, s.Model("Todo"), record.Without(record.TrustString(`{"id":"a","f":`+got+`}`), "old"), true); err != nil && one.to != "Wide" {
			t.Errorf("%s to %s does not fit: %v", one.value, one.to, err)
		}
	}
}

func TestDefault(t *testing.T) {
	_, m := formOf(t, `f: Int! @default(value: "7")`)
	for value, want := range map[string]string{`{"id":"a"}`: `7`, `{"id":"a","f":null}`: `7`, `{"id":"a","f":"3"}`: `3`} {
		out, _, wrong := form.Row(record.TrustString(value), form.Compare(&form.Model{Key: m.Key, Fields: m.Fields[:1]}, m))
		if wrong != "" || out.Field("f").String() != want {
			t.Errorf("%s: %s (%s)", value, out, wrong)
		}
	}
}
