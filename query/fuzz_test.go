package query

import (
	"testing"

	"github.com/deltabase/deltabase/record"
)

// onColumns evaluates a predicate on columns of one record.
type onColumns struct{ row record.Value }

func (o onColumns) Text(int32) []byte { return o.row.Text() }

func (o onColumns) column(name string) *Column {
	c, places := NewColumn(1), make([]record.Place, 1)
	record.Locate(o.row, []string{name}, places)
	c.Set(0, places[0])
	return c
}

// FuzzParse: no filter makes Parse or Match panic, a predicate written as a filter and read again
// decides the same, and so it does on columns.
func FuzzParse(f *testing.F) {
	rows := []string{`{}`, `{"id":"a","title":"b","year":1,"tags":["a"],"seen":true}`, `{"title":null,"year":-0.5,"scores":[1,2]}`}
	for _, seed := range []string{
		`{"title":{"eq":"a","ne":null}}`, `{"or":[{"year":{"between":[1,2]}},{"not":{"title":{"beginsWith":"a"}}}]}`,
		`{"not":{"and":[{"tags":{"contains":"a"}},{"scores":{"notContains":2}}]}}`, `{"year":{"in":[1,null,"x"]},"title":{"notIn":["a"]}}`,
		`{"title":{"size":{"ge":1,"between":[0,9]}},"seen":{"attributeExists":true,"attributeType":"bool"}}`,
		`{"tags":{"containsAny":["a"]},"or":[]}`, `{"and":{"or":{"not":{}}}}`,
	} {
		for _, row := range rows {
			f.Add([]byte(seed), []byte(row), byte(len(row)))
		}
	}
	f.Fuzz(func(t *testing.T, a, b []byte, dialect byte) {
		filter, err := record.Parse(a)
		row, err2 := record.Parse(b)
		if err != nil || err2 != nil {
			return
		}
		d := Dialect(dialect % 3)
		p, err := Parse(film(), filter, d)
		if err != nil {
			return
		}
		written := p.Filter()
		again, err := Parse(film(), written, d)
		if err != nil {
			t.Fatalf("%s was written as %s: %v", a, written.Text(), err)
		}
		if p.Match(row) != again.Match(row) {
			t.Fatalf("%s matches %s: %v, written as %s: %v", a, b, p.Match(row), written.Text(), again.Match(row))
		}
		if twice := again.Filter(); string(twice.Text()) != string(written.Text()) {
			t.Fatalf("%s was written as %s and then as %s", a, written.Text(), twice.Text())
		}
		if p.Columnar() && (len(p.On(onColumns{row}.column, onColumns{row}, nil).Keep([]int32{0})) == 1) != p.Match(row) {
			t.Fatalf("%s matches %s: %v, but not so on columns", a, b, p.Match(row))
		}
		p.KeyEquals()
		p.Without("id", "title").Match(row)
		if d == Subscription {
			_ = CheckSubscription(p)
		}
	})
}
