package conflict

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// triple is a conflict: the row that a change was made on, the change, and the row that the server
// has by now.
type triple struct{ base, local, remote record.Value }

// outcome is what the server makes of a triple under AUTOMERGE.
func (c triple) outcome(m *schema.Model, stored record.Value) Outcome {
	return Decide(m, Attempt{Operation: Update, Input: c.local, Version: 1, Strategy: Automerge, Stored: stored})
}

// counted is how often a triple was of a kind, to see that the random ones tell something.
type counted struct{ taken, resend, lost int }

// check holds the server's merge, and what the page makes of its answer, against the reference.
func (c triple) check(t *testing.T, m *schema.Model, seen *counted) {
	fail := func(what string, got, want any) {
		t.Helper()
		t.Fatalf("%s\n  base %s\n local %s\nremote %s\n   got %v\n  want %v", what, c.base, c.local, c.remote, got, want)
	}
	stored := WithStamp(c.remote, Stamp{Version: 2, ChangedAt: 5})
	row := c.outcome(m, stored).Row
	fields := func(v record.Value) map[string]any { return decoded(WithoutMeta(v), shapes).(map[string]any) }
	base, local, remote, merged := fields(c.base), fields(c.local), fields(c.remote), fields(row)
	delete(local, "id")
	if want := referenceFields(remote, local); !alike(merged, want) {
		fail("the server's merge", merged, want)
	}
	var taken int
	var resend, lost []string
	for _, name := range record.Names(c.local) {
		switch {
		case isMeta(name) || name == "id" || name == "createdAt" || name == "updatedAt":
		case alike(merged[name], local[name]):
			taken++
		case alike(merged[name], reference(base[name], local[name])):
			resend = append(resend, name)
		default:
			lost = append(lost, name)
		}
	}
	gotResend, gotLost := Superseded(m, c.local, c.base, row)
	if !slices.Equal(gotResend, resend) || !slices.Equal(gotLost, lost) {
		fail("the page's reading of the answer, fields to resend and lost", [2][]string{gotResend, gotLost}, [2][]string{resend, lost})
	}
	seen.taken, seen.resend, seen.lost = seen.taken+taken, seen.resend+len(resend), seen.lost+len(lost)
	c.checkRetry(t, m, stored, fail, local, remote)
}

// checkRetry holds the page's retry on top of the remote row: the sent fields are the change's, all
// others stay.
func (c triple) checkRetry(t *testing.T, m *schema.Model, stored record.Value, fail func(string, any, any), local, remote map[string]any) {
	again, _ := Resolve(m, Update, c.local, stored, RetryLocal, record.Value{})
	delete(local, "createdAt")
	delete(local, "updatedAt")
	if again.None {
		if len(local) > 0 {
			fail("a retry that is not sent", again, local)
		}
		return
	}
	after := Decide(m, Attempt{Operation: Update, Input: again.Fields, Version: again.Version, Strategy: Automerge, Stored: stored})
	for name, v := range local {
		remote[name] = v
	}
	if got := decoded(after.Row, shapes); !alike(got, remote) {
		fail("the row after a retry", got, remote)
	}
}

// FuzzMerge holds the server's merge and the page's reading of it against the reference.
func FuzzMerge(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"id":"a","title":"t","tags":["p"]}`, `{"title":"u","tags":["p","q"]}`, `{"id":"a","title":"t","tags":["p"]}`},
		{`{"id":"a","addr":{"city":"c"}}`, `{"addr":{"city":"d","street":null}}`, `{"id":"a","addr":{"city":"e","inner":{}}}`},
		{`{"meta":"{\"a\":[1]}"}`, `{"meta":"{\"a\":[2],\"b\":{}}"}`, `{"meta":"{ \"a\": [1] }"}`},
		{`{"meta":"[]","note":null}`, `{"meta":"7","note":[null]}`, `{}`},
		{`{"addr":{"extra":"{\"a\":1}","inner":{"extra":"1"}}}`, `{"addr":{"extra":"{\"b\":2}","inner":{"extra":"2"}}}`, `{"addr":{"extra":"{}"}}`},
		{`{"parentId":5,"notes":["1","{}"]}`, `{"parentId":"5","notes":["1.0"]}`, `{"parentId":"6","notes":[]}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	_, m := todo()
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var rows [3]record.Value
		for n, text := range [][]byte{a, b, c} {
			v, err := record.Parse(text)
			if err != nil || v.Kind() != record.Object || !plainNumbers(text) {
				return
			}
			rows[n] = v
		}
		triple{rows[0], rows[1], rows[2]}.check(t, m, &counted{})
	})
}

