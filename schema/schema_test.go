package schema

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// blog is what Amplify's codegen writes for its basic sample, with a composite key, an embedded
// type, an enum and auth rules added.
const blog = `{
  "models": {
    "Comment": {"name":"Comment","fields":{
      "id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
      "post":{"name":"post","isArray":false,"type":{"model":"Post"},"isRequired":true,"attributes":[],"association":{"connectionType":"BELONGS_TO","targetNames":["postCommentsId"]}},
      "content":{"name":"content","isArray":false,"type":"String","isRequired":true,"attributes":[]},
      "createdAt":{"name":"createdAt","isArray":false,"type":"AWSDateTime","isRequired":false,"attributes":[],"isReadOnly":true},
      "updatedAt":{"name":"updatedAt","isArray":false,"type":"AWSDateTime","isRequired":false,"attributes":[],"isReadOnly":true}},
      "syncable":true,"pluralName":"Comments","attributes":[{"type":"model","properties":{}},{"type":"key","properties":{"name":"byAuthor","queryField":"commentsByAuthor","fields":["authorID","createdAt"]}}]},
    "Post": {"name":"Post","fields":{
      "id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
      "title":{"name":"title","isArray":false,"type":"String","isRequired":true,"attributes":[{"type":"default","properties":{"value":"untitled"}}]},
      "tags":{"name":"tags","isArray":true,"type":"String","isRequired":true,"attributes":[],"isArrayNullable":true},
      "status":{"name":"status","isArray":false,"type":{"enum":"Status"},"isRequired":false,"attributes":[]},
      "place":{"name":"place","isArray":false,"type":{"nonModel":"Place"},"isRequired":false,"attributes":[]},
      "blog":{"name":"blog","isArray":false,"type":{"model":"Blog"},"isRequired":false,"attributes":[],"association":{"connectionType":"BELONGS_TO","targetName":"blogPostsId"}},
      "comments":{"name":"comments","isArray":true,"type":{"model":"Comment"},"isRequired":false,"attributes":[],"isArrayNullable":true,"association":{"connectionType":"HAS_MANY","associatedWith":["post"]}},
      "extras":{"name":"extras","isArray":true,"type":{"model":"Extra"},"isRequired":false,"attributes":[],"isArrayNullable":true,"association":{"connectionType":"HAS_MANY","associatedWith":"postExtrasId"}}},
      "syncable":true,"pluralName":"Posts","attributes":[{"type":"model","properties":{"timestamps":{"createdAt":"madeOn","updatedAt":null},"subscriptions":{"level":"public"}}},
        {"type":"auth","properties":{"rules":[{"allow":"owner"},{"allow":"groups","groups":["Admin"],"operations":["read"]},{"allow":"public"},{"allow":"custom"},{"allow":"groups"},{"allow":"private","provider":"identityPool"}]}}]},
    "Blog": {"name":"Blog","fields":{
      "id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
      "parent":{"name":"parent","isArray":false,"type":{"model":"Blog"},"isRequired":false,"attributes":[],"association":{"connectionType":"BELONGS_TO","targetNames":["parentId"]}},
      "posts":{"name":"posts","isArray":true,"type":{"model":"Post"},"isRequired":false,"attributes":[],"isArrayNullable":true,"association":{"connectionType":"HAS_MANY","associatedWith":["blog"]}}},
      "pluralName":"Blogs","attributes":[]},
    "Extra": {"name":"Extra","fields":{
      "sku":{"name":"sku","isArray":false,"type":"String","isRequired":true,"attributes":[]},
      "nr":{"name":"nr","isArray":false,"type":"Int","isRequired":true,"attributes":[]},
      "shelf":{"name":"shelf","isArray":false,"type":{"model":"Shelf"},"isRequired":true,"attributes":[],"association":{"connectionType":"HAS_ONE","associatedWith":["id"],"targetNames":["extraShelfNumber"]}}},
      "syncable":false,"pluralName":"Extras","attributes":[{"type":"key","properties":{"fields":["sku","nr"]}}]},
    "Shelf": {"name":"Shelf","fields":{
      "number":{"name":"number","isArray":false,"type":"Int","isRequired":true,"attributes":[]}},
      "pluralName":"Shelves","attributes":[{"type":"model","properties":{"subscriptions":null}},{"type":"key","properties":{"fields":["number"]}}]}
  },
  "enums": {"Status":{"name":"Status","values":["DRAFT","DONE"]}},
  "nonModels": {"Place":{"name":"Place","fields":{
      "city":{"name":"city","isArray":false,"type":"String","isRequired":true,"attributes":[]},
      "codes":{"name":"codes","isArray":true,"type":"Int","isRequired":true,"attributes":[],"isArrayNullable":true}}}},
  "codegenVersion": "3.4.4",
  "version": "ed7a5d5d1c443a10706d434edb4fb13d"
}`

