package appsync

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestResponseBody(t *testing.T) {
	cases := []struct {
		name     string
		response Response
		want     string
	}{
		{"data alone, verbatim", Response{Data: value(t, `{"syncPosts":{"items":[ ],"nextToken":null,"startedAt":1}}`)},
			`{"data":{"syncPosts":{"items":[ ],"nextToken":null,"startedAt":1}}}`},
		{"a conflict", Response{Data: value(t, `{"updateTodo":null}`), Errors: []Error{{Type: ConflictUnhandled, Message: "Conflict resolver rejects mutation.",
			Path: []string{"updateTodo"}, Data: value(t, `{"id":"a1","_version":4}`), Line: 2, Column: 3}}},
			`{"data":{"updateTodo":null},"errors":[{"path":["updateTodo"],"data":{"id":"a1","_version":4},"errorType":"ConflictUnhandled","errorInfo":null,` +
				`"locations":[{"line":2,"column":3,"sourceName":null}],"message":"Conflict resolver rejects mutation."}]}`},
		{"validation", Response{Errors: []Error{{Message: "no"}}},
			`{"data":null,"errors":[{"path":null,"locations":null,"message":"no"}]}`},
		{"an index in the path", Response{Data: value(t, `{}`), Errors: []Error{{Message: "no", Path: []string{"syncPosts", "items", "3", "post"}}}},
			`{"data":{},"errors":[{"path":["syncPosts","items",3,"post"],"locations":null,"message":"no"}]}`},
		{"what our server adds", Response{Data: value(t, `{}`), Deltabase: true, Mutations: map[string]string{"m1": Repeated, "m0": Applied},
			Cursors: map[string]CursorReply{"syncPosts": {Cursor: "c1", Base: true}, "syncTags": {Left: []string{"a", "b"}}}},
			`{"data":{},"extensions":{"deltabase":{"server":"deltabase","mutations":{"m0":"applied","m1":"repeated"},` +
				`"cursors":{"syncPosts":{"cursor":"c1","base":true,"left":[]},"syncTags":{"cursor":"","base":false,"left":["a","b"]}}}}}`},
		{"our server with nothing to add", Response{Data: value(t, `{}`), Deltabase: true}, `{"data":{},"extensions":{"deltabase":{"server":"deltabase"}}}`},
	}
	for _, c := range cases {
		wantText(t, c.name, c.response.Body(), c.want)
		back, err := ParseResponse(c.response.Body())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		wantText(t, c.name+", read and written again", back.Body(), c.want)
	}
}

func TestParseResponse(t *testing.T) {
	r, err := ParseResponse([]byte(`{"data":{"a":null,"b":{"id":"1"}},"errors":[
		{"path":["a"],"errorType":"ConditionalCheckFailedException","message":"failed","data":null},
		{"path":["b","items",2],"message":"nested","extensions":{"errorType":"Unauthorized"}},
		{"path":null,"message":"whole","errorCode":400},{}],
		"extensions":{"deltabase":{"server":"deltabase","mutations":{"a":"applied"},"cursors":{"s":{"cursor":"c","base":true,"left":["x"],"leftAt":[7],"leftVersions":[3],"total":12}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.ErrorsOf("a"); len(got) != 1 || got[0].Type != ConditionalCheckFailed || !got[0].Data.IsNull() || got[0].Error() != "ConditionalCheckFailedException: failed" {
		t.Errorf("a: %+v", got)
	}
	if got := r.ErrorsOf("b"); len(got) != 1 || got[0].Type != Unauthorized || strings.Join(got[0].Path, "/") != "b/items/2" {
		t.Errorf("b: %+v", got)
	}
	if got := r.Errors[2]; got.Path != nil || got.Code != 400 || got.Error() != "whole" {
		t.Errorf("whole: %+v", got)
	}
	if !r.Deltabase || r.Mutations["a"] != Applied || !reflect.DeepEqual(r.Cursors["s"], CursorReply{Cursor: "c", Base: true, Left: []string{"x"}, LeftAt: []int64{7}, LeftVersions: []int64{3}, Total: 12}) {
		t.Errorf("%+v", r)
	}
	plain, err := ParseResponse([]byte(`{"data":{},"errors":[],"extensions":{"deltabase":{"server":"other"}}}`))
	if err != nil || plain.Deltabase || len(plain.Errors) != 0 {
		t.Errorf("%+v %v", plain, err)
	}
	refused, err := ParseResponse([]byte(`{"errors":[{"errorType":"UnauthorizedException","message":"no"}]}`))
	if err != nil || refused.Data.Kind() != record.Null || len(refused.Errors) != 1 {
		t.Errorf("%+v %v", refused, err)
	}
}

func TestNoAnswerOfAGraphQLServer(t *testing.T) {
	for _, body := range []string{``, `<html>Log in to the network</html>`, `[]`, `"ok"`, `{"message":"Forbidden"}`, `{"data":[]}`, `{"data":"x"}`, `{"errors":null}`} {
		_, err := ParseResponse([]byte(body))
		var wrong *ResponseError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "not a GraphQL answer: ") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPageOf(t *testing.T) {
	page := func(text string) (Page, bool) {
		r, err := ParseResponse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return PageOf(r, "s")
	}
	got, ok := page(`{"data":{"s":{"items":[{"id":"a"},null,{"id":"b"}],"nextToken":"n","startedAt":1714558900000}}}`)
	if !ok || len(got.Items) != 2 || got.NullItems != 1 || got.NextToken != "n" || got.StartedAt != 1714558900000 {
		t.Errorf("%+v %v", got, ok)
	}
	if got, ok := page(`{"data":{"s":{"items":[],"nextToken":null,"startedAt":null}}}`); !ok || got.NextToken != "" || got.StartedAt != 0 || got.Items != nil {
		t.Errorf("last page: %+v %v", got, ok)
	}
	if got, ok := page(`{"data":{"s":{"items":[]}}}`); !ok || got.NextToken != "" {
		t.Errorf("without the field (L8): %+v %v", got, ok)
	}
	for _, text := range []string{`{"data":{"s":null}}`, `{"data":null}`, `{"data":{}}`, `{"data":{"s":{"items":null}}}`, `{"data":{"s":1}}`} {
		if got, ok := page(text); ok {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func FuzzParseResponse(f *testing.F) {
	for _, seed := range []string{`{"data":{"s":{"items":[null,{}],"nextToken":""}},"errors":[{"path":["a",1],"locations":[{"line":1}]}]}`,
		`{"data":null,"errors":{"message":"m"},"extensions":{"deltabase":{"server":"deltabase","cursors":{"s":{"left":[1]}}}}}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ParseResponse(body)
		if err != nil {
			return
		}
		PageOf(r, "s")
		again, err := ParseResponse(r.Body())
		if err != nil {
			t.Fatalf("%s was written as %s: %v", body, r.Body(), err)
		}
		if string(again.Body()) != string(r.Body()) {
			t.Fatalf("%s was written as %s and then as %s", body, r.Body(), again.Body())
		}
	})
}
