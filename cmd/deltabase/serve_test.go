package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
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
	"time"

	"github.com/coder/websocket"
)

// running is a process of ours that said where it listens. lines are what it says afterwards.
type running struct {
	process *exec.Cmd
	url     string
	lines   chan string
}

func run(t *testing.T, arguments ...string) *running {
	t.Helper()
	c := command(arguments...)
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
	r := &running{process: c, lines: make(chan string, 1_000)}
	said := bufio.NewScanner(out)
	for said.Scan() {
		if url, ok := strings.CutPrefix(said.Text(), "ready "); ok {
			r.url = strings.TrimSuffix(url, "/")
			go func() {
				defer close(r.lines)
				for said.Scan() {
					r.lines <- said.Text()
				}
			}()
			return r
		}
	}
	t.Fatalf("it ended before it was ready: %v\n%s", c.Wait(), log.String())
	return nil
}

func (r *running) await(t *testing.T, prefix string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case line, open := <-r.lines:
			if !open {
				t.Fatalf("it ended and never said %q", prefix)
			}
			if strings.HasPrefix(line, prefix) {
				return
			}
		case <-deadline:
			t.Fatalf("it did not say %q within 30 s", prefix)
		}
	}
}

func fetch(t *testing.T, client *http.Client, method, url, body string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("x-api-key", "da2-test")
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return answer.StatusCode, string(text), answer.Header
}

const createA = `{"query":"mutation { createTodo(input: {id: \"a\", title: \"t\"}) { id _version } }"}`

func TestServe(t *testing.T) {
	folder := write(t, map[string]string{
		"schema.graphql": "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }\ntype Open @model { id: ID! }\n",
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"], "metrics": true}`,
	})
	r := run(t, "serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0")
	client := http.DefaultClient
	for _, one := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/graphql", createA, 200, `{"createTodo":{"id":"a","_version":1}}`},
		{"POST", "/graphql", `{"query":"{ listOpens { items { id } } }"}`, 200, "Not Authorized to access listOpens"},
		{"GET", "/healthz", "", 200, "ok"},
		{"GET", "/readyz", "", 200, "ready"},
		{"GET", "/metrics", "", 200, `deltabase_root_fields_total{kind="create",outcome="applied"} 1`},
		{"GET", "/deltabase/dev", "", 404, ""},
	} {
		status, text, _ := fetch(t, client, one.method, r.url+one.path, one.body)
		if status != one.status || !strings.Contains(text, one.says) {
			t.Errorf("%s %s: %d %s, want %d with %q", one.method, one.path, status, text, one.status, one.says)
		}
	}
	conn, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(r.url, "http")+"/graphql/realtime", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(context.Background()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the socket ended with %v, want going away", err)
	}
	if err := r.process.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}

// TestMetricsAreNotPublicByAccident: `serve` shows them when it is told to, `dev` unless it is told not to.
func TestMetricsAreNotPublicByAccident(t *testing.T) {
	for _, one := range []struct {
		command, more string
		open          bool
	}{
		{"serve", "", false}, {"serve", `, "metrics": true`, true}, {"serve", `, "metrics": false`, false},
		{"dev", "", true}, {"dev", `, "metrics": false`, false},
	} {
		folder := write(t, map[string]string{"schema.graphql": todoSchema,
			"deltabase.json": `{"schema": "schema.graphql", "apiKeys": ["da2-test"]` + one.more + `}`})
		r := run(t, one.command, "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0")
		status, text, _ := fetch(t, http.DefaultClient, "GET", r.url+"/metrics", "")
		if open := status == 200 && strings.Contains(text, "deltabase_sockets"); open != one.open || !open && status != 404 {
			t.Errorf("%s%s: %d", one.command, one.more, status)
		}
	}
}

func TestRateLimit(t *testing.T) {
	folder := write(t, map[string]string{"schema.graphql": todoSchema,
		"deltabase.json": `{"schema": "schema.graphql", "apiKeys": ["da2-test"], "rateLimit": {"requestsPerSecond": 1, "burst": 3}}`})
	r := run(t, "dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0")
	for i := range 3 {
		if status, text, _ := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", `{"query":"{ listTodos { nextToken } }"}`); status != 200 {
			t.Fatalf("request %d: %d %s", i+1, status, text)
		}
	}
	status, text, header := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", `{"query":"{ listTodos { nextToken } }"}`)
	if status != 429 || header.Get("Retry-After") != "1" || !strings.Contains(text, "TooManyRequestsException") {
		t.Errorf("the fourth request: %d, Retry-After %q, %s", status, header.Get("Retry-After"), text)
	}
}