func mustLoad(t *testing.T, text string) *Schema {
	t.Helper()
	s, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fieldNames(fields []*Field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestLoad(t *testing.T) {
	s := mustLoad(t, blog)
	post, comment, extra := s.Model("Post"), s.Model("Comment"), s.Model("Extra")
	for _, c := range []struct{ what, got, want string }{
		{"stored fields of Post", fieldNames(post.Stored()), "id title tags status place blogPostsId"},
		{"stored fields of Comment", fieldNames(comment.Stored()), "id content createdAt updatedAt postCommentsId authorID"},
		{"stored fields of Extra", fieldNames(extra.Stored()), "sku nr postExtrasId extraShelfNumber"},
		{"implied fields of Blog", fieldNames(s.Model("Blog").Implied()), "parentId"},
		{"key type of an implied field", extra.Field("extraShelfNumber").Type.Name(), "Int"},
		{"timestamps of Comment", comment.CreatedAt + " " + comment.UpdatedAt, "createdAt updatedAt"},
		{"timestamps of Post", post.CreatedAt + " " + post.UpdatedAt, "madeOn "},
		{"timestamps of Blog", s.Model("Blog").CreatedAt, ""},
		{"subscriptions", post.SubscriptionLevel + comment.SubscriptionLevel + s.Model("Shelf").SubscriptionLevel, "publiconoff"},
		{"key of Extra", strings.Join(extra.Key, " "), "sku nr"},
		{"key of Post", strings.Join(post.Key, " "), "id"},
		{"index", comment.Index("byAuthor").QueryField, "commentsByAuthor"},
		{"default", post.Field("title").Default.Str(), "untitled"},
		{"old names", strings.Join(post.Field("blog").Association.TargetNames, " "), "blogPostsId"},
		{"owner rule", post.Auth[0].Provider + post.Auth[0].OwnerField + post.Auth[0].IdentityClaim, "userPoolsownersub::username"},
		{"group rule", post.Auth[1].GroupClaim + post.Auth[1].Groups[0] + post.Auth[1].Operations[0], "cognito:groupsAdminread"},
		{"providers", post.Auth[2].Provider + post.Auth[3].Provider + post.Auth[5].Provider, "apiKeyfunctioniam"},
		{"groups field", post.Auth[4].GroupsField, "groups"},
		{"type names", post.Field("status").Type.Name() + post.Field("place").Type.Name() + post.Field("blog").Type.Name(), "StatusPlaceBlog"},
		{"missing names", kindOfNil(s.Model("X") == nil, s.NonModel("X") == nil, s.Enum("X") == nil, post.Field("x") == nil, post.Index("x") == nil), "all nil"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if !extra.Field("extraShelfNumber").Required || extra.Field("postExtrasId").Required || !comment.Field("postCommentsId").Required {
		t.Error("an implied key is required when its relation is")
	}
	if extra.Syncable || !post.Syncable || !extra.CustomKey || post.CustomKey || !extra.IsKey("nr") || extra.IsKey("shelf") {
		t.Error("flags")
	}
	if e := s.Enum("Status"); !e.Has(record.OfString("DRAFT")) || e.Has(record.OfString("x")) || e.Has(record.OfInt(1)) {
		t.Error("enum values")
	}
	if n := s.NonModel("Place"); n.Field("city") == nil || n.Field("x") != nil {
		t.Error("fields of an embedded type")
	}
}

func kindOfNil(all ...bool) string {
	for _, ok := range all {
		if !ok {
			return "not nil"
		}
	}
	return "all nil"
}

func TestRoundTrip(t *testing.T) {
	s := mustLoad(t, blog)
	again := mustLoad(t, string(s.JSON()))
	if string(again.JSON()) != string(s.JSON()) {
		t.Errorf("JSON differs after a round trip:\n%s\n%s", s.JSON(), again.JSON())
	}
	if len(s.Hash()) != 16 || again.Hash() != s.Hash() {
		t.Errorf("hashes %s %s", s.Hash(), again.Hash())
	}
	other := strings.Replace(blog, "ed7a5d5d", "00000000", 1)
	if mustLoad(t, strings.Replace(other, `"3.4.4"`, `"3.2.0"`, 1)).Hash() != s.Hash() {
		t.Error("the version changes the hash")
	}
	if mustLoad(t, strings.Replace(blog, `"DRAFT","DONE"`, `"DRAFT"`, 1)).Hash() == s.Hash() {
		t.Error("another enum, the same hash")
	}
	moved := &Schema{Models: []*Model{s.Models[4], s.Models[1], s.Models[0], s.Models[3], s.Models[2]}, NonModels: s.NonModels, Enums: s.Enums}
	if moved.Hash() != s.Hash() || moved.Model("Post") != s.Model("Post") || moved.Model("x") != nil {
		t.Error("the order of the models changes the hash")
	}
}

func TestOrder(t *testing.T) {
	s := mustLoad(t, blog)
	var names []string
	for _, m := range s.Order() {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "Blog Post Comment Extra Shelf" {
		t.Errorf("order %s", got)
	}
	if p := s.Parents(s.Model("Comment")); len(p) != 1 || p[0].Name != "Post" {
		t.Error("parents of Comment")
	}
	if len(s.Parents(s.Model("Blog"))) != 0 {
		t.Error("a model is not its own parent")
	}
}

func TestLoadErrors(t *testing.T) {
	id := `"id":{"type":"ID","isRequired":true}`
	model := func(fields, attributes string) string {
		return `{"models":{"A":{"pluralName":"As","fields":{` + id + fields + `},"attributes":[` + attributes + `]}}}`
	}
	for _, c := range []struct{ text, want string }{
		{`{`, "invalid JSON"},
		{`[]`, "A schema is an object"},
		{`{}`, "models: The schema has no models."},
		{`{"models":[]}`, "models: This is not an object."},
		{`{"models":{"A":1}}`, "models.A: This is not an object."},
		{`{"models":{"A":{"pluralName":"As"}}}`, "models.A.fields: The fields are missing."},
		{`{"models":{"A":{"fields":{}}}}`, "models.A.pluralName: The plural name is missing."},
		{`{"models":{},"codegenVersion":"2.9.0"}`, "Codegen artifacts are from 2.9.0, whereas ^3.2.0 is required."},
		{`{"models":{},"codegenVersion":"3.1.0"}`, "unsupported version of codegen"},
		{`{"models":{},"enums":{"E":{"values":[]}}}`, "enums.E.values: An enum has at least one value."},
		{`{"models":{},"enums":{"E":{"values":[1]}}}`, "enums.E.values: This is not a list of names."},
		{`{"models":{},"enums":{"E":{"values":{}}}}`, "not a list of names"},
		{`{"models":{},"enums":{"String":{"values":["a"]}}}`, "enums.String: A scalar has this name"},
		{`{"models":{},"enums":{"E":{"values":["a"]}},"nonModels":{"E":{"fields":{}}}}`, "enums.E: The name is taken by nonModels.E."},
		{`{"models":{},"nonModels":{"N":{"fields":{"a b":{"type":"Int"}}}}}`, "nonModels.N.fields.a b: A name has letters"},
		{`{"models":{},"nonModels":{"":{"fields":{}}}}`, "The name is empty."},
		{`{"models":{},"nonModels":{"N":{"fields":{"n":{"type":{"nonModel":"N"}}}}}}`, "nonModels.N: Embedded types contain one another"},
		{`{"models":{},"nonModels":{"N":{"fields":{"n":{"type":{"nonModel":"X"}}}}}}`, "There is no embedded type X."},
		{`{"models":{"__proto__":{"pluralName":"x","fields":{` + id + `}}}}`, "models.__proto__: This name is part of every JavaScript object"},
		{model(`,"constructor":{"type":"ID"}`, ""), "models.A.fields.constructor: This name"},
		{model(`,"a":{"type":"Strin"}`, ""), "models.A.fields.a.type: There is no scalar Strin."},
		{model(`,"a":{"type":{}}`, ""), "models.A.fields.a.type: The type must be a scalar"},
		{model(`,"a":{"type":{"model":"X"}}`, ""), "There is no model X."},
		{model(`,"a":{"type":{"enum":"X"}}`, ""), "There is no enum X."},
		{model(`,"a":{"type":{"model":"A"},"association":{}}`, ""), "association.connectionType: The kind must be"},
		{model(`,"a":{"type":{"model":"A"},"association":{"connectionType":"BELONGS_TO"}}`, ""), "names its foreign keys"},
		{model(`,"a":{"type":{"model":"A"},"association":{"connectionType":"HAS_MANY"}}`, ""), "names the other model's fields"},
		{model(`,"a":{"type":"ID","association":{"connectionType":"HAS_ONE","associatedWith":"id"}}`, ""), "Only a field of a model's type"},
		{model(``, `{"type":"key","properties":{"fields":["x"]}}`), "The key field x is not declared."},
		{model(``, `{"type":"key","properties":{}}`), "models.A.attributes[0].properties.fields: A key names at least one field."},
		{model(``, `{"type":"key","properties":{"fields":["id"]}},{"type":"key","properties":{"fields":["id"]}}`), "two primary keys"},
		{model(`,"l":{"type":"ID","isArray":true}`, `{"type":"key","properties":{"fields":["l"]}}`), "A key field holds a single"},
		{model(`,"l":{"type":"ID","isArray":true}`, `{"type":"key","properties":{"name":"i","fields":["l"]}}`), "The index i needs a single"},
		{model(``, `{"type":"auth","properties":{"rules":[{}]}}`), "An auth rule has no allow."},
		{`{"models":{"A":{"pluralName":"As","fields":{` + id + `,"b":{"type":{"model":"B"},"association":{"connectionType":"BELONGS_TO","targetNames":["bId"]}}}},
			"B":{"pluralName":"Bs","fields":{` + id + `,"a":{"type":{"model":"A"},"association":{"connectionType":"BELONGS_TO","targetNames":["aId"]}}}}}}`,
			"Models are not topologically sortable. Please verify your schema."},
		{strings.Repeat(" ", SchemaBytesMax+1), "larger than 8 MiB"},
	} {
		_, err := Load([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200s: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestCompleteErrors(t *testing.T) {
	id := &Field{Name: "id", Type: Type{Scalar: ID}, Required: true}
	many := make([]*Field, FieldsMax+1)
	for i := range many {
		many[i] = id
	}
	for _, c := range []struct {
		s    Schema
		want string
	}{
		{Schema{Models: []*Model{{Name: "A", Fields: []*Field{id, id}}}}, "declared twice"},
		{Schema{Models: []*Model{{Name: "A", Fields: many}}}, "more than 1000 fields"},
		{Schema{Models: make([]*Model, ModelsMax+1)}, "more than 1000 models"},
		{Schema{Models: []*Model{{Name: "A", Fields: []*Field{id, {Name: "b"}}}}}, "The field has no type."},
		{Schema{Models: []*Model{{Name: "A", Fields: []*Field{id, {Name: "b", Type: Type{Scalar: "X"}}}}}}, "There is no scalar X."},
	} {
		if err := c.s.Complete(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	s := Schema{Models: []*Model{{Name: "A", Plural: "As", Fields: []*Field{id}}}}
	if s.Models[0].Stored()[0] != id || s.Complete() != nil || s.Models[0].Key[0] != "id" || len(s.Order()) != 1 {
		t.Error("a schema made by hand is completed")
	}
}
