package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// authority is an issuer with discovery and a key set that tests change.
type authority struct {
	server *httptest.Server
	mu     sync.Mutex
	keys   []map[string]any
	asked  int
	body   []byte // instead of the keys

	hang      chan struct{} // until it is closed, nobody gets keys
	refreshed chan struct{} // hears of each answer
}

func newAuthority(t *testing.T) *authority {
	a := &authority{}
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		hang := a.hang
		a.mu.Unlock()
		if hang != nil && r.URL.Path == "/keys" {
			<-hang
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]string{"issuer": a.server.URL, "jwks_uri": a.server.URL + "/keys"})
		case "/keys":
			a.asked++
			if a.body != nil {
				w.Write(a.body)
				return
			}
			json.NewEncoder(w).Encode(map[string]any{"keys": a.keys})
			if a.refreshed != nil {
				a.refreshed <- struct{}{}
			}
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(a.server.Close)
	return a
}

func encoded(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func (a *authority) publish(id string, key *rsa.PrivateKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys = append(a.keys, map[string]any{"kty": "RSA", "kid": id, "use": "sig", "alg": "RS256",
		"n": encoded(key.N), "e": encoded(big.NewInt(int64(key.E)))})
}

func (a *authority) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func sign(t *testing.T, method jwt.SigningMethod, key any, id string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = id
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// critical is a good token with a crit header.
func critical(t *testing.T, a *authority, names []string) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, a.claims(nil))
	token.Header["kid"], token.Header["crit"] = "k1", names
	text, err := token.SignedString(rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var now = time.UnixMilli(1_800_000_000_000)

func (a *authority) claims(changes jwt.MapClaims) jwt.MapClaims {
	claims := jwt.MapClaims{"iss": a.server.URL, "aud": "app", "sub": "alice", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}

func verifier(t *testing.T, a *authority) *Verifier {
	t.Helper()
	v, err := New([]Issuer{{Provider: OIDC, URL: a.server.URL, Clients: []string{"app"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
