package record

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

// The naive reference: what the functions on records promise, on decoded maps.

func decodedObject(t *testing.T, text []byte) map[string]any {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

// sameNumber compares exactly where both are integers: of 64 bits, or written as such. Other
// numbers are what a float64 makes of them.
func sameNumber(a, b json.Number) bool {
	x, _ := new(big.Rat).SetString(a.String())
	y, _ := new(big.Rat).SetString(b.String())
	whole := func(r *big.Rat, text string) bool {
		return r.IsInt() && (r.Num().IsInt64() || !strings.ContainsAny(text, ".eE"))
	}
	if whole(x, a.String()) && whole(y, b.String()) {
		return x.Cmp(y) == 0
	}
	m, _ := a.Float64()
	n, _ := b.Float64()
	return m == n
}

func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && within(x, y) && within(y, x)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for n := range x {
			if !same(x[n], y[n]) {
				return false
			}
		}
		return true
	case json.Number:
		y, ok := b.(json.Number)
		return ok && sameNumber(x, y)
	}
	return a == b
}

func within(x, y map[string]any) bool {
	for name := range x {
		if !same(x[name], y[name]) {
			return false
		}
	}
	return true
}

// measurable leaves out what decoding loses: names with half of a surrogate pair, and numbers
// whose exact value takes a gigabyte.
func measurable(text []byte) bool {
	return !strings.Contains(strings.ToLower(string(text)), `\ud`) && !strings.ContainsRune(string(text), utf8.RuneError) &&
		!strings.Contains(strings.ToLower(string(text)), `\uff`) && !longExponent(text)
}

func longExponent(text []byte) bool {
	for n, c := range text {
		if c == 'e' || c == 'E' {
			digits := strings.TrimLeft(string(text[n+1:]), "+-0")
			if len(digits) > 3 && digits[3] >= '0' && digits[3] <= '9' && digits[2] >= '0' && digits[2] <= '9' {
				return true
			}
		}
	}
	return false
}

// FuzzChanges holds Equal, Overlay, Changed, Pick, Without and Locate against the reference.
func FuzzChanges(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"a":1,"b":null}`, `{"a":2,"c":[1]}`, "a"},
		{`{"a":{"b":1}}`, `{"a":{"b":1.0,"c":null}}`, "b"},
		{`{}`, `{"\u0061":"x"}`, "a"},
		{`{"n":9007199254740993,"m":1e2}`, `{"n":9007199254740992,"m":100}`, "m"},
		{`{"n":123456789012345678901,"t":"\u00e9"}`, `{"n":1.23456789012345678901e20,"t":"é"}`, "t"},
		{`{"a":[{"x":null},"\/"],"b":true}`, `{"a":[{},"/"],"b":false}`, ""},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), seed[2])
	}
	f.Fuzz(func(t *testing.T, a, b []byte, name string) {
		x, err := Parse(a)
		y, err2 := Parse(b)
		if err != nil || err2 != nil || x.Kind() != Object || y.Kind() != Object || !measurable(a) || !measurable(b) || !utf8.ValidString(name) {
			return
		}
		before, after := decodedObject(t, a), decodedObject(t, b)
		if Equal(x, y) != same(before, after) {
			t.Fatalf("Equal(%s, %s) is %v", a, b, Equal(x, y))
		}
		merged, changed := map[string]any{}, map[string]any{}
		for n, v := range before {
			merged[n] = v
		}
		for n, v := range after {
			merged[n] = v
			if !same(before[n], v) {
				changed[n] = v
			}
		}
		is := func(what string, got Value, want map[string]any) {
			fields := decodedObject(t, got.Text())
			if len(fields) != len(want) || !same(fields, want) {
				t.Fatalf("%s of %s and %s with %q is %s", what, a, b, name, got)
			}
		}
		is("Overlay", Overlay(x, y), merged)
		is("Changed", Changed(x, y), changed)
		picked := map[string]any{}
		if v, ok := before[name]; ok {
			picked[name] = v
		}
		is("Pick", Pick(x, name), picked)
		delete(before, name)
		is("Without", Without(x, name), before)
		names := append(Names(y), name)
		places := make([]Place, len(names))
		Locate(y, names, places)
		for n, p := range places {
			text := p.Value.Text()
			if p.Value != y.Field(names[n]) || p.Value.Exists() && string(y.Text()[p.Offset:p.Offset+len(text)]) != string(text) {
				t.Fatalf("Locate finds %s at %d as %q in %s", p.Value, p.Offset, names[n], y)
			}
		}
	})
}
