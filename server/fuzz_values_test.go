package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

const everyScalar = `type All @model @auth(rules: [{allow: public}]) {
  id: ID! i: Int f: Float b: Boolean s: String l: [String!] m: [Int] at: AWSDateTime d: AWSDate t: AWSTime stamp: AWSTimestamp
  mail: AWSEmail j: AWSJSON u: AWSURL p: AWSPhone ip: AWSIPAddress kind: Kind kinds: [Kind] place: Place places: [Place]
  key: String @index(name: "byKey", queryField: "allsByKey", sortKeyFields: ["f", "stamp"])
}
enum Kind { A B }
type Place { street: String! zip: Int near: Point }
type Point { street: String }`

// FuzzVariables: whatever variables hold, the answer is JSON, what was stored can be read, and a
// socket's start is answered, too.
func FuzzVariables(f *testing.F) {
	for _, seed := range []string{
		`{"i":{"id":"a","i":1,"f":1.5,"b":true,"s":"x","l":["a"],"m":[null,1],"kind":"A","kinds":["A","B"],"place":{"street":"s","near":{"street":"t"}}}}`,
		`{"i":{"at":"2024-05-01T10:00:00Z","d":"2024-05-01","t":"10:00:00","stamp":1714557600,"mail":"a@b.c","j":"{\"a\":1}","u":"https://a.b","p":"+4912345","ip":"::1"}}`,
		`{"i":{"i":1e400},"f":{"i":{"between":[1,2]}}}`, `{"i":{"s":{"s":[]}}}`, `{"f":{"or":[{"s":{"contains":"x"}},{"not":{"f":{"le":1}}}]}}`,
		`{"f":{"kind":{"eq":"A"},"l":{"contains":"a"}},"n":-1}`, `{"s":{"and":[{"i":{"in":[1,2]}},{"s":{"beginsWith":"a"}}]}}`,
		`{"k":{"between":[{"f":1,"stamp":2},{"f":3,"stamp":4}]},"n":5}`, `{"i":null,"f":null,"s":null,"k":null}`, `[]`, `"x"`, `{"i":[[[[]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	models, err := sdl.Parse("schema.graphql", []byte(everyScalar))
	if err != nil {
		f.Fatal(err)
	}
	options := server.Options{APIKeys: []string{"da2-test"}}
	compiled, err := server.New(models, options, memory.New(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, variables []byte) {
		core, err := compiled.Again(options, memory.New(0))
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, server: core, hub: core.NewHub(), key: "da2-test", now: time.UnixMilli(1_714_557_600_000),
			conns: map[string]server.ConnID{}, names: map[server.ConnID]string{}}
		for _, document := range []string{
			`mutation m($i: CreateAllInput!) { createAll(input: $i) { id i f b s l m at d t stamp mail j u p ip kind kinds key place { street zip near { street } } places { zip } } }`,
			`query q($f: ModelAllFilterInput, $n: Int) { listAlls(filter: $f, limit: $n) { items { id j place { street } } nextToken } }`,
			`query q($k: ModelAllByKeyCompositeKeyConditionInput, $f: ModelAllFilterInput) { allsByKey(key: "k", fStamp: $k, filter: $f) { items { id } } }`,
			`{ syncAlls { items { id i f b s l m at d t stamp mail j u p ip kind kinds key place { street zip } places { zip } _version } } }`,
		} {
			body := `{"query":` + string(record.AppendString(nil, document)) + `,"variables":` + string(variables) + `}`
			answer := w.server.Handle(w.call(), server.Credentials{APIKey: w.key}, []byte(body))
			v, err := record.Parse(answer.Body)
			if err != nil || !v.Field("data").Exists() && v.Field("errors").Len() == 0 || answer.Failure != nil {
				t.Fatalf("answered %s (%v, %v)", answer.Body, err, answer.Failure)
			}
		}
		if answer := w.send(`{ syncAlls { items { id } } }`); strings.Contains(answer, `"errors"`) {
			t.Fatalf("what was stored can't be read: %s", answer)
		}
		w.realtime("connect", "c")
		start := `{"id":"s","type":"start","payload":{"data":{"query":"subscription q($s: ModelSubscriptionAllFilterInput) { onCreateAll(filter: $s) { id } }","variables":` +
			string(variables) + `},"extensions":{"authorization":{"x-api-key":"da2-test"}}}}`
		out := w.hub.Receive(w.conns["c"], 1, []byte(start))
		if len(out) != 1 { // a frame that is no JSON is answered as an unknown message
			t.Fatalf("%d answers to a start", len(out))
		}
		if !strings.Contains(w.send(`mutation { createAll(input: {id: "later"}) { id } }`), "later") {
			t.Fatal("nothing can be created any more")
		}
		if _, err := w.hub.Publish(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCursor: a cursor that the server did not write gets everything, or what is behind it, and
// never an error.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "..", "g.1.s", "g.-1.s", "g.9223372036854775808.s", "a.b.c.d", strings.Repeat(".", 1_025)} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, keep bool) {
		w := todoWorld(t)
		w.fill(3, 1)
		const ask = `{ syncTodos { items { id } nextToken startedAt } }`
		cursor := text
		if keep { // a good generation and scope around what was given
			_, rest, _ := strings.Cut(w.extended(ask, `{"cursors":{"syncTodos":""}}`), `"cursor":"`)
			good, _, _ := strings.Cut(rest, `"`)
			parts := strings.Split(good, ".")
			cursor = parts[0] + "." + text + "." + parts[2]
		}
		answer := w.extended(ask, `{"cursors":{"syncTodos":`+string(record.AppendString(nil, cursor))+`}}`)
		v, err := record.Parse([]byte(answer))
		told := v.Field("extensions").Field("deltabase").Field("cursors").Field("syncTodos")
		items := v.Field("data").Field("syncTodos").Field("items").Len()
		if err != nil || v.Field("errors").Exists() || !told.Field("cursor").Exists() || told.Field("base").Bool() && items != 3 {
			t.Fatalf("the cursor %q: %s (%v)", cursor, answer, err)
		}
	})
}

