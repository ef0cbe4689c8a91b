package http_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/sqlite"
)

const models = `type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! count: Int note: String }
type Secret @model @auth(rules: [{allow: owner}]) { id: ID! title: String! level: Level when: AWSDate owner: String }
enum Level { LOW HIGH }`

// site is a host on a free port of the loopback.
type site struct {
	t    *testing.T
	url  string
	host *serverhttp.Host
	log  *logLines
}

// logLines collects the host's log.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newSite(t *testing.T, options serverhttp.Options) *site {
	t.Helper()
	return newSiteOf(t, options, server.Options{})
}

func newSiteOf(t *testing.T, options serverhttp.Options, settings server.Options) *site {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(models))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	settings.APIKeys = []string{"da2-test"}
	core, err := server.New(s, settings, tables)
	if err != nil {
		t.Fatal(err)
	}
	lines := &logLines{}
	options.Log = slog.New(slog.NewJSONHandler(lines, nil))
	host := serverhttp.New(core, options)
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan struct{})
	go func() {
		host.Run(ctx)
		close(running)
	}()
	web := httptest.NewServer(host)
	t.Cleanup(func() {
		host.Shutdown(within(t))
		web.Close()
		stop()
		<-running
		tables.Close()
	})
	return &site{t, web.URL, host, lines}
}

