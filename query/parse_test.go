package query

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// manyNodes is a filter of n comparisons in one group; deepGroups has two levels for each of n.
func manyNodes(n int) string {
	leaves := make([]string, n)
	for i := range leaves {
		leaves[i] = `{"year":{"eq":` + strconv.Itoa(i) + `}}`
	}
	return `{"or":[` + strings.Join(leaves, ",") + `]}`
}

func deepGroups(n int) string {
	return strings.Repeat(`{"or":[{"seen":{"eq":true}},{"title":{"eq":"a"},"and":[`, n) + `{"year":{"eq":1}}` + strings.Repeat(`]}]}`, n)
}

func TestWrongFilters(t *testing.T) {
	cases := []struct {
		dialect              Dialect
		filter, path, reason string
	}{
		{Client, `[]`, "", "A filter is an object"},
		{Client, `{"nope":{"eq":1}}`, "nope", `no field "nope"`},
		{Client, `{"":{"eq":1}}`, "", `no field ""`},
		{Client, `{"studio":{"eq":1}}`, "studio", "leads to another model"},
		{Server, `{"place":{"ne":null}}`, "place", "embedded type"},
		{Client, `{"title":"a"}`, "title", "object of operators"},
		{Client, `{"title":{"like":"a"}}`, "title.like", `no operator "like"`},
		{Client, `{"title":{"attributeExists":true}}`, "title.attributeExists", "no operator"},
		{Client, `{"title":{"containsAny":["a"]}}`, "title.containsAny", "no operator"},
		{Server, `{"title":{"containsAny":["a"]}}`, "title.containsAny", "no operator"},
		{Client, `{"and":[{"title":{"eq":"a"}},{"year":{"between":1}}]}`, "and[1].year.between", "two values"},
		{Client, `{"year":{"between":[1]}}`, "year.between", "two values"},
		{Client, `{"year":{"between":{"a":1,"b":2}}}`, "year.between", "list of values"},
		{Client, `{"year":{"in":1}}`, "year.in", "list of values"},
		{Client, `{"and":"x"}`, "and", "list of filters"},
		{Client, `{"or":[1]}`, "or[0]", "A filter is an object"},
		{Client, `{"not":[]}`, "not", "A filter is an object"},
		{Server, `{"year":{"eq":"1"}}`, "year.eq", "field's type"},
		{Server, `{"title":{"eq":1}}`, "title.eq", "field's type"},
		{Server, `{"seen":{"eq":"true"}}`, "seen.eq", "field's type"},
		{Server, `{"genre":{"eq":1}}`, "genre.eq", "field's type"},
		{Server, `{"tags":{"contains":["a"]}}`, "tags.contains", "field's type"},
		{Server, `{"title":{"in":["a",1]}}`, "title.in[1]", "field's type"},
		{Server, `{"title":{"attributeExists":1}}`, "title.attributeExists", "true or false"},
		{Server, `{"title":{"attributeType":"text"}}`, "title.attributeType", "attribute type"},
		{Server, `{"title":{"size":1}}`, "title.size", "takes an object"},
		{Server, `{"title":{"size":{"contains":1}}}`, "title.size.contains", "no operator"},
		{Server, `{"title":{"size":{"eq":"a"}}}`, "title.size.eq", "field's type"},
		{Server, `{"not":{"nope":{}}}`, "not.nope", "no field"},
		{Subscription, `{"and":[{"not":{"title":{"eq":"a"}}}]}`, "",
			"The variables input contains a field name 'not' that is not defined for input object type 'ModelSubscriptionFilmFilterInput'"},
		{Server, manyNodes(101), "or[100].year.eq", "more than 100"},
		{Server, manyNodes(100), "", "more than 100"},
		{Client, manyNodes(filterNodesLocalMax + 1), "or[100000].year.eq", "more than 100000"},
		{Client, manyNodes(filterNodesLocalMax), "", "more than 100000"},
		{Client, `{"year":{}}`, "year", "object of operators"},
		{Client, deepGroups(11), "", "more than 20 levels"},
		{Server, `{"and":[` + strings.Repeat(`{"title":{"size":{"eq":1}}},`, 50) + `{"title":{"size":{"eq":1}}}]}`, "and[50].title.size", "more than 100"},
		{Server, `{"year":{"eq":1},"and":[` + strings.Repeat(`{"title":{"size":{"eq":1}}},`, 49) + `{"title":{"size":{"eq":1}}}]}`, "and[49].title.size.eq", "more than 100"},
		{Client, strings.Repeat(`{"and":[`, 31) + `{"year":"x"}` + strings.Repeat(`]}`, 31), strings.Repeat("and[0].", 31) + "year", "object of operators"},
		{Server, `{"year":{"in":[` + strings.Repeat("1,", filterValuesMax) + `1]}}`, "year.in", "more than 10000 values"},
		{Client, `{"year":{"in":[` + strings.Repeat("1,", filterValuesLocalMax) + `1]}}`, "year.in", "more than 100000 values"},
		{Server, `{"title":{"size":{"eq":1}},"or":` + manyNodes(99)[6:len(manyNodes(99))-1] + `}`, "or[98].year.eq", "more than 100"},
	}
	for _, c := range cases {
		_, err := Parse(film(), value(t, c.filter), c.dialect)
		var wrong *FilterError
		if !errors.As(err, &wrong) {
			t.Errorf("%.80s: %v", c.filter, err)
			continue
		}
		if wrong.Path != c.path || !strings.Contains(wrong.Reason, c.reason) {
			t.Errorf("%.80s: %q %q", c.filter, wrong.Path, wrong.Reason)
		}
		if want := strings.TrimPrefix(c.path+": "+wrong.Reason, ": "); err.Error() != want {
			t.Errorf("%.80s: %q", c.filter, err)
		}
	}
	for _, good := range []string{manyNodes(99), deepGroups(9)} {
		if _, err := Parse(film(), value(t, good), Client); err != nil {
			t.Errorf("%.80s: %v", good, err)
		}
	}
}

