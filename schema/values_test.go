package schema

import (
	"os"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// TestValues runs the cases that js/page/validate.test.ts runs: one table says what both sides take, and
// with which message they refuse. What is strictly taken here, no server refuses: coerce.go asks the
// same CheckScalar.
func TestValues(t *testing.T) {
	text, err := os.ReadFile("../test/fixtures/values.json")
	if err != nil {
		t.Fatal(err)
	}
	table, err := record.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(table.Field("schema").Text())
	if err != nil {
		t.Fatal(err)
	}
	m := s.Model("M")
	table.Field("cases").Elements(func(_ int, c record.Value) bool {
		name, value := c.Field("field").Str(), c.Field("value")
		var row record.Builder
		row.Set(name, value)
		given := row.Object()
		for _, how := range []struct {
			name string
			how  Strictness
		}{{"strict", Strict}, {"loose", Loose}} {
			got := ""
			if err := s.CheckAs(how.how, m, given, false); err != nil {
				got = err.Error()
			}
			want := c.Field(how.name)
			if got != want.Str() {
				t.Errorf("%s %s, %s: %q, want %q", name, value, how.name, got, want.Str())
			}
		}
		return true
	})
}

// TestStrictIsTheServers: nothing that passes the strict check is refused by CheckScalar.
func TestStrictIsTheServers(t *testing.T) {
	for _, c := range forms {
		f := &Field{Name: "x", Type: Type{Scalar: c.scalar}}
		for _, text := range append(append(append(append([]string{}, c.both...), c.clientOnly...), c.server...), c.neither...) {
			v := record.OfString(text)
			reason := (checker{&Schema{}, Strict}).checkField(f, v)
			server := CheckScalar(c.scalar, v)
			if reason == "" && server != "" {
				t.Errorf("%s %q: taken here, and the server says %q", c.scalar, text, server)
			}
			if reason != "" && !strings.HasPrefix(reason, "Field x ") {
				t.Errorf("%s %q: %q", c.scalar, text, reason)
			}
		}
	}
}