// plainNumbers keeps to numbers that are what they look like: record's own tests hold the others.
func plainNumbers(text []byte) bool {
	digits := 0
	for n, c := range text {
		if c >= '0' && c <= '9' {
			digits++
		} else {
			digits = 0
		}
		after := n > 0 && text[n-1] >= '0' && text[n-1] <= '9'
		if digits > 15 || after && (c == '.' || c == 'e' || c == 'E') || c == '-' {
			return false
		}
	}
	return !strings.Contains(string(text), `\u`)
}

// maker makes random triples.
type maker struct{ *rand.Rand }

func (g maker) of(list ...string) string { return list[g.IntN(len(list))] }

func (g maker) json() string {
	return g.of(`"1"`, `"{}"`, `"[1]"`, `"[1, 2]"`, `"{\"a\":1}"`, `"{ \"a\": 1 }"`, `"{\"a\":{\"b\":[1]},\"c\":null}"`, `"{\"b\":2}"`, `"null"`, `"{a"`, `"true"`)
}

func (g maker) list(element func() string) string {
	var parts []string
	for range g.IntN(3) {
		parts = append(parts, element())
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (g maker) embedded(depth int) string {
	var parts []string
	for _, name := range []string{"street", "city", "extra", "inner"} {
		switch {
		case g.IntN(2) == 0:
		case name == "extra":
			parts = append(parts, `"extra":`+g.json())
		case name != "inner":
			parts = append(parts, `"`+name+`":`+g.of(`"x"`, `"y"`, "null"))
		case depth > 0:
			parts = append(parts, `"inner":`+g.embedded(depth-1))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (g maker) value(name string) string {
	if g.IntN(8) == 0 {
		return g.of("null", "null", "1", `"x"`, "[]", "{}", `{"a":[1]}`, "true", "0.5")
	}
	switch name {
	case "count", "rating":
		return g.of("0", "1", "1.0", "2", "2.5", "-3", "9007199254740993", "9007199254740992", "1e3")
	case "tags":
		return g.list(func() string { return g.of(`"p"`, `"q"`, "null") })
	case "notes":
		return g.list(g.json)
	case "meta":
		return g.json()
	case "addr":
		return g.embedded(1)
	case "parentId":
		return g.of(`"5"`, "5", `"6"`)
	case "other":
		return g.of(`{"a":{"b":1}}`, `{"a":{"c":[2]},"b":null}`, `[[1],{"a":1}]`, "7")
	}
	return g.of(`"a"`, `"b"`, `"c"`, `"\u0061"`)
}

var tripleFields = []string{"title", "note", "count", "tags", "meta", "notes", "addr", "parentId", "rating", "other", "updatedAt"}

func (g maker) fields(names []string, share int, known record.Value) record.Value {
	var b record.Builder
	for _, name := range names {
		if g.IntN(share) == 0 {
			b.Set(name, record.TrustString(g.value(name)))
		} else if known.Exists() {
			b.Set(name, known.Field(name))
		}
	}
	return b.Object()
}

// triple has few fields: each is merged by itself.
func (g maker) triple() triple {
	from := g.IntN(len(tripleFields) - 1)
	names := tripleFields[from : from+2]
	base := g.fields(names, 2, record.Value{})
	c := triple{base: base, local: g.fields(names, 2, record.Value{}), remote: base}
	if g.IntN(4) > 0 {
		c.remote = g.fields(names, 2, base)
	}
	return c
}

// TestMergeTriples holds a million random conflicts against the reference, the same ones each time.
func TestMergeTriples(t *testing.T) {
	triples := 1_000_000
	if testing.Short() {
		triples = 20_000
	}
	_, m := todo()
	const parts = 8
	for part := range uint64(parts) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			g, seen := maker{rand.New(rand.NewPCG(part, 1))}, &counted{}
			for range triples / parts {
				g.triple().check(t, m, seen)
			}
			if least := triples / parts / 20; seen.taken < least || seen.resend < least || seen.lost < least {
				t.Errorf("the triples tell little: %+v", *seen)
			}
		})
	}
}
