package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

// TestRepair: after a clock that ran a year ahead for a moment, deltas by time repeat everything and the log
// never expires. Repaired, times are those of the clock, a delta has what changed, the log expires, and
// who synced up to a time that was taken back reads everything once.
func TestRepair(t *testing.T) {
	const year = int64(365 * 24 * 3_600_000)
	path, now := filepath.Join(t.TempDir(), "a.db"), int64(1_800_000_000_000)
	s, err := sdl.Parse("s.graphql", []byte("type Todo @model { id: ID! title: String }"))
	if err != nil {
		t.Fatal(err)
	}
	serve := func() (*server.Server, *sqlite.Tables) {
		tables := open(t, path, sqlite.Options{})
		core, err := server.New(s, server.Options{APIKeys: []string{"k"}, Sandbox: true}, tables)
		if err != nil {
			t.Fatal(err)
		}
		return core, tables
	}
	create := func(core *server.Server, at int64, id string) {
		askTodo(t, core, at, fmt.Sprintf(`mutation { createTodo(input: {id: %q, title: "t"}) { id } }`, id))
	}
	core, tables := serve()
	create(core, now, "before")
	create(core, now+year, "jump")
	create(core, now+1000, "after")
	if got := idsSince(t, core, now+2000, now+1500); got != "jump after" {
		t.Fatalf("before the repair the delta is %q: this test shows nothing", got)
	}
	tables.Close()
	for _, mend := range []bool{false, true} {
		found, err := sqlite.Repair(context.Background(), path, now+2000, mend)
		if err != nil || found.ByMs != year-1999 || found.Rows != 2 || found.Logged != 2 {
			t.Fatalf("mend %v: %+v %v", mend, found, err)
		}
	}
	if found, err := sqlite.Repair(context.Background(), path, now+2000, true); err != nil || found.ByMs > 0 {
		t.Errorf("the second time: %+v %v", found, err)
	}
	core, _ = serve()
	create(core, now+3000, "new")
	if got := idsSince(t, core, now+4000, now+2500); got != "new" {
		t.Errorf("a delta after the repair: %q", got)
	}
	if got := idsSince(t, core, now+4000, now+year); got != "after before jump new" {
		t.Errorf("a client that synced up to the jump gets %q, want everything", got)
	}
	row := askTodo(t, core, now+4000, `{ getTodo(id: "jump") { _version _lastChangedAt } }`).Field("getTodo")
	if at, _ := row.Field("_lastChangedAt").Int(); at != now+2000 {
		t.Errorf("the row says %d", at)
	}
	later := now + 2*3_600_000
	for _, ran := range []int64{0, later - now} {
		if _, err := core.Purge(now+4000+ran, ran); err != nil {
			t.Fatal(err)
		}
	}
	if got := idsSince(t, core, later, later-1000); got != "" {
		t.Errorf("the log did not expire: %q", got)
	}
	if got := idsSince(t, core, later, now+3500); got != "after before jump new" {
		t.Errorf("from before the log's beginning: %q", got)
	}
}

func askTodo(t *testing.T, core *server.Server, at int64, document string) record.Value {
	t.Helper()
	answer := core.Handle(server.Call{NowMs: at}, server.Credentials{APIKey: "k"}, fmt.Appendf(nil, `{"query":%q}`, document))
	if answer.Status != 200 || strings.Contains(string(answer.Body), `"errors"`) {
		t.Fatalf("%s: %d %s", document, answer.Status, answer.Body)
	}
	return record.TrustString(string(answer.Body)).Field("data")
}

func idsSince(t *testing.T, core *server.Server, at, lastSync int64) string {
	t.Helper()
	page := askTodo(t, core, at, fmt.Sprintf(`{ syncTodos(lastSync: %d) { items { id } } }`, lastSync)).Field("syncTodos").Field("items")
	var ids []string
	page.Elements(func(_ int, row record.Value) bool {
		ids = append(ids, row.Field("id").Str())
		return true
	})
	return strings.Join(ids, " ")
}
