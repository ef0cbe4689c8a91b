package record

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	wide := func(last string) string {
		var b strings.Builder
		for i := range 40 {
			b.WriteString(`"n` + strconv.Itoa(i) + `":0,`)
		}
		return "{" + b.String() + last + ":1}"
	}
	for _, c := range []struct{ text, want string }{
		{``, "byte 0: The text ends where a value is expected."},
		{`[1,`, "byte 3: The text ends where"},
		{`{"a":1,"a":2}`, "byte 7: This field name is in the object twice."},
		{`{"a":1,"\u0061":2}`, "twice"},
		{wide(`"n7"`), "twice"},
		{wide(`"\u006e39"`), "twice"},
		{wide(`"x":1,"x"`), "twice"},
		{`{"a":1 "b":2}`, "byte 7: Expected a comma or }"},
		{`[1 2]`, "byte 3: Expected a comma or ]"},
		{`{a:1}`, "Expected a field name in double quotes."},
		{`{"a" 1}`, "Expected a colon"},
		{`{"a":1,}`, "Expected a field name"},
		{`"abc`, "The text ends inside a string."},
		{"\"a\nb\"", "byte 2: A control character must be escaped"},
		{"\"a\x7f\xc3\"", "byte 3: This byte is not valid UTF-8."},
		{"\"\xed\xa0\x80\"", "not valid UTF-8"},
		{`"\q"`, "not a valid JSON escape"},
		{`"\u12g4"`, "not a valid JSON escape"},
		{`nulx`, "Expected null."},
		{`tr`, "Expected true."},
		{`falsy`, "Expected false."},
		{`-`, "digit after its sign"},
		{`1.x`, "digit after its point"},
		{`1e+`, "digit in its exponent"},
		{`01`, "byte 1: There is more text"},
		{`{} x`, "byte 3: There is more text"},
		{`?`, "cannot begin with this character"},
		{strings.Repeat("[", 65) + strings.Repeat("]", 65), "byte 64: Lists and objects are nested more than 64 deep."},
		{strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), "nested more than 64"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v, want %q", c.text, err, c.want)
		}
	}
	for _, ok := range []string{
		wide(`"x"`), strings.Repeat("[", 64) + strings.Repeat("]", 64), `[[],[]]`, `{"a":{"a":1},"b":{"a":2}}`, `"\/"`,
	} {
		if _, err := Parse([]byte(ok)); err != nil {
			t.Errorf("%.60q: %v", ok, err)
		}
	}
}

func TestFieldAccess(t *testing.T) {
	v := TrustString(" {\"a\" : \"x\\\"}\", \"b\\u0062\": [1, {\"c\": \"]\"}, \"\\\\\"] ,\"n\":null,\"t\":true} ")
	if got := v.Field("a").Str(); got != `x"}` {
		t.Errorf("a = %q", got)
	}
	list := v.Field("bb")
	if list.Kind() != List || list.Len() != 3 {
		t.Errorf("bb = %s", list)
	}
	var elements []string
	list.Elements(func(_ int, e Value) bool {
		elements = append(elements, e.String())
		return len(elements) < 2
	})
	if strings.Join(elements, "|") != `1|{"c": "]"}` {
		t.Errorf("elements %q", elements)
	}
	if n := v.Field("n"); !n.Exists() || !n.IsNull() || n.Kind() != Null {
		t.Error("n is null and there")
	}
	if m := v.Field("m"); m.Exists() || !m.IsNull() || m.String() != "null" {
		t.Error("m is missing")
	}
	if !v.Field("t").Bool() || v.Field("n").Bool() || v.Len() != 4 {
		t.Error("bool or length")
	}
	if got := strings.Join(Names(v), ","); got != "a,bb,n,t" {
		t.Errorf("names %s", got)
	}
	count := 0
	v.Fields(func(string, Value) bool { count++; return false })
	if count != 1 {
		t.Error("Fields goes on after false")
	}
	for _, other := range []Value{{}, OfInt(1), OfString("x"), TrustString("[]")} {
		if other.Field("a").Exists() || len(Names(other)) != 0 || other.Kind() != List && other.Len() != 0 {
			t.Errorf("%s has fields", other)
		}
	}
	if OfInt(3).Str() != "" || OfString("3").Float() != 0 {
		t.Error("a value of another kind is not empty")
	}
}

