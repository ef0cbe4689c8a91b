package http_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

func TestHandshakes(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	good := authorization("da2-test")
	standard := url.QueryEscape(base64.StdEncoding.EncodeToString(good.Text()))
	for _, one := range []struct {
		name, path string
		protocols  []string
	}{
		{"R1 subprotocol", "/graphql/realtime", appsync.Protocols(good)},
		{"R3 query", "/graphql/realtime?header=" + standard + "&payload=e30%3D", []string{"graphql-ws"}},
		{"query without a subprotocol", "/graphql/realtime?header=" + standard + "&payload=e30=", nil},
		{"upgrade on the endpoint", "/graphql", appsync.Protocols(good)},
	} {
		w := s.dial(one.path, one.protocols...)
		if want := strings.Join(one.protocols[:min(1, len(one.protocols))], ""); w.conn.Subprotocol() != want {
			t.Errorf("%s: echoed %q, want %q", one.name, w.conn.Subprotocol(), want)
		}
		w.send(`{"type":"connection_init"}`)
		ack, err := w.next()
		if err != nil || ack.Type != appsync.TypeConnectionAck || string(ack.Payload.Text()) != `{"connectionTimeoutMs":300000,"extensions":{"deltabase":{"multiplex":true}}}` {
			t.Errorf("%s: %s (%v)", one.name, ack.Text(), err)
		}
		if ka, err := w.next(); err != nil || ka.Type != appsync.TypeKeepAlive {
			t.Errorf("%s: %s (%v) after the ack", one.name, ka.Text(), err)
		}
	}
}

func TestRefusedHandshakes(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	for _, one := range []struct {
		name, path string
		protocols  []string
		kind       string
		code       int
	}{
		{"R2 a wrong key", "/graphql/realtime", appsync.Protocols(authorization("wrong")), "UnauthorizedException", 401},
		{"R2 no key", "/graphql/realtime", []string{"graphql-ws", "header-"}, "UnauthorizedException", 401},
		{"nothing", "/graphql/realtime", nil, "UnauthorizedException", 401},
		{"garbage", "/graphql/realtime", []string{"graphql-ws", "header-e30x"}, "BadRequestException", 400},
		{"R4 a wrong path", "/graphql/other", appsync.Protocols(authorization("da2-test")), "HttpNotFoundException", 404},
	} {
		w := s.dial(one.path, one.protocols...)
		w.send(`{"type":"connection_init"}`)
		f := w.expect(appsync.TypeConnectionError)
		errs := f.ErrorsIn()
		if len(errs) != 1 || errs[0].Type != one.kind || errs[0].Code != one.code {
			t.Errorf("%s: %s, want %s %d", one.name, f.Text(), one.kind, one.code)
		}
		if code := w.closed(); code != server.CloseRefused {
			t.Errorf("%s: closed with %d", one.name, code)
		}
	}
}

func TestEvents(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	w := s.connect()
	w.start("s1", `subscription { onCreateTodo { id title _version } }`)
	w.expect(appsync.TypeStartAck)
	// R15: committed right after the ack.
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	f := w.expect(appsync.TypeData)
	if want := `{"data":{"onCreateTodo":{"id":"a","title":"t","_version":1}}}`; f.ID != "s1" || string(f.Payload.Text()) != want {
		t.Errorf("R5: %s, want %s", f.Text(), want)
	}
	w.send(`{"id":"s1","type":"stop"}`)
	if f := w.expect(appsync.TypeComplete); f.ID != "s1" {
		t.Errorf("R11: %s", f.Text())
	}
}

func TestKeepAlive(t *testing.T) {
	s := newSite(t, serverhttp.Options{KeepAlive: 5 * time.Millisecond})
	w := s.connect()
	for range 3 {
		w.expect(appsync.TypeKeepAlive)
	}
}

// TestEventsInOrder: many writers, and every listener hears every version of the record once, in
// order, from its start_ack on.
func TestEventsInOrder(t *testing.T) {
	const writers, each, listeners = 4, 20, 3
	s := newSite(t, serverhttp.Options{})
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	var wires []*wire
	for range listeners {
		w := s.connect()
		w.start("s", `subscription { onUpdateTodo { _version } }`)
		w.expect(appsync.TypeStartAck)
		wires = append(wires, w)
	}
	var done sync.WaitGroup
	for range writers {
		done.Add(1)
		go func() {
			defer done.Done()
			for range each { // stale versions are merged, each makes a version
				s.post(`mutation { updateTodo(input: {id: "a", note: "n", _version: 0}) { id } }`)
			}
		}()
	}
	for n, w := range wires {
		for version := 2; version <= 1+writers*each; version++ {
			f := w.expect(appsync.TypeData)
			if got, _ := f.Payload.Field("data").Field("onUpdateTodo").Field("_version").Int(); got != int64(version) {
				t.Fatalf("listener %d: version %d, want %d", n, got, version)
			}
		}
	}
	done.Wait()
}