func TestDevTLS(t *testing.T) {
	folder := todoProject(t)
	config := filepath.Join(folder, "deltabase.json")
	r := run(t, "dev", "--config", config, "--port", "0", "--tls")
	if !strings.HasPrefix(r.url, "https://") {
		t.Fatalf("it listens on %s", r.url)
	}
	file := localCertificate(filepath.Join(folder, ".deltabase"))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	defer client.CloseIdleConnections()
	if status, text, _ := fetch(t, client, "POST", r.url+"/graphql", createA); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	conn, _, err := websocket.Dial(context.Background(), "wss"+strings.TrimPrefix(r.url, "https")+"/graphql/realtime",
		&websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	conn.CloseNow()
	run(t, "dev", "--config", config, "--port", "0", "--tls", "--database", filepath.Join(folder, "other.db"))
	if again, err := os.ReadFile(file); err != nil || string(again) != string(text) {
		t.Errorf("the second start made another certificate (%v)", err)
	}
}

func TestDevTakesAdditions(t *testing.T) {
	folder := todoProject(t)
	r := run(t, "dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0")
	put := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "schema.graphql"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	post := func(body string) string {
		_, text, _ := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", body)
		return text
	}
	post(createA)
	put(todoSchema + "type Note @model { id: ID! text: String }\n")
	r.await(t, "schema taken: Todo, Note")
	if got := post(`{"query":"{ getTodo(id: \"a\") { title } listNotes { items { id } } }"}`); got != `{"data":{"getTodo":{"title":"t"},"listNotes":{"items":[]}}}` {
		t.Errorf("after the addition: %s", got)
	}
	put("type Todo @model { id: ID! title: String! tags: [String] due: AWSDate! }\n")
	r.await(t, "the new schema was refused")
	for _, want := range []string{"  Todo.due is new and must have a value", "  the model Note is gone"} {
		r.await(t, want)
	}
	put("type Todo @model { id: ID! title: Strin! }\n")
	r.await(t, "the new schema was refused, the previous one stays in use:")
	if got := post(`{"query":"{ listNotes { items { id } } }"}`); got != `{"data":{"listNotes":{"items":[]}}}` {
		t.Errorf("the schema before does not go on: %s", got)
	}
}

func TestDevKnobs(t *testing.T) {
	folder := todoProject(t)
	r := run(t, "dev", "--config", filepath.Join(folder, "deltabase.json"), "--port", "0", "--conflicts", "1")
	post := func(path, body string) (int, string) {
		status, text, _ := fetch(t, http.DefaultClient, "POST", r.url+path, body)
		return status, text
	}
	post("/graphql", createA)
	_, text := post("/graphql", `{"query":"mutation { updateTodo(input: {id: \"a\", title: \"u\", _version: 1}) { title _version } }"}`)
	if want := `{"data":{"updateTodo":{"title":"t","_version":3}}}`; text != want {
		t.Errorf("a forced conflict under AUTOMERGE gave %s, want %s", text, want)
	}
	if status, text := post(knobsPath, `{"loss": 1}`); status != 200 || text != `{"latencyMs":0,"loss":1,"conflicts":1}`+"\n" {
		t.Errorf("%d %s", status, text)
	}
	if status, text := post("/graphql", createA); status != 0 {
		t.Errorf("with everything lost, %d %s came back", status, text)
	}
	for _, wrong := range []string{`{"loss": 2}`, `{"latencyMs": -1}`, `{"delay": 1}`, `{`} {
		if status, text := post(knobsPath, wrong); status != 400 {
			t.Errorf("%s: %d %s", wrong, status, text)
		}
	}
	if status, text := post(knobsPath, `{"loss": 0, "conflicts": 0, "latencyMs": 1}`); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if _, text := post("/graphql", `{"query":"mutation { updateTodo(input: {id: \"a\", title: \"u\", _version: 3}) { title _version } }"}`); text != `{"data":{"updateTodo":{"title":"u","_version":4}}}` {
		t.Errorf("without disturbance: %s", text)
	}
	if out, err := command("dev", "--config", filepath.Join(folder, "deltabase.json"), "--loss", "1.5").CombinedOutput(); err == nil || !strings.Contains(string(out), "from 0 to 1") {
		t.Error(fmt.Sprint(err), string(out))
	}
}

// TestSchemaOfOtherRows: a schema that the stored rows are not of is refused at the start, unless it is
// forced; migrate --plan tells the same.
func TestSchemaOfOtherRows(t *testing.T) {
	schema := func(kind string) string {
		return "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: " + kind + "! }\n"
	}
	folder := write(t, map[string]string{
		"schema.graphql": schema("String"),
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
	arguments := []string{"serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0"}
	r := run(t, arguments...)
	if status, text, _ := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", createA); status != 200 {
		t.Fatal(text)
	}
	r.process.Process.Kill()
	r.process.Wait()
	plan := func() string {
		text, _ := command("migrate", "--plan", "--config", filepath.Join(folder, "deltabase.json")).CombinedOutput()
		return string(text)
	}
	if text := plan(); !strings.Contains(text, "All rows") {
		t.Errorf("the plan for the same schema: %s", text)
	}
	if err := os.WriteFile(filepath.Join(folder, "schema.graphql"), []byte(schema("Int")), 0o600); err != nil {
		t.Fatal(err)
	}
	const misfit = `Todo.title: String! -> Int!: 1 rows do not fit and can't be converted, such as "a"`
	if text, err := command(arguments...).CombinedOutput(); err == nil || !strings.Contains(string(text), misfit) || !strings.Contains(string(text), "--force") {
		t.Errorf("serve: %v %s", err, text)
	}
	if text := plan(); !strings.Contains(text, misfit) {
		t.Errorf("the plan: %s", text)
	}
	run(t, append(arguments, "--force")...)
}

// TestFileTakenAway: a database that was deleted under the server takes no writes, and /readyz says why.
func TestFileTakenAway(t *testing.T) {
	folder := write(t, map[string]string{
		"schema.graphql": "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }\n",
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
	r := run(t, "serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0")
	if err := os.Remove(filepath.Join(folder, "data.db")); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ method, path, body string }{{"POST", "/graphql", createA}, {"GET", "/readyz", ""}} {
		if status, text, _ := fetch(t, http.DefaultClient, one.method, r.url+one.path, one.body); status != 503 || !strings.Contains(text, "storage_gone") {
			t.Errorf("%s: %d %s", one.path, status, text)
		}
	}
}

// TestDrainTime: after SIGTERM /readyz says 503 while everything else is served on, until the configured
// time is over.
func TestDrainTime(t *testing.T) {
	folder := write(t, map[string]string{
		"schema.graphql": "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }\n",
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"], "drainSeconds": 3}`,
	})
	r := run(t, "serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0")
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	status := 200
	for status == 200 {
		status, _, _ = fetch(t, http.DefaultClient, "GET", r.url+"/readyz", "")
	}
	if status != 503 {
		t.Fatalf("/readyz: %d, want 503", status)
	}
	if status, text, _ := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", createA); status != 200 || !strings.Contains(text, `"_version":1`) {
		t.Errorf("a write while it drains: %d %s", status, text)
	}
	if err := r.process.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
}

// TestRequestThatNeverEnds: neither a body that does not come nor a socket whose client is gone keeps
// the process longer than its limit.
func TestRequestThatNeverEnds(t *testing.T) {
	folder := write(t, map[string]string{
		"schema.graphql": "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }\n",
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
	serve := func() *running {
		return run(t, "serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", "127.0.0.1", "--port", "0")
	}
	r := serve()
	if status, text, _ := fetch(t, http.DefaultClient, "POST", r.url+"/graphql", createA); status != 200 {
		t.Fatalf("a write: %d %s", status, text)
	}
	for head, begun := range map[string]string{
		"POST /graphql HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{": "HTTP/1.1 100 ",
		"GET /graphql/realtime HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n": "HTTP/1.1 101 ",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, head)
		line := make([]byte, len(begun))
		if _, err := io.ReadFull(conn, line); err != nil || string(line) != begun {
			t.Fatalf("%q: %q %v, want %q", head, line, err, begun)
		}
	}
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := r.process.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the process ended with %v, want status 1: it cut something off", err)
	}
	if _, text, _ := fetch(t, http.DefaultClient, "POST", serve().url+"/graphql", `{"query":"{ getTodo(id: \"a\") { _version } }"}`); !strings.Contains(text, `"_version":1`) {
		t.Errorf("what was answered before: %s", text)
	}
}