// within bounds a wait; it only ends when something is broken.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (s *site) request(method, path string, body io.Reader, headers ...string) *nethttp.Response {
	s.t.Helper()
	r, err := nethttp.NewRequestWithContext(within(s.t), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := nethttp.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// post sends a document with the key and returns the body.
func (s *site) post(document string, headers ...string) string {
	s.t.Helper()
	body := strings.NewReader(`{"query":` + strconv.Quote(document) + `}`)
	answer := s.request("POST", "/graphql", body, append(headers, "x-api-key", "da2-test")...)
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// wire is the client's end of a realtime connection.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

func authorization(key string) record.Value {
	var b record.Builder
	b.SetString("host", "127.0.0.1")
	b.SetString("x-api-key", key)
	return b.Object()
}

func (s *site) dial(path string, protocols ...string) *wire {
	s.t.Helper()
	conn, _, err := websocket.Dial(within(s.t), "ws"+strings.TrimPrefix(s.url, "http")+path,
		&websocket.DialOptions{Subprotocols: protocols})
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	s.t.Cleanup(func() { conn.CloseNow() })
	return &wire{s.t, conn}
}

// connect dials with a good key and waits for the acknowledgement.
func (s *site) connect() *wire {
	s.t.Helper()
	w := s.dial("/graphql/realtime", appsync.Protocols(authorization("da2-test"))...)
	w.send(`{"type":"connection_init"}`)
	w.expect(appsync.TypeConnectionAck)
	return w
}

func (w *wire) send(text string) {
	w.t.Helper()
	if err := w.conn.Write(within(w.t), websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) next() (appsync.Frame, error) {
	_, text, err := w.conn.Read(within(w.t))
	if err != nil {
		return appsync.Frame{}, err
	}
	return appsync.ParseFrame(text)
}

// expect waits for a frame of a type; keep-alives in between are passed over.
func (w *wire) expect(kind string) appsync.Frame {
	w.t.Helper()
	for {
		f, err := w.next()
		if err != nil {
			w.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if f.Type == kind {
			return f
		}
		if f.Type != appsync.TypeKeepAlive {
			w.t.Fatalf("got %s, want %s", f.Text(), kind)
		}
	}
}

// closed waits for the end and returns the close code.
func (w *wire) closed() websocket.StatusCode {
	w.t.Helper()
	for {
		if _, err := w.next(); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func (w *wire) start(id, document string) {
	w.t.Helper()
	var data, extensions, payload record.Builder
	data.SetString("query", document)
	extensions.Set("authorization", authorization("da2-test"))
	payload.SetString("data", string(data.Object().Text()))
	payload.Set("extensions", extensions.Object())
	w.send(string(appsync.Frame{Type: appsync.TypeStart, ID: id, Payload: payload.Object()}.Text()))
}

func TestStatus(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	for _, one := range []struct {
		name, body, key string
		status          int
		kind            string
	}{
		{"H1 no credentials", `{"query":"{ listTodos { items { id } } }"}`, "", 401, "UnauthorizedException"},
		{"H1 a wrong key", `{"query":"{ listTodos { items { id } } }"}`, "da2-wrong", 401, "UnauthorizedException"},
		{"H2 an empty body", ``, "da2-test", 400, "MalformedHttpRequestException"},
		{"H2 not GraphQL", `{"query":"{"}`, "da2-test", 400, "MalformedHttpRequestException"},
		{"not JSON", `{`, "da2-test", 400, "MalformedHttpRequestException"},
		{"a batch", `[]`, "da2-test", 400, "BadRequestException"},
		{"H3 an unknown field", `{"query":"{ nothing }"}`, "da2-test", 200, ""},
		{"a body of 1 MiB", `{"query":"{ listTodos { items { id } } }","x":"` + strings.Repeat("x", 1<<20-49) + `"}`, "da2-test", 200, ""},
		{"a body of 1 MiB and 1 byte", `{"query":"{ listTodos { items { id } } }","x":"` + strings.Repeat("x", 1<<20-48) + `"}`, "da2-test", 400, "BadRequestException"},
	} {
		headers := []string{"content-type", "application/json; charset=UTF-8"}
		if one.key != "" {
			headers = append(headers, "X-API-Key", one.key)
		}
		answer := s.request("POST", "/graphql", strings.NewReader(one.body), headers...)
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != one.status || answer.Header.Get("x-amzn-ErrorType") != one.kind {
			t.Errorf("%s: %d %q, want %d %q: %s", one.name, answer.StatusCode,
				answer.Header.Get("x-amzn-ErrorType"), one.status, one.kind, text)
		}
		if one.kind != "" && !strings.Contains(string(text), `"errorType":"`+one.kind+`"`) {
			t.Errorf("%s: body %s", one.name, text)
		}
		if answer.Header.Get("x-amzn-RequestId") == "" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: headers %v", one.name, answer.Header)
		}
	}
	if answer := s.request("PUT", "/graphql", nil); answer.StatusCode != 405 {
		t.Errorf("PUT: %d, want 405", answer.StatusCode)
	}
	if answer := s.request("GET", "/other", nil); answer.StatusCode != 404 {
		t.Errorf("another path: %d, want 404", answer.StatusCode)
	}
}

func TestPreflight(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	answer := s.request("OPTIONS", "/graphql", nil, "Origin", "https://app.example",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-api-key,x-custom")
	headers := strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))
	if answer.StatusCode != 204 || !strings.Contains(answer.Header.Get("Access-Control-Allow-Methods"), "POST") ||
		!strings.Contains(headers, "x-custom") || !strings.Contains(headers, "x-amz-user-agent") {
		t.Errorf("H4: %d %v", answer.StatusCode, answer.Header)
	}
}

func TestOrigins(t *testing.T) {
	s := newSite(t, serverhttp.Options{Origins: []string{"https://app.example"}})
	own := s.url
	for _, one := range []struct {
		origin string
		status int
	}{{"https://app.example", 200}, {"https://evil.example", 403}, {own, 200}, {"", 200}} {
		headers := []string{"x-api-key", "da2-test"}
		if one.origin != "" {
			headers = append(headers, "Origin", one.origin)
		}
		body := strings.NewReader(`{"query":"{ listTodos { items { id } } }"}`)
		if answer := s.request("POST", "/graphql", body, headers...); answer.StatusCode != one.status {
			t.Errorf("origin %q: %d, want %d", one.origin, answer.StatusCode, one.status)
		}
	}
	_, answer, err := websocket.Dial(within(t), "ws"+strings.TrimPrefix(s.url, "http")+"/graphql/realtime",
		&websocket.DialOptions{HTTPHeader: nethttp.Header{"Origin": {"https://evil.example"}}})
	if err == nil || answer == nil || answer.StatusCode != 403 {
		t.Errorf("a socket from another origin: %v", err)
	}
}

func TestLog(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	s.post(`mutation { createTodo(input: {id: "a", title: "very private"}) { id } }`, serverhttp.EngineHeader, "engine-7")
	s.post(`{ syncTodos { items { id title } } }`, serverhttp.EngineHeader, "engine-7")
	text := s.log.String()
	for _, want := range []string{
		`"msg":"mutation","engine":"engine-7"`, `"field":"createTodo","operation":"create","model":"Todo","outcome":"applied","id":"a","version":1`,
		`"msg":"sync","engine":"engine-7"`, `"field":"syncTodos","model":"Todo","evaluated":1,"items":1,"base":true`,
		`"msg":"request","engine":"engine-7"`, `"status":200`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
	for _, secret := range []string{"private", "da2-test"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
}
