package http_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	nethttp "net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	serverhttp "github.com/deltabase/deltabase/server/http"
)

// get sends a query by GET; parameters are names and values.
func (s *site) get(header map[string]string, parameters ...string) (int, nethttp.Header, string) {
	s.t.Helper()
	query := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	request, err := nethttp.NewRequest("GET", s.url+"/graphql?"+query.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("x-api-key", "da2-test")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	// A transport that decompresses nothing by itself.
	answer, err := (&nethttp.Transport{DisableCompression: true}).RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(body)
}

func TestGet(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	s.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	for _, one := range []struct {
		parameters []string
		status     int
		says       string
	}{
		{[]string{"query", `query q($id: ID!) { getTodo(id: $id) { title } }`, "variables", `{"id":"a"}`, "operationName", "q"}, 200, `{"data":{"getTodo":{"title":"t"}}}`},
		{[]string{"query", `{ getTodo(id: "a") { title } }`, "variables", "", "extensions", "{}"}, 200, `"title":"t"`},
		{[]string{"query", `mutation { createTodo(input: {id: "b", title: "t"}) { id } }`}, 405, "Mutations are sent by POST"},
		{[]string{"query", `query a { getTodo(id: "a") { title } } mutation b { createTodo(input: {id: "b", title: "t"}) { id } }`, "operationName", "b"}, 405, "by POST"},
		{[]string{"query", `{ getTodo(id: "a") { title } }`, "variables", "{"}, 400, `variables`},
		{[]string{"query", `{ getTodo(id: "a") { title } }`, "variables", "[]"}, 400, `variables`},
		{nil, 400, "Unable to parse GraphQL query"},
	} {
		status, _, body := s.get(nil, one.parameters...)
		if status != one.status || !strings.Contains(body, one.says) {
			t.Errorf("%q: %d %s, want %d and %s", one.parameters, status, body, one.status, one.says)
		}
	}
	if _, _, body := s.get(nil, "query", `{ getTodo(id: "b") { title } }`); !strings.Contains(body, `"getTodo":null`) {
		t.Errorf("a GET wrote: %s", body)
	}
}

// TestPersistedQueries plays what Apollo's persisted query link and urql's exchange do.
func TestPersistedQueries(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	query := `{ getTodo(id: "a") { title } }`
	sum := sha256.Sum256([]byte(query))
	hash := `{"persistedQuery":{"version":1,"sha256Hash":"` + hex.EncodeToString(sum[:]) + `"}}`
	for _, one := range []struct {
		name       string
		parameters []string
		status     int
		says       string
	}{
		{"unknown", []string{"extensions", hash}, 200, `"code":"PERSISTED_QUERY_NOT_FOUND"`},
		{"another document", []string{"query", query + " ", "extensions", hash}, 400, "is not the SHA-256"},
		{"still unknown", []string{"extensions", hash}, 200, `PersistedQueryNotFound`},
		{"both", []string{"query", query, "extensions", hash}, 200, `"getTodo":null`},
		{"known", []string{"extensions", hash}, 200, `"getTodo":null`},
		{"another version", []string{"extensions", strings.Replace(hash, "1", "2", 1)}, 400, "persistedQuery"},
		{"too short", []string{"extensions", `{"persistedQuery":{"version":1,"sha256Hash":"ab"}}`}, 400, "persistedQuery"},
	} {
		if status, _, body := s.get(nil, one.parameters...); status != one.status || !strings.Contains(body, one.says) {
			t.Errorf("%s: %d %s, want %d and %s", one.name, status, body, one.status, one.says)
		}
	}
}

func TestCompression(t *testing.T) {
	s := newSite(t, serverhttp.Options{})
	s.post(`mutation { createTodo(input: {id: "a", title: "` + strings.Repeat("a title of a record, ", 500) + `"}) { id } }`)
	query := []string{"query", `{ getTodo(id: "a") { id title } }`}
	_, _, plain := s.get(nil, query...)
	for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		_, header, body := s.get(map[string]string{"Accept-Encoding": encoding}, query...)
		if header.Get("Content-Encoding") != encoding || len(body)*4 > len(plain) {
			t.Errorf("%s: %d bytes of %d, encoded as %q", encoding, len(body), len(plain), header.Get("Content-Encoding"))
			continue
		}
		reader, err := open(bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(reader); err != nil || string(text) != plain {
			t.Errorf("%s: %d bytes (%v), want the %d of the plain answer", encoding, len(text), err, len(plain))
		}
		if !strings.Contains(header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Vary is %q", encoding, header.Get("Vary"))
		}
	}
	_, header, body := s.get(map[string]string{"Accept-Encoding": "gzip, zstd"}, "query", `{ getTodo(id: "a") { id } }`)
	if header.Get("Content-Encoding") != "" || !strings.Contains(body, `"id":"a"`) {
		t.Errorf("a short answer was encoded as %q: %s", header.Get("Content-Encoding"), body)
	}
}
