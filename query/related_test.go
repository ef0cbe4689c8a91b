package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// family is records by model, of which each is found by a walk through all.
type family map[string][]record.Value

func (f family) Joined(r *Related, row record.Value, each func(other record.Value) bool) {
	wanted, ok := schema.JoinText(row, r.Local)
	for _, other := range f[r.Target.Name] {
		if text, led := schema.JoinText(other, r.Remote); ok && led && text == wanted && !each(other) {
			return
		}
	}
}

// TestRelatedParts: a part about another model holds where one of the records that its field leads to matches, record
// by record and on columns alike.
func TestRelatedParts(t *testing.T) {
	s := postsAndComments()
	rows := family{
		"Post": {value(t, `{"id":"p1","title":"x"}`), value(t, `{"id":"p2","title":"y"}`), value(t, `{"id":"p3"}`)},
		"Comment": {value(t, `{"id":"c1","text":"a","postId":"p1"}`), value(t, `{"id":"c2","text":"b","postId":"p1"}`),
			value(t, `{"id":"c3","text":"b","postId":"p2"}`), value(t, `{"id":"c4","text":"a"}`), value(t, `{"id":"c5","postId":"p9"}`)},
	}
	for _, c := range []struct{ model, filter, want string }{
		{"Post", `{"comments":{"text":{"eq":"a"}}}`, "p1"},
		{"Post", `{"comments":{"text":{"eq":"b"}}}`, "p1 p2"},
		{"Post", `{"comments":{}}`, "p1 p2"},
		{"Post", `{"comments":{"and":[]}}`, "p1 p2"},
		{"Post", `{"comments":{"or":[]}}`, ""},
		{"Post", `{"comments":{"or":[{"and":[]},{"text":{"eq":"z"}}]}}`, "p1 p2"},
		{"Post", `{"not":{"comments":{}}}`, "p3"},
		{"Post", `{"not":{"not":{"comments":{}}}}`, "p1 p2"},
		{"Post", `{"not":{"comments":{"text":{"eq":"a"}}}}`, "p1 p2"},
		{"Post", `{"not":{"comments":{"or":[{"text":{"eq":"a"}},{"text":{"eq":"b"}}]}}}`, ""},
		{"Post", `{"or":[{"title":{"eq":"y"}},{"comments":{"text":{"eq":"a"}}}]}`, "p1 p2"},
		{"Post", `{"title":{"eq":"x"},"comments":{"post":{"comments":{"text":{"eq":"b"}}}}}`, "p1"},
		{"Comment", `{"post":{"title":{"eq":"x"}}}`, "c1 c2"},
		{"Comment", `{"post":{"not":{"title":{"eq":"x"}}}}`, "c3"},
		{"Comment", `{"not":{"post":{}}}`, "c4 c5"},
		{"Comment", `{"text":{"eq":"b"},"post":{"comments":{"text":{"eq":"a"}}}}`, "c2"},
	} {
		p, err := ParseRelated(s, s.Model(c.model), value(t, c.filter))
		if err != nil {
			t.Fatalf("%s: %v", c.filter, err)
		}
		around := NewAround(rows)
		var found, columnar []string
		for _, row := range rows[c.model] {
			if p.MatchAround(row, around) {
				found = append(found, row.Field("id").Str())
			}
			related := func(r *Related) func(int32) bool { return func(int32) bool { return around.Has(r, row) } }
			if len(p.On(onColumns{row}.column, onColumns{row}, related).Keep([]int32{0})) == 1 {
				columnar = append(columnar, row.Field("id").Str())
			}
		}
		if got := strings.Join(found, " "); got != c.want || strings.Join(columnar, " ") != c.want {
			t.Errorf("%s finds %q, on columns %v, want %q", c.filter, got, columnar, c.want)
		}
	}
}

// TestRelatedShape: what callers ask of a predicate that leads to other models.
func TestRelatedShape(t *testing.T) {
	s := postsAndComments()
	p, err := ParseRelated(s, s.Model("Post"), value(t, `{"title":{"in":["x","y"]},"comments":{"post":{"title":{"eq":"x"}}},"or":[{"comments":{"text":{"eq":"a"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	p.EachRelated(func(r *Related) { fields = append(fields, r.Field+" to "+r.Target.Name) })
	if !slices.Equal(fields, []string{"comments to Comment", "comments to Comment"}) {
		t.Errorf("it leads over %v", fields)
	}
	needed := p.Needed()
	if len(needed) == 0 || needed[0].Field != "comments" || needed[0].Back().Target.Name != "Post" || !slices.Equal(needed[0].Back().Local, []string{"postId"}) {
		t.Errorf("%d parts are needed", len(needed))
	}
	if got := p.Models(); !slices.Equal(got, []string{"Comment", "Post"}) {
		t.Errorf("it is about %v", got)
	}
	if p.Size() < 4 {
		t.Errorf("its size is %d", p.Size())
	}
	either, err := ParseRelated(s, s.Model("Post"), value(t, `{"or":[{"title":{"eq":"x"}},{"comments":{}}]}`))
	if err != nil || len(either.Needed()) != 0 {
		t.Errorf("a part of an or is needed: %v", err)
	}
	var none *Predicate
	none.EachRelated(func(*Related) { t.Error("nil leads somewhere") })
	if none.Needed() != nil || none.Models() != nil || none.Size() != 0 || !none.MatchAround(record.Value{}, nil) {
		t.Error("nil is about another model")
	}
}

// TestPlainCells: a cell tells whether it has no value, and its text where that has no escapes.
func TestPlainCells(t *testing.T) {
	rows, c := make(texts, 1), NewColumn(0)
	for row, want := range map[string]string{`{"title":"a"}`: "a", `{"title":null}`: "null", `{}`: "null", `{"title":"\n"}`: "-", `{"title":1}`: "-"} {
		rows.set(c, 0, row)
		got := "-"
		if text, ok := c.Plain(0, rows); ok {
			got = string(text)
		} else if c.IsNull(0) {
			got = "null"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", row, got, want)
		}
	}
}