func TestLocate(t *testing.T) {
	v := TrustString(` { "a" : 1 , "b\u0062":"x","c": [1] , "a":2} `)
	names := []string{"c", "none", "bb", "a"}
	places := make([]Place, 5)
	places[4] = Place{Value: OfInt(9)}
	Locate(v, names, places)
	for i, want := range []string{"[1]", "null", `"x"`, "1"} {
		p := places[i]
		if p.Value.String() != want || p.Value.Exists() && string(v.Text()[p.Offset:p.Offset+len(want)]) != want {
			t.Errorf("%s: %s at %d", names[i], p.Value, p.Offset)
		}
	}
	if places[4].Value.String() != "9" {
		t.Error("a place beyond the names was written")
	}
	Locate(TrustString("[1]"), names, places)
	if places[0].Value.Exists() || places[0].Offset != 0 {
		t.Error("a list has fields")
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"1.0", 1, true}, {"1e3", 1000, true}, {"1.5e1", 15, true},
		{"-120.00e-1", -12, true}, {"1.5", 0, false}, {"1e-1", 0, false}, {"0e999999999999999999999", 0, true},
		{"1e999999999999999999999", 0, false}, {"1e-999999999999999999999", 0, false}, {"0.0", 0, true},
		{"9223372036854775807", math.MaxInt64, true}, {"9223372036854775808", 0, false},
		{"-9223372036854775808", math.MinInt64, true}, {"9223372036854775807.0", math.MaxInt64, true},
		{"9.223372036854775808e18", 0, false}, {"1e19", 0, false}, {`"1"`, 0, false},
	} {
		if n, ok := TrustString(c.text).Int(); n != c.n || ok != c.ok {
			t.Errorf("%s: %d %v", c.text, n, ok)
		}
	}
	if f := TrustString("1e400").Float(); !math.IsInf(f, 1) {
		t.Errorf("1e400 = %v", f)
	}
	for text := range strings.FieldsSeq("- 1e 1e- -e . .e") { // not JSON, but no panic
		exercise(TrustString(text))
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true}, {"100", "1e2", true}, {"0", "-0", true}, {"0.1", "1e-1", true}, {"1", "2", false},
		{"9007199254740993", "9007199254740992", false}, {"9007199254740993.0", "9007199254740993", true},
		{"123456789012345678901", "123456789012345678902", false}, {"1.5", "1", false},
		{"1e20", "100000000000000000000", true},
		{`"a"`, `"\u0061"`, true}, {`"a"`, `"b"`, false}, {`"\ud83d\ude00"`, `"😀"`, true},
		{`"\ud800"`, `"\ud801"`, false}, {`"\ud800"`, `"\uD800"`, true}, {`"\ud800"`, `"\ufffd"`, false},
		{`"1"`, "1", false}, {"true", "true", true}, {"true", "false", false},
		{"[1,2]", "[ 1, 2.0 ]", true}, {"[1,2]", "[2,1]", false}, {"[1]", "[1,null]", false}, {"[null]", "[]", false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true}, {`{"a":1,"b":null}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false}, {`{"\u0061":1}`, `{"a":1.0}`, true}, {`{"a":{"b":null}}`, `{"a":{}}`, true},
		{`{}`, `{"a":null}`, true}, {`{}`, "null", false}, {"null", "", true}, {"", "", true}, {"", "0", false},
		{`{}`, `[]`, false},
	} {
		a, b := TrustString(c.a), TrustString(c.b)
		if Equal(a, b) != c.want || Equal(b, a) != c.want {
			t.Errorf("Equal(%s, %s) is not %v", c.a, c.b, c.want)
		}
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"overlay", Overlay(TrustString(`{"a": 1.50, "b":[1, 2] ,"c":3}`), TrustString(`{"c":null,"d":"x"}`)).String(),
			`{"a":1.50,"b":[1, 2],"c":null,"d":"x"}`},
		{"overlay, escaped name", Overlay(TrustString(`{"a":1}`), TrustString(`{"\u0061":2}`)).String(), `{"a":2}`},
		{"overlay, no changes", Overlay(TrustString(`{"a": 1}`), TrustString(`{}`)).String(), `{"a": 1}`},
		{"overlay, changes missing", Overlay(TrustString(`{"a":1}`), Value{}).String(), `{"a":1}`},
		{"overlay, base missing", Overlay(Value{}, TrustString(`{"a":1}`)).String(), `{"a":1}`},
		{"changed", Changed(TrustString(`{"a":1,"b":2,"c":{"x":1},"g":1}`), TrustString(`{"a":1.0,"b":3,"c":{"x":1,"y":null},"d":null,"e":4}`)).String(),
			`{"b":3,"e":4}`},
		{"changed to null", Changed(TrustString(`{"a":1}`), TrustString(`{"a":null}`)).String(), `{"a":null}`},
		{"changed from nothing", Changed(Value{}, TrustString(`{"a":1}`)).String(), `{"a":1}`},
		{"changed to nothing", Changed(TrustString(`{"a":1}`), Value{}).String(), `{}`},
		{"without", Without(TrustString(`{"a":1,"b":2,"\u0063":3}`), "a", "c", "x").String(), `{"b":2}`},
		{"without, none there", Without(TrustString(`{"a": 1}`), "x").String(), `{"a": 1}`},
		{"without, all", Without(TrustString(`{"a":1}`), "a").String(), `{}`},
		{"without, no object", Without(OfInt(1), "a").String(), `1`},
		{"pick", Pick(TrustString(`{"a":1,"b":2,"c":3}`), "c", "x", "a").String(), `{"c":3,"a":1}`},
		{"pick, nothing", Pick(Value{}, "a").String(), `{}`},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestBuilders(t *testing.T) {
	var b Builder
	b.SetString("s", "a\"b")
	b.SetInt("i", -5)
	b.SetBool("t", true)
	b.SetNull("n")
	b.Set("missing", Value{})
	b.Set("v", TrustString(`[1]`))
	var l ListBuilder
	l.Add(OfBool(false))
	l.Add(Value{})
	l.AddString("x")
	if l.Len() != 3 {
		t.Errorf("%d elements", l.Len())
	}
	b.Set("list", l.List())
	const want = `{"s":"a\"b","i":-5,"t":true,"n":null,"v":[1],"list":[false,null,"x"]}`
	if got := b.Object().String(); got != want {
		t.Errorf("built %s", got)
	}
	if b.Object().String() != "{}" || l.List().String() != "[]" || l.Len() != 0 {
		t.Error("a builder is not empty after it gave its value")
	}
	if NullValue().Kind() != Null || OfString("é").Str() != "é" {
		t.Error("single values")
	}
}

func TestAppendString(t *testing.T) {
	var all []byte
	for c := range 0x80 {
		all = append(all, byte(c))
	}
	for _, s := range []string{"", "plain", string(all), "é😀\u2028", "a\xffb\xc3", "\xed\xa0\x80", "\uFFFD"} {
		text := AppendString([]byte("x"), s)[1:]
		var back string
		if err := json.Unmarshal(text, &back); err != nil || back != strings.ToValidUTF8(s, "\uFFFD") && back != string([]rune(s)) {
			t.Errorf("%q: %s %q %v", s, text, back, err)
		}
		if v, err := Parse(text); err != nil || v.Str() != back {
			t.Errorf("%q: %v %q", s, err, v.Str())
		}
	}
	if got := string(AppendString(nil, "\x01\b\f\n\r\t\x1f\x7f")); got != "\"\\u0001\\b\\f\\n\\r\\t\\u001f\x7f\"" {
		t.Errorf("escapes %s", got)
	}
}

func TestUnpaired(t *testing.T) {
	for text, want := range map[string]bool{
		`"\ud800"`: true, `"\udc00"`: true, `"\ud800\ud800"`: true, `"x\udbffy"`: true, `"\ud83d\ude00"`: false,
		`"\u00e9\n"`: false, `"a"`: false, `1`: false, `"\ufffd"`: false,
	} {
		if TrustString(text).Unpaired() != want {
			t.Errorf("%s: not %v", text, want)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	v := TrustString(`{"id":"abc","title":"x","views":12,"nested":{"a":[1,2,3]},"last":true}`)
	same := TrustString(`{"last":true,"id":"abc","title":"x","views":12.0,"nested":{"a":[1,2,3]}}`)
	if n := testing.AllocsPerRun(100, func() {
		if !v.Field("last").Bool() || v.Field("nested").Field("a").Len() != 3 || v.Field("none").Exists() {
			t.Fatal("wrong field")
		}
	}); n != 0 {
		t.Errorf("a lookup allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { Equal(v, same) }); n > 4 { // parsing the numbers
		t.Errorf("a comparison allocates %v times", n)
	}
}

// TestThree: three fields in one walk are those that three walks find.
func TestThree(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `{"a":1,"b":2,"c":3}`, `{"c":3,"x":"a","a":"b"}`, `{"a":1,"a":2,"b":null}`,
		`{"\u0061":7,"b\\":8,"b":{"c":1},"c":[1,"c"]}`, `{"aa":1,"a\"":2,"a":3}`,
	} {
		v := TrustString(text)
		want := [3]Value{v.Field("a"), v.Field("b"), v.Field("c")}
		if got := v.Three("a", "b", "c"); got != want {
			t.Errorf("%s: %v, one by one %v", text, got, want)
		}
	}
}
