package query

import (
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// TestSendable: a server is asked for what its filters can say, and what holds for a record here holds
// for the filter that it is asked with.
func TestSendable(t *testing.T) {
	titles := func(n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = `{"title":{"eq":"t` + strconv.Itoa(i) + `"}}`
		}
		return `{"or":[` + strings.Join(parts, ",") + `]}`
	}
	long := titles(99)
	for _, c := range []struct {
		filter, want string
		whole        bool
	}{
		{`{"title":{"eq":"a"}}`, `{"and":[{"title":{"eq":"a"}}]}`, true},
		{`{"title":{"in":["a","b"]}}`, `{"and":[{"or":[{"title":{"eq":"a"}},{"title":{"eq":"b"}}]}]}`, true},
		{`{"year":{"notIn":[1,2]}}`, `{"and":[{"year":{"ne":1}},{"year":{"ne":2}}]}`, true},
		{`{}`, "null", true},
		{long, `{"and":[` + long + `]}`, true},
		{titles(100), "null", false},
		{`{"title":{"in":[]}}`, "null", false},
		{`{"and":[{"year":{"gt":1}},{"or":[]}]}`, `{"and":[{"year":{"gt":1}}]}`, false},
		{`{"and":[{"year":{"ge":5}},` + titles(100) + `,{"seen":{"eq":true}}]}`, `{"and":[{"year":{"ge":5}},{"seen":{"eq":true}}]}`, false},
		{`{"and":[{"year":{"gt":"4"}},{"year":{"lt":2.5}},{"year":{"ge":3000000000}},{"seen":{"lt":true}},{"year":{"contains":1}},{"title":{"eq":1}}]}`, "null", false},
		{`{"and":[{"title":{"beginsWith":"a"}},{"_version":{"gt":1}},{"_deleted":{"ne":true}}]}`, `{"and":[{"title":{"beginsWith":"a"}},{"_deleted":{"ne":true}}]}`, false},
		{`{"tags":{"eq":["a"]}}`, "null", false},
		{`{"tags":{"contains":"a"}}`, `{"and":[{"tags":{"contains":"a"}}]}`, true},
	} {
		p, err := Parse(film(), value(t, c.filter), Client)
		if err != nil {
			t.Fatal(err)
		}
		filter, whole := p.Sendable(&schema.Schema{})
		if filter.String() != c.want || whole != c.whole {
			t.Errorf("%.80s: %v %.300s", c.filter, whole, filter)
		}
		if _, err := Parse(film(), filter, Server); err != nil {
			t.Errorf("%.80s: the server says %v", c.filter, err)
		}
	}
}

// TestGathered: many values of one field are looked up, whatever they are.
func TestGathered(t *testing.T) {
	var eqs, nes []string
	for i := range 500 {
		eqs = append(eqs, `{"year":{"eq":`+strconv.Itoa(i*2)+`}}`)
		nes = append(nes, `{"year":{"ne":`+strconv.Itoa(i*2)+`}}`)
	}
	eqs = append(eqs, `{"year":{"eq":null}}`, `{"year":{"in":["x",true]}}`, `{"title":{"eq":"a"}}`)
	some, none := "{\"or\":["+strings.Join(eqs, ",")+"]}", "{\"and\":["+strings.Join(nes, ",")+"]}"
	for _, c := range []struct {
		filter, row string
		want        bool
	}{
		{some, `{"year":4}`, true}, {some, `{"year":5}`, false}, {some, `{"year":4.0}`, true}, {some, `{}`, true}, {some, `{"year":"x"}`, true},
		{some, `{"year":true}`, true}, {some, `{"year":5,"title":"a"}`, true}, {none, `{"year":4}`, false}, {none, `{"year":5}`, true}, {none, `{}`, true},
		{`{"not":` + some + `}`, `{"year":4}`, false}, {`{"not":` + none + `}`, `{"year":4}`, true},
	} {
		p, err := Parse(film(), value(t, c.filter), Client)
		if err != nil {
			t.Fatal(err)
		}
		if p.Match(record.TrustString(c.row)) != c.want {
			t.Errorf("%.60s of %s: not %v", c.filter, c.row, c.want)
		}
		leaves := 0
		eachLeaf(&p.root, func(*comparison) { leaves++ })
		if leaves > 2 {
			t.Errorf("%.60s: %d comparisons", c.filter, leaves)
		}
	}
}
