package http_test

import (
	"context"
	"errors"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/memory"
)

// pipes is a network inside the process: under testing/synctest its time is virtual.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newPipes() *pipes { return &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialled <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, errors.New("the server is gone")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubble is a host on pipes with tables in memory.
type bubble struct {
	t      *testing.T
	host   *serverhttp.Host
	tables server.Tables
	client *nethttp.Client
}

func newBubble(t *testing.T, options serverhttp.Options, settings server.Options) *bubble {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(models))
	if err != nil {
		t.Fatal(err)
	}
	settings.APIKeys = []string{"da2-test"}
	tables := memory.New(0)
	core, err := server.New(s, settings, tables)
	if err != nil {
		t.Fatal(err)
	}
	host, network := serverhttp.New(core, options), newPipes()
	web := &nethttp.Server{Handler: host}
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { host.Run(ctx) })
	ended.Go(func() { web.Serve(network) })
	client := &nethttp.Client{Transport: &nethttp.Transport{DialContext: network.dial}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		web.Close()
		stop()
		ended.Wait()
	})
	return &bubble{t, host, tables, client}
}

// dial opens a socket and does not say a word.
func (b *bubble) dial() *wire {
	b.t.Helper()
	conn, _, err := websocket.Dial(context.Background(), "ws://server/graphql/realtime",
		&websocket.DialOptions{HTTPClient: b.client, Subprotocols: appsync.Protocols(authorization("da2-test"))})
	if err != nil {
		b.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	b.t.Cleanup(func() { conn.CloseNow() })
	return &wire{b.t, conn}
}

// say and hear are without a deadline of their own.
func (w *wire) say(text string) {
	w.t.Helper()
	if err := w.conn.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) hear() (appsync.Frame, error) {
	_, text, err := w.conn.Read(context.Background())
	if err != nil {
		return appsync.Frame{}, err
	}
	return appsync.ParseFrame(text)
}

func (b *bubble) connect() *wire {
	b.t.Helper()
	w := b.dial()
	w.say(`{"type":"connection_init"}`)
	for _, want := range []string{appsync.TypeConnectionAck, appsync.TypeKeepAlive} {
		if f, err := w.hear(); err != nil || f.Type != want {
			b.t.Fatalf("%s (%v), want %s", f.Text(), err, want)
		}
	}
	return w
}

func (b *bubble) post(document string) string {
	b.t.Helper()
	r, err := nethttp.NewRequest("POST", "http://server/graphql", strings.NewReader(`{"query":"`+strings.ReplaceAll(document, `"`, `\"`)+`"}`))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("x-api-key", "da2-test")
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	var text strings.Builder
	if err := answer.Write(&text); err != nil {
		b.t.Fatal(err)
	}
	_, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	return body
}

// newBubbleHost is a host alone, for requests that need no network.
func newBubbleHost(t *testing.T, options serverhttp.Options) *serverhttp.Host {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(models))
	if err != nil {
		t.Fatal(err)
	}
	core, err := server.New(s, server.Options{APIKeys: []string{"da2-test"}}, memory.New(0))
	if err != nil {
		t.Fatal(err)
	}
	return serverhttp.New(core, options)
}
