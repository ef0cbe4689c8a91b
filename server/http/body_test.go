package http_test

import (
	"bufio"
	"fmt"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	serverhttp "github.com/deltabase/deltabase/server/http"
)

// TestBrokenBody: a body that breaks off is a 400, one that does not come in time a 408; never a 200
// without an answer, which a client could take for success.
func TestBrokenBody(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"query\":")
	conn.(*net.TCPConn).CloseWrite()
	answer, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != nethttp.StatusBadRequest || answer.Header.Get("x-amzn-ErrorType") != "MalformedHttpRequestException" {
		t.Errorf("a body that broke off: %v (%v)", answer, err)
	}
	for cause, want := range map[error]int{os.ErrDeadlineExceeded: 408, fmt.Errorf("reset"): 400} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/graphql", iotest.ErrReader(cause))
		s.host.ServeHTTP(w, r)
		if w.Code != want || !strings.Contains(w.Body.String(), "errorType") || w.Header().Get("Connection") != "close" {
			t.Errorf("%v: %d %s, want %d", cause, w.Code, w.Body, want)
		}
	}
}
