package query

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// texts are records of one field each.
type texts []record.Value

func (t texts) Text(n int32) []byte { return t[n].Text() }

func (t texts) set(c *Column, n int, row string) {
	t[n] = record.TrustString(row)
	places := make([]record.Place, 1)
	record.Locate(t[n], []string{"title"}, places)
	c.Set(int32(n), places[0])
}

// TestColumnForgetsReplacedTexts: unescaped texts that nobody needs any more don't pile up.
func TestColumnForgetsReplacedTexts(t *testing.T) {
	rows, c := make(texts, 10), &Column{}
	long := strings.Repeat("x", 500)
	for round := range 200 {
		n := round % len(rows)
		rows.set(c, n, `{"title":"\"`+strconv.Itoa(round)+long+`"}`)
	}
	if len(c.own) > 2*ownBytesSlack {
		t.Errorf("%d bytes are kept", len(c.own))
	}
	for n := range rows {
		if got, want := string(c.text(int32(n), rows)), rows[n].Field("title").Str(); got != want {
			t.Errorf("record %d reads %.20q, want %.20q", n, got, want)
		}
	}
	rows.set(c, 3, `{}`)
	if got := c.sortValue(3, rows); got.rank != rankNumber || got.num != 0 {
		t.Errorf("a missing field sorts as %+v", got)
	}
}

func TestOnlyThePagesPredicatesUseColumns(t *testing.T) {
	c := &Column{}
	column := func(string) *Column { return c }
	for _, d := range []Dialect{Server, Subscription} {
		if _, ok := parse(t, `{"title":{"eq":"a"}}`, d).On(column, texts{}); ok {
			t.Errorf("dialect %d is evaluated on columns", d)
		}
	}
	var none *Predicate
	if _, ok := none.On(column, texts{}); ok {
		t.Error("no predicate has a finder")
	}
}

func TestOneOf(t *testing.T) {
	for _, c := range []struct{ filter, field, want string }{
		{`{"title":{"eq":"a"}}`, "title", `"a"`},
		{`{"title":{"in":["a","b"]},"year":{"gt":1}}`, "title", `"a" "b"`},
		{`{"title":{"in":[]}}`, "title", ""},
		{`{"title":{"eq":"a"},"year":{"eq":null}}`, "year", "null"},
		{`{"title":{"eq":"a"}}`, "year", "-"},
		{`{"title":{"ne":"a"}}`, "title", "-"},
		{`{"or":[{"title":{"eq":"a"}},{"year":{"eq":1}}]}`, "title", "-"},
		{`{"not":{"title":{"ne":"a"}}}`, "title", `"a"`},
		{`{}`, "title", "-"},
	} {
		values, ok := parse(t, c.filter, Client).OneOf(c.field)
		var got []string
		for _, v := range values {
			got = append(got, v.String())
		}
		if text := strings.Join(got, " "); ok != (c.want != "-") || ok && text != c.want {
			t.Errorf("%s: %s is one of %q, %v", c.filter, c.field, text, ok)
		}
	}
	if _, ok := parse(t, `{"title":{"eq":"a"}}`, Server).OneOf("title"); ok {
		t.Error("the server's equality is another one")
	}
}

// TestKeepKeepsTheOrder also of groups.
func TestKeepKeepsTheOrder(t *testing.T) {
	rows, c := make(texts, 4), &Column{}
	for n, title := range []string{`"a"`, `"b"`, "null", `"c"`} {
		rows.set(c, n, `{"title":`+title+`}`)
	}
	p := parse(t, `{"or":[{"title":{"eq":"c"}},{"title":{"eq":null}},{"title":{"eq":"a"}}]}`, Client)
	f, _ := p.On(func(string) *Column { return c }, rows)
	if got := f.Keep([]int32{3, 2, 1, 0}); !slices.Equal(got, []int32{3, 2, 0}) {
		t.Errorf("kept %v", got)
	}
}
