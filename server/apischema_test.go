package server_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

const manyModels = `
type Todo @model @auth(rules: [{allow: public}]) {
  id: ID! title: String! note: String count: Int tags: [String] marks: [Mark!]! meta: AWSJSON addr: Addr mark: Mark
}
enum Mark { good bad }
type Addr { street: String city: City }
type City { name: String! }
type Person @model { id: ID! name: String }
type Category @model { id: ID! name: String }
type UserInfo @model { id: ID! name: String }
type News @model { id: ID! name: String }
type CompositePKChild @model { id: ID! name: String }
type AVeryLongModelNameThatMakesTheOperationNameTooLong @model { id: ID! }
type Post @model { id: ID! title: String comments: [Comment] @hasMany }
type Comment @model { id: ID! text: String }
type Keyed @model { a: String! @primaryKey(sortKeyFields: ["b"]) b: Int! c: Float }
type Declared @model { id: ID! createdAt: AWSDateTime name: String }
type Quiet @model(subscriptions: null) { id: ID! }
`

func apiOf(t *testing.T, models string) *ast.Schema {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(models))
	if err != nil {
		t.Fatal(err)
	}
	text, err := server.APISchema(s)
	if err != nil {
		t.Fatal(err)
	}
	api, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// fieldsOf writes a type's fields as "name: Type", or a field's arguments.
func fieldsOf(api *ast.Schema, name string) map[string]string {
	found := map[string]string{}
	typeName, field, isField := strings.Cut(name, ".")
	if api.Types[typeName] == nil {
		return found
	}
	for _, f := range api.Types[typeName].Fields {
		if !isField {
			found[f.Name] = f.Type.String()
			continue
		}
		if f.Name == field {
			for _, a := range f.Arguments {
				found[a.Name] = a.Type.String()
			}
		}
	}
	return found
}

func TestAPISchema(t *testing.T) {
	api := apiOf(t, manyModels)
	for _, one := range []struct {
		name, in  string
		has, lack string // "name: Type" separated by semicolons; names
	}{
		{"S1", "Query", "listPeople: ModelPersonConnection; syncPeople: ModelPersonConnection; syncCategories: ModelCategoryConnection; syncUserInfos: ModelUserInfoConnection; syncNews: ModelNewsConnection; syncCompositePKChildren: ModelCompositePKChildConnection", "syncPersons"},
		{"S2", "CreateTodoInput", "id: ID; title: String!; note: String; tags: [String]; marks: [Mark!]!; meta: AWSJSON; addr: AddrInput; _version: Int", "createdAt updatedAt _deleted _lastChangedAt"},
		{"S3", "UpdateTodoInput", "id: ID!; title: String; marks: [Mark!]; _version: Int", "createdAt updatedAt _deleted"},
		{"S3", "DeleteTodoInput", "id: ID!; _version: Int", "title"},
		{"S4", "Todo", "_version: Int!; _deleted: Boolean; _lastChangedAt: AWSTimestamp!; createdAt: AWSDateTime!; updatedAt: AWSDateTime!; addr: Addr; mark: Mark", ""},
		{"S5", "ModelTodoFilterInput", "id: ModelIDInput; title: ModelStringInput; tags: ModelStringInput; mark: ModelMarkInput; marks: ModelMarkListInput; createdAt: ModelStringInput; _deleted: ModelBooleanInput; and: [ModelTodoFilterInput]; or: [ModelTodoFilterInput]; not: ModelTodoFilterInput", "addr"},
		{"S5", "ModelTodoConditionInput", "title: ModelStringInput; not: ModelTodoConditionInput; _deleted: ModelBooleanInput; createdAt: ModelStringInput", "id"},
		{"S5", "ModelSubscriptionTodoFilterInput", "id: ModelSubscriptionIDInput; mark: ModelSubscriptionStringInput; count: ModelSubscriptionIntInput; _deleted: ModelBooleanInput; and: [ModelSubscriptionTodoFilterInput]", "not addr"},
		{"S5", "ModelSubscriptionStringInput", "in: [String]; notIn: [String]; beginsWith: String", "attributeExists"},
		{"operators", "ModelStringInput", "eq: String; between: [String]; contains: String; attributeExists: Boolean; attributeType: ModelAttributeTypes; size: ModelSizeInput", "in"},
		{"operators", "ModelIntInput", "ge: Int; between: [Int]", "contains beginsWith size"},
		{"S6", "Subscription", "onCreateAVeryLongModelNameThatMakesTheOperatio", ""},
		{"S7", "CreateCommentInput", "postCommentsId: ID", ""},
		{"S7", "Comment", "postCommentsId: ID", ""},
		{"S13", "Query.getKeyed", "a: String!; b: Int!", "id"},
		{"S13", "Query.listKeyeds", "a: String; b: ModelIntKeyConditionInput; filter: ModelKeyedFilterInput; limit: Int; nextToken: String; sortDirection: ModelSortDirection", "id"},
		{"S13", "DeleteKeyedInput", "a: String!; b: Int!; _version: Int", "id c"},
		{"S13", "UpdateKeyedInput", "a: String!; b: Int!; c: Float", "id"},
		{"arguments", "Query.syncTodos", "filter: ModelTodoFilterInput; limit: Int; nextToken: String; lastSync: AWSTimestamp", ""},
		{"arguments", "Mutation.updateTodo", "input: UpdateTodoInput!; condition: ModelTodoConditionInput", ""},
		{"pages", "ModelTodoConnection", "items: [Todo]!; nextToken: String; startedAt: AWSTimestamp", ""},
		{"embedded", "AddrInput", "street: String; city: CityInput", ""},
		{"embedded", "CityInput", "name: String!", ""},
		{"a declared timestamp", "CreateDeclaredInput", "createdAt: AWSDateTime", "updatedAt"},
		{"a declared timestamp", "Declared", "createdAt: AWSDateTime; updatedAt: AWSDateTime!", ""},
		{"level off", "Subscription", "onDeleteTodo: Todo", "onCreateQuiet"},
		{"children", "Post.comments", "filter: ModelCommentFilterInput; limit: Int; nextToken: String; sortDirection: ModelSortDirection", ""},
	} {
		fields := fieldsOf(api, one.in)
		for _, want := range strings.Split(one.has, "; ") {
			name, kind, typed := strings.Cut(want, ": ")
			if !typed {
				found := false
				for field := range fields {
					found = found || strings.HasPrefix(field, name[:45]) && len(field) == 50
				}
				if !found {
					t.Errorf("%s: %s has no name of 50 characters that begins with %s", one.name, one.in, name)
				}
				continue
			}
			if fields[name] != kind {
				t.Errorf("%s: %s has %s: %q, want %q", one.name, one.in, name, fields[name], kind)
			}
		}
		for _, name := range strings.Fields(one.lack) {
			if kind, there := fields[name]; there {
				t.Errorf("%s: %s has %s: %s", one.name, one.in, name, kind)
			}
		}
	}
}

