package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
)

// onPostgres is a project whose database is a schema of its own in the PostgreSQL for tests.
func onPostgres(t *testing.T) (folder string, tables func() server.Tables) {
	t.Helper()
	address := os.Getenv("DELTABASE_TEST_POSTGRES")
	if address == "" {
		t.Skip("DELTABASE_TEST_POSTGRES is not set: give it the address of a PostgreSQL for tests, or run ./build.sh postgres")
	}
	id := make([]byte, 6)
	rand.Read(id)
	schema := "command_" + hex.EncodeToString(id)
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), address)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	})
	place, query, _ := strings.Cut(address, "?")
	own := place + "?" + query + "&pool_max_conns=8&schema=" + schema
	folder = write(t, map[string]string{
		"schema.graphql": todoSchema,
		"deltabase.json": `{"schema": "schema.graphql", "database": "` + own + `", "apiKeys": ["da2-test"]}`,
	})
	return folder, func() server.Tables {
		tables, err := openTables(&config{database: own})
		if err != nil {
			t.Fatal(err)
		}
		return tables
	}
}

func roundsOf(t *testing.T, few int) int {
	t.Helper()
	if text := os.Getenv("DELTABASE_TEST_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return few
}

// TestPostgresTwoNodes: two servers on one database count one sequence of versions, and a listener of one hears
// what the other committed.
func TestPostgresTwoNodes(t *testing.T) {
	folder, _ := onPostgres(t)
	twoProcesses(t, folder)
}

// TestPostgresNodeKilled: TestKilledUnderWrites on PostgreSQL, while another node goes on, whose listener hears of
// every change. DELTABASE_TEST_ROUNDS says how often.
func TestPostgresNodeKilled(t *testing.T) {
	folder, tables := onPostgres(t)
	other := serveProject(t, folder)
	next := heard(t, other, 10*time.Minute)
	killedUnderWrites(t, folder, roundsOf(t, 4), tables)
	hearsAll(t, next, tables())
}

// hearsAll waits until a listener has heard every update that is in the log.
func hearsAll(t *testing.T, next func(string) appsync.Frame, tables server.Tables) {
	t.Helper()
	defer tables.Close()
	wanted := map[string]bool{}
	if err := tables.View(func(r server.Reader) error {
		entries, _, err := r.Log(0, server.Span{Rows: 1 << 20, Bytes: 1 << 30})
		for _, e := range entries {
			if e.Version > 1 {
				wanted[fmt.Sprintf("%s/%d", e.ID, e.Version)] = true
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(wanted) == 0 {
		t.Fatal("nothing was written")
	}
	for last := map[string]int64{}; len(wanted) > 0; {
		row := next(appsync.TypeData).Payload.Field("data").Field("onUpdateTodo")
		id := row.Field("id").Str()
		version, _ := row.Field("_version").Int()
		if version <= last[id] {
			t.Fatalf("heard version %d of %s behind %d", version, id, last[id])
		}
		last[id] = version
		delete(wanted, fmt.Sprintf("%s/%d", id, version))
	}
}

// TestPostgresRestarts: the database itself is killed and comes back while clients push to two nodes. What was
// acknowledged is there, each push once, and a listener hears of all of it on its first connection.
func TestPostgresRestarts(t *testing.T) {
	control := strings.Fields(os.Getenv("DELTABASE_TEST_POSTGRES_RESTART"))
	if len(control) == 0 {
		t.Skip("DELTABASE_TEST_POSTGRES_RESTART is not set: a pg_ctl with its options, for a database that nobody else uses")
	}
	const clients, each = 4, 30
	folder, tables := onPostgres(t)
	nodes := []*served{serveProject(t, folder), serveProject(t, folder)}
	next := heard(t, nodes[1], 10*time.Minute)
	createRecords(t, nodes[0], clients)
	acknowledged := map[string]bool{}
	sent, unanswered := 0, 0
	for round := range roundsOf(t, 2) {
		var open []pushed
		for n := range clients {
			for i := range each {
				open = append(open, pushed{fmt.Sprint("r", n), fmt.Sprintf("%d.%d.%d", round, n, i)})
			}
		}
		sent += len(open)
		restarted := make(chan error, 1)
		go func() {
			out, err := exec.Command(control[0], append(control[1:], "-m", "immediate", "restart")...).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			restarted <- err
		}()
		over := false
		for try := 0; len(open) > 0 || !over; try++ {
			open = push(nodes[try%2], open, acknowledged, clients, -1)
			unanswered += len(open)
			select {
			case err := <-restarted:
				if over = true; err != nil {
					t.Fatal(err)
				}
			case <-time.After(50 * time.Millisecond): // as clients pause
			}
		}
	}
	if unanswered == 0 {
		t.Log("every push was answered at once; the restarts came too late")
	}
	for _, s := range nodes {
		if tags := checkThere(t, s, clients, acknowledged); len(tags) != sent || len(acknowledged) != sent {
			t.Errorf("%d tags and %d acknowledged, want %d (%v)", len(tags), len(acknowledged), sent, slices.Sorted(maps.Keys(acknowledged)))
		}
	}
	checkLog(t, tables())
	hearsAll(t, next, tables())
}
