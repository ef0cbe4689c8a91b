package http_test

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// leaky functions answer with the records that they are sent, under actions that are none.
type leaky struct{}

func (leaky) Call(_ context.Context, _ string, event []byte) ([]byte, error) {
	return []byte(`{"action":"NONE","item":` + string(event) + `}`), nil
}

// TestLogHoldsNoSecrets: whatever is sent, wherever, right or wrong, the log has no record's body, no
// argument's value and no credentials. Ids are logged; they are what an operator looks for.
func TestLogHoldsNoSecrets(t *testing.T) {
	const secret = "hush-hush"
	i := newIssuer(t)
	i.publish("k1")
	s := tokenSite(t, i, serverhttp.Options{Functions: leaky{}}, server.Options{Function: "merge",
		Strategies: map[string]conflict.Strategy{"Secret": conflict.Lambda}})
	token := i.token("k1", "alice", time.Now().Add(time.Hour), map[string]any{"email": secret + "@example.com"})
	expired := i.token("k1", "alice", time.Now().Add(-time.Hour), nil)
	post := func(document, variables string, headers ...string) {
		body := fmt.Sprintf(`{"query":%s,"variables":%s,"operationName":null}`, strconv.Quote(document), variables)
		answer := s.request("POST", "/graphql?x="+secret, strings.NewReader(body), headers...)
		io.Copy(io.Discard, answer.Body)
	}
	for _, credentials := range [][]string{{"Authorization", token}, {"Authorization", "Bearer " + token}, {"Authorization", expired},
		{"Authorization", secret}, {"x-api-key", secret}, {"x-api-key", "da2-test"}, {}} {
		for _, one := range []struct{ document, variables string }{
			{`mutation m($i: CreateSecretInput!) { createSecret(input: $i) { id title owner } }`, `{"i":{"id":"a","title":"hush-hush"}}`},
			{`mutation m($i: CreateSecretInput!) { createSecret(input: $i) { id } }`, `{"i":{"id":"b","title":"hush-hush","owner":"hush-hush"}}`},
			{`mutation m($i: CreateSecretInput!) { createSecret(input: $i) { id } }`, `{"i":{"title":"t","level":"hush-hush"}}`},
			{`mutation m($i: CreateSecretInput!) { createSecret(input: $i) { id } }`, `{"i":{"title":"t","when":"hush-hush"}}`},
			{`mutation m($i: CreateSecretInput!) { createSecret(input: $i) { id } }`, `{"i":{"title":null,"hush-hush":1}}`},
			{`mutation { updateSecret(input: {id: "a", title: "hush-hush", _version: 7}) { id title } }`, `{}`},
			{`mutation { updateSecret(input: {id: "a", title: null, _version: 1}) { id title } }`, `{}`},
			{`mutation { deleteSecret(input: {id: "a", _version: 7}, condition: {title: {eq: "hush-hush"}}) { id title } }`, `{}`},
			{`query q($f: ModelSecretFilterInput, $t: String) { listSecrets(filter: $f, nextToken: $t) { items { title } } }`, `{"f":{"title":{"contains":"hush-hush"}},"t":null}`},
			{`query q($t: String) { syncSecrets(nextToken: $t) { items { title } } }`, `{"t":"hush-hush"}`},
			{`{ getSecret(id: "a") { title hush-hush } }`, `{}`},
			{`{ hush-hush`, `{"x":"hush-hush"}`},
			{`{ getSecret(id: "a") { title level when owner } }`, `"hush-hush"`},
		} {
			post(one.document, one.variables, append(credentials, "Cookie", secret, "x-amz-user-agent", secret)...)
		}
	}
	w := s.dial("/graphql/realtime?secret="+secret, appsync.Protocols(bearer(token))...)
	w.send(`{"type":"connection_init"}`)
	w.expect(appsync.TypeConnectionAck)
	w.startAs(bearer(token), "s", `subscription { onCreateSecret { id title } }`)
	w.expect(appsync.TypeStartAck)
	for _, text := range []string{secret, `{"type":"hush-hush","id":"hush-hush"}`, `{"type":"start","id":"x","payload":{"data":"hush-hush"}}`} {
		w.send(text)
		w.expect(appsync.TypeError)
	}
	post(`mutation { createSecret(input: {id: "c", title: "hush-hush"}) { id } }`, `{}`, "Authorization", token)
	w.expect(appsync.TypeData)
	s.dial("/graphql/realtime", "graphql-ws", "header-"+secret).send(secret)
	text := s.log.String()
	for _, want := range []string{`"id":"a"`, "ConflictError: the action of", `"status":401`, `"error":"BadRequest"`, `"status":400`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s, so the run was not what it should be", want)
		}
	}
	for _, one := range []string{secret, token, strings.Split(token, ".")[1], strings.Split(token, ".")[2], "da2-test", "alice"} {
		if at := strings.Index(text, one); at >= 0 {
			t.Errorf("the log holds %q: ...%s", one, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}
