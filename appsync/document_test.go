package appsync

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
)

func TestSingleMutations(t *testing.T) {
	s, post, comment := blog(t)
	cases := []struct {
		mutation Mutation
		key      string
		body     string
	}{
		{Mutation{ID: "m-1", Model: post, Operation: conflict.Create, Input: value(t, `{"id":"a","title":"t","status":null}`)}, "createPost",
			`{"query":"mutation operation($input: CreatePostInput!){createPost(input: $input)` + postRow + `}",` +
				`"variables":{"input":{"id":"a","title":"t","status":null}},"extensions":{"deltabase":{"mutations":{"createPost":"m-1"}}}}`},
		{Mutation{ID: "m-2", Model: post, Operation: conflict.Update, Input: value(t, `{"id":"a","title":"u","_version":1}`)}, "updatePost",
			`{"query":"mutation operation($input: UpdatePostInput!, $condition: ModelPostConditionInput){updatePost(input: $input, condition: $condition)` + postRow + `}",` +
				`"variables":{"input":{"id":"a","title":"u","_version":1},"condition":null},"extensions":{"deltabase":{"mutations":{"updatePost":"m-2"}}}}`},
		{Mutation{Model: comment, Operation: conflict.Delete, Input: value(t, `{"slug":"s","number":1,"_version":4}`), Condition: value(t, `{"text":{"eq":"x"}}`)}, "deleteComment",
			`{"query":"mutation operation($input: DeleteCommentInput!, $condition: ModelCommentConditionInput){deleteComment(input: $input, condition: $condition)` + commentRow + `}",` +
				`"variables":{"input":{"slug":"s","number":1,"_version":4},"condition":{"text":{"eq":"x"}}},"extensions":{"deltabase":{}}}`},
	}
	for _, c := range cases {
		request, keys := MutationRequest(s, []Mutation{c.mutation})
		if len(keys) != 1 || keys[0] != c.key {
			t.Errorf("%s: response keys %v", c.key, keys)
		}
		wantText(t, c.key, request.Body(), c.body)
		if request.Extensions = (Extensions{}); strings.Contains(string(request.Body()), "deltabase") {
			t.Errorf("%s: still announced: %s", c.key, request.Body())
		}
	}
}

func TestBatchIsOneDocument(t *testing.T) {
	s, post, comment := blog(t)
	request, keys := MutationRequest(s, []Mutation{
		{ID: "x", Model: post, Operation: conflict.Create, Input: value(t, `{"id":"a"}`)},
		{ID: "y", Model: comment, Operation: conflict.Update, Input: value(t, `{"slug":"s"}`), Condition: value(t, `{"text":{"eq":"x"}}`), Strict: true},
		{Model: post, Operation: conflict.Delete, Input: value(t, `{"id":"b"}`)},
	})
	if got := strings.Join(keys, " "); got != "m0 m1 m2" {
		t.Errorf("response keys %s", got)
	}
	wantText(t, "body", request.Body(), `{"query":"mutation operation($i0: CreatePostInput!, $i1: UpdateCommentInput!, $c1: ModelCommentConditionInput, $i2: DeletePostInput!)`+
		`{m0: createPost(input: $i0){...PostRow} m1: updateComment(input: $i1, condition: $c1){...CommentRow} m2: deletePost(input: $i2){...PostRow}}`+
		` fragment PostRow on Post`+postRow+` fragment CommentRow on Comment`+commentRow+`",`+
		`"variables":{"i0":{"id":"a"},"i1":{"slug":"s"},"c1":{"text":{"eq":"x"}},"i2":{"id":"b"}},`+
		`"extensions":{"deltabase":{"mutations":{"m0":"x","m1":"y"},"strict":["m1"]}}}`)
	single, _ := MutationRequest(s, []Mutation{{Model: post, Operation: conflict.Update, Input: value(t, `{"id":"a"}`), Strict: true}})
	if got := single.Extensions.Strict; len(got) != 1 || got[0] != "updatePost" {
		t.Errorf("strict %v", got)
	}
}

func TestSyncRequest(t *testing.T) {
	s, post, _ := blog(t)
	const query = `{"query":"query operation($limit: Int, $nextToken: String, $lastSync: AWSTimestamp, $filter: ModelPostFilterInput)` +
		`{syncPosts(limit: $limit, nextToken: $nextToken, lastSync: $lastSync, filter: $filter){items` + postRow + ` nextToken startedAt}}",`
	wantText(t, "first page", SyncRequest(s, post, SyncArguments{Limit: 1000, LastSync: 1714558830123}).Body(),
		query+`"variables":{"limit":1000,"nextToken":null,"lastSync":1714558830123,"filter":null},"extensions":{"deltabase":{}}}`)
	wantText(t, "base run with a cursor", SyncRequest(s, post, SyncArguments{UseCursor: true, NextToken: "n\"1", Filter: value(t, `{"and":[]}`)}).Body(),
		query+`"variables":{"limit":null,"nextToken":"n\"1","lastSync":0,"filter":{"and":[]}},"extensions":{"deltabase":{"cursors":{"syncPosts":""}}}}`)
	wantText(t, "from a cursor", SyncRequest(s, post, SyncArguments{UseCursor: true, Cursor: "c1"}).Body(),
		query+`"variables":{"limit":null,"nextToken":null,"lastSync":0,"filter":null},"extensions":{"deltabase":{"cursors":{"syncPosts":"c1"}}}}`)
}

func TestGetRequest(t *testing.T) {
	s, post, comment := blog(t)
	wantText(t, "Post", GetRequest(s, post, value(t, `{"id":"a","title":"t"}`)).Body(),
		`{"query":"query operation($id: ID!){getPost(id: $id)`+postRow+`}","variables":{"id":"a"},"extensions":{"deltabase":{}}}`)
	wantText(t, "composite key", GetRequest(s, comment, value(t, `{"number":1,"slug":"s"}`)).Body(),
		`{"query":"query operation($slug: String!, $number: Int!){getComment(slug: $slug, number: $number)`+commentRow+`}","variables":{"slug":"s","number":1},"extensions":{"deltabase":{}}}`)
	comment.Key = []string{"unheardOf"}
	if got := GetRequest(s, comment, value(t, `{}`)).Query; !strings.HasPrefix(got, "query operation($unheardOf: ID!)") {
		t.Error(got)
	}
}
