package http_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// TestLogTracesAMutation: by the id that the client got, the log tells who changed which record from
// where, in the line of the mutation and in that of the request.
func TestLogTracesAMutation(t *testing.T) {
	i := newIssuer(t)
	i.publish("k1")
	s := tokenSite(t, i, serverhttp.Options{}, server.Options{})
	callers := map[string]bool{}
	for n, credentials := range [][]string{
		{"x-api-key", "da2-test"},
		{"Authorization", i.token("k1", "alice", time.Now().Add(time.Hour), nil)},
		{"Authorization", i.token("k1", "bob", time.Now().Add(time.Hour), nil)},
	} {
		model := []string{"Todo", "Secret", "Secret"}[n]
		body := strings.NewReader(`{"query":"mutation { create` + model + `(input: {title: \"t\"}) { id } }"}`)
		answer := s.request("POST", "/graphql", body, credentials...)
		if text, _ := io.ReadAll(answer.Body); strings.Contains(string(text), "errors") {
			t.Fatalf("%s", text)
		}
		id := answer.Header.Get("x-amzn-RequestId")
		var lines []string
		for _, line := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
			var one struct{ Msg, RequestID, Caller, Address, Model string }
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatal(err)
			}
			if one.RequestID != id {
				continue
			}
			lines = append(lines, one.Msg)
			callers[one.Caller] = true
			if one.Caller == "" || one.Address != "127.0.0.1" || one.Msg == "mutation" && one.Model != model {
				t.Errorf("the line says %s", line)
			}
		}
		if strings.Join(lines, " ") != "mutation request" {
			t.Errorf("request %s has the lines %v, want mutation and request", id, lines)
		}
	}
	if len(callers) != 3 || !callers["apiKey"] {
		t.Errorf("three callers are logged as %v", callers)
	}
}