func TestCustomKey(t *testing.T) {
	w := newWorld(t, `type Keyed @model @auth(rules: [{allow: public}]) { a: String! @primaryKey(sortKeyFields: ["b"]) b: Int! c: Float }`, memory.New(0))
	for _, step := range []struct{ document, want string }{
		{`mutation { p: createKeyed(input: {a: "x#y", b: 10, c: 1}) { a } q: createKeyed(input: {a: "x#y", b: 9, c: 2.5}) { a } r: createKeyed(input: {a: "x", b: 1}) { a } }`,
			`{"p":{"a":"x#y"},"q":{"a":"x#y"},"r":{"a":"x"}}`},
		{`{ getKeyed(a: "x#y", b: 9) { c } other: getKeyed(a: "x", b: 9) { c } }`, `{"getKeyed":{"c":2.5},"other":null}`},
		{`{ listKeyeds(a: "x#y") { items { b } } }`, `{"listKeyeds":{"items":[{"b":9},{"b":10}]}}`},
		{`{ listKeyeds(a: "x#y", sortDirection: DESC) { items { b } } }`, `{"listKeyeds":{"items":[{"b":10},{"b":9}]}}`},
		{`{ listKeyeds(a: "x#y", b: {ge: 10}) { items { b } } }`, `{"listKeyeds":{"items":[{"b":10}]}}`},
		{`mutation { updateKeyed(input: {a: "x", b: 1, c: 7, _version: 1}) { c _version } deleteKeyed(input: {a: "x#y", b: 9, _version: 1}) { _deleted } }`,
			`{"updateKeyed":{"c":7,"_version":2},"deleteKeyed":{"_deleted":true}}`},
	} {
		if r := w.ask(step.document, "{}"); string(r.Data.Text()) != step.want || len(r.Errors) > 0 {
			t.Errorf("%s\n got: %s %v\nwant: %s", step.document, r.Data.Text(), r.Errors, step.want)
		}
	}
}

// The core runs in hosts that have no network of their own, and in browsers.
func TestCoreStaysSmall(t *testing.T) {
	command := exec.Command("go", "list", "-deps", ".")
	command.Env = append(command.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if name == "net/http" || name == "net" || name == "database/sql" {
			t.Errorf("the core imports %s", name)
		}
	}
}
