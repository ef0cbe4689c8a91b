package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary is the command when it is asked to be: processes are killed for real. A child that
// runs functions has no environment to be asked by.
func TestMain(m *testing.M) {
	if os.Getenv("DELTABASE_TEST_COMMAND") != "" || len(os.Args) == 2 && os.Args[1] == childCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "DELTABASE_TEST_COMMAND=1", "PORT=")
	return c
}

// write makes the files of a project and returns its folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const todoSchema = "type Todo @model { id: ID! title: String! tags: [String] }\n"

func todoProject(t *testing.T) string {
	return write(t, map[string]string{
		"schema.graphql": todoSchema,
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
}

// served is a running `deltabase dev`.
type served struct {
	process *exec.Cmd
	url     string // without a slash at the end
}

func serveProject(t *testing.T, folder string, args ...string) *served {
	t.Helper()
	c := command(append([]string{"dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0"}, args...)...)
	var log strings.Builder
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			go io.Copy(io.Discard, out)
			return &served{c, strings.TrimSuffix(url, "/")}
		}
	}
	t.Fatalf("it ended before it was ready: %v\n%s", c.Wait(), log.String())
	return nil
}

func (s *served) post(body string) (string, error) {
	r, err := http.NewRequest("POST", s.url+"/graphql", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("x-api-key", "da2-test")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	return string(text), err
}

func TestDevServesAndEnds(t *testing.T) {
	folder := todoProject(t)
	s := serveProject(t, folder)
	text, err := s.post(`{"query":"mutation { createTodo(input: {id: \"a\", title: \"t\"}) { id _version } }"}`)
	if want := `{"data":{"createTodo":{"id":"a","_version":1}}}`; text != want || err != nil {
		t.Errorf("answered %s (%v), want %s", text, err, want)
	}
	if _, err := os.Stat(filepath.Join(folder, "data.db")); err != nil {
		t.Errorf("the database is not beside the configuration: %v", err)
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		t.Errorf("SIGTERM: %v, want status 0", err)
	}
	if s = serveProject(t, folder); true {
		text, err := s.post(`{"query":"{ getTodo(id: \"a\") { title } }"}`)
		if want := `{"data":{"getTodo":{"title":"t"}}}`; text != want || err != nil {
			t.Errorf("after a restart: %s (%v), want %s", text, err, want)
		}
	}
}

func TestDevRefuses(t *testing.T) {
	good := `{"schema": "schema.graphql", "apiKeys": ["k"]}`
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, one := range []struct {
		name, config, schema string
		args                 []string
		says                 []string
	}{
		{"a port that is taken", good, todoSchema, []string{"--port", port}, []string{"port " + port + " is taken", "--port or PORT"}},
		{"unknown keys, all of them", `{"schema": "schema.graphql", "apiKey": "k", "conflictResolution": {"model": {}}, "sqlite": {"pages": 1}}`, todoSchema, nil,
			[]string{"deltabase.json has 3 mistakes", `unknown key "apiKey"; allowed are apiKeys, auth, conflictResolution, database,`,
				`unknown key "conflictResolution.model"; allowed are models, project`, `unknown key "sqlite.pages"; allowed are maxPageCount`}},
		{"wrong values", `{"schema": 5, "apiKeys": "k", "deltaTtlMinutes": 0, "sandbox": "yes"}`, todoSchema, nil,
			[]string{`"schema" must be a text`, `"apiKeys" must be a list`, `"deltaTtlMinutes" must be a whole number`, `"sandbox" must be true or false`}},
		{"no JSON", "{\n \"schema\": \n}", todoSchema, nil, []string{"deltabase.json: line 3 is not JSON"}},
		{"no schema named", `{"apiKeys": ["k"]}`, todoSchema, nil, []string{`"schema" is missing`}},
		{"no keys", `{"schema": "schema.graphql"}`, todoSchema, nil, []string{`"apiKeys" is missing`}},
		{"a schema without models", `{"schema": "schema.graphql", "apiKeys": ["k"]}`, "type A { a: Int }", nil, []string{"schema.graphql has no model"}},
		{"a schema that is not there", `{"schema": "other.graphql", "apiKeys": ["k"]}`, todoSchema, nil, []string{"there is no schema file", "other.graphql"}},
		{"a schema with two mistakes", good, "type Todo @model {\n  title: Strin!\n  other: Nope\n}\n", nil,
			[]string{"schema.graphql:2:", "Strin", "schema.graphql:3:", "Nope"}},
		{"an unknown strategy", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"project": "LAST_WRITER"}}`, todoSchema, nil,
			[]string{`there is no strategy "LAST_WRITER"`, "AUTOMERGE, OPTIMISTIC_CONCURRENCY, LAMBDA or NONE"}},
		{"C21 LAMBDA without a function", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"project": {"strategy": "LAMBDA"}, "models": {"Todo": "LAMBDA"}}}`, todoSchema, nil,
			[]string{`"conflictResolution.project": Invalid Lambda SyncConfig`, `"conflictResolution.models.Todo": Invalid Lambda SyncConfig`}},
		{"a function for another strategy", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"project": {"strategy": "NONE", "function": "f.js"}, "models": {"Todo": {"function": "f.js"}}}}`, todoSchema, nil,
			[]string{`"conflictResolution.project": only LAMBDA has a function`, `"conflictResolution.models.Todo" has no "strategy"`}},
		{"a function that is not there", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"project": {"strategy": "LAMBDA", "function": "functions/f.js"}}}`, todoSchema, nil,
			[]string{"the conflict function functions/f.js", "there is no such file"}},
		{"a function with a mistake", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"project": {"strategy": "LAMBDA", "function": "schema.graphql"}}}`, todoSchema, nil,
			[]string{"the conflict function schema.graphql", "SyntaxError"}},
		{"a strategy of no model", `{"schema": "schema.graphql", "apiKeys": ["k"], "conflictResolution": {"models": {"Todos": "AUTOMERGE"}}}`, todoSchema, nil,
			[]string{"conflictResolution.models.Todos", "no model of this name"}},
		{"a database in no folder", `{"schema": "schema.graphql", "apiKeys": ["k"], "database": "no/where/a.db"}`, todoSchema, nil,
			[]string{"there is no folder", "make it first"}},
		{"a database of a kind that there is not", `{"schema": "schema.graphql", "apiKeys": ["k"], "database": "mysql://127.0.0.1/app"}`, todoSchema, nil,
			[]string{"the database is an address (mysql://...)", "name a file"}},
		{"a static folder that is not there", good, todoSchema, []string{"--static", "nowhere"}, []string{"cannot serve the page from nowhere"}},
		{"a configuration that is not there", good, todoSchema, []string{"--config", "none.json"}, []string{"there is no configuration file none.json"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			folder := write(t, map[string]string{"deltabase.json": one.config, "schema.graphql": one.schema})
			c := command(append([]string{"dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0"}, one.args...)...)
			c.Dir = folder
			text, err := c.CombinedOutput()
			if err == nil {
				t.Fatalf("it ended with status 0: %s", text)
			}
			for _, says := range one.says {
				if !strings.Contains(string(text), says) {
					t.Errorf("it lacks %q:\n%s", says, text)
				}
			}
		})
	}
}

func TestDevDatabaseNotWritable(t *testing.T) {
	if os.Getuid() == 0 {
		// root may write everything; a folder in the place of the file is what is left to try
		folder := todoProject(t)
		if err := os.Mkdir(filepath.Join(folder, "data.db"), 0o755); err != nil {
			t.Fatal(err)
		}
		text, err := command("dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0").CombinedOutput()
		if err == nil || !strings.Contains(string(text), "it is a folder") {
			t.Errorf("%v: %s", err, text)
		}
		return
	}
	folder := todoProject(t)
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o755)
	text, err := command("dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0").CombinedOutput()
	if err == nil || !strings.Contains(string(text), "permissions") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestDevPortFromEnvironment(t *testing.T) {
	for text, want := range map[string]int{"": 8080, "8123": 8123, "0": 0} {
		t.Setenv("PORT", text)
		o := listenOptions{port: 8080}
		if err := o.portFromEnvironment(); err != nil || o.port != want {
			t.Errorf("PORT=%q: %d (%v), want %d", text, o.port, err, want)
		}
	}
	t.Setenv("PORT", "http")
	if err := (&listenOptions{}).portFromEnvironment(); err == nil {
		t.Error("PORT=http was taken")
	}
}
