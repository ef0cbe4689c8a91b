package http_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	nethttp "net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/identity"
)

// issuer signs tokens and publishes its keys.
type issuer struct {
	t    *testing.T
	web  *httptest.Server
	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey // published, by id
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{t: t, keys: map[string]*rsa.PrivateKey{}}
	i.web = httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path != "/keys" {
			json.NewEncoder(w).Encode(map[string]string{"issuer": i.web.URL, "jwks_uri": i.web.URL + "/keys"})
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		list := []map[string]string{}
		for id, key := range i.keys {
			list = append(list, map[string]string{"kty": "RSA", "kid": id, "use": "sig", "alg": "RS256",
				"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())})
		}
		json.NewEncoder(w).Encode(map[string]any{"keys": list})
	}))
	t.Cleanup(i.web.Close)
	return i
}

// publish makes a key known; unpublish takes it back.
func (i *issuer) publish(id string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[id] = key
}

func (i *issuer) unpublish(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.keys, id)
}

func (i *issuer) token(key, name string, expires time.Time, more map[string]any) string {
	i.t.Helper()
	claims := jwt.MapClaims{"iss": i.web.URL, "sub": "s-" + name, "username": name, "exp": expires.Unix()}
	for claim, value := range more {
		claims[claim] = value
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = key
	i.mu.Lock()
	signer := i.keys[key]
	i.mu.Unlock()
	text, err := token.SignedString(signer)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

// withTokens are a host's settings for the issuer's users.
func (i *issuer) withTokens(options serverhttp.Options, settings server.Options) (serverhttp.Options, server.Options) {
	i.t.Helper()
	verifier, err := identity.New([]identity.Issuer{{Provider: identity.UserPools, URL: i.web.URL}}, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	options.Prepare, settings.Tokens = verifier.Prepare, verifier
	return options, settings
}

func bearer(token string) record.Value {
	var b record.Builder
	b.SetString("Authorization", token)
	b.SetString("host", "127.0.0.1:8080")
	b.SetString("x-amz-date", "20240501T102030Z")
	return b.Object()
}

// startAs starts a subscription with credentials of its own.
func (w *wire) startAs(authorization record.Value, id, document string) {
	w.t.Helper()
	var data, extensions, payload record.Builder
	data.SetString("query", document)
	extensions.Set("authorization", authorization)
	payload.SetString("data", data.Object().String())
	payload.Set("extensions", extensions.Object())
	w.send(string(appsync.Frame{Type: appsync.TypeStart, ID: id, Payload: payload.Object()}.Text()))
}
