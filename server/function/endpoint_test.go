package function

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestEndpoint(t *testing.T) {
	release := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		switch q.URL.Path {
		case "/good":
			if q.Method != http.MethodPost || q.Header.Get("Content-Type") != "application/json" || string(body) != `{"newItem":{}}` {
				t.Errorf("%s %s: %s", q.Method, q.Header.Get("Content-Type"), body)
			}
			io.WriteString(w, `{"action":"REJECT"}`)
		case "/500":
			w.WriteHeader(500)
			io.WriteString(w, `{"action":"REMOVE"}`)
		case "/204":
			w.WriteHeader(204)
		case "/redirect":
			http.Redirect(w, q, "/good", http.StatusTemporaryRedirect)
		case "/huge":
			io.WriteString(w, strings.Repeat("x", AnswerBytesMax+1))
		case "/most":
			io.WriteString(w, strings.Repeat("x", AnswerBytesMax))
		case "/broken":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "{")
		case "/silent":
			select {
			case <-release:
			case <-q.Context().Done():
			}
		case "/endless":
			for q.Context().Err() == nil {
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
			}
		}
	}))
	defer web.Close()
	defer close(release)
	r := New(Options{Deadline: 500 * time.Millisecond})
	defer r.Close()
	for _, one := range []struct{ path, code, want string }{
		{"/good", "", `{"action":"REJECT"}`}, {"/most", "", strings.Repeat("x", AnswerBytesMax)},
		{"/500", Unreachable, "status 500"}, {"/204", Unreachable, "status 204"}, {"/redirect", Unreachable, "status 307"},
		{"/huge", TooLarge, "larger than"}, {"/broken", Unreachable, "broke off"},
		{"/silent", Timeout, "no answer in"},
	} {
		answer, err := r.Call(t.Context(), web.URL+one.path, []byte(`{"newItem":{}}`))
		var typed *Error
		switch {
		case one.code == "" && (err != nil || string(answer) != one.want):
			t.Errorf("%s: %.80s (%v)", one.path, answer, err)
		case one.code != "" && (!errors.As(err, &typed) || typed.Code != one.code || !strings.Contains(err.Error(), one.want)):
			t.Errorf("%s: %v, want %s: %s", one.path, err, one.code, one.want)
		}
	}
	// Endless is cut by its size or by the deadline, whichever comes first.
	if _, err := r.Call(t.Context(), web.URL+"/endless", []byte("{}")); err == nil {
		t.Error("an endless answer ended")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var typed *Error
	if _, err := r.Call(ended, web.URL+"/good", []byte("{}")); !errors.As(err, &typed) || typed.Code != Timeout {
		t.Errorf("a call whose request is over: %v", err)
	}
	web.Close()
	if _, err := r.Call(t.Context(), web.URL+"/good", []byte("{}")); !errors.As(err, &typed) || typed.Code != Unreachable {
		t.Errorf("nobody listens: %v", err)
	}
}
