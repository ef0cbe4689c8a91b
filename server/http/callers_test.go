package http

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/deltabase/deltabase/server"
)

// TestAddresses: what a proxy says of whom it speaks for is believed of the configured ones only, and
// only as far as they wrote it.
func TestAddresses(t *testing.T) {
	h := hostOf(t)
	h.options.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, one := range []struct{ peer, header, value, want string }{
		{"192.0.2.1:99", "", "", "192.0.2.1"},
		{"192.0.2.1:99", "X-Forwarded-For", "198.51.100.7", "192.0.2.1"},
		{"10.1.1.1:99", "X-Forwarded-For", "198.51.100.7", "198.51.100.7"},
		{"10.1.1.1:99", "X-Forwarded-For", "1.1.1.1, 198.51.100.7, 10.2.2.2", "198.51.100.7"},
		{"10.1.1.1:99", "X-Forwarded-For", "1.1.1.1, nonsense", "10.1.1.1"},
		{"10.1.1.1:99", "", "", "10.1.1.1"},
		{"[::ffff:10.1.1.1]:99", "X-Forwarded-For", "198.51.100.7:4711", "198.51.100.7"},
		{"[fd00::1]:99", "Forwarded", `for=192.0.2.9;proto=https, for="[2001:db8:1:2:3::4]:4711";by=10.0.0.1`, "2001:db8:1:2::/64"},
		{"10.1.1.1:99", "Forwarded", "proto=https", "10.1.1.1"},
	} {
		r := httptest.NewRequest("POST", "/graphql", nil)
		r.RemoteAddr = one.peer
		if one.header != "" {
			r.Header.Set(one.header, one.value)
		}
		if got := h.addressOf(r); got != one.want {
			t.Errorf("%s with %s %q: %s, want %s", one.peer, one.header, one.value, got, one.want)
		}
	}
}

// TestTooMuchUnderWay: who has too much under way hears 429 and when to come again; others are answered,
// and so is he when some of it has ended.
func TestTooMuchUnderWay(t *testing.T) {
	h := hostOf(t)
	post := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
		r.RemoteAddr = address + ":99"
		h.ServeHTTP(w, r)
		return w
	}
	for range RequestsPerAddressMax {
		h.underWay.take("192.0.2.1")
	}
	if w := post("192.0.2.1"); w.Code != nethttp.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := post("192.0.2.2"); w.Code == nethttp.StatusTooManyRequests {
		t.Errorf("another address: %d %s", w.Code, w.Body)
	}
	h.underWay.give("192.0.2.1", 1, 0)
	if w := post("192.0.2.1"); w.Code == nethttp.StatusTooManyRequests {
		t.Errorf("after one has ended: %d %s", w.Code, w.Body)
	}
	for range SocketsPerAddressMax {
		h.join(&socket{address: "192.0.2.1"}, server.Credentials{}, nil)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/graphql/realtime", nil)
	r.Header.Set("Upgrade", "websocket")
	r.RemoteAddr = "192.0.2.1:99"
	if h.ServeHTTP(w, r); w.Code != nethttp.StatusTooManyRequests {
		t.Errorf("one socket too many: %d %s", w.Code, w.Body)
	}
}

// TestSlowBodies: bodies count as they come. Who announces large ones and sends nothing keeps nobody out; an
// address that has sent as much as it may is kept out.
func TestSlowBodies(t *testing.T) {
	h := hostOf(t)
	var slow []*io.PipeWriter
	var answered sync.WaitGroup
	post := func(body io.Reader, length int64) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/graphql", body)
		r.ContentLength = length
		h.ServeHTTP(w, r)
		return w
	}
	small := func() int { return post(strings.NewReader(`{"query":"{ __typename }"}`), -1).Code }
	for range BytesPerAddressMax/server.BodyBytesMax + RequestsPerAddressMax {
		body, sender := io.Pipe()
		slow = append(slow, sender)
		answered.Go(func() { post(body, server.BodyBytesMax) })
		sender.Write([]byte("{")) // it is read
	}
	if code := small(); code == nethttp.StatusTooManyRequests {
		t.Error("requests that have not come keep others out")
	}
	counted := func() int {
		h.underWay.mu.Lock()
		defer h.underWay.mu.Unlock()
		return h.underWay.of["192.0.2.1"].bytes
	}
	for counted() < len(slow) { // a byte is counted a moment after it was read
		runtime.Gosched()
	}
	most := BytesPerAddressMax - len(slow)
	if !h.underWay.grow("192.0.2.1", most) {
		t.Errorf("%d bytes that came count as more than %d", len(slow), BytesPerAddressMax-most)
	}
	if code := small(); code != nethttp.StatusTooManyRequests {
		t.Errorf("%d bytes are under way: %d", BytesPerAddressMax, code)
	}
	h.underWay.give("192.0.2.1", 0, most)
	for _, sender := range slow {
		sender.CloseWithError(io.ErrUnexpectedEOF)
	}
	answered.Wait()
	if len(h.underWay.of) > 0 || h.underWay.requests > 0 {
		t.Errorf("still counted: %v, %d requests", h.underWay.of, h.underWay.requests)
	}
}
