package server_test

import (
	"fmt"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// The core takes the body of a request and gives the body of the answer; a host has the network and the clock.
func Example() {
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model @auth(rules: [{allow: public}]) { id: ID! title: String! }`))
	if err != nil {
		fmt.Println(err)
		return
	}
	core, err := server.New(s, server.Options{APIKeys: []string{"da2-demo"}}, memory.New(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	ask := func(body string) {
		answer := core.Handle(server.Call{NowMs: 1714557600000}, server.Credentials{APIKey: "da2-demo"}, []byte(body))
		fmt.Println(answer.Status, string(answer.Body))
	}
	ask(`{"query":"mutation { createPost(input: {id: \"p1\", title: \"Hello\"}) { title _version } }"}`)
	ask(`{"query":"mutation { updatePost(input: {id: \"p1\", title: \"Hi\", _version: 1}) { title _version } }"}`)
	ask(`{"query":"query { syncPosts(lastSync: 0) { items { title _version } nextToken startedAt } }"}`)
	// Output:
	// 200 {"data":{"createPost":{"title":"Hello","_version":1}}}
	// 200 {"data":{"updatePost":{"title":"Hi","_version":2}}}
	// 200 {"data":{"syncPosts":{"items":[{"title":"Hi","_version":2}],"nextToken":null,"startedAt":1714557600000}}}
}