// TestSlowConsumer: a client that does not read is cut off and does not hold up the others.
func TestSlowConsumer(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	slow, quick := s.connect(), s.connect()
	for _, w := range []*wire{slow, quick} {
		w.start("s", `subscription { onCreateTodo { id title } }`)
		w.expect(appsync.TypeStartAck)
	}
	heard := make(chan string, 1)
	quick.conn.SetReadLimit(1 << 20)
	go func() {
		for {
			f, err := quick.next()
			if err != nil {
				heard <- err.Error()
				return
			}
			if strings.Contains(string(f.Payload.Text()), `"last"`) {
				heard <- ""
				return
			}
		}
	}()
	title := strings.Repeat("x", 200_000)
	for n := 0; !strings.Contains(s.log.String(), "slow consumer"); n++ {
		if n == 200 {
			t.Fatal("40 MB wait for a client that does not read")
		}
		s.post(fmt.Sprintf(`mutation { createTodo(input: {id: "%d", title: "%s"}) { id } }`, n, title))
	}
	s.post(`mutation { createTodo(input: {id: "last", title: "t"}) { id } }`)
	if err := <-heard; err != "" {
		t.Errorf("the quick client: %s", err)
	}
	if code := slow.closed(); code != server.CloseResync {
		t.Errorf("the slow client was closed with %d, want %d", code, server.CloseResync)
	}
}

// TestLargeEvent: our own client is told to sync, others get nothing and hear the next event.
func TestLargeEvent(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	ours, other := s.connect(), s.connect()
	document := `subscription { onCreateTodo { id title } }`
	other.start("s", document)
	ours.send(strings.Replace(`{"id":"s","type":"start","payload":{"data":"{\"query\":\"`+document+
		`\"}","extensions":{"authorization":AUTH,"deltabase":{}}}}`, "AUTH", string(authorization("da2-test").Text()), 1))
	ours.expect(appsync.TypeStartAck)
	other.expect(appsync.TypeStartAck)
	around := len(`{"data":{"onCreateTodo":{"id":"a","title":""}}}`)
	s.post(fmt.Sprintf(`mutation { createTodo(input: {id: "a", title: "%s"}) { id } }`, strings.Repeat("x", server.EventBytesMax-around)))
	s.post(fmt.Sprintf(`mutation { createTodo(input: {id: "b", title: "%s"}) { id } }`, strings.Repeat("x", server.EventBytesMax-around+1)))
	s.post(`mutation { createTodo(input: {id: "c", title: "t"}) { id } }`)
	for i, resync := range []bool{false, true, false} {
		if f := ours.expect(appsync.TypeData); f.IsResync() != resync {
			t.Errorf("our event %d is a resync notice: %v", i, f.IsResync())
		}
	}
	for _, id := range []string{"a", "c"} {
		f := other.expect(appsync.TypeData)
		if got := f.Payload.Field("data").Field("onCreateTodo").Field("id").Str(); got != id {
			t.Errorf("the other client heard %q, want %q", got, id)
		}
	}
}

func TestSubscriptionsPerSocket(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	w := s.connect()
	for n := range server.SubscriptionsPerSocketMax {
		w.start(fmt.Sprint(n), `subscription { onCreateTodo { id } }`)
		w.expect(appsync.TypeStartAck)
	}
	w.start("one more", `subscription { onCreateTodo { id } }`)
	f := w.expect(appsync.TypeError)
	if errs := f.ErrorsIn(); f.ID != "one more" || len(errs) != 1 || errs[0].Type != "MaxSubscriptionsReachedError" {
		t.Errorf("R13: %s", f.Text())
	}
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	for range server.SubscriptionsPerSocketMax {
		w.expect(appsync.TypeData)
	}
}

func TestFrameTooLarge(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	w := s.connect()
	stop := func(size int) string {
		const around = len(`{"type":"stop","id":""}`)
		return `{"type":"stop","id":"` + strings.Repeat("x", size-around) + `"}`
	}
	w.send(stop(server.FrameBytesMax))
	w.expect(appsync.TypeComplete)
	w.send(stop(server.FrameBytesMax + 1))
	if code := w.closed(); code != websocket.StatusMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

func TestShutdown(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	w := s.connect()
	ended := make(chan websocket.StatusCode)
	go func() { ended <- w.closed() }()
	if err := s.host.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	if code := <-ended; code != server.CloseShutdown {
		t.Errorf("closed with %d, want %d", code, server.CloseShutdown)
	}
	if code := s.dial("/graphql/realtime").closed(); code != server.CloseShutdown {
		t.Errorf("a socket after shutdown was closed with %d", code)
	}
}
