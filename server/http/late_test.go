package http_test

import (
	nethttp "net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/sqlite"
)

// TestLateWrite: a write whose turn does not come before its deadline is a 503, which every client
// repeats, and is not carried out afterwards. Reads, and what tells of the server's health, go on.
func TestLateWrite(t *testing.T) {
	tables, err := sqlite.Open(filepath.Join(t.TempDir(), "late.db"), sqlite.Options{Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer tables.Close()
	schema, err := sdl.Parse("schema.graphql", []byte(models))
	if err != nil {
		t.Fatal(err)
	}
	core, err := server.New(schema, server.Options{APIKeys: []string{"da2-test"}}, tables)
	if err != nil {
		t.Fatal(err)
	}
	host := serverhttp.New(core, serverhttp.Options{Deadline: 50 * time.Millisecond})
	post := func(document string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/graphql", strings.NewReader(`{"query":"`+document+`"}`))
		r.Header.Set("x-api-key", "da2-test")
		host.ServeHTTP(w, r)
		return w
	}
	tables.Update(func(server.Writer) error { // others' writes wait for this one
		if w := post(`mutation { createTodo(input: {id: \"a\", title: \"t\"}) { id } }`); w.Code != nethttp.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("a write that waited too long: %d %s", w.Code, w.Body)
		}
		if w := post(`{ getTodo(id: \"a\") { id } }`); w.Code != 200 {
			t.Errorf("a read beside it: %d %s", w.Code, w.Body)
		}
		return nil
	})
	tables.View(func(server.Reader) error { // the only connection that reads
		if w := post(`{ getTodo(id: \"a\") { id } }`); w.Code != nethttp.StatusServiceUnavailable {
			t.Errorf("a read that waited too long: %d %s", w.Code, w.Body)
		}
		if err := core.Ready(); err != nil {
			t.Errorf("the server counts as broken: %v", err)
		}
		return nil
	})
	if w := post(`{ getTodo(id: \"a\") { id } }`); w.Code != 200 || !strings.Contains(w.Body.String(), `"getTodo":null`) {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}
