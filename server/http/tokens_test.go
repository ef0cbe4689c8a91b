package http_test

import (
	"context"
	"encoding/base64"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

func tokenSite(t *testing.T, i *issuer, options serverhttp.Options, settings server.Options) *site {
	options, settings = i.withTokens(options, settings)
	return newSiteOf(t, options, settings)
}

// TestSignedHandshakes: a token in each place where clients put credentials, in each form.
func TestSignedHandshakes(t *testing.T) {
	i := newIssuer(t)
	i.publish("k1")
	s := tokenSite(t, i, serverhttp.Options{}, server.Options{})
	good := i.token("k1", "alice", time.Now().Add(time.Hour), nil)
	object := bearer("Bearer " + good).Text()
	for name, one := range map[string]struct {
		path      string
		protocols []string
		header    nethttp.Header
		works     bool
	}{
		"subprotocol":             {"", appsync.Protocols(bearer(good)), nil, true},
		"Bearer":                  {"", appsync.Protocols(bearer("Bearer " + good)), nil, true},
		"query":                   {"?header=" + url.QueryEscape(base64.StdEncoding.EncodeToString(object)) + "&payload=e30=", []string{"graphql-ws"}, nil, true},
		"query, URL alphabet":     {"?header=" + base64.RawURLEncoding.EncodeToString(object) + "&payload=e30=", nil, nil, true},
		"query, not escaped":      {"?header=" + base64.StdEncoding.EncodeToString(object) + "&payload=e30=", nil, nil, true},
		"plain headers":           {"", []string{"graphql-ws"}, nethttp.Header{"Authorization": {good}}, true},
		"plain key":               {"", nil, nethttp.Header{"X-Api-Key": {"da2-test"}}, true},
		"another's signature":     {"", appsync.Protocols(bearer(good[:len(good)-8] + "AAAAAAAA")), nil, false},
		"expired":                 {"", appsync.Protocols(bearer(i.token("k1", "alice", time.Now().Add(-time.Minute), nil))), nil, false},
		"subprotocol before rest": {"?header=" + url.QueryEscape(base64.StdEncoding.EncodeToString(authorization("wrong").Text())), appsync.Protocols(bearer(good)), nethttp.Header{"X-Api-Key": {"wrong"}}, true},
		"query before headers":    {"?header=" + url.QueryEscape(base64.StdEncoding.EncodeToString(object)), nil, nethttp.Header{"X-Api-Key": {"wrong"}}, true},
		"a wrong query":           {"?header=" + url.QueryEscape(base64.StdEncoding.EncodeToString(authorization("wrong").Text())), nil, nethttp.Header{"X-Api-Key": {"da2-test"}}, false},
	} {
		conn, _, err := websocket.Dial(within(t), "ws"+strings.TrimPrefix(s.url, "http")+"/graphql/realtime"+one.path,
			&websocket.DialOptions{Subprotocols: one.protocols, HTTPHeader: one.header})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w := &wire{t, conn}
		w.send(`{"type":"connection_init"}`)
		f, err := w.next()
		if err != nil || (f.Type == appsync.TypeConnectionAck) != one.works || !one.works && f.ErrorsIn()[0].Code != 401 {
			t.Errorf("%s: %s (%v)", name, f.Text(), err)
		}
		conn.CloseNow()
	}
}

// TestTokenExpires: the socket is closed when the first of its tokens ends: that of a start counts, too.
func TestTokenExpires(t *testing.T) {
	i := newIssuer(t)
	i.publish("k1")
	s := tokenSite(t, i, serverhttp.Options{}, server.Options{})
	long := bearer(i.token("k1", "alice", time.Now().Add(time.Hour), nil))
	connect := func() *wire {
		w := s.dial("/graphql/realtime", appsync.Protocols(long)...)
		w.send(`{"type":"connection_init"}`)
		w.expect(appsync.TypeConnectionAck)
		return w
	}
	ends, stays := connect(), connect()
	expires := time.Now().Add(3 * time.Second)
	ends.startAs(bearer(i.token("k1", "alice", expires, nil)), "short", `subscription { onCreateSecret { id } }`)
	ends.expect(appsync.TypeStartAck)
	stays.startAs(long, "long", `subscription { onCreateSecret { id } }`)
	stays.expect(appsync.TypeStartAck)
	if code := ends.closed(); code != server.CloseExpired {
		t.Errorf("closed with %d, want %d", code, server.CloseExpired)
	}
	if time.Now().Before(expires.Truncate(time.Second)) {
		t.Error("it was closed before the token had expired")
	}
	stays.startAs(bearer(i.token("k1", "alice", time.Now().Add(-time.Second), nil)), "late", `subscription { onCreateSecret { id } }`)
	if f := stays.expect(appsync.TypeError); f.ID != "late" || f.ErrorsIn()[0].Type != "UnauthorizedException" || f.ErrorsIn()[0].Message != "Token has expired." {
		t.Errorf("a start with an expired token: %s", f.Text())
	}
	stays.send(`{"id":"long","type":"stop"}`)
	if f := stays.expect(appsync.TypeComplete); f.ID != "long" {
		t.Errorf("the other socket: %s", f.Text())
	}
}

// TestKeysRotateUnderSockets: a new key is taken with the first start that is signed by it, one that
// was taken back is refused; the socket stays and hears what is its own all the while.
func TestKeysRotateUnderSockets(t *testing.T) {
	i := newIssuer(t)
	i.publish("k1")
	options, settings := i.withTokens(serverhttp.Options{}, server.Options{})
	prepare := options.Prepare
	var later atomic.Int64 // how far the verifier's clock is ahead, for it asks an issuer rarely
	options.Prepare = func(ctx context.Context, authorization string, now time.Time) error {
		return prepare(ctx, authorization, now.Add(time.Duration(later.Load())))
	}
	s := newSiteOf(t, options, settings)
	old := i.token("k1", "alice", time.Now().Add(time.Hour), nil)
	w := s.dial("/graphql/realtime", appsync.Protocols(bearer(old))...)
	w.send(`{"type":"connection_init"}`)
	w.expect(appsync.TypeConnectionAck)
	start := func(token, id, want string) {
		t.Helper()
		w.startAs(bearer(token), id, `subscription { onCreateSecret { id } }`)
		if f := w.expect(want); f.ID != id {
			t.Errorf("%s: %s", id, f.Text())
		}
	}
	start(old, "old", appsync.TypeStartAck)
	i.publish("k2")
	fresh := i.token("k2", "alice", time.Now().Add(time.Hour), nil)
	start(fresh, "too soon", appsync.TypeError)
	later.Store(int64(10 * time.Second))
	start(fresh, "new", appsync.TypeStartAck)
	i.publish("k3")
	stranger := i.token("k3", "alice", time.Now().Add(time.Hour), nil)
	i.unpublish("k3")
	i.unpublish("k1")
	later.Store(int64(2 * time.Hour))
	start(fresh, "newer", appsync.TypeStartAck)    // the keys are fetched anew, behind its back
	start(stranger, "stranger", appsync.TypeError) // waits for that
	start(old, "taken back", appsync.TypeError)
	if answer := s.post(`mutation { createSecret(input: {id: "a", title: "t"}) { id } }`, "Authorization", fresh); !strings.Contains(answer, `"id":"a"`) {
		t.Fatal(answer)
	}
	for _, id := range []string{"old", "new", "newer"} {
		if f := w.expect(appsync.TypeData); f.ID != id {
			t.Errorf("the open socket heard %s, want an event of %s", f.Text(), id)
		}
	}
}

// TestSeveralModes: each subscription of a socket speaks for its own credentials.
func TestSeveralModes(t *testing.T) {
	i := newIssuer(t)
	i.publish("k1")
	s := tokenSite(t, i, serverhttp.Options{}, server.Options{})
	alice, bob := i.token("k1", "alice", time.Now().Add(time.Hour), nil), i.token("k1", "bob", time.Now().Add(time.Hour), nil)
	w := s.connect() // by API key
	w.startAs(authorization("da2-test"), "key", `subscription { onCreateTodo { id } }`)
	w.expect(appsync.TypeStartAck)
	w.startAs(bearer(alice), "alice", `subscription { onCreateSecret { id } }`)
	w.expect(appsync.TypeStartAck)
	w.startAs(authorization("da2-test"), "refused", `subscription { onCreateSecret { id } }`)
	if f := w.expect(appsync.TypeError); f.ID != "refused" || f.ErrorsIn()[0].Type != "Unauthorized" {
		t.Errorf("by key: %s", f.Text())
	}
	s.post(`mutation { createSecret(input: {id: "b", title: "t"}) { id } }`, "Authorization", bob)
	s.post(`mutation { createSecret(input: {id: "a", title: "t"}) { id } }`, "Authorization", alice)
	if f := w.expect(appsync.TypeData); f.ID != "alice" || !strings.Contains(string(f.Payload.Text()), `"id":"a"`) {
		t.Errorf("heard %s", f.Text())
	}
}
