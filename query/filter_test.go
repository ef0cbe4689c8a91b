package query

import (
	"strconv"
	"strings"
	"testing"
)

func TestFilterText(t *testing.T) {
	cases := []struct{ filter, want string }{
		{`{}`, `null`},
		{`{"title":{"eq":"a"}}`, `{"and":[{"title":{"eq":"a"}}]}`},
		{`{"and":[{"title":{"eq":"a"}}]}`, `{"and":[{"title":{"eq":"a"}}]}`},
		{`{"and":[{"and":[{"title":{"eq":"a"}}]},{"year":{"gt":1,"lt":3}}]}`,
			`{"and":[{"title":{"eq":"a"}},{"year":{"gt":1}},{"year":{"lt":3}}]}`},
		{`{"or":[{"title":{"eq":"a"}},{"or":[{"year":{"eq":1}},{"year":{"eq":null}}]}]}`,
			`{"and":[{"or":[{"title":{"eq":"a"}},{"year":{"eq":1}},{"year":{"eq":null}}]}]}`},
		{`{"or":[{"title":{"eq":"a"},"year":{"eq":1}},{"year":{"eq":2}}]}`,
			`{"and":[{"or":[{"and":[{"title":{"eq":"a"}},{"year":{"eq":1}}]},{"year":{"eq":2}}]}]}`},
		{`{"not":{"title":{"eq":"a"}}}`, `{"and":[{"title":{"ne":"a"}}]}`},
		{`{"not":{"title":{"beginsWith":"a"}}}`, `{"and":[{"not":{"title":{"beginsWith":"a"}}}]}`},
		{`{"not":{"year":{"between":[1,2]}}}`, `{"and":[{"or":[{"year":{"lt":1}},{"year":{"gt":2}}]}]}`},
		{`{"title":{"in":["a","b"]}}`, `{"and":[{"or":[{"title":{"eq":"a"}},{"title":{"eq":"b"}}]}]}`},
		{`{"title":{"in":["a"]}}`, `{"and":[{"title":{"eq":"a"}}]}`},
		{`{"title":{"notIn":["a",null]}}`, `{"and":[{"title":{"ne":"a"}},{"title":{"ne":null}}]}`},
		{`{"not":{"title":{"beginsWith":"a"},"year":{"in":[1,2]}}}`,
			`{"and":[{"or":[{"not":{"title":{"beginsWith":"a"}}},{"and":[{"year":{"ne":1}},{"year":{"ne":2}}]}]}]}`},
	}
	for _, c := range cases {
		if got := string(parse(t, c.filter, Client).Filter().Text()); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.filter, got, c.want)
		}
	}
	server := parse(t, `{"not":{"title":{"in":["a"]},"seen":{"eq":true}},"tags":{"size":{"ge":1}}}`, Server)
	const want = `{"and":[{"not":{"and":[{"title":{"eq":"a"}},{"seen":{"eq":true}}]}},{"tags":{"size":{"ge":1}}}]}`
	if got := string(server.Filter().Text()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestFilterKeepsLongLists(t *testing.T) {
	values := make([]string, 200)
	for i := range values {
		values[i] = strconv.Itoa(i)
	}
	text := `{"and":[{"year":{"in":[` + strings.Join(values, ",") + `]}}]}`
	if got := string(parse(t, text, Client).Filter().Text()); got != text {
		t.Errorf("got %s", got)
	}
}

func TestSubscriptionKeepsIn(t *testing.T) {
	const text = `{"and":[{"title":{"in":["a","b"]}}]}`
	if got := string(parse(t, text, Subscription).Filter().Text()); got != text {
		t.Errorf("got %s", got)
	}
}

func TestFields(t *testing.T) {
	p := parse(t, `{"or":[{"title":{"eq":"a"}},{"not":{"year":{"eq":1}}}],"title":{"ne":"b"}}`, Client)
	if got := strings.Join(p.Fields(), " "); got != "title year" {
		t.Errorf("got %s", got)
	}
	if got := (*Predicate)(nil).Fields(); got != nil {
		t.Errorf("nil: %v", got)
	}
}

func TestWithout(t *testing.T) {
	cases := []struct{ filter, want string }{
		{`{"id":{"eq":"a"},"title":{"eq":"t"}}`, `{"and":[{"title":{"eq":"t"}}]}`},
		{`{"id":{"eq":"a"}}`, `null`},
		{`{"and":[{"or":[{"id":{"eq":"a"}}]},{"title":{"eq":"t"}}]}`, `{"and":[{"title":{"eq":"t"}}]}`},
		{`{"or":[{"id":{"eq":"a"}},{"title":{"eq":"t"}}]}`, `{"and":[{"title":{"eq":"t"}}]}`},
		{`{"not":{"id":{"beginsWith":"a"},"year":{"eq":1}}}`, `{"and":[{"year":{"ne":1}}]}`},
		{`{"not":{"id":{"beginsWith":"a"}}}`, `null`},
		{`{"not":{"title":{"beginsWith":"a"}}}`, `{"and":[{"not":{"title":{"beginsWith":"a"}}}]}`},
		{`{"or":[]}`, `{"and":[{"or":[]}]}`},
		{`{}`, `null`},
	}
	for _, c := range cases {
		if got := string(parse(t, c.filter, Client).Without("id").Filter().Text()); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.filter, got, c.want)
		}
	}
}

func TestKeyEquals(t *testing.T) {
	cases := []struct {
		filter string
		id     string
		ok     bool
	}{
		{`{"id":{"eq":"a"}}`, "a", true},
		{`{"and":[{"id":{"eq":"a"}},{"title":{"eq":"t"}}]}`, "a", true},
		{`{"or":[{"id":{"eq":"a"}},{"id":{"eq":"b"}}]}`, "", false},
		{`{"not":{"id":{"eq":"a"}}}`, "", false},
		{`{"not":{"id":{"ne":"a"}}}`, "a", true},
		{`{"id":{"eq":null}}`, "", false},
		{`{"id":{"eq":""}}`, "", false},
		{`{"title":{"eq":"a"}}`, "", false},
		{`{}`, "", false},
	}
	for _, c := range cases {
		if id, ok := parse(t, c.filter, Client).KeyEquals(); id != c.id || ok != c.ok {
			t.Errorf("%s: %q %v", c.filter, id, ok)
		}
	}
	if _, ok := parse(t, `{"id":{"eq":"a"}}`, Subscription).KeyEquals(); ok {
		t.Error("a subscription's filter ORs what stands on one field")
	}
	m := film()
	m.Key = []string{"title", "year"}
	p, err := Parse(m, value(t, `{"year":{"eq":7},"title":{"eq":"a#b"}}`), Client)
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := p.KeyEquals(); id != `a\#b#7` || !ok {
		t.Errorf("%q %v", id, ok)
	}
}
