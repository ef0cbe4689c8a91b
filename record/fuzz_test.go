package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	`{"id":"1","title":"A \"b\" é 😀","n":1.50,"tags":["a",null,true],"in":{"x":{}}}`,
	`[]`, `{}`, `null`, ` true `, `-0`, `1e3`, `12345678901234567890`, `"\ud83d\ude00"`, `"\ud800"`,
	`{"a":1,"\u0061":2}`, `[1,2,]`, `{"a":1,}`, `01`, `1.`, `"\x"`, "\"\t\"", "\"\xff\"", `{"a" : [ 1 , 2 ] }`,
	`{"":{"":[[[]]]}}`, `nul`, `"a`, `{`, `[`, `1 2`, ``, ` `, `-`, `1e`, `tru`, `{1:2}`, `"\u12"`,
}

// FuzzParse holds Parse against encoding/json: same texts accepted, same values read. Parse also
// refuses what encoding/json lets pass: invalid UTF-8, names twice in an object, and depth.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset > len(text) || syntax.Reason == "" {
				t.Fatalf("not a useful error: %v", err)
			}
			if json.Valid(text) && !stricter(text, syntax) {
				t.Fatalf("refused what encoding/json accepts: %v\n%q", err, text)
			}
			exercise(Trust(text))
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("accepted what encoding/json refuses: %q", text)
		}
		compare(t, v, string(v.Text()))
		compareWalks(t, v)
		if !bytes.Equal(Trust(text).Text(), v.Text()) || Trust(text).Kind() != v.Kind() {
			t.Fatalf("Trust differs from Parse: %q", text)
		}
		if !Equal(v, rewrite(v)) {
			t.Fatalf("rewriting changed the value: %q %q", text, rewrite(v).Text())
		}
	})
}

func stricter(text []byte, e *SyntaxError) bool {
	return !utf8.Valid(text) || strings.Contains(e.Reason, "twice") || strings.Contains(e.Reason, "deep")
}

// compare checks a value against what encoding/json reads in the same text.
func compare(t *testing.T, v Value, text string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	sameAs(t, v, want)
}

func sameAs(t *testing.T, v Value, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		if v.Kind() != Null || !v.IsNull() {
			t.Fatalf("%q is not null", v.Text())
		}
	case bool:
		if v.Kind() != Bool || v.Bool() != want {
			t.Fatalf("%q is not %v", v.Text(), want)
		}
	case json.Number:
		f, _ := want.Float64()
		if v.Kind() != Number || string(v.Text()) != want.String() || v.Float() != f {
			t.Fatalf("%q is not %v", v.Text(), want)
		}
		if n, err := want.Int64(); err == nil {
			if got, ok := v.Int(); !ok || got != n {
				t.Fatalf("%q: Int gave %d %v", v.Text(), got, ok)
			}
		}
	case string:
		if v.Kind() != String || v.Str() != want {
			t.Fatalf("%q reads %q, not %q", v.Text(), v.Str(), want)
		}
	case []any:
		if v.Kind() != List || v.Len() != len(want) {
			t.Fatalf("%q has not %d elements", v.Text(), len(want))
		}
		v.Elements(func(i int, e Value) bool { sameAs(t, e, want[i]); return true })
	case map[string]any:
		if v.Kind() != Object || v.Len() < len(want) {
			t.Fatalf("%q has not %d fields", v.Text(), len(want))
		}
		for name, w := range want {
			// Two halves of surrogates are two names for us and one for encoding/json.
			if !strings.ContainsRune(name, utf8.RuneError) {
				sameAs(t, v.Field(name), w)
			}
		}
	}
}

// rewrite builds v anew with the builders.
func rewrite(v Value) Value {
	switch v.Kind() {
	case Object:
		var b Builder
		for w := walk(v, Object); ; {
			raw, value, ok := w.field()
			if !ok {
				return b.Object()
			}
			b.setRaw(raw, rewrite(value))
		}
	case List:
		var b ListBuilder
		v.Elements(func(_ int, e Value) bool { b.Add(rewrite(e)); return true })
		return b.List()
	}
	return v
}

// exercise calls everything on a text that may be no JSON: none of it may panic or hang.
func exercise(v Value) {
	_, _, _, _, _ = v.Str(), v.Float(), v.Bool(), v.Len(), v.Unpaired()
	_, _ = v.Int()
	v.Fields(func(_ string, e Value) bool { exercise(e); return true })
	v.Elements(func(_ int, e Value) bool { exercise(e); return true })
	Equal(v, Overlay(v, v))
	Changed(v, Without(v, "a"))
	walked(Scan(v))
}

// FuzzOverlay keeps what the merge functions promise to one another.
func FuzzOverlay(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":null}`), []byte(`{"a":2,"c":[1]}`))
	f.Add([]byte(`{"a":{"b":1}}`), []byte(`{"a":{"b":1.0,"c":null}}`))
	f.Add([]byte(`{}`), []byte(`{"\u0061":"x"}`))
	f.Add([]byte(`null`), []byte(`{"a":null}`))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		before, err := Parse(x)
		after, err2 := Parse(y)
		if err != nil || err2 != nil || after.Kind() != Object {
			return
		}
		if before.Kind() != Object {
			before = TrustString("{}")
		}
		changed := Changed(before, after)
		merged := Overlay(before, changed)
		for _, v := range []Value{changed, merged} {
			if _, err := Parse(v.Text()); err != nil {
				t.Fatalf("not JSON: %v %q", err, v.Text())
			}
		}
		if Changed(merged, after).Len() != 0 {
			t.Fatalf("Overlay(before, Changed) differs from after:\n%q\n%q", merged.Text(), after.Text())
		}
		if !Equal(Overlay(merged, changed), merged) {
			t.Fatal("Overlay twice differs from once")
		}
		if !Equal(before, before) || Equal(before, after) != Equal(after, before) {
			t.Fatal("Equal is not reflexive or symmetric")
		}
		for w := walk(before, Object); ; { // what changes lacks is untouched, to the byte
			raw, value, ok := w.field()
			if !ok {
				break
			}
			var room [4]field
			put := fieldsOf(changed, room[:0])
			if !put.get(decoded(raw)).Exists() {
				whole := fieldsOf(merged, room[:0])
				got := whole.get(decoded(raw))
				if !bytes.Equal(got.Text(), value.Text()) {
					t.Fatalf("field %q changed from %q to %q", raw, value.Text(), got.Text())
				}
			}
		}
	})
}