func TestUndeclaredFieldsThatRowsCarry(t *testing.T) {
	for _, name := range []string{"_version", "_deleted", "_lastChangedAt", "createdAt", "updatedAt", "owner", "teams"} {
		if _, err := Parse(film(), value(t, `{"`+name+`":{"eq":null}}`), Server); err != nil {
			t.Error(err)
		}
	}
}

func TestTextThatNobodyCheckedEndsToo(t *testing.T) {
	deep := record.TrustString(strings.Repeat(`{"not":`, 100_000) + `{}` + strings.Repeat(`}`, 100_000))
	if _, err := Parse(film(), deep, Server); err == nil || !strings.Contains(err.Error(), "more than 20 levels") {
		t.Errorf("%.200v", err)
	}
}

// TestRelatedLimits: what leads to other models has levels, and a number of its own.
func TestRelatedLimits(t *testing.T) {
	f := postsAndComments()
	m := f.Model("Post")
	parseRelated := func(filter string) error {
		_, err := ParseRelated(f, m, value(t, filter))
		return err
	}
	deep := `{"title":{"eq":"x"}}`
	for range filterDepthMax / 2 {
		if err := parseRelated(deep); err != nil {
			t.Fatalf("%s: %v", deep, err)
		}
		deep = `{"comments":{"post":` + deep + `}}`
	}
	if err := parseRelated(deep); err == nil || err.Error() != "The filter has more than 20 levels." {
		t.Errorf("%s: %v", deep, err)
	}
	many := make([]string, filterRelatedMax)
	for i := range many {
		many[i] = `{"comments":{"text":{"eq":"a"}}}`
	}
	if err := parseRelated(`{"or":[` + strings.Join(many, ",") + `]}`); err != nil {
		t.Error(err)
	}
	err := parseRelated(`{"or":[` + strings.Join(append(many, many[0]), ",") + `]}`)
	if err == nil || !strings.HasPrefix(err.Error(), "or[100].comments: The filter leads to other models more than 100 times.") {
		t.Error(err)
	}
	if _, err := Parse(m, value(t, many[0]), Client); err == nil {
		t.Error("a filter of one model leads to another")
	}
	p, err := ParseRelated(f, m, value(t, `{"and":[{"title":{"eq":"x"}},{"comments":{"text":{"eq":"a"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if sent, whole := p.Sendable(f); whole || sent.String() != `{"and":[{"title":{"eq":"x"}}]}` {
		t.Errorf("a server is sent %s, whole: %v", sent, whole)
	}
	if !slices.Equal(p.Models(), []string{"Comment"}) || !slices.Equal(p.Fields(), []string{"title", "id"}) {
		t.Errorf("it is about %v and its own %v", p.Models(), p.Fields())
	}
}

func postsAndComments() *schema.Schema {
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},"models":{
		"Post":{"name":"Post","pluralName":"Posts","syncable":true,"attributes":[{"type":"model","properties":{}}],"fields":{
			"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
			"title":{"name":"title","isArray":false,"type":"String","isRequired":false,"attributes":[]},
			"comments":{"name":"comments","isArray":true,"type":{"model":"Comment"},"isRequired":false,"attributes":[],
				"association":{"connectionType":"HAS_MANY","associatedWith":["post"]}}}},
		"Comment":{"name":"Comment","pluralName":"Comments","syncable":true,"attributes":[{"type":"model","properties":{}}],"fields":{
			"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
			"text":{"name":"text","isArray":false,"type":"String","isRequired":false,"attributes":[]},
			"post":{"name":"post","isArray":false,"type":{"model":"Post"},"isRequired":false,"attributes":[],
				"association":{"connectionType":"BELONGS_TO","targetNames":["postId"]}}}}}}`))
	if err != nil {
		panic(err)
	}
	return s
}
