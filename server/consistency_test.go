//go:build !js

package server_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
	"github.com/deltabase/deltabase/server/sqlite"
)

// reader is a client that only reads: record id -> version, 0 for deleted ones.
type reader struct {
	versions map[string]int64
	cursor   string // of runs with a cursor
	lastSync int64  // of runs by time
}

func post(t *testing.T, s *server.Server, nowMs int64, r appsync.Request) appsync.Response {
	answer := s.Handle(server.Call{NowMs: nowMs}, server.Credentials{APIKey: "da2-test"}, r.Body())
	response, err := appsync.ParseResponse(answer.Body)
	if err != nil || len(response.Errors) > 0 {
		t.Errorf("%d %s (%v)", answer.Status, answer.Body, err)
	}
	return response
}

const syncDocument = `query operation($limit: Int, $nextToken: String, $lastSync: AWSTimestamp) {
  syncTodos(limit: $limit, nextToken: $nextToken, lastSync: $lastSync) { items { id _version _deleted } nextToken startedAt } }`

// run makes one whole run of pages; versions may come again but never older behind newer ones.
func (c *reader) run(t *testing.T, s *server.Server, now *atomic.Int64, withCursor bool) {
	token, startedAt := "", int64(0)
	for first := true; first || token != ""; first = false {
		var vars record.Builder
		vars.SetInt("limit", 7)
		vars.SetInt("lastSync", c.lastSync)
		if token != "" {
			vars.SetString("nextToken", token)
		}
		r := appsync.Request{Query: syncDocument, Variables: vars.Object()}
		if withCursor {
			r.Extensions.Cursors = map[string]string{"syncTodos": c.cursor}
		}
		response := post(t, s, now.Load(), r)
		page, ok := appsync.PageOf(response, "syncTodos")
		if !ok {
			t.Error("no page")
			return
		}
		if !first && page.StartedAt != startedAt {
			t.Errorf("startedAt moved from %d to %d within a run", startedAt, page.StartedAt)
		}
		token, startedAt = page.NextToken, page.StartedAt
		for _, item := range page.Items {
			id, version := item.Field("id").Str(), int64(0)
			if version, _ = item.Field("_version").Int(); version < c.versions[id] {
				// A later page never takes a record back behind an earlier one of the same run; a
				// run by time repeats what was read before, oldest first.
				if withCursor {
					t.Errorf("%s went back from version %d to %d", id, c.versions[id], version)
				}
			}
			c.versions[id] = version
		}
		if withCursor && token == "" {
			c.cursor = response.Cursors["syncTodos"].Cursor
		}
	}
	c.lastSync = startedAt
}

// pausing lets others run before each commit, and between the position and the write: what would be
// reordered, is.
type pausing struct{ server.Tables }

func (p pausing) Update(f func(server.Writer) error) error {
	return p.Tables.Update(func(w server.Writer) error {
		err := f(pausingWriter{w})
		pause()
		return err
	})
}

type pausingWriter struct{ server.Writer }

func (w pausingWriter) Advance(nowMs int64) (server.Position, error) {
	p, err := w.Writer.Advance(nowMs)
	pause()
	return p, err
}

func pause() {
	for range rand.IntN(20) {
		runtime.Gosched()
	}
}

// listener is a client of subscriptions only, which publishes while it looks, as a host does.
type listener struct {
	hub      *server.Hub
	conn     server.ConnID
	versions map[string]int64
	times    int64
}

func listen(t *testing.T, s *server.Server, nowMs int64) *listener {
	l := &listener{hub: s.NewHub(), versions: map[string]int64{}}
	l.conn = l.hub.Connect(server.Credentials{APIKey: "da2-test"}, nil)
	l.hub.Receive(l.conn, nowMs, []byte(`{"type":"connection_init"}`))
	for _, field := range []string{"onCreateTodo", "onUpdateTodo", "onDeleteTodo"} {
		frame := fmt.Sprintf(`{"id":%q,"type":"start","payload":{"data":"{\"query\":\"subscription { %s { id _version _lastChangedAt } }\"}","extensions":{"authorization":{"x-api-key":"da2-test","host":"h"}}}}`, field, field)
		out := l.hub.Receive(l.conn, nowMs, []byte(frame))
		if len(out) != 1 || !strings.Contains(string(out[0].Text), "start_ack") {
			t.Fatalf("start: %v", out)
		}
	}
	return l
}

// hear takes what was committed meanwhile. Events come in the order of commits: each the next
// version of its record, none earlier than the one before.
func (l *listener) hear(t *testing.T) {
	out, err := l.hub.Publish()
	if err != nil {
		t.Error(err)
	}
	for _, o := range out {
		f, err := appsync.ParseFrame(o.Text)
		if err != nil || f.Type != appsync.TypeData {
			t.Errorf("heard %s (%v)", o.Text, err)
			continue
		}
		f.Payload.Field("data").Fields(func(_ string, row record.Value) bool {
			id := row.Field("id").Str()
			version, _ := row.Field("_version").Int()
			changedAt, _ := row.Field("_lastChangedAt").Int()
			if version != l.versions[id]+1 {
				t.Errorf("%s: version %d was heard after %d", id, version, l.versions[id])
			}
			if changedAt < l.times {
				t.Errorf("%s: _lastChangedAt %d was heard after %d", id, changedAt, l.times)
			}
			l.versions[id], l.times = version, changedAt
			return true
		})
	}
}

