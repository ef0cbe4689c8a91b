package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// grant is one rule of the test: its own words for what the SDL says.
type grant struct {
	allow      string // public, private, owner, owners (a list), static, dynamic (a list), team (one group)
	operations []string
}

func (g grant) sdl() string {
	text := map[string]string{
		"public": "{allow: public", "private": "{allow: private", "owner": "{allow: owner",
		"owners": `{allow: owner, ownerField: "owners"`, "static": `{allow: groups, groups: ["Admin"]`,
		"dynamic": `{allow: groups, groupsField: "groups"`, "team": `{allow: groups, groupsField: "team"`,
	}[g.allow]
	if g.operations != nil {
		text += ", operations: [" + strings.Join(g.operations, ", ") + "]"
	}
	return text + "}"
}

// person is a role of the matrix.
type person struct {
	name   string // "" presents nothing, "key" the API key, others a token
	groups []string
}

var people = []person{{"", nil}, {"key", nil}, {"alice", nil}, {"bob", nil}, {"member", []string{"g1"}}, {"root", []string{"Admin"}}}

// item is a row: what the fields that rules look at hold.
type item struct {
	id, owner    string
	owners       []string
	groups, team string
}

var items = []item{
	{id: "hers", owner: "s-alice::alice", owners: []string{"s-alice::alice", "s-bob::bob"}, groups: "g1", team: "g1"},
	{id: "his", owner: "bob", owners: []string{"s-bob"}, groups: "g2", team: "g2"},
	{id: "nobodys"},
}

func (i item) input() string {
	text := fmt.Sprintf(`{id: %q, title: "t", shelfId: "shelf"`, i.id)
	for _, one := range []struct{ name, value string }{{"owner", i.owner}, {"team", i.team}} {
		if one.value != "" {
			text += fmt.Sprintf(", %s: %q", one.name, one.value)
		}
	}
	if len(i.owners) > 0 {
		text += fmt.Sprintf(`, owners: ["%s"]`, strings.Join(i.owners, `", "`))
	}
	if i.groups != "" {
		text += fmt.Sprintf(", groups: [%q, %q]", "g9", i.groups)
	}
	return text + "}"
}

// speaks: a grant is about an operation. "read" is every way of reading; all is the default.
func (g grant) speaks(operation string) bool {
	reads := slices.Contains([]string{"get", "list", "sync", "listen"}, operation)
	return g.operations == nil || slices.Contains(g.operations, operation) || reads && slices.Contains(g.operations, "read")
}

// role of a person under a grant: "no", "all" of the rows, or "some".
func (g grant) role(p person) string {
	signed := p.name != "" && p.name != "key"
	switch {
	case g.allow == "public" && p.name == "key", g.allow == "private" && signed,
		g.allow == "static" && slices.Contains(p.groups, "Admin"):
		return "all"
	case strings.HasPrefix(g.allow, "owner") && signed, (g.allow == "dynamic" || g.allow == "team") && len(p.groups) > 0:
		return "some"
	}
	return "no"
}

func (p person) is(owner string) bool {
	return owner != "" && (owner == p.name || owner == "s-"+p.name || owner == "s-"+p.name+"::"+p.name)
}

// reaches: a grant of "some" covers a row.
func (g grant) reaches(p person, i item) bool {
	switch g.allow {
	case "owner":
		return p.is(i.owner)
	case "owners":
		return slices.ContainsFunc(i.owners, p.is)
	case "dynamic":
		return i.groups != "" && slices.Contains(p.groups, i.groups)
	}
	return i.team != "" && slices.Contains(p.groups, i.team)
}

// may is the oracle: with rows, without any role ("none"), or with a row.
func may(rules []grant, p person, operation string, i item) (role string, row bool) {
	role = "no"
	for _, g := range rules {
		if !g.speaks(operation) {
			continue
		}
		switch g.role(p) {
		case "all":
			return "all", true
		case "some":
			role = "some"
			row = row || g.reaches(p, i)
		}
	}
	return role, row
}

