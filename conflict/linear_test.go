package conflict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// keys is an object with n names; format writes one.
func keys(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"`+format+`":1`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// TestLargeMapsMerge: AWSJSON maps of 50,000 names against as many others, also written as escapes.
// With each name compared with each other one this would take hours, in the server's one writing
// transaction. How many names a lookup compares is kept by `record` TestLookupsAreLinear.
func TestLargeMapsMerge(t *testing.T) {
	const n = 50_000
	_, m := todo()
	row := func(text string) record.Value {
		var b record.Builder
		b.SetString("id", "a")
		b.SetString("meta", text)
		return b.Object()
	}
	for _, escape := range []string{"", `\u006b\u0065\u0079`} {
		stored, in := row(keys(n, escape+"a%d")), row(keys(n, escape+"b%d"))
		merged, rejected := Merge(m, stored, in)
		inside, ok := jsonInside(merged.Field("meta"))
		if !ok || inside.Len() != 2*n || len(rejected) != 0 {
			t.Errorf("%q: merged %d names, rejected %v", escape, inside.Len(), rejected)
		}
		if resend, lost := Superseded(m, in, stored, merged); len(resend) != 1 || len(lost) != 0 {
			t.Errorf("%q: resend %v, lost %v; want the map resent", escape, resend, lost)
		}
		again, _ := Merge(m, merged, in)
		if !SameValue(m.Field("meta"), merged.Field("meta"), again.Field("meta")) {
			t.Errorf("%q: merging the same map once more changed it", escape)
		}
	}
}
