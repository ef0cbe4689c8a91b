package conflict

import (
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// todo is the model of the protocol's conformance cases.
func todo() (*schema.Schema, *schema.Model) {
	scalar := func(name string, s schema.Scalar) *schema.Field {
		return &schema.Field{Name: name, Type: schema.Type{Scalar: s}}
	}
	readOnly := func(name string) *schema.Field {
		f := scalar(name, schema.AWSDateTime)
		f.ReadOnly = true
		return f
	}
	tags := scalar("tags", schema.String)
	tags.Array = true
	notes := scalar("notes", schema.AWSJSON)
	notes.Array = true
	s := &schema.Schema{
		Models: []*schema.Model{{
			Name: "Todo", Plural: "Todos", Key: []string{"id"}, CreatedAt: "createdAt", UpdatedAt: "updatedAt",
			Fields: []*schema.Field{
				scalar("id", schema.ID), scalar("title", schema.String), scalar("note", schema.String),
				scalar("count", schema.Int), tags, scalar("meta", schema.AWSJSON), notes,
				{Name: "addr", Type: schema.Type{NonModel: "Addr"}}, scalar("parentId", schema.ID),
				scalar("due", schema.AWSDateTime), scalar("rating", schema.Float),
				readOnly("createdAt"), readOnly("updatedAt"),
			},
		}},
		NonModels: []*schema.NonModel{{Name: "Addr", Fields: []*schema.Field{
			scalar("street", schema.String), scalar("city", schema.String), scalar("extra", schema.AWSJSON),
			{Name: "inner", Type: schema.Type{NonModel: "Room"}},
		}}, {Name: "Room", Fields: []*schema.Field{
			scalar("street", schema.String), scalar("city", schema.String), scalar("extra", schema.AWSJSON),
		}}},
	}
	if err := s.Complete(); err != nil {
		panic(err)
	}
	return s, s.Models[0]
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

func wantText(t *testing.T, what string, got record.Value, want string) {
	t.Helper()
	if text := string(got.Text()); text != want {
		t.Errorf("%s\n got %s\nwant %s", what, text, want)
	}
}
