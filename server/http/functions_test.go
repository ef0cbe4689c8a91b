package http_test

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/function"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// TestFunctions: the host asks the function of a model, outside of any transaction: while it is
// asked, others write.
func TestFunctions(t *testing.T) {
	var s *site
	web := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		event, _ := io.ReadAll(r.Body)
		if strings.Contains(string(event), `"title":"fail"`) {
			w.WriteHeader(500)
			return
		}
		if got := s.post(`mutation { createTodo(input: {title: "meanwhile"}) { title } }`); !strings.Contains(got, "meanwhile") {
			t.Errorf("while the function is asked: %s", got)
		}
		io.WriteString(w, `{"action": "RESOLVE", "item": {"title": "resolved"}}`)
	}))
	defer web.Close()
	functions := function.New(function.Options{})
	defer functions.Close()
	s = newSiteOf(t, serverhttp.Options{Functions: functions}, server.Options{
		Strategies: map[string]conflict.Strategy{"Todo": conflict.Lambda}, Functions: map[string]string{"Todo": web.URL}})
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	for title, want := range map[string]string{
		"u":    `"updateTodo":{"title":"resolved","_version":2}`,
		"fail": `"errorType":"ConflictError"`,
	} {
		if got := s.post(`mutation { updateTodo(input: {id: "a", title: "` + title + `"}) { title _version } }`); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", title, got, want)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "it answered with status 500") {
		t.Errorf("the log does not tell why the function failed: %s", log)
	}
}

// TestNoFunctions: a host that runs no functions answers with ConflictError and writes nothing.
func TestNoFunctions(t *testing.T) {
	s := newSiteOf(t, serverhttp.Options{}, server.Options{Strategy: conflict.Lambda, Function: "f.js"})
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	got := s.post(`mutation { updateTodo(input: {id: "a", title: "u", _version: 0}) { title } }`)
	if !strings.Contains(got, `"errorType":"ConflictError"`) || !strings.Contains(s.post(`{ getTodo(id: "a") { title } }`), `"title":"t"`) {
		t.Error(got)
	}
}
