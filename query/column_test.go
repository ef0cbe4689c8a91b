package query

import (
	"slices"
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

// TestColumnsFollowTheirRecords: a cell is read anew from what is there now.
func TestColumnsFollowTheirRecords(t *testing.T) {
	rows, c := make(texts, 1), NewColumn(0)
	for _, title := range []string{`"a"`, `"\"a\""`, `""`, "12", "null", "true", "false", `["a"]`, `{"a":"\\"}`} {
		rows.set(c, 0, `{"before":1,"title": `+title+` ,"after":2}`)
		got, want := c.sortValue(0, rows), sortValueOf(value(t, title))
		if got.rank != want.rank || got.num != want.num || string(got.text) != string(want.text) {
			t.Errorf("%s sorts as %+v, not as %+v", title, got, want)
		}
	}
	rows.set(c, 0, `{}`)
	if got := c.sortValue(0, rows); got.rank != rankNumber || got.num != 0 {
		t.Errorf("a missing field sorts as %+v", got)
	}
}

func TestOnlyThePagesPredicatesUseColumns(t *testing.T) {
	for d, want := range map[Dialect]bool{Client: true, Server: false, Subscription: false} {
		if got := parse(t, `{"title":{"eq":"a"}}`, d).Columnar(); got != want {
			t.Errorf("dialect %d: %v", d, got)
		}
	}
	var none *Predicate
	if kept := none.On(nil, nil, nil).Keep([]int32{2, 1}); !none.Columnar() || !slices.Equal(kept, []int32{2, 1}) {
		t.Errorf("no predicate keeps %v", kept)
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
	rows, c := make(texts, 4), NewColumn(4)
	for n, title := range []string{`"a"`, `"b"`, "null", `"c"`} {
		rows.set(c, n, `{"title":`+title+`}`)
	}
	p := parse(t, `{"or":[{"title":{"eq":"c"}},{"title":{"eq":null}},{"title":{"eq":"a"}}]}`, Client)
	f := p.On(func(string) *Column { return c }, rows, nil)
	if got := f.Keep([]int32{3, 2, 1, 0}); !slices.Equal(got, []int32{3, 2, 0}) {
		t.Errorf("kept %v", got)
	}
}
