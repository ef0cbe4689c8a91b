package http_test

import (
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	serverhttp "github.com/deltabase/deltabase/server/http"
)

// ask sends a POST as a browser does: by a name, from an origin.
func ask(t *testing.T, handler nethttp.Handler, path, host, origin string) int {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(`{"query":"{ __typename }"}`))
	r.Host = host
	r.Header.Set("x-api-key", "da2-test")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// TestNames: a page whose name was made to lead here is refused, although its origin is the Host that it
// asks; and an origin is no better for naming the Host.
func TestNames(t *testing.T) {
	names := serverhttp.Names{"localhost", "api.example"}
	s := newBubbleHost(t, serverhttp.Options{Names: names})
	guarded := names.Only(s)
	for host, want := range map[string]int{
		"localhost:8080": 200, "app.localhost": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "API.example.": 200,
		"evil.example:8080": 421, "localhost.evil.example": 421, "": 421,
	} {
		if got := ask(t, guarded, "/graphql", host, "http://"+host); got != want {
			t.Errorf("Host %q: %d, want %d", host, got, want)
		}
	}
	if got := ask(t, guarded, "/healthz", "evil.example", ""); got != 200 {
		t.Errorf("a probe by another name: %d", got)
	}
	listed := newBubbleHost(t, serverhttp.Options{Names: names, Origins: []string{"https://app.example"}})
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"evil.example:80", "http://evil.example:80", 403}, {"api.example", "https://api.example", 200},
		{"api.example", "https://app.example", 200}, {"localhost:1", "http://localhost:2", 403}, {"127.0.0.1:1", "http://127.0.0.1:1", 200},
	} {
		if got := ask(t, listed, "/graphql", c.host, c.origin); got != c.want {
			t.Errorf("Host %s, Origin %s: %d, want %d", c.host, c.origin, got, c.want)
		}
	}
	if got := ask(t, newBubbleHost(t, serverhttp.Options{Origins: []string{"*"}}), "/graphql", "api.example", "https://any.example"); got != 200 {
		t.Errorf(`origins ["*"]: %d`, got)
	}
}
