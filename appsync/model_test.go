package appsync

import (
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// blog is loaded from the compiled form, as an app's schema.js has it.
func blog(t testing.TB) (*schema.Schema, *schema.Model, *schema.Model) {
	t.Helper()
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{"Status":{"name":"Status","values":["DRAFT","LIVE"]}},
"nonModels":{"Place":{"name":"Place","fields":{
  "street":{"name":"street","isArray":false,"type":"String","isRequired":false},
  "at":{"name":"at","isArray":false,"type":{"nonModel":"Point"},"isRequired":false}}},
 "Point":{"name":"Point","fields":{"lat":{"name":"lat","isArray":false,"type":"Float","isRequired":true}}}},
"models":{"Post":{"name":"Post","pluralName":"Posts","syncable":true,"attributes":[{"type":"model","properties":{}}],"fields":{
  "id":{"name":"id","isArray":false,"type":"ID","isRequired":true},
  "title":{"name":"title","isArray":false,"type":"String","isRequired":true},
  "status":{"name":"status","isArray":false,"type":{"enum":"Status"},"isRequired":false},
  "place":{"name":"place","isArray":false,"type":{"nonModel":"Place"},"isRequired":false},
  "comments":{"name":"comments","isArray":true,"type":{"model":"Comment"},"isRequired":false,"association":{"connectionType":"HAS_MANY","associatedWith":["post"]}},
  "createdAt":{"name":"createdAt","isArray":false,"type":"AWSDateTime","isRequired":false,"isReadOnly":true},
  "updatedAt":{"name":"updatedAt","isArray":false,"type":"AWSDateTime","isRequired":false,"isReadOnly":true}}},
 "Comment":{"name":"Comment","pluralName":"Comments","syncable":true,"attributes":[{"type":"model","properties":{}},
   {"type":"key","properties":{"fields":["slug","number"]}}],"fields":{
  "slug":{"name":"slug","isArray":false,"type":"String","isRequired":true},
  "number":{"name":"number","isArray":false,"type":"Int","isRequired":true},
  "text":{"name":"text","isArray":false,"type":"String","isRequired":false},
  "post":{"name":"post","isArray":false,"type":{"model":"Post"},"isRequired":false,"association":{"connectionType":"BELONGS_TO","targetNames":["postCommentsId"]}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s, s.Model("Post"), s.Model("Comment")
}

const (
	postRow    = "{id title status place{street at{lat}} createdAt updatedAt _version _lastChangedAt _deleted}"
	commentRow = "{slug number text postCommentsId _version _lastChangedAt _deleted}"
)

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

func wantText[T string | []byte](t *testing.T, what string, got T, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("%s\n got %s\nwant %s", what, got, want)
	}
}
