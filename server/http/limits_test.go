package http

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"log/slog"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// limits of limits.go: within takes n and tells whether that much is accepted, which it must be at
// the limit and must not be one above; or the test that holds it, as "file TestName".
var limits = []struct {
	name   string
	value  int
	within func(t *testing.T, n int) bool
	by     string
}{
	{name: "QueueFramesMax", value: QueueFramesMax, within: func(t *testing.T, n int) bool {
		s := &socket{}
		for range n - 1 {
			s.enqueue([]byte("{}"))
		}
		return s.enqueue([]byte("{}"))
	}},
	{name: "QueueBytesMax", value: QueueBytesMax, within: func(t *testing.T, n int) bool {
		s := &socket{}
		return s.enqueue(make([]byte, n/2)) && s.enqueue(make([]byte, n-n/2))
	}},
	{name: "SocketsMax", value: SocketsMax, within: func(t *testing.T, n int) bool {
		h := hostOf(t)
		for i := range n - 1 {
			h.sockets[server.ConnID(1_000_000+i)] = &socket{}
		}
		joined := h.join(&socket{}, server.Credentials{}, nil)
		return joined
	}},
	{name: "SocketsPerAddressMax", value: SocketsPerAddressMax, within: func(t *testing.T, n int) bool {
		h := hostOf(t)
		for range n - 1 {
			h.join(&socket{address: "a"}, server.Credentials{}, nil)
		}
		if !h.join(&socket{address: "b"}, server.Credentials{}, nil) {
			t.Error("another address is refused")
		}
		return h.join(&socket{address: "a"}, server.Credentials{}, nil)
	}},
	{name: "RequestsPerAddressMax", value: RequestsPerAddressMax, within: func(t *testing.T, n int) bool {
		h := hostOf(t)
		for range n - 1 {
			h.underWay.take("a")
		}
		if _, ok := h.underWay.take("b"); !ok {
			t.Error("another address is refused")
		}
		status, ok := h.underWay.take("a")
		return ok && status == 0
	}},
	{name: "BytesPerAddressMax", value: BytesPerAddressMax, within: func(t *testing.T, n int) bool {
		h := hostOf(t)
		h.underWay.grow("a", n-1)
		if !h.underWay.grow("b", 1) {
			t.Error("another address is refused")
		}
		return h.underWay.grow("a", 1)
	}},
	{name: "RequestsMax", value: RequestsMax, within: func(t *testing.T, n int) bool {
		h := hostOf(t)
		for i := range n - 1 {
			h.underWay.take(fmt.Sprint(i))
		}
		status, ok := h.underWay.take("a")
		return ok || status != nethttp.StatusServiceUnavailable
	}},
	{name: "BucketsMax", value: BucketsMax, within: func(t *testing.T, n int) bool { // before a generation turns
		b := newBuckets(Rates{PerSecond: 1, Burst: 1})
		now := time.Unix(1, 0)
		for i := range n {
			b.of(fmt.Sprint(i), now)
		}
		return len(b.old) == 0
	}},
	{name: "BucketsLive", value: int(BucketsLive), within: func(t *testing.T, n int) bool {
		b := newBuckets(Rates{PerSecond: 1e-9, Burst: 1})
		now := time.Unix(1, 0)
		b.take([]string{"a"}, now)
		for range 2 { // two turns forget who did not call
			now = now.Add(time.Duration(n))
			b.take([]string{"b"}, now)
		}
		_, ok := b.take([]string{"a"}, now)
		return !ok // it is remembered that the bucket was emptied
	}},
	{name: "RetryAfterSMax", value: RetryAfterSMax, within: func(t *testing.T, n int) bool {
		b := newBuckets(Rates{PerSecond: 1 / float64(n), Burst: 1})
		now := time.Unix(1, 0)
		b.take([]string{"a"}, now)
		wait, _ := b.take([]string{"a"}, now)
		return wait == n
	}},
	{name: "AskedHeadersMax", value: AskedHeadersMax, within: func(t *testing.T, n int) bool {
		asked := strings.Repeat("x", n)
		return strings.Contains(allowedHeaders(asked), asked)
	}},
	{name: "EngineNameMax", value: EngineNameMax, within: func(t *testing.T, n int) bool {
		h, lines := hostOf(t), &strings.Builder{}
		h.options.Log = slog.New(slog.NewJSONHandler(lines, nil))
		r := httptest.NewRequest("POST", "/graphql", nil)
		r.Header.Set(EngineHeader, strings.Repeat("e", n))
		h.logAnswer(r, "", server.Answer{Status: 200}, 0)
		return strings.Contains(lines.String(), strings.Repeat("e", n))
	}},
	{name: "PlainBytesMax", value: PlainBytesMax, within: func(t *testing.T, n int) bool {
		return len(compressed(n)) == n
	}},
	{name: "CompressJitterBytes", by: "limits_test.go TestPadding"},
	{name: "MetricsAtOnceMax", value: MetricsAtOnceMax, by: "limits_test.go TestMetricsAtOnce"},
	{name: "MetricsWithin", by: "limits_test.go TestMetricsAtOnce"},
	{name: "WriteWithin", by: "times_test.go TestTimes"},
	{name: "InitWithin", by: "times_test.go TestTimes"},
	{name: "SocketLifetime", by: "times_test.go TestTimes"},
	{name: "ReadyEvery", by: "limits_test.go TestReadyEvery"},
	{name: "LookEvery", by: "times_test.go TestTimes"},
	{name: "PurgeEvery", by: "times_test.go TestTimes"},
}

