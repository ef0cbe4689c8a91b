package store

import (
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

func blog(t testing.TB) *schema.Schema {
	t.Helper()
	field := func(name, scalar string) string {
		return `"` + name + `":{"name":"` + name + `","isArray":false,"type":"` + scalar +
			`","isRequired":false,"attributes":[]}`
	}
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},
		"models":{"Post":{"name":"Post","pluralName":"Posts","syncable":true,
		"attributes":[{"type":"model","properties":{}}],"fields":{
		"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},` +
		field("title", "String") + `,` + field("rating", "Int") + `,
		"createdAt":{"name":"createdAt","isArray":false,"type":"AWSDateTime","isRequired":false,
			"attributes":[],"isReadOnly":true}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
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

const live = `{"id":"1","title":"a","rating":1,"createdAt":"x","_version":2,"_lastChangedAt":5,"_deleted":null}`
const tombstone = `{"id":"1","title":"a","rating":1,"createdAt":"x","_version":3,"_lastChangedAt":9,"_deleted":true}`

type change struct {
	op     conflict.Operation
	fields string
	base   string
	state  State
}

type viewCase struct {
	name, base string
	changes    []change
	want       string
}

func viewCases() []viewCase {
	create := change{op: conflict.Create, fields: `{"id":"1","title":"n"}`, state: Pending}
	return []viewCase{
		{"nothing", "", nil, ""},
		{"a live row is shown as it is", live, nil, live},
		{"a tombstone is not shown", tombstone, nil, ""},
		{"a created record has every stored field", "", []change{create},
			`{"id":"1","title":"n","rating":null,"createdAt":null,"_version":null,"_lastChangedAt":null,"_deleted":null}`},
		{"an update lies over the base", live, []change{{op: conflict.Update, fields: `{"rating":7}`, state: Sent}},
			`{"id":"1","title":"a","rating":7,"createdAt":"x","_version":2,"_lastChangedAt":5,"_deleted":null}`},
		{"updates apply in save order", live, []change{
			{op: conflict.Update, fields: `{"rating":7,"title":"b"}`, state: Sent},
			{op: conflict.Update, fields: `{"rating":8}`, state: Pending}},
			`{"id":"1","title":"b","rating":8,"createdAt":"x","_version":2,"_lastChangedAt":5,"_deleted":null}`},
		{"an update may set null", live, []change{{op: conflict.Update, fields: `{"title":null}`, state: Held}},
			`{"id":"1","title":null,"rating":1,"createdAt":"x","_version":2,"_lastChangedAt":5,"_deleted":null}`},
		{"a held update over a tombstone stays", tombstone,
			[]change{{op: conflict.Update, fields: `{"rating":7}`, base: live, state: Held}},
			`{"id":"1","title":"a","rating":7,"createdAt":"x","_version":3,"_lastChangedAt":9,"_deleted":true}`},
		{"a conflicted create over a tombstone stays", tombstone,
			[]change{{op: conflict.Create, fields: `{"id":"1","title":"n"}`, state: Conflicted}},
			`{"id":"1","title":"n","rating":null,"createdAt":null,"_version":3,"_lastChangedAt":9,"_deleted":true}`},
		{"a pending delete hides the record", live,
			[]change{{op: conflict.Delete, fields: `{"id":"1"}`, state: Pending}}, ""},
		{"a record may be created again while its delete travels", live, []change{
			{op: conflict.Delete, fields: `{"id":"1"}`, state: Sent}, create},
			`{"id":"1","title":"n","rating":null,"createdAt":null,"_version":2,"_lastChangedAt":5,"_deleted":null}`},
		{"an update of a row that is gone shows what it was made on", "",
			[]change{{op: conflict.Update, fields: `{"rating":7}`, base: live, state: Held}},
			`{"id":"1","title":"a","rating":7,"createdAt":"x","_version":null,"_lastChangedAt":null,"_deleted":null}`},
		{"a parked change is not shown", "",
			[]change{{op: conflict.Create, fields: `{"id":"1","title":"n"}`, state: Parked}}, ""},
	}
}

func TestViewPutsTheChangesOfARecordOverItsBase(t *testing.T) {
	for _, c := range viewCases() {
		t.Run(c.name, func(t *testing.T) {
			i := NewImage(blog(t))
			commit := &Commit{Seq: 1}
			if c.base != "" {
				commit.Rows = []Row{{Model: "Post", ID: "1", Order: 1, Base: value(t, c.base)}}
			}
			for n, change := range c.changes {
				commit.Mutations = append(commit.Mutations, Mutation{ID: string(rune('a' + n)),
					Key: Key{"Post", "1"}, Operation: change.op, State: change.state,
					Fields: value(t, change.fields), Base: value(t, change.base), Order: uint64(n + 2)})
			}
			s := NewStage(i)
			s.Add(commit)
			staged := s.View(Key{"Post", "1"})
			i.Apply(commit)
			got := i.View(Key{"Post", "1"})
			if got.Exists() != (c.want != "") || !record.Equal(got, value(t, c.want)) {
				t.Errorf("view\n got %s\nwant %s", got.Text(), c.want)
			}
			if !record.Equal(staged, got) {
				t.Errorf("the stage showed %s", staged.Text())
			}
			if got.Exists() && got.Len() != 7 {
				t.Errorf("the view has %d fields: %s", got.Len(), got.Text())
			}
		})
	}
}

func post(t testing.TB, id string, order uint64, rating string, version string) Row {
	return Row{Model: "Post", ID: id, Order: order, Base: value(t, `{"id":"`+id+`","rating":`+rating+
		`,"_version":`+version+`,"_lastChangedAt":1,"_deleted":null}`)}
}

func TestApplyTellsWhatObserversSee(t *testing.T) {
	i := NewImage(blog(t))
	step := func(c *Commit, want ...string) {
		t.Helper()
		c.Seq = i.Seq() + 1
		changes := i.Apply(c)
		if len(changes) != len(want) {
			t.Fatalf("%d changes, want %d: %+v", len(changes), len(want), changes)
		}
		for n, change := range changes {
			got := change.Key.ID
			switch {
			case !change.Before.Exists():
				got += " inserted"
			case !change.After.Exists():
				got += " deleted"
			case change.MetaOnly:
				got += " confirmed"
			default:
				got += " updated"
			}
			if got != want[n] {
				t.Errorf("change %d is %q, want %q", n, got, want[n])
			}
		}
	}
	create := Mutation{ID: "m1", Key: Key{"Post", "1"}, Operation: conflict.Create, State: Pending,
		Fields: value(t, `{"id":"1","rating":3}`), Order: 1}
	step(&Commit{Mutations: []Mutation{create}}, "1 inserted")
	sent := create
	sent.State = Sent
	step(&Commit{Mutations: []Mutation{sent}})
	step(&Commit{Rows: []Row{post(t, "1", 1, "3", "1")},
		Ended: []Ended{{MutationID: "m1", Key: create.Key, End: Acknowledged}}}, "1 confirmed")
	step(&Commit{Rows: []Row{post(t, "1", 1, "3", "1"), post(t, "2", 2, "4", "1")}}, "2 inserted")
	step(&Commit{Rows: []Row{post(t, "1", 1, "5", "2")}, Removed: []Key{{"Post", "2"}}},
		"1 updated", "2 deleted")
	step(&Commit{Meta: []MetaEntry{{"cursor/Post", value(t, `7`)}, {"db/kind", value(t, `"x"`)}}})
	step(&Commit{Clear: true}, "1 deleted")
	if i.Meta("cursor/Post").Exists() || !i.Meta("db/kind").Exists() {
		t.Error("clear keeps db/ entries and nothing else")
	}
	if journal := i.Journal(); len(journal) != 1 || journal[0].MutationID != "m1" {
		t.Errorf("journal: %+v", journal)
	}
	if len(i.Outbox()) != 0 {
		t.Errorf("outbox: %v", i.Outbox())
	}
}

func TestSelectKeepsInsertionOrderSortsAndPages(t *testing.T) {
	i := NewImage(blog(t))
	ids := func(rows []record.Value) (all string) {
		for _, row := range rows {
			all += row.Field("id").Str()
		}
		return all
	}
	i.Apply(&Commit{Seq: 1, Rows: []Row{post(t, "b", 2, "5", "1"), post(t, "a", 1, "5", "1"),
		post(t, "d", 4, "1", "1")}, Mutations: []Mutation{{ID: "m", Key: Key{"Post", "c"}, Order: 3,
		Operation: conflict.Create, State: Pending, Fields: value(t, `{"id":"c","rating":9}`)}}})
	model := blog(t).Model("Post")
	where := func(filter string) *query.Predicate {
		p, err := query.Parse(model, value(t, filter), query.Client)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	byRating := []query.SortKey{{Field: "rating", Descending: true}}
	for _, c := range []struct {
		p    *query.Predicate
		sort []query.SortKey
		page query.Page
		want string
	}{
		{nil, nil, query.Page{}, "abcd"},
		{nil, nil, query.Page{Limit: 2}, "ab"},
		{nil, nil, query.Page{Limit: 2, Number: 1}, "cd"},
		{nil, nil, query.Page{Limit: 2, Number: 2}, ""},
		{nil, byRating, query.Page{}, "cabd"},
		{nil, byRating, query.Page{Limit: 1, Number: 1}, "a"},
		{where(`{"rating":{"gt":3}}`), nil, query.Page{Limit: 2, Number: 1}, "c"},
		{where(`{"id":{"eq":"c"}}`), nil, query.Page{}, "c"},
		{where(`{"id":{"eq":"z"}}`), nil, query.Page{}, ""},
		{where(`{"and":[{"id":{"eq":"c"}},{"rating":{"eq":1}}]}`), nil, query.Page{}, ""},
	} {
		if got := ids(i.Select("Post", c.p, c.sort, c.page)); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.sort, c.page, got, c.want)
		}
	}
	if got := i.Select("Nothing", nil, nil, query.Page{}); len(got) != 0 {
		t.Errorf("an unknown model has %d records", len(got))
	}
}
