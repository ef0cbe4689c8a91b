package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// Limits of what an issuer may send, and of how often it is asked.
const (
	keysBytesMax      = 256 << 10
	keysCountMax      = 100
	fetchTimeout      = 5 * time.Second
	refreshEvery      = time.Hour        // keys that were taken back stop working within that
	unknownKeyAtLeast = 10 * time.Second // between two looks for a key that is not there
)

// keySet is an issuer's public keys, as they were last fetched.
type keySet struct {
	url    string // of the JWKS; empty until discovery found it
	issuer string
	client *http.Client

	fetching sync.Mutex // one fetch at a time; who waits shares it

	mu      sync.RWMutex
	keys    keyfunc.Keyfunc
	ids     map[string]bool
	fetched time.Time
	tried   time.Time
}

func (k *keySet) has(id string) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.ids[id]
}

func (k *keySet) due(now time.Time) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return now.Sub(k.fetched) >= refreshEvery
}

// key finds the key that a token names, in the loaded set only: never by a URL or a path in the
// token.
func (k *keySet) key(token *jwt.Token) (any, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if id, _ := token.Header["kid"].(string); k.keys == nil || !k.ids[id] {
		return nil, errUnknownKey
	}
	return k.keys.Keyfunc(token)
}

// load fetches the keys when id is not among them or they are old; not more often than every
// unknownKeyAtLeast, whatever tokens come.
func (k *keySet) load(ctx context.Context, id string, now time.Time) error {
	if k.has(id) && !k.due(now) {
		return nil
	}
	k.fetching.Lock()
	defer k.fetching.Unlock()
	k.mu.RLock()
	tried := k.tried
	k.mu.RUnlock()
	if k.has(id) && !k.due(now) || now.Sub(tried) < unknownKeyAtLeast && !tried.IsZero() {
		return nil
	}
	k.mu.Lock()
	k.tried = now
	k.mu.Unlock()
	return k.fetch(ctx, now)
}

func (k *keySet) fetch(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if k.url == "" {
		if err := k.discover(ctx); err != nil {
			return err
		}
	}
	text, err := k.get(ctx, k.url)
	if err != nil {
		return err
	}
	var listed struct {
		Keys []struct {
			ID   string `json:"kid"`
			Type string `json:"kty"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &listed); err != nil || len(listed.Keys) == 0 || len(listed.Keys) > keysCountMax {
		return fmt.Errorf("%s gave no usable JSON Web Key Set", k.url)
	}
	keys, err := keyfunc.NewJWKSetJSON(text)
	if err != nil {
		return fmt.Errorf("%s gave no usable JSON Web Key Set: %w", k.url, err)
	}
	ids := map[string]bool{}
	for _, one := range listed.Keys {
		ids[one.ID] = one.ID != "" && one.Type != "oct" // a published secret proves nothing
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.ids, k.fetched = keys, ids, now
	return nil
}

// discover finds the address of the keys by OpenID Connect Discovery.
func (k *keySet) discover(ctx context.Context) error {
	address := strings.TrimSuffix(k.issuer, "/") + "/.well-known/openid-configuration"
	text, err := k.get(ctx, address)
	if err != nil {
		return err
	}
	var found struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &found); err != nil || found.Keys == "" {
		return fmt.Errorf("%s names no jwks_uri", address)
	}
	if found.Issuer != k.issuer {
		return fmt.Errorf("%s speaks for the issuer %q, not for %q; correct the issuer in the configuration", address, found.Issuer, k.issuer)
	}
	k.url = found.Keys
	return nil
}

func (k *keySet) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s is not an address: %w", address, err)
	}
	answer, err := k.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the issuer cannot be asked: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", address, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, keysBytesMax+1))
	if err == nil && len(text) > keysBytesMax {
		err = errors.New("its answer is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", address, err)
	}
	return text, nil
}
