package query

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// aggregated asks about rows as records, and again as columns, and returns what both say.
func aggregated(t *testing.T, asked, rows string) string {
	t.Helper()
	a, err := ParseAggregation(film(), value(t, asked))
	if err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	var list texts
	value(t, rows).Elements(func(_ int, row record.Value) bool {
		list = append(list, row)
		return true
	})
	names := a.Fields()
	columns := make([]*Column, len(names))
	for i, name := range names {
		columns[i] = NewColumn(0)
		for n, row := range list {
			places := make([]record.Place, 1)
			record.Locate(row, []string{name}, places)
			columns[i].Set(int32(n), places[0])
		}
	}
	ofRecords, ofColumns := NewGroups(a), NewGroups(a)
	for n, row := range list {
		cells, read := make([]Cell, len(names)), make([]Cell, len(names))
		for i, name := range names {
			cells[i], read[i] = CellOf(row.Field(name)), columns[i].Cell(int32(n), list)
		}
		ofRecords.Add(cells)
		ofColumns.Add(read)
	}
	if r, c := ofRecords.List().String(), ofColumns.List().String(); r != c {
		t.Errorf("%s of %s: records say\n%s, columns\n%s", asked, rows, r, c)
	}
	return ofRecords.List().String()
}

func TestAggregations(t *testing.T) {
	for _, c := range []struct{ name, asked, rows, want string }{
		{"of nothing", `{"sum":["year"],"min":["title"],"max":["rating"],"avg":["year"]}`, `[]`,
			`[{"by":{},"count":0,"sum":{"year":0},"min":{"title":null},"max":{"rating":null},"avg":{"year":null}}]`},
		{"no group of nothing", `{"by":["genre"]}`, `[]`, `[]`},
		{"null and other kinds count nowhere", `{"sum":["year"],"avg":["year"],"min":["year"]}`,
			`[{"year":1},{"year":null},{},{"year":4},{"year":[9]},{"year":true}]`,
			`[{"by":{},"count":6,"sum":{"year":5},"min":{"year":1},"max":{},"avg":{"year":2.5}}]`},
		{"groups in the order of their first records", `{"by":["genre"],"sum":["year"]}`,
			`[{"genre":"ROCK","year":1},{"year":2},{"genre":"JAZZ","year":3},{"genre":"ROCK","year":4},{"genre":null,"year":5}]`,
			`[{"by":{"genre":"ROCK"},"count":2,"sum":{"year":5},"min":{},"max":{},"avg":{}},` +
				`{"by":{"genre":null},"count":2,"sum":{"year":7},"min":{},"max":{},"avg":{}},` +
				`{"by":{"genre":"JAZZ"},"count":1,"sum":{"year":3},"min":{},"max":{},"avg":{}}]`},
		{"two fields do not run into one another", `{"by":["title","id"]}`,
			`[{"title":"a","id":"bc"},{"title":"ab","id":"c"},{"title":"1:a","id":""}]`,
			`[{"by":{"title":"a","id":"bc"},"count":1,"sum":{},"min":{},"max":{},"avg":{}},` +
				`{"by":{"title":"ab","id":"c"},"count":1,"sum":{},"min":{},"max":{},"avg":{}},` +
				`{"by":{"title":"1:a","id":""},"count":1,"sum":{},"min":{},"max":{},"avg":{}}]`},
		{"equal numbers are one group", `{"by":["rating"]}`, `[{"rating":1},{"rating":1.0},{"rating":0},{"rating":-0.0},{"rating":1e0}]`,
			`[{"by":{"rating":1},"count":3,"sum":{},"min":{},"max":{},"avg":{}},{"by":{"rating":0},"count":2,"sum":{},"min":{},"max":{},"avg":{}}]`},
		{"Booleans and escaped texts", `{"by":["seen","title"]}`, `[{"seen":true,"title":"\"a"},{"seen":true,"title":"\u0022a"},{"seen":false,"title":"a"}]`,
			`[{"by":{"seen":true,"title":"\"a"},"count":2,"sum":{},"min":{},"max":{},"avg":{}},{"by":{"seen":false,"title":"a"},"count":1,"sum":{},"min":{},"max":{},"avg":{}}]`},
		{"least and greatest", `{"min":["title","rating","at"],"max":["title","rating","genre"]}`,
			`[{"title":"b","rating":2.5,"at":7,"genre":"ROCK"},{"title":"B","rating":-1,"at":9},{"title":"é","genre":"JAZZ"},{"title":3}]`,
			`[{"by":{},"count":4,"sum":{},"min":{"title":3,"rating":-1,"at":7},"max":{"title":"é","rating":2.5,"genre":"ROCK"},"avg":{}}]`},
		{"fractions and what is no number", `{"sum":["rating"],"avg":["rating"],"max":["rating"],"min":["rating"]}`,
			`[{"rating":1e308},{"rating":1e308},{"rating":0.1}]`,
			`[{"by":{},"count":3,"sum":{"rating":1e999},"min":{"rating":0.1},"max":{"rating":1e+308},"avg":{"rating":1e999}}]`},
		{"beyond in both directions", `{"sum":["rating"],"min":["rating"]}`, `[{"rating":-1e999},{"rating":1e999}]`,
			`[{"by":{},"count":2,"sum":{"rating":null},"min":{"rating":-1e999},"max":{},"avg":{}}]`},
	} {
		if got := aggregated(t, c.asked, c.rows); got != c.want {
			t.Errorf("%s: got\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

func TestWrongAggregations(t *testing.T) {
	many := func(n int) string { return `{"max":["id"` + strings.Repeat(`,"id"`, n-1) + `]}` }
	for _, c := range []struct{ asked, want string }{
		{`{"by":["nope"]}`, `by[0]: "nope" is not a field of Film that holds`},
		{`{"by":["tags"]}`, `by[0]: "tags"`},
		{`{"by":["id","place"]}`, `by[1]: "place"`},
		{`{"by":["meta"]}`, `by[0]: "meta"`},
		{`{"sum":["title"]}`, `sum[0]: "title" is not a field of Film that holds one number`},
		{`{"avg":["seen"]}`, `avg[0]: "seen"`},
		{`{"min":["seen"]}`, `min[0]: "seen"`},
		{`{"max":[3]}`, `max[0]: ""`},
		{many(aggregatedFieldsMax + 1), "max[20]: At most 20 fields"},
	} {
		if _, err := ParseAggregation(film(), value(t, c.asked)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.asked, err, c.want)
		}
	}
	if _, err := ParseAggregation(film(), value(t, many(aggregatedFieldsMax))); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}
