//go:build !js

package server_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

func benchServer(b *testing.B) *server.Server {
	models, err := sdl.Parse("schema.graphql", []byte(todoModels))
	if err != nil {
		b.Fatal(err)
	}
	tables, err := sqlite.Open(filepath.Join(b.TempDir(), "bench.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { tables.Close() })
	s, err := server.New(models, server.Options{APIKeys: []string{"k"}}, tables)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func benchPost(b *testing.B, s *server.Server, r appsync.Request) server.Answer {
	answer := s.Handle(server.Call{NowMs: 1_714_557_600_000}, server.Credentials{APIKey: "k"}, r.Body())
	if answer.Status != 200 {
		b.Fatalf("%d %s", answer.Status, answer.Body)
	}
	return answer
}

// BenchmarkSyncPage reads pages of 1,000 rows with a parent each.
func BenchmarkSyncPage(b *testing.B) {
	s := benchServer(b)
	for n := range 1_000 {
		benchPost(b, s, appsync.Request{Query: fmt.Sprintf(
			`mutation { createTodo(input: {id: "%d", title: "a title of some length, as they are", count: %d, listId: "l"}) { id } }`, n, n)})
	}
	r := appsync.Request{Query: `{ syncTodos(limit: 1000) { items { id title count listId list { id _deleted } createdAt updatedAt _version _lastChangedAt _deleted } nextToken startedAt } }`}
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(benchPost(b, s, r).Body)))
	}
}

// BenchmarkCreate commits one record per request; BenchmarkBatch a hundred.
func BenchmarkCreate(b *testing.B) { benchCreates(b, 1) }
func BenchmarkBatch(b *testing.B)  { benchCreates(b, 100) }

func benchCreates(b *testing.B, each int) {
	s := benchServer(b)
	n := 0
	b.ResetTimer()
	for b.Loop() {
		document := "mutation operation("
		body := ""
		var vars record.Builder
		for i := range each {
			document += fmt.Sprintf("$i%d: CreateTodoInput!, ", i)
			body += fmt.Sprintf("m%d: createTodo(input: $i%d) { id _version } ", i, i)
			var input record.Builder
			input.SetString("id", fmt.Sprint(n))
			input.SetString("title", "t")
			vars.Set(fmt.Sprint("i", i), input.Object())
			n++
		}
		benchPost(b, s, appsync.Request{Query: document + ") {" + body + "}", Variables: vars.Object()})
	}
}
