package http_test

import (
	"testing"

	"github.com/coder/websocket"

	serverhttp "github.com/deltabase/deltabase/server/http"
)

func (w *wire) hears(want string) {
	w.t.Helper()
	_, text, err := w.conn.Read(within(w.t))
	if err != nil || string(text) != want {
		w.t.Fatalf("heard %s (%v), want %s", text, err, want)
	}
}

func (w *wire) closes(code int) {
	w.t.Helper()
	for {
		if _, text, err := w.conn.Read(within(w.t)); err != nil {
			if got := websocket.CloseStatus(err); int(got) != code {
				w.t.Fatalf("closed with %d (%v), want %d", got, err, code)
			}
			return
		} else if string(text) != `{"type":"ping"}` {
			w.t.Fatalf("heard %s, want a close", text)
		}
	}
}

// TestTransportWS plays what the graphql-ws library says.
func TestTransportWS(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	for _, path := range []string{"/graphql", "/graphql/realtime"} {
		w := s.dial(path, "graphql-transport-ws")
		w.send(`{"type":"ping","payload":{"a":1}}`)
		w.hears(`{"type":"pong","payload":{"a":1}}`)
		w.send(`{"type":"connection_init","payload":{"x-api-key":"da2-test"}}`)
		w.hears(`{"type":"connection_ack"}`)
		w.hears(`{"type":"ping"}`)
		w.send(`{"type":"pong"}`)
		w.send(`{"id":"1","type":"subscribe","payload":{"query":"subscription s { onCreateTodo { id title } }","variables":{}}}`)
		w.send(`{"id":"2","type":"subscribe","payload":{"query":"subscription { nothing }"}}`)
		w.hears(`{"id":"2","type":"error","payload":[{"message":"Validation error of type FieldUndefined: Field 'nothing' in type 'Subscription' is undefined @ 'nothing'"}]}`)
		w.send(`{"id":"3","type":"subscribe","payload":{"query":"{ getTodo(id: \"a\") { id } }"}}`)
		w.hears(`{"id":"3","type":"error","payload":[{"errorType":"UnsupportedOperation","message":"unknown not supported through the realtime channel"}]}`)
		s.post(`mutation { createTodo(input: {id: "` + path + `", title: "t"}) { id } }`)
		w.hears(`{"id":"1","type":"next","payload":{"data":{"onCreateTodo":{"id":"` + path + `","title":"t"}}}}`)
		w.send(`{"id":"1","type":"complete"}`)
		w.send(`{"type":"ping"}`)
		w.hears(`{"type":"pong"}`)
		s.post(`mutation { createTodo(input: {id: "` + path + `2", title: "t"}) { id } }`)
		w.send(`{"type":"ping","payload":{"b":1}}`)
		w.hears(`{"type":"pong","payload":{"b":1}}`)
	}
}

func TestTransportWSRefuses(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	for _, one := range []struct {
		name string
		says []string
		code int
	}{
		{"a wrong key", []string{`{"type":"connection_init","payload":{"x-api-key":"wrong"}}`}, 4403},
		{"no key", []string{`{"type":"connection_init"}`}, 4403},
		{"no init", []string{`{"id":"1","type":"subscribe","payload":{"query":"subscription { onCreateTodo { id } }"}}`}, 4401},
		{"two inits", []string{`{"type":"connection_init","payload":{"headers":{"X-Api-Key":"da2-test"}}}`, `{"type":"connection_init"}`}, 4429},
		{"another protocol's message", []string{`{"id":"1","type":"start"}`}, 4400},
		{"no JSON", []string{`{`}, 4400},
	} {
		t.Run(one.name, func(t *testing.T) {
			w := s.dial("/graphql", "graphql-transport-ws")
			w.t = t
			w.send(one.says[0])
			if len(one.says) > 1 {
				w.hears(`{"type":"connection_ack"}`)
				w.send(one.says[1])
			}
			w.closes(one.code)
		})
	}
}