// TestY19: eight writers, on records of their own and on the same ones, race three readers: one by
// cursor, one by lastSync, one by subscription. In the end each is at the server's state. The clock
// steps back now and then.
func TestY19(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	for name, open := range map[string]func(t *testing.T) server.Tables{
		"memory": func(*testing.T) server.Tables { return memory.New(0) },
		"sqlite": func(t *testing.T) server.Tables {
			tables, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return tables
		},
	} {
		t.Run(name, func(t *testing.T) { race(t, newWorld(t, todoModels, pausing{open(t)}).server) })
	}
}

// race takes the nodes of one database; who reads asks another one each time.
func race(t *testing.T, nodes ...*server.Server) {
	s, other := nodes[0], nodes[len(nodes)-1]
	const writers, each, records = 8, 60, 40
	var now atomic.Int64
	now.Store(1_714_557_600_000)
	heard := listen(t, other, now.Load())
	for n := range records {
		post(t, s, now.Load(), appsync.Request{Query: fmt.Sprintf(`mutation { createTodo(input: {id: "%d", title: "t"}) { id } }`, n)})
	}
	var writing, reading sync.WaitGroup
	var ended atomic.Bool
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				// 3 ms on, and every tenth time 20 ms back.
				if now.Add(3); i%10 == 9 {
					now.Add(-20)
				}
				// A new record is touched once: who misses it misses it for good.
				document := `mutation { createTodo(input: {id: "%d.%d", title: "t"}) { id } }`
				if i%2 == 0 {
					document = `mutation { updateTodo(input: {id: "%d", title: "%d", _version: 0}) { id } }`
				}
				post(t, nodes[w%len(nodes)], now.Load(), appsync.Request{Query: fmt.Sprintf(document, (i*7+w)%records, i*writers+w)})
			}
		})
	}
	readers := []*reader{{versions: map[string]int64{}}, {versions: map[string]int64{}}}
	for n, c := range readers {
		reading.Go(func() {
			for runs, last := 0, false; !last; runs++ {
				last = ended.Load()
				c.run(t, nodes[runs%len(nodes)], &now, n == 1)
			}
		})
	}
	reading.Go(func() {
		for last := false; !last; {
			last = ended.Load()
			heard.hear(t)
			runtime.Gosched()
		}
	})
	writing.Wait()
	ended.Store(true)
	reading.Wait()

	truth := &reader{versions: map[string]int64{}}
	truth.run(t, s, &now, false)
	total := int64(0)
	for _, version := range truth.versions {
		total += version
	}
	if total != records+writers*each {
		t.Errorf("versions add up to %d, want %d", total, records+writers*each)
	}
	for n, c := range readers {
		if !maps.Equal(c.versions, truth.versions) {
			t.Errorf("reader %d (cursor: %v) ended with %v, the server has %v", n, n == 1, c.versions, truth.versions)
		}
	}
	if !maps.Equal(heard.versions, truth.versions) {
		t.Errorf("subscriptions ended with %v, the server has %v", heard.versions, truth.versions)
	}
}

// TestY17: a row whose required parent is missing becomes null, the others stay.
func TestY17(t *testing.T) {
	w := newWorld(t, `
type Post @model @auth(rules: [{allow: public}]) { id: ID! }
type Comment @model @auth(rules: [{allow: public}]) {
  id: ID!
  postId: ID!
  post: Post! @belongsTo(fields: ["postId"])
}`, memory.New(0))
	w.mutateOne(`createPost(input: {id: "p"})`)
	for n, parent := range []string{"p", "p", "gone", "p"} {
		w.mutateOne(`createComment(input: {id: "` + strconv.Itoa(n) + `", postId: "` + parent + `"})`)
	}
	r := w.ask(`{ syncComments { items { id post { id } } } }`, "{}")
	if want := `{"syncComments":{"items":[{"id":"0","post":{"id":"p"}},{"id":"1","post":{"id":"p"}},null,{"id":"3","post":{"id":"p"}}]}}`; string(r.Data.Text()) != want {
		t.Errorf("got %s, want %s", r.Data.Text(), want)
	}
	want := "Cannot return null for non-nullable type: 'Post' within parent 'Comment' (/syncComments/items[2]/post)"
	if len(r.Errors) != 1 || r.Errors[0].Message != want || fmt.Sprint(r.Errors[0].Path) != "[syncComments items 2 post]" {
		t.Errorf("errors %+v", r.Errors)
	}
}