// FuzzSchema: a schema that is taken has an API, and a server that answers.
func FuzzSchema(f *testing.F) {
	for _, seed := range []string{todoModels, everyScalar,
		`type A @model @auth(rules: [{allow: owner, ownerField: "by", identityClaim: "sub"}, {allow: groups, groupsField: "g"}]) { id: ID! by: String g: [String] }`,
		`type A @model { a: ID! @primaryKey(sortKeyFields: ["b", "c"]) b: Int! c: AWSDate! bs: [B] @hasMany } type B @model { id: ID! a: A @belongsTo }`,
		`type A @model { id: ID! bs: [B] @manyToMany(relationName: "AB") } type B @model { id: ID! as: [A] @manyToMany(relationName: "AB") }`,
		`type A @model(queries: {get: "one"}, mutations: null, subscriptions: {level: off}, timestamps: {createdAt: "made"}) { id: ID! x: String @default(value: "y") }`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		models, err := sdl.Parse("schema.graphql", []byte(text))
		if err != nil || len(models.Models) == 0 { // without a model there is nothing to ask for
			return
		}
		s, err := server.New(models, server.Options{APIKeys: []string{"k"}, Sandbox: true, Introspection: true}, memory.New(0))
		if err != nil {
			t.Fatalf("the schema was taken, the server refuses it: %v", err)
		}
		if _, err := server.APISchema(models); err != nil {
			t.Fatal(err)
		}
		answer := s.Handle(server.Call{NowMs: 1}, server.Credentials{APIKey: "k"}, []byte(`{"query":"{ __schema { types { name fields { name type { name } } inputFields { name } } } }"}`))
		if v, err := record.Parse(answer.Body); err != nil || answer.Status != 200 || v.Field("errors").Exists() && !strings.Contains(string(answer.Body), "does not support operation type") {
			t.Fatalf("introspection: %d %.300s (%v)", answer.Status, answer.Body, err)
		}
	})
}
