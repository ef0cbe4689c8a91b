package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

// pushed is one mutation of the test: a tag for a record, sent with a stale version, so that a
// second application would double it.
type pushed struct{ record, tag string }

func (p pushed) body() string {
	text, _ := json.Marshal(map[string]any{
		"query":     `mutation operation($input: UpdateTodoInput!) { updateTodo(input: $input) { tags _version } }`,
		"variables": map[string]any{"input": map[string]any{"id": p.record, "tags": []string{p.tag}, "_version": 1}},
		"extensions": map[string]any{"deltabase": map[string]any{
			"mutations": map[string]string{"updateTodo": p.tag}}},
	})
	return string(text)
}

// TestKilledUnderWrites: the process is killed with SIGKILL, fifty times, while four clients push.
// After each restart everything that was acknowledged is there; what was not answered is sent again
// under its mutation id; in the end every tag is there exactly once, and the log agrees with the
// rows.
func TestKilledUnderWrites(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes for half a minute")
	}
	folder := todoProject(t)
	killedUnderWrites(t, folder, 50, func() server.Tables { return inFile(t, filepath.Join(folder, "data.db")) })
}

func inFile(t *testing.T, file string) server.Tables {
	t.Helper()
	tables, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func createRecords(t *testing.T, s *served, clients int) {
	t.Helper()
	for n := range clients {
		if _, err := s.post(fmt.Sprintf(`{"query":"mutation { createTodo(input: {id: \"r%d\", title: \"t\", tags: []}) { id } }"}`, n)); err != nil {
			t.Fatal(err)
		}
	}
}

func killedUnderWrites(t *testing.T, folder string, rounds int, tables func() server.Tables) {
	const clients, each = 4, 12
	s := serveProject(t, folder)
	createRecords(t, s, clients)
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := map[string]bool{}
	var open []pushed
	for round := range rounds {
		for n := range clients {
			for i := range each {
				open = append(open, pushed{fmt.Sprint("r", n), fmt.Sprintf("%d.%d.%d", round, n, i)})
			}
		}
		// Killed once a random number of answers has come, while others are on their way.
		open = push(s, open, acknowledged, clients, 4+random.IntN(clients*each-12))
		s = serveProject(t, folder)
		checkThere(t, s, clients, acknowledged)
	}
	if len(open) == 0 {
		t.Fatal("nothing was left unanswered; the kills came too late")
	}
	if open = push(s, open, acknowledged, clients, -1); len(open) > 0 {
		t.Fatalf("%d pushes were not answered by a server that ran", len(open))
	}
	if tags := checkThere(t, s, clients, acknowledged); len(tags) != clients*rounds*each {
		t.Errorf("%d tags, want %d", len(tags), clients*rounds*each)
	}
	s.process.Process.Kill()
	s.process.Wait()
	checkLog(t, tables())
}

// checkLog: the log has no gap, counts each record's versions up by one, and ends with the rows.
func checkLog(t *testing.T, tables server.Tables) {
	t.Helper()
	defer tables.Close()
	all := server.Span{Rows: 1 << 20, Bytes: 1 << 30}
	if err := tables.View(func(r server.Reader) error {
		entries, _, err := r.Log(0, all)
		if err != nil {
			return err
		}
		last := map[string]server.Row{}
		for i, e := range entries {
			if e.Seq != int64(i+1) || e.Version != last[e.ID].Version+1 {
				t.Errorf("entry %d has seq %d, and version %d of %s after %d", i, e.Seq, e.Version, e.ID, last[e.ID].Version)
			}
			last[e.ID] = e.Row
		}
		rows, _, err := r.RowsByKey("Todo", "", all)
		for _, row := range rows {
			if row != last[row.ID] {
				t.Errorf("the row is %+v, the log ends with %+v", row, last[row.ID])
			}
		}
		if len(rows) != len(last) {
			t.Errorf("%d rows, %d in the log", len(rows), len(last))
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// push sends what is open, each client its own record in order, and kills the server after so
// many answers (-1: never). It returns what got none.
func push(s *served, open []pushed, acknowledged map[string]bool, clients, answers int) (left []pushed) {
	killed := false
	var mu sync.Mutex
	var done sync.WaitGroup
	for n := range clients {
		done.Add(1)
		go func() {
			defer done.Done()
			for _, p := range open {
				if p.record != fmt.Sprint("r", n) {
					continue
				}
				text, err := s.post(p.body())
				mu.Lock()
				if err != nil || strings.Contains(text, `"errors"`) {
					left = append(left, p)
				} else {
					acknowledged[p.tag] = true
					if answers--; answers == 0 {
						killed = true
						s.process.Process.Kill()
					}
				}
				mu.Unlock()
			}
		}()
	}
	done.Wait()
	if killed {
		s.process.Wait()
	}
	return left
}

// checkThere reads every tag and compares with what was acknowledged.
func checkThere(t *testing.T, s *served, clients int, acknowledged map[string]bool) (tags []string) {
	t.Helper()
	text, err := s.post(`{"query":"{ syncTodos { items { id tags _version } } }"}`)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data struct {
			SyncTodos struct {
				Items []struct {
					ID      string
					Tags    []string
					Version int `json:"_version"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	for _, item := range answer.Data.SyncTodos.Items {
		if item.Version != 1+len(item.Tags) {
			t.Errorf("%s has version %d with %d tags", item.ID, item.Version, len(item.Tags))
		}
		tags = append(tags, item.Tags...)
	}
	slices.Sort(tags)
	if twice := len(tags) - len(slices.Compact(slices.Clone(tags))); twice > 0 {
		t.Errorf("%d tags were applied twice", twice)
	}
	for tag := range acknowledged {
		if _, found := slices.BinarySearch(tags, tag); !found {
			t.Errorf("%s was acknowledged and is lost", tag)
		}
	}
	return tags
}
