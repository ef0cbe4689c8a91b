package query

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestSort(t *testing.T) {
	cases := []struct{ name, rows, keys, want string }{
		{"by text", `[{"id":"1","title":"b"},{"id":"2","title":"a"}]`, `[{"field":"title"}]`, "2 1"},
		{"descending", `[{"id":"1","title":"a"},{"id":"2","title":"b"}]`, `[{"field":"title","direction":"DESCENDING"}]`, "2 1"},
		{"numbers, not digits", `[{"id":"1","year":10},{"id":"2","year":9}]`, `[{"field":"year","direction":"ASCENDING"}]`, "2 1"},
		{"null is 0", `[{"id":"1","year":1},{"id":"2"},{"id":"3","year":-1},{"id":"4","year":null}]`, `[{"field":"year"}]`, "3 2 4 1"},
		{"null before texts", `[{"id":"1","title":""},{"id":"2"}]`, `[{"field":"title"}]`, "2 1"},
		{"false before true", `[{"id":"1","seen":true},{"id":"2","seen":false}]`, `[{"field":"seen"}]`, "2 1"},
		{"lists last, in their order", `[{"id":"1","tags":["b"]},{"id":"2","tags":["a"]},{"id":"3","tags":"z"}]`, `[{"field":"tags"}]`, "3 1 2"},
		{"two keys, stable", `[{"id":"1","year":1,"title":"b"},{"id":"2","year":1,"title":"a"},{"id":"3","year":0,"title":"z"},{"id":"4","year":1,"title":"a"}]`,
			`[{"field":"year"},{"field":"title"}]`, "3 2 4 1"},
		{"no keys", `[{"id":"2"},{"id":"1"}]`, ``, "2 1"},
	}
	for _, c := range cases {
		keys, err := ParseSort(film(), value(t, c.keys))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var rows []record.Value
		value(t, c.rows).Elements(func(_ int, row record.Value) bool {
			rows = append(rows, row)
			return true
		})
		Sort(rows, keys)
		var ids []string
		for i, row := range rows {
			ids = append(ids, row.Field("id").Str())
			if i > 0 && Compare(rows[i-1], row, keys) > 0 {
				t.Errorf("%s: Compare disagrees at %d", c.name, i)
			}
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWrongOrderings(t *testing.T) {
	cases := []struct{ list, want string }{
		{`{}`, "sort: An ordering is a list"},
		{`[{"field":"nope"}]`, "sort[0]: Invalid field for model. field: nope, model: Film"},
		{`[{"field":"title"},{"field":"studio"}]`, "sort[1]: Invalid field for model. field: studio, model: Film"},
		{`[{"field":"title","direction":"up"}]`, `sort[0]: A sort direction is ASCENDING or DESCENDING, not "up".`},
		{"[" + strings.Repeat(`{"field":"title"},`, sortKeysMax) + `{"field":"title"}]`, "sort[20]: An ordering has at most 20 fields."},
	}
	for _, c := range cases {
		if _, err := ParseSort(film(), value(t, c.list)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.list, err)
		}
	}
	if keys, err := ParseSort(film(), value(t, `[{"field":"createdAt"},{"field":"_version"}]`)); err != nil || len(keys) != 2 {
		t.Errorf("fields that rows carry: %v %v", keys, err)
	}
}

func TestPage(t *testing.T) {
	cases := []struct {
		page        Page
		n, from, to int
	}{
		{Page{}, 5, 0, 5},
		{Page{Limit: 0, Number: 3}, 5, 0, 5},
		{Page{Limit: 2}, 5, 0, 2},
		{Page{Limit: 2, Number: 2}, 5, 4, 5},
		{Page{Limit: 2, Number: 3}, 5, 5, 5},
		{Page{Limit: 5, Number: 1}, 5, 5, 5},
		{Page{Limit: 2, Number: -1}, 5, 0, 2},
		{Page{Limit: 1, Number: 1}, 1, 1, 1},
		{Page{Limit: 1 << 62, Number: 1 << 62}, 5, 5, 5},
		{Page{Limit: 1 << 62}, 5, 0, 5},
		{Page{Limit: 2}, 0, 0, 0},
	}
	for _, c := range cases {
		if from, to := c.page.Slice(c.n); from != c.from || to != c.to {
			t.Errorf("%+v of %d: %d to %d", c.page, c.n, from, to)
		}
	}
}
