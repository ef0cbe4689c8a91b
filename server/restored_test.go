//go:build !js

package server_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
	"github.com/deltabase/deltabase/server/sqlite"
)

// TestVersionsAfterARestore: a change that was lost with the old database never shares its version with a change of
// the restored one, so who still names it is in conflict. Each row leaves versions out once.
func TestVersionsAfterARestore(t *testing.T) {
	inMemory := memory.New(0)
	folder := t.TempDir()
	live := filepath.Join(folder, "live.db")
	onDisk, err := sqlite.Open(live, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer onDisk.Close()
	restored := map[string]func() server.Tables{
		"memory": func() server.Tables { return inMemory.Backup(rand.Reader) },
		"SQLite": func() server.Tables {
			copied := filepath.Join(folder, "copy.db")
			if _, err := sqlite.Backup(context.Background(), live, copied); err != nil {
				t.Fatal(err)
			}
			tables, err := sqlite.Open(copied, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tables.Close() })
			return tables
		},
	}
	for name, tables := range map[string]server.Tables{"memory": inMemory, "SQLite": onDisk} {
		t.Run(name, func(t *testing.T) {
			before := restoring(t, tables)
			accepted(t, before, `createPost(input: {id: "p1", title: "one"})`, 1)
			accepted(t, before, `createPost(input: {id: "p2", title: "one"})`, 1)
			accepted(t, before, `updatePost(input: {id: "p1", title: "two", _version: 1})`, 2)
			copied := restored[name]()
			accepted(t, before, `updatePost(input: {id: "p1", title: "lost", _version: 2})`, 3)
			after := restoring(t, copied)
			accepted(t, after, `updatePost(input: {id: "p1", title: "after", _version: 2})`, 2+server.RestoredVersionGap)
			accepted(t, after, `updatePost(input: {id: "p1", title: "later", _version: 1000002})`, 3+server.RestoredVersionGap)
			if answer := mutate(t, after, `updatePost(input: {id: "p1", title: "names what was lost", _version: 3})`); !strings.Contains(answer, "ConflictUnhandled") {
				t.Errorf("a change that names a lost version: %s", answer)
			}
			accepted(t, after, `createPost(input: {id: "p3", title: "new"})`, 1)
			accepted(t, after, `updatePost(input: {id: "p3", title: "new", _version: 1})`, 1+server.RestoredVersionGap)
			again := restoring(t, copied) // a start is no restore
			accepted(t, again, `updatePost(input: {id: "p1", title: "last", _version: 1000003})`, 4+server.RestoredVersionGap)
			accepted(t, again, `deletePost(input: {id: "p2", _version: 1})`, 1+server.RestoredVersionGap)
		})
	}
}

func restoring(t *testing.T, tables server.Tables) *server.Server {
	t.Helper()
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model @auth(rules: [{allow: public}]) { id: ID! title: String! }`))
	if err != nil {
		t.Fatal(err)
	}
	made, err := server.New(s, server.Options{APIKeys: []string{"da2-demo"}, Strategy: conflict.Optimistic}, tables)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func mutate(t *testing.T, s *server.Server, mutation string) string {
	t.Helper()
	body := record.OfString("mutation { it: " + mutation + " { title _version } }").String()
	answer := s.Handle(server.Call{NowMs: 1714557600000}, server.Credentials{APIKey: "da2-demo"}, fmt.Appendf(nil, `{"query":%s}`, body))
	return string(answer.Body)
}

func accepted(t *testing.T, s *server.Server, mutation string, version int64) {
	t.Helper()
	answer := mutate(t, s, mutation)
	if got, _ := record.TrustString(answer).Field("data").Field("it").Field("_version").Int(); got != version {
		t.Errorf("%s: %s, want version %d", mutation, answer, version)
	}
}
