package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// TestTwoProcesses: two servers on one file count one sequence of versions, and a listener of one
// hears what the other committed.
func TestTwoProcesses(t *testing.T) { twoProcesses(t, todoProject(t)) }

// heard listens to updates at a server. next waits for a frame of a kind.
func heard(t *testing.T, b *served, within time.Duration) (next func(kind string) appsync.Frame) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	t.Cleanup(cancel)
	var authorization record.Builder
	authorization.SetString("x-api-key", "da2-test")
	key := authorization.Object()
	conn, _, err := websocket.Dial(ctx, appsync.RealtimeURL(b.url+"/graphql"),
		&websocket.DialOptions{Subprotocols: appsync.Protocols(key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	data := `{"query":"subscription { onUpdateTodo { id _version } }"}`
	start := `{"id":"s","type":"start","payload":{"data":` + string(record.AppendString(nil, data)) +
		`,"extensions":{"authorization":` + string(key.Text()) + `}}}`
	for _, text := range []string{`{"type":"connection_init"}`, start} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	next = func(kind string) appsync.Frame {
		for {
			_, text, err := conn.Read(ctx)
			if err != nil {
				t.Fatalf("waiting for %s: %v", kind, err)
			}
			if f, err := appsync.ParseFrame(text); err == nil && f.Type == kind {
				return f
			}
		}
	}
	next(appsync.TypeStartAck)
	return next
}

func twoProcesses(t *testing.T, folder string) {
	a, b := serveProject(t, folder), serveProject(t, folder)
	next := heard(t, b, 30*time.Second)
	for n, s := range []*served{a, b, a, b, a} {
		document := fmt.Sprintf(`mutation { updateTodo(input: {id: \"a\", title: \"u\", _version: %d}) { _version } }`, n)
		if n == 0 {
			document = `mutation { createTodo(input: {id: \"a\", title: \"t\"}) { _version } }`
		}
		text, err := s.post(`{"query":"` + document + `"}`)
		if want := `"_version":` + string(rune('1'+n)); err != nil || !strings.Contains(text, want) {
			t.Fatalf("write %d: %s (%v), want %s", n, text, err, want)
		}
	}
	for want := int64(2); want <= 5; want++ {
		f := next(appsync.TypeData)
		if got, _ := f.Payload.Field("data").Field("onUpdateTodo").Field("_version").Int(); got != want {
			t.Fatalf("heard version %d, want %d", got, want)
		}
	}
}
