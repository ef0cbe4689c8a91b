package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	countedTodo = "type Todo @model @auth(rules: [{allow: public}]) { id: ID! count: Int note: String }\n"
	textTodo    = `type Todo @model @auth(rules: [{allow: public}]) { id: ID! count: String @index(name: "byCount", queryField: "todosByCount") note: [String] }` + "\n"
)

func document(format string, arguments ...any) string {
	text, _ := json.Marshal(map[string]string{"query": fmt.Sprintf(format, arguments...)})
	return string(text)
}

// TestKilledWhileMigrating: a schema that the rows do not fit is refused, told by --plan, and taken with
// --migrate. The process is killed again and again while it rewrites rows, fills an index and takes writes;
// the next start, without --migrate, goes on, and `deltabase migrate` beside the server brings it to its
// end. What was acknowledged is there, every row is converted, and the log has no gap.
func TestKilledWhileMigrating(t *testing.T) {
	const rows = 1_500
	folder := write(t, map[string]string{
		"schema.graphql": countedTodo,
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
	config := filepath.Join(folder, "deltabase.json")
	s := serveProject(t, folder)
	for from := 0; from < rows; from += 100 {
		text := ""
		for i := from; i < from+100; i++ {
			text += fmt.Sprintf(`m%d: createTodo(input: {id: "t%d", count: %d, note: "n"}) { id } `, i, i, i)
		}
		if answer, err := s.post(document("mutation { %s}", text)); err != nil || strings.Contains(answer, "errors") {
			t.Fatal(answer, err)
		}
	}
	s.kill()
	if err := os.WriteFile(filepath.Join(folder, "schema.graphql"), []byte(textTodo), 0o600); err != nil {
		t.Fatal(err)
	}
	const converts = "Todo.count: Int -> String: 1500 rows can be converted"
	if text, err := command("serve", "--config", config, "--port", "0").CombinedOutput(); err == nil || !strings.Contains(string(text), converts) || !strings.Contains(string(text), "--migrate") {
		t.Errorf("serve: %v %s", err, text)
	}
	if text, err := command("migrate", "--plan", "--config", config).CombinedOutput(); err != nil || !strings.Contains(string(text), converts) {
		t.Errorf("the plan: %v %s", err, text)
	}
	acknowledged := updateAndKill(t, folder, rows)
	s = serveProject(t, folder)
	text, err := command("migrate", "--config", config).CombinedOutput()
	if err != nil || !strings.Contains(string(text), "All rows of") {
		t.Errorf("migrate: %v %s", err, text)
	}
	for id, count := range acknowledged {
		answer, err := s.post(document(`{ todosByCount(count: %q) { items { id count note } } }`, count))
		if err != nil || !strings.Contains(answer, fmt.Sprintf(`{"id":%q,"count":%q,"note":["n"]}`, id, count)) {
			t.Errorf("%s was acknowledged with %s: %s %v", id, count, answer, err)
		}
	}
	found := 0
	for i := range rows {
		answer, err := s.post(document(`{ getTodo(id: "t%d") { count note } }`, i))
		if want := fmt.Sprintf(`{"count":"%d","note":["n"]}`, i); err == nil && strings.Contains(answer, want) {
			found++
		}
	}
	if found < rows-100 { // the others were updated
		t.Errorf("%d rows are converted", found)
	}
	s.kill()
	checkLog(t, inFile(t, filepath.Join(folder, "data.db")))
}

func (s *served) kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// updateAndKill starts the server again and again, and returns what it acknowledged.
func updateAndKill(t *testing.T, folder string, rows int) map[string]string {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 6))
	acknowledged := map[string]string{}
	for round := range 8 {
		var arguments []string
		if round == 0 {
			arguments = []string{"--migrate"}
		}
		s := serveProject(t, folder, arguments...)
		for i := range random.IntN(6) {
			id, count := fmt.Sprintf("t%d", random.IntN(rows)), fmt.Sprintf("%d.%d", round, i)
			answer, err := s.post(document(`mutation { updateTodo(input: {id: %q, count: %q, _version: %d}) { count } }`, id, count, s.version(t, id)))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(answer, "errors") && strings.Contains(answer, count) { // else it was rewritten meanwhile
				acknowledged[id] = count
			}
		}
		s.kill()
	}
	if len(acknowledged) < 5 {
		t.Errorf("only %d updates were acknowledged", len(acknowledged))
	}
	return acknowledged
}

func (s *served) version(t *testing.T, id string) (n int) {
	t.Helper()
	answer, err := s.post(document(`{ getTodo(id: %q) { _version } }`, id))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Sscanf(answer, `{"data":{"getTodo":{"_version":%d`, &n)
	return n
}