// compressed is an answer of so many bytes as it is sent to a client that takes gzip.
func compressed(bytes int) []byte {
	r := httptest.NewRequest("POST", "/graphql", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	compressing()(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Write(make([]byte, bytes))
	}).ServeHTTP(w, r)
	return w.Body.Bytes()
}

// TestPadding: the size of a compressed answer tells the size of its content only roughly.
func TestPadding(t *testing.T) {
	sizes := map[int]bool{}
	for n := range 64 {
		sizes[len(compressed(2_000+n))] = true
	}
	if len(sizes) < CompressJitterBytes/4 || len(sizes) > CompressJitterBytes+4 {
		t.Errorf("64 answers of about the same content have %d sizes, want about %d", len(sizes), CompressJitterBytes)
	}
}

func hostOf(t *testing.T) *Host {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(`type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }`))
	if err != nil {
		t.Fatal(err)
	}
	core, err := server.New(s, server.Options{}, memory.New(0))
	if err != nil {
		t.Fatal(err)
	}
	return New(core, Options{})
}

func TestEveryLimit(t *testing.T) {
	for _, one := range limits {
		if one.by != "" {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			for n, want := range map[int]bool{one.value: true, one.value + 1: false} {
				if got := one.within(t, n); got != want {
					t.Errorf("%d: taken %v, want %v", n, got, want)
				}
			}
		})
	}
}

// TestLimitsAreComplete: every constant of limits.go is in the table, and the tests it names exist.
func TestLimitsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, one := range limits {
		known[one.name] = true
		if file, test, ok := strings.Cut(one.by, " "); one.by != "" {
			text, err := os.ReadFile(file)
			if !ok || err != nil || !strings.Contains(string(text), "func "+test+"(") {
				t.Errorf("%s: there is no %s (%v)", one.name, one.by, err)
			}
		}
	}
	parsed, err := parser.ParseFile(gotoken.NewFileSet(), "limits.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && !known[spec.Names[0].Name] {
			t.Errorf("%s has no entry in the table; say how it is tested at N and N+1", spec.Names[0].Name)
		}
		return true
	})
}

// TestMetricsAtOnce: whoever asks for metrics too often at a time, or of a server that does not get
// them together in time, is told so.
func TestMetricsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetrics()
		slow := &slowCollector{hold: make(chan struct{})}
		m.registry.MustRegister(slow)
		ask := func() int {
			w := httptest.NewRecorder()
			m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
			return w.Code
		}
		began := time.Now()
		answers := make(chan int, MetricsAtOnceMax)
		for range MetricsAtOnceMax {
			go func() { answers <- ask() }()
		}
		synctest.Wait()
		if got := ask(); got != 503 || time.Since(began) != 0 {
			t.Errorf("one more than %d at a time: %d after %v", MetricsAtOnceMax, got, time.Since(began))
		}
		for range MetricsAtOnceMax {
			if got := <-answers; got != 503 || time.Since(began) != MetricsWithin {
				t.Errorf("metrics that don't come together: %d after %v", got, time.Since(began))
			}
		}
		close(slow.hold)
		synctest.Wait()
		if got := ask(); got != 200 {
			t.Errorf("afterwards: %d", got)
		}
	})
}

// slowCollector holds up the metrics.
type slowCollector struct{ hold chan struct{} }

func (*slowCollector) Describe(chan<- *prometheus.Desc)   {}
func (c *slowCollector) Collect(chan<- prometheus.Metric) { <-c.hold }

// TestReadyEvery: who asks /readyz without end causes one commit per ReadyEvery.
func TestReadyEvery(t *testing.T) {
	looks, s, now := 0, &state{}, time.UnixMilli(0)
	for _, at := range []time.Duration{0, 1, ReadyEvery - 1, ReadyEvery, ReadyEvery + 1, 2*ReadyEvery - 1} {
		s.look(func() error { looks++; return nil }, now.Add(at))
	}
	if looks != 2 {
		t.Errorf("%d looks, want 2", looks)
	}
}
