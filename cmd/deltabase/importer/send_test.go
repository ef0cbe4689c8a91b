package importer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/memory"
)

func itoa(n int) string { return strconv.Itoa(n) }

const apiKey = "da2-import"

// serve starts the real server on tables in memory.
func serve(t *testing.T, s *schema.Schema) Target {
	t.Helper()
	core, err := server.New(s, server.Options{APIKeys: []string{apiKey}, Sandbox: true}, memory.New(0))
	if err != nil {
		t.Fatal(err)
	}
	host := serverhttp.New(core, serverhttp.Options{Other: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go host.Run(ctx)
	web := httptest.NewServer(host)
	t.Cleanup(web.Close)
	return Target{Endpoint: web.URL + "/graphql", APIKey: apiKey, Client: web.Client()}
}

// ask posts a query and returns its data.
func ask(t *testing.T, to Target, query string) record.Value {
	t.Helper()
	var b record.Builder
	b.SetString("query", query)
	request, err := http.NewRequest(http.MethodPost, to.Endpoint, bytes.NewReader(b.Object().Text()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("x-api-key", to.APIKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := to.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return record.Trust(text).Field("data")
}

func TestFilmsReachTheServer(t *testing.T) {
	text, o := movies(t)
	o.Coerce = true
	plan, err := Read("movies.json", text, o)
	if err != nil {
		t.Fatal(err)
	}
	to := serve(t, o.Schema)
	counter := &counting{base: to.Client.Transport}
	to.Client.Transport = counter
	report, err := Write(context.Background(), o.Schema, o.Model, plan.Records, to)
	if err != nil || report != (Report{Imported: filmCount}) {
		t.Fatalf("%+v %v", report, err)
	}
	if counter.requests > 1+(filmCount-batchRecordsPlainMax+batchRecordsMax-1)/batchRecordsMax || counter.bytesMax > batchBytesMax {
		t.Errorf("%d requests, the largest of %d bytes", counter.requests, counter.bytesMax)
	}
	report, err = Write(context.Background(), o.Schema, o.Model, plan.Records, to)
	if err != nil || report != (Report{AlreadyThere: filmCount}) {
		t.Fatalf("a second import: %+v %v", report, err)
	}
	rows, token := 0, ""
	for page := 0; page == 0 || token != ""; page++ {
		after := ""
		if token != "" {
			after = `, nextToken: "` + token + `"`
		}
		data := ask(t, to, `{syncFilms(limit: 1000`+after+`) {items {id title _version} nextToken}}`).Field("syncFilms")
		data.Field("items").Elements(func(_ int, item record.Value) bool {
			rows++
			if version, _ := item.Field("_version").Int(); version != 1 {
				t.Errorf("%s was changed by the second import", item)
			}
			return true
		})
		token = data.Field("nextToken").Str()
	}
	if rows != filmCount {
		t.Errorf("%d films on the server", rows)
	}
}

// counting counts requests and their sizes.
type counting struct {
	base               http.RoundTripper
	requests, bytesMax int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests++
	c.bytesMax = max(c.bytesMax, int(r.ContentLength))
	return c.base.RoundTrip(r)
}

// severing lets the server answer and then loses every other answer, as a broken connection does.
type severing struct {
	base     http.RoundTripper
	requests int
}

func (s *severing) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests++
	response, err := s.base.RoundTrip(r)
	if err == nil && s.requests%2 == 1 {
		response.Body.Close()
		return nil, errors.New("connection reset")
	}
	return response, err
}

func items(t *testing.T, n int) (*schema.Schema, *Plan) {
	t.Helper()
	s := parse(t, shop)
	var lines strings.Builder
	for i := range n {
		lines.WriteString(`{"name":"item ` + itoa(i) + `"}` + "\n")
	}
	plan, err := Read("items.jsonl", []byte(lines.String()), Options{Schema: s, Model: s.Model("Item")})
	if err != nil {
		t.Fatal(err)
	}
	return s, plan
}

func TestLostAnswers(t *testing.T) {
	s, plan := items(t, 60)
	to := serve(t, s)
	whole := to.Client.Transport
	to.Client.Transport = &severing{base: whole}
	report, err := Write(context.Background(), s, s.Model("Item"), plan.Records, to)
	if err != nil || report.Imported+report.AlreadyThere != 60 {
		t.Fatalf("%+v %v", report, err)
	}
	to.Client.Transport = whole
	data := ask(t, to, `{syncItems(limit: 1000) {items {_version}}}`).Field("syncItems").Field("items")
	if data.Len() != 60 || strings.Contains(data.String(), `"_version":2`) {
		t.Errorf("%d items: %.200s", data.Len(), data)
	}
}

func TestRefusals(t *testing.T) {
	s, plan := items(t, 3)
	item := s.Model("Item")
	answer := func(status int, body string) Target {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		}))
		t.Cleanup(web.Close)
		return Target{Endpoint: web.URL, Client: web.Client()}
	}
	wrongKey := serve(t, s)
	wrongKey.APIKey = "wrong"
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		to   Target
		want string
	}{
		{"wrong key", context.Background(), wrongKey, "the server refuses with status 401: You are not authorized to make this call. Check --api-key."},
		{"no GraphQL", context.Background(), answer(200, "<html>"), "does not answer as a GraphQL endpoint does"},
		{"not found", context.Background(), answer(404, ""), "status 404; check --endpoint"},
		{"nothing answered", context.Background(), answer(200, `{"data":{}}`), "did not answer for the record"},
		{"all refused", context.Background(), answer(200, `{"data":null,"errors":[{"message":"No.","path":null}]}`), "refuses the request: No."},
		{"one refused", context.Background(), answer(200, `{"data":{"m0":null},"errors":[{"message":"Not this.","path":["m0"]}]}`),
			"refuses the record " + plan.Records[0].ID + ": Not this."},
		{"interrupted", ended, Target{Endpoint: gone.URL, Client: http.DefaultClient}, "the server does not answer"},
		{"no address", context.Background(), Target{Endpoint: "::", Client: http.DefaultClient}, "is no address"},
		{"no scheme", context.Background(), Target{Endpoint: "localhost:8080/graphql", Client: http.DefaultClient}, "is no address: write http://"},
	} {
		_, err := Write(c.ctx, s, item, plan.Records, c.to)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "run the same command again") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestBatches(t *testing.T) {
	s, plan := items(t, 250)
	w := writer{schema: s, model: s.Model("Item"), size: batchRecordsMax}
	if n := w.fits(plan.Records); n != batchRecordsMax {
		t.Errorf("%d in a batch", n)
	}
	if n := w.fits(plan.Records[:7]); n != 7 {
		t.Errorf("%d of 7", n)
	}
	large := Record{ID: "x", Value: record.OfString(strings.Repeat("a", 300_000))}
	if n := w.fits([]Record{large, large, large}); n != 1 {
		t.Errorf("%d large records in a batch", n)
	}
}
