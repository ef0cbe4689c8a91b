package identity

import (
	"cmp"
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
	retryAfter        = 30 * time.Second // when an issuer could not be asked
	staleAtMost       = 24 * time.Hour   // keys of an issuer that can't be asked are good for that long
	unknownKeyAtLeast = 10 * time.Second // between two looks for a key that is not there
)

// keySet is an issuer's public keys, as they were last fetched.
type keySet struct {
	named  string // the address of the JWKS, when the configuration says it
	found  string // the address that discovery found; only the fetch under way looks at it
	issuer string
	client *http.Client

	mu      sync.RWMutex
	keys    keyfunc.Keyfunc
	ids     map[string]bool
	fetched time.Time
	tried   time.Time
	fetch   *fetch // the one under way, else nil
}

// fetch is one look at an issuer's keys, which all who need it share.
type fetch struct {
	ended chan struct{}
	err   error // once it has ended
}

// look tells whether a key is loaded and may be used, and whether it is time to fetch the keys again.
func (k *keySet) look(id string, now time.Time) (known, due bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	age := now.Sub(k.fetched)
	return k.ids[id] && age < staleAtMost, age >= refreshEvery
}

// keyAt finds the key that a token names, in the loaded set only: never by a URL or a path in the
// token.
func (k *keySet) keyAt(now time.Time) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		id, _ := token.Header["kid"].(string)
		if known, _ := k.look(id, now); !known {
			return nil, errUnknownKey
		}
		k.mu.RLock()
		defer k.mu.RUnlock()
		return k.keys.Keyfunc(token)
	}
}

// load waits for a fetch when id is not among the keys, as long as ctx lives. A known key never waits:
// when the keys are old, they are fetched behind its back. The issuer is not asked more often than
// every unknownKeyAtLeast, whatever tokens come.
func (k *keySet) load(ctx context.Context, id string, now time.Time) error {
	known, due := k.look(id, now)
	if known && !due {
		return nil
	}
	under := k.begin(now)
	if known || under == nil {
		return nil
	}
	select {
	case <-under.ended:
		return under.err
	case <-ctx.Done():
		return nil // who asked has left; the others' fetch goes on
	}
}

// begin joins the fetch under way, or begins one; nil when the issuer was asked just now.
func (k *keySet) begin(now time.Time) *fetch {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fetch != nil {
		return k.fetch
	}
	if now.Sub(k.tried) < unknownKeyAtLeast && !k.tried.IsZero() {
		return nil
	}
	under := &fetch{ended: make(chan struct{})}
	k.tried, k.fetch = now, under
	// Not in the context of who asked first: by leaving he would take the keys from all others.
	go func() {
		under.err = k.ask(context.Background(), now)
		k.mu.Lock()
		k.fetch = nil
		k.mu.Unlock()
		close(under.ended)
	}()
	return under
}

// refresh keeps the keys fresh until ctx ends, and tells report why it could not.
func (k *keySet) refresh(ctx context.Context, report func(error)) {
	for {
		wait := retryAfter
		if under := k.begin(time.Now()); under != nil {
			<-under.ended
			if under.err == nil {
				wait = refreshEvery / 2
			} else {
				report(under.err)
			}
		}
		next := time.NewTimer(wait)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return
		}
	}
}

func (k *keySet) ask(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	address := cmp.Or(k.named, k.found)
	if address == "" {
		if err := k.discover(ctx); err != nil {
			return err
		}
		address = k.found
	}
	text, err := k.get(ctx, address)
	if err != nil {
		k.found = "" // it may have moved
		return err
	}
	var listed struct {
		Keys []struct {
			ID   string `json:"kid"`
			Type string `json:"kty"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &listed); err != nil || len(listed.Keys) == 0 || len(listed.Keys) > keysCountMax {
		return fmt.Errorf("%s gave no usable JSON Web Key Set", address)
	}
	keys, err := keyfunc.NewJWKSetJSON(text)
	if err != nil {
		return fmt.Errorf("%s gave no usable JSON Web Key Set: %w", address, err)
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
	if !secured(found.Keys) {
		return fmt.Errorf("%s names the keys %q; their address must begin with https:// (http:// for this machine only)", address, found.Keys)
	}
	k.found = found.Keys
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
