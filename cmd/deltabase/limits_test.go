package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/memory"
)

// piped is a listener inside the process, whose time is virtual under testing/synctest.
type piped struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func (p piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p piped) Close() error   { close(p.closed); return nil }
func (p piped) Addr() net.Addr { return &net.TCPAddr{} }

// servedInside runs handler in the way that dev and serve do; stop is the signal.
func servedInside(t *testing.T, handler http.Handler) (dial func() net.Conn, stop context.CancelFunc, ended chan error) {
	models, err := sdl.Parse("schema.graphql", []byte(todoSchema))
	if err != nil {
		t.Fatal(err)
	}
	core, err := server.New(models, server.Options{}, memory.New(0))
	if err != nil {
		t.Fatal(err)
	}
	host := serverhttp.New(core, serverhttp.Options{})
	running, end := context.WithCancel(context.Background())
	go host.Run(running)
	w := &site{log: slog.New(slog.DiscardHandler)}
	w.current.Store(&serving{schema: models, host: host, stop: end})
	listener := piped{make(chan net.Conn), make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	ended = make(chan error, 1)
	go func() { ended <- w.serve(ctx, listener, handler) }()
	return func() net.Conn {
		ours, theirs := net.Pipe()
		listener.dialled <- theirs
		return ours
	}, stop, ended
}

// reading answers when it has read the body, or says that it could not.
func reading(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprint(w, "ok")
}

// TestSlowClients: who sends a request drop by drop, does not read, or is idle is cut when its time is
// over, and not before.
func TestSlowClients(t *testing.T) {
	const head = "POST /graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
	for _, one := range []struct {
		name        string
		first, rest string // what is sent at once, and what after the wait
		within      time.Duration
	}{
		{"head", head, "\r\n{}", readHeaderWithin},
		{"body", head + "\r\n{", "}", readWithin},
		{"idle", head + "\r\n{}", head + "\r\n{}", idleWithin},
	} {
		for wait, served := range map[time.Duration]bool{one.within - time.Millisecond: true, one.within + time.Millisecond: false} {
			t.Run(fmt.Sprint(one.name, " ", wait), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dial, stop, ended := servedInside(t, http.HandlerFunc(reading))
					conn := dial()
					answers := bufio.NewReader(conn)
					answered := func() bool {
						answer, err := http.ReadResponse(answers, nil)
						if err != nil {
							return false
						}
						text, _ := io.ReadAll(answer.Body)
						return answer.StatusCode == 200 && string(text) == "ok"
					}
					io.WriteString(conn, one.first)
					if one.name == "idle" && !answered() {
						t.Error("the first request was not answered")
					}
					time.Sleep(wait)
					go io.WriteString(conn, one.rest)
					if got := answered(); got != served {
						t.Errorf("served %v, want %v", got, served)
					}
					conn.Close()
					stop()
					if err := <-ended; err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// TestSlowReader: an answer that is not read holds its connection for a bounded time.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := make(chan time.Duration, 1)
		dial, stop, ended := servedInside(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			began := time.Now()
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					cut <- time.Since(began)
					return
				}
			}
		}))
		conn := dial()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if took := <-cut; took != writeWithin {
			t.Errorf("cut after %v, want %v", took, writeWithin)
		}
		conn.Close()
		stop()
		<-ended
	})
}

// TestHeadTooLarge: net/http adds 4 kB to what it is told.
func TestHeadTooLarge(t *testing.T) {
	for size, status := range map[int]int{headerBytesMax: 200, headerBytesMax + 8<<10: 431} {
		synctest.Test(t, func(t *testing.T) {
			dial, stop, ended := servedInside(t, http.HandlerFunc(reading))
			conn := dial()
			go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nX: "+strings.Repeat("x", size-40)+"\r\n\r\n")
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || answer.StatusCode != status {
				t.Errorf("a head of %d bytes: %v (%v), want %d", size, answer, err, status)
			}
			conn.Close()
			stop()
			<-ended
		})
	}
}

// TestDrain: what is under way at the signal has its time to end, and not more.
func TestDrain(t *testing.T) {
	for takes, finished := range map[time.Duration]bool{drainWithin - time.Second: true, drainWithin + time.Second: false, 365 * 24 * time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			dial, stop, ended := servedInside(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { time.Sleep(takes) }))
			conn := dial()
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
			synctest.Wait()
			began := time.Now()
			stop()
			go io.Copy(io.Discard, conn)
			err := <-ended
			if took := time.Since(began); (err == nil) != finished || took > drainWithin {
				t.Errorf("a request of %v: %v after %v", takes, err, took)
			}
			time.Sleep(takes)
			conn.Close()
		})
	}
}

// TestRatesByDefault: `serve` bounds rates when the configuration says nothing, `dev` does not, and what
// the configuration says counts in both.
func TestRatesByDefault(t *testing.T) {
	for _, one := range []struct {
		more           string
		serve, develop float64
	}{
		{"", ratesByDefault.PerSecond, 0},
		{`, "rateLimit": {"requestsPerSecond": 7}`, 7, 7},
		{`, "rateLimit": false`, 0, 0},
	} {
		folder := write(t, map[string]string{"deltabase.json": `{"schema": "s.graphql", "apiKeys": ["k"]` + one.more + `}`})
		c, err := loadConfig(filepath.Join(folder, "deltabase.json"))
		if err != nil {
			t.Fatal(err)
		}
		if serve, develop := c.ratesOf(false).PerSecond, c.ratesOf(true).PerSecond; serve != one.serve || develop != one.develop {
			t.Errorf("%q: serve %v, dev %v; want %v and %v", one.more, serve, develop, one.serve, one.develop)
		}
	}
}
