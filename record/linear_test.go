package record

import (
	"fmt"
	"strings"
	"testing"
)

// object is one of n fields; format writes a name.
func object(n int, format, value string) Value {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"`+format+`":`+value, i)
	}
	return TrustString("{" + b.String()[1:] + "}")
}

// TestLookupsAreLinear: each lookup compares a bounded number of names, however many fields the object
// has and however they are written.
func TestLookupsAreLinear(t *testing.T) {
	for _, n := range []int{namesLinearMax, namesLinearMax + 1, 10_000} {
		for _, format := range []string{"k%d", `\u006b%d`} {
			table := fieldsOf(object(n, format, "1"), nil)
			for i := range n {
				if got := table.get(fmt.Appendf(nil, "k%d", i)); !got.Exists() {
					t.Fatalf("k%d of %d is not found", i, n)
				}
				table.get(fmt.Appendf(nil, "x%d", i))
			}
			if most := 2 * n * namesLinearMax; table.compared > most || n > namesLinearMax && table.compared > 2*n {
				t.Errorf("%d lookups of %d fields compared %d names", 2*n, n, table.compared)
			}
		}
	}
}

// TestLargeObjects: 50,000 names against 200,000 others, as written and as escapes. Compared pair by
// pair they would take hours.
func TestLargeObjects(t *testing.T) {
	const n = 50_000
	for _, format := range []string{"k%d", `\u006b\u0065\u0079%d`} {
		a, b := object(n, "a"+format, "1"), object(n, "b"+format, "2")
		both := Overlay(a, b)
		if both.Len() != 2*n || Changed(a, both).Len() != n || Equal(a, b) || !Equal(both, Overlay(b, a)) {
			t.Errorf("%s: the fields are mixed up", format)
		}
		if got := IndexOf(both).Field("x").Exists() || !IndexOf(a).Field("a"+strings.Replace("key7", "key", map[bool]string{true: "k", false: "key"}[format == "k%d"], 1)).Exists(); got {
			t.Errorf("%s: the index is wrong", format)
		}
	}
}

// TestDeepObjects: two spellings of objects DepthMax deep are compared once, not twice per level.
func TestDeepObjects(t *testing.T) {
	deep := func(inner string) Value {
		return TrustString(strings.Repeat(`{"a":`, DepthMax-1) + inner + strings.Repeat("}", DepthMax-1))
	}
	if !Equal(deep("{}"), deep("{ }")) || Equal(deep("{}"), deep(`{"b":1}`)) {
		t.Error("deep objects are compared wrongly")
	}
}
