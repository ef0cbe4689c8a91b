package query

import (
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

func film() *schema.Model {
	scalar := func(name string, s schema.Scalar) *schema.Field {
		return &schema.Field{Name: name, Type: schema.Type{Scalar: s}}
	}
	list := func(f *schema.Field) *schema.Field {
		f.Array = true
		return f
	}
	return &schema.Model{
		Name: "Film", Plural: "Films", Key: []string{"id"}, CreatedAt: "createdAt", UpdatedAt: "updatedAt",
		Auth: []schema.AuthRule{{Allow: "owner", OwnerField: "owner"}, {Allow: "groups", GroupsField: "teams"}},
		Fields: []*schema.Field{
			scalar("id", schema.ID), scalar("title", schema.String), scalar("year", schema.Int),
			scalar("rating", schema.Float), scalar("seen", schema.Boolean), list(scalar("tags", schema.String)),
			list(scalar("scores", schema.Int)), {Name: "genre", Type: schema.Type{Enum: "Genre"}},
			list(&schema.Field{Name: "moods", Type: schema.Type{Enum: "Mood"}}),
			{Name: "place", Type: schema.Type{NonModel: "Place"}}, scalar("meta", schema.AWSJSON),
			{Name: "studio", Type: schema.Type{Model: "Studio"}}, scalar("at", schema.AWSTimestamp),
		},
	}
}

func value(t testing.TB, text string) record.Value {
	t.Helper()
	if text == "" {
		return record.Value{}
	}
	v, err := record.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func parse(t testing.TB, filter string, d Dialect) *Predicate {
	t.Helper()
	p, err := Parse(film(), value(t, filter), d)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return p
}

type match struct {
	filter, row string
	want        bool
}

// check evaluates each case directly and after a round through the filter's text.
func check(t *testing.T, d Dialect, cases []match) {
	t.Helper()
	for _, c := range cases {
		p := parse(t, c.filter, d)
		if got := p.Match(value(t, c.row)); got != c.want {
			t.Errorf("%s on %s: got %v", c.filter, c.row, got)
		}
		again, err := Parse(film(), p.Filter(), d)
		if err != nil {
			t.Errorf("%s: written as %s: %v", c.filter, p.Filter().Text(), err)
		} else if got := again.Match(value(t, c.row)); got != c.want {
			t.Errorf("%s on %s, written as %s: got %v", c.filter, c.row, p.Filter().Text(), got)
		}
	}
}