// creates is the oracle for a create: rules are alternatives; an owner that is left out is filled in.
func creates(rules []grant, p person, i item) bool {
	if role, _ := may(rules, p, "create", i); role == "all" {
		return true
	}
	return slices.ContainsFunc(rules, func(g grant) bool {
		filled := g.allow == "owner" && i.owner == "" || g.allow == "owners" && len(i.owners) == 0
		return g.speaks("create") && g.role(p) == "some" && (filled || g.reaches(p, i))
	})
}

// stage is a server with rules and, on the same tables, one that lets the test write anything.
type stage struct {
	*world
	free       *server.Server
	strategies map[conflict.Strategy]*server.Server
}

func newStage(t *testing.T, rules []grant) *stage {
	text := func(auth string) string {
		return `type Shelf @model @auth(rules: [{allow: public}, {allow: private}]) { id: ID! items: [Item] @hasMany(indexName: "byShelf", fields: ["id"]) }
type Item @model @auth(rules: [` + auth + `]) {
  id: ID! title: String! note: String owner: String owners: [String] groups: [String] team: String
  shelfId: ID @index(name: "byShelf", queryField: "itemsByShelf")
}`
	}
	var words []string
	for _, g := range rules {
		words = append(words, g.sdl())
	}
	return newStageOf(t, text(strings.Join(words, ", ")), text("{allow: public}"))
}

func newStageOf(t *testing.T, ruled, free string, unversioned ...string) *stage {
	w := newWorld(t, ruled, memory.New(0))
	w.options.Unversioned = unversioned
	w.start()
	open, err := sdl.Parse("open.graphql", []byte(free))
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{world: w, strategies: map[conflict.Strategy]*server.Server{}}
	if s.free, err = server.New(open, w.options, w.tables); err != nil {
		t.Fatal(err)
	}
	s.write(`createShelf(input: {id: "shelf"})`)
	for _, i := range items {
		s.write("createItem(input: " + i.input() + ")")
	}
	return s
}

// write changes a row, whatever the rules say.
func (s *stage) write(field string) {
	s.t.Helper()
	body := `{"query":` + string(record.AppendString(nil, "mutation { "+field+" { id } }")) + `}`
	answer := s.free.Handle(s.call(), server.Credentials{APIKey: "da2-test"}, []byte(body))
	if strings.Contains(string(answer.Body), `"errors"`) {
		s.t.Fatalf("%s: %s", field, answer.Body)
	}
}

func (p person) credentials(now time.Time) server.Credentials {
	switch p.name {
	case "":
		return server.Credentials{}
	case "key":
		return server.Credentials{APIKey: "da2-test"}
	}
	return server.Credentials{Authorization: token(now.Add(time.Hour), p.name, p.groups...)}
}

// said is what a caller gets for one root field.
type said struct {
	value record.Value
	err   appsync.Error // the first
	need  *server.NeedDecision
	body  string
}

func (s *stage) says(p person, document string) said {
	s.t.Helper()
	body := `{"query":` + string(record.AppendString(nil, document)) + `}`
	answer := s.server.Handle(s.call(), p.credentials(s.now), []byte(body))
	response, err := appsync.ParseResponse(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	got := said{need: answer.Need, body: string(answer.Body)}
	response.Data.Fields(func(_ string, v record.Value) bool {
		got.value = v
		return false
	})
	if len(response.Errors) > 0 {
		got.err = response.Errors[0]
	}
	return got
}

// strategyOf takes a server of the same schema with another strategy.
func (s *stage) strategyOf(name conflict.Strategy) {
	if s.strategies[name] == nil {
		options := s.options
		options.Strategy = name
		again, err := s.server.Again(options, s.tables)
		if err != nil {
			s.t.Fatal(err)
		}
		s.strategies[name] = again
	}
	s.server = s.strategies[name]
}
