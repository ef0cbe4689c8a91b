package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// wideSchema has a model whose records have so many fields, ten of them in an embedded type that is used
// twice.
func wideSchema(t *testing.T, fields int) *schema.Schema {
	t.Helper()
	var text strings.Builder
	text.WriteString("type Wide @model @auth(rules: [{allow: public}]) { id: ID!\n one: Part\n two: Part\n")
	for i := range fields - 1 - 2*11 - 5 { // id, the parts with their ten, timestamps and metadata
		fmt.Fprintf(&text, "  f%d: String\n", i)
	}
	text.WriteString("}\ntype Part {\n")
	for i := range 10 {
		fmt.Fprintf(&text, "  p%d: Int\n", i)
	}
	text.WriteString("}\n")
	s, err := sdl.Parse("schema.graphql", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestServable: what is said to be served is served to our own client, in each of its documents, and one
// field more is not.
func TestServable(t *testing.T) {
	for fields, want := range map[int]bool{server.RecordFieldsMax: true, server.RecordFieldsMax + 1: false} {
		s := wideSchema(t, fields)
		m := s.Model("Wide")
		if n := appsync.SelectionFields(s, m); n != fields {
			t.Errorf("%d fields were counted, the schema has %d", n, fields)
		}
		err := server.Servable(s)
		if (err == nil) != want {
			t.Errorf("%d fields: %v", fields, err)
		}
		if !want && !strings.Contains(err.Error(), fmt.Sprintf("Wide has %d fields", fields)) {
			t.Errorf("the error does not name the model and its number: %v", err)
		}
		core, err := server.New(s, server.Options{APIKeys: []string{"k"}}, memory.New(0))
		if err != nil {
			t.Fatal(err)
		}
		input := record.TrustString(`{"id":"a"}`)
		documents := []appsync.Request{appsync.SyncRequest(s, m, appsync.SyncArguments{UseCursor: true})}
		if want {
			one, _ := appsync.MutationRequest(s, []appsync.Mutation{{Model: m, Operation: "create", Input: input}})
			two, _ := appsync.MutationRequest(s, []appsync.Mutation{
				{Model: m, Operation: "create", Input: record.TrustString(`{"id":"b"}`)}, {Model: m, Operation: "create", Input: record.TrustString(`{"id":"c"}`)}})
			documents = append(documents, one, two)
		}
		for _, request := range documents {
			answer := core.Handle(server.Call{NowMs: 1_000}, server.Credentials{APIKey: "k"}, request.Body())
			if served := answer.Status == 200 && !strings.Contains(string(answer.Body), `"errors"`); served != want {
				t.Errorf("%d fields: %d %.300s", fields, answer.Status, answer.Body)
			}
		}
	}
}

// TestSelectionFieldsOfManyTypes: types that embed one another twice at each level are counted at once.
func TestSelectionFieldsOfManyTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	var text strings.Builder
	text.WriteString("type Root @model { id: ID! a: T0 b: T0 }\n")
	for i := range 8 {
		fmt.Fprintf(&text, "type T%d { x: Int a: T%d b: T%d c: T%d d: T%d e: T%d f: T%d g: T%d }\n", i, i+1, i+1, i+1, i+1, i+1, i+1, i+1)
	}
	text.WriteString("type T8 { x: Int }\n")
	s, err := sdl.Parse("schema.graphql", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Servable(s); err == nil || !strings.Contains(err.Error(), "Root has ") {
		t.Errorf("%v", err)
	}
}
