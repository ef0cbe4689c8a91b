package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestVerify(t *testing.T) {
	a := newAuthority(t)
	a.publish("k1", rsaKey())
	v := verifier(t, a)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, jwt.SigningMethodRS256, rsaKey(), "k1", a.claims(nil))
	public, err := json.Marshal(a.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	rs := func(changes jwt.MapClaims) string {
		return sign(t, jwt.SigningMethodRS256, rsaKey(), "k1", a.claims(changes))
	}
	parts := strings.Split(good, ".")
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"good":                        {good, nil},
		"bearer":                      {"Bearer " + good, nil},
		"audience in a list":          {rs(jwt.MapClaims{"aud": []string{"x", "app"}}), nil},
		"client_id instead of aud":    {rs(jwt.MapClaims{"aud": nil, "client_id": "app"}), nil},
		"issued a minute ahead":       {rs(jwt.MapClaims{"iat": now.Add(59 * time.Second).Unix()}), nil},
		"an extension must be known":  {critical(t, a, []string{"exp"}), errRefused},
		"no extension, in a list":     {critical(t, a, []string{}), errRefused},
		"garbage":                     {"lambda-token", errGarbage},
		"empty":                       {"", errGarbage},
		"too long":                    {good + strings.Repeat("A", tokenBytesMax), errGarbage},
		"other issuer":                {rs(jwt.MapClaims{"iss": "https://elsewhere.example"}), errRefused},
		"issuer with a slash":         {rs(jwt.MapClaims{"iss": a.server.URL + "/"}), errRefused},
		"other audience":              {rs(jwt.MapClaims{"aud": "other"}), errRefused},
		"no audience":                 {rs(jwt.MapClaims{"aud": nil}), errRefused},
		"expired":                     {rs(jwt.MapClaims{"exp": now.Unix()}), errExpired},
		"no exp":                      {rs(jwt.MapClaims{"exp": nil}), errRefused},
		"exp is a text":               {rs(jwt.MapClaims{"exp": "never"}), errRefused},
		"not yet":                     {rs(jwt.MapClaims{"nbf": now.Add(2 * time.Minute).Unix()}), errRefused},
		"issued in the future":        {rs(jwt.MapClaims{"iat": now.Add(2 * time.Minute).Unix()}), errRefused},
		"another key under this kid":  {sign(t, jwt.SigningMethodRS256, other, "k1", a.claims(nil)), errRefused},
		"unknown kid":                 {sign(t, jwt.SigningMethodRS256, rsaKey(), "k2", a.claims(nil)), errRefused},
		"no kid":                      {sign(t, jwt.SigningMethodRS256, rsaKey(), "", a.claims(nil)), errRefused},
		"alg none":                    {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k1", a.claims(nil)), errRefused},
		"public key as HMAC secret":   {sign(t, jwt.SigningMethodHS256, public, "k1", a.claims(nil)), errRefused},
		"algorithm of another family": {sign(t, jwt.SigningMethodES256, curve, "k1", a.claims(nil)), errRefused},
		"algorithm not chosen":        {sign(t, jwt.SigningMethodRS384, rsaKey(), "k1", a.claims(nil)), errRefused},
		"claims exchanged":            {parts[0] + "." + strings.Split(rs(jwt.MapClaims{"sub": "bob"}), ".")[1] + "." + parts[2], errRefused},
		"signature cut":               {parts[0] + "." + parts[1] + ".", errRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if err := v.Prepare(context.Background(), c.token, now); err != nil {
				t.Fatal(err)
			}
			identity, err := v.Verify(c.token, now.UnixMilli())
			if err != c.want {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err == nil && (identity.Provider != OIDC || identity.Claims.Field("sub").Str() != "alice" || identity.ExpiresMs <= now.UnixMilli()) {
				t.Errorf("identity %+v", identity)
			}
		})
	}
}

func TestRotation(t *testing.T) {
	a := newAuthority(t)
	a.publish("k1", rsaKey())
	v := verifier(t, a)
	next, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	check := func(at time.Time, key *rsa.PrivateKey, id string) error {
		token := sign(t, jwt.SigningMethodRS256, key, id, a.claims(jwt.MapClaims{"exp": at.Add(time.Hour).Unix()}))
		if err := v.Prepare(context.Background(), token, at); err != nil {
			t.Fatal(err)
		}
		_, err := v.Verify(token, at.UnixMilli())
		return err
	}
	if err := check(now, rsaKey(), "k1"); err != nil {
		t.Fatal(err)
	}
	a.publish("k2", next)
	later := now.Add(unknownKeyAtLeast)
	if err := check(later, next, "k2"); err != nil {
		t.Errorf("the new key is refused: %v", err)
	}
	asked := a.times()
	for range 20 {
		if err := check(later.Add(time.Second), rsaKey(), "k9"); err != errRefused {
			t.Errorf("an unknown key gave %v", err)
		}
	}
	if a.times() != asked {
		t.Errorf("tokens with unknown keys made the server ask %d times", a.times()-asked)
	}
	a.mu.Lock()
	a.keys = a.keys[1:] // k1 is taken back
	hang := make(chan struct{})
	a.hang = hang // until the request that notices it is answered
	a.mu.Unlock()
	later = later.Add(refreshEvery)
	if err := check(later, rsaKey(), "k1"); err != nil {
		t.Errorf("the request that notices that the keys are old waited for them: %v", err)
	}
	close(hang)
	v.idle()
	if err := check(later, rsaKey(), "k1"); err != errRefused {
		t.Errorf("a key that was taken back gave %v", err)
	}
}

// idle waits until no issuer is being asked.
func (v *Verifier) idle() {
	for _, one := range v.issuers {
		one.keys.mu.RLock()
		under := one.keys.fetch
		one.keys.mu.RUnlock()
		if under != nil {
			<-under.ended
		}
	}
}

// TestHangingIssuer: keys that are known serve on while the issuer does not answer; the request that
// waits for an unknown key leaves without taking the fetch from the others, and keys that could not be
// fetched for a day are good no more.
func TestHangingIssuer(t *testing.T) {
	a := newAuthority(t)
	a.publish("k1", rsaKey())
	v := verifier(t, a)
	use := func(ctx context.Context, at time.Time, id string) error {
		token := sign(t, jwt.SigningMethodRS256, rsaKey(), id, a.claims(jwt.MapClaims{"exp": at.Add(time.Hour).Unix()}))
		v.Prepare(ctx, token, at)
		_, err := v.Verify(token, at.UnixMilli())
		return err
	}
	if err := use(context.Background(), now, "k1"); err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	a.mu.Lock()
	a.hang = hang
	a.mu.Unlock()
	later := now.Add(2 * refreshEvery)
	for range 3 { // all of them while the first one's refresh hangs: this test would wait for it
		if err := use(context.Background(), later, "k1"); err != nil {
			t.Errorf("a known key while the issuer hangs: %v", err)
		}
	}
	gone, leave := context.WithCancel(context.Background())
	leave()
	if err := use(gone, later, "k2"); err != errRefused {
		t.Errorf("an unknown key of somebody who left: %v", err)
	}
	a.publish("k2", rsaKey())
	close(hang)
	v.idle()
	if err := use(context.Background(), later, "k2"); err != nil {
		t.Errorf("the fetch went with who had asked for it: %v", err)
	}
	a.server.Close()
	if err := use(context.Background(), later.Add(staleAtMost-time.Second), "k1"); err != nil {
		t.Errorf("an issuer that was away for less than a day: %v", err)
	}
	v.idle()
	if err := use(context.Background(), later.Add(staleAtMost), "k1"); err != errRefused {
		t.Errorf("keys a day old: %v", err)
	}
}

// TestRun: keys are fetched before anybody asks, and again before they are old.
func TestRun(t *testing.T) {
	a := newAuthority(t)
	a.publish("k1", rsaKey())
	a.refreshed = make(chan struct{}, 1)
	v := verifier(t, a)
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		v.Run(ctx, func(err error) { t.Error(err) })
	}()
	<-a.refreshed
	v.idle()
	token := sign(t, jwt.SigningMethodRS256, rsaKey(), "k1", a.claims(jwt.MapClaims{"iat": nil, "exp": time.Now().Add(time.Hour).Unix()}))
	if _, err := v.Verify(token, time.Now().UnixMilli()); err != nil {
		t.Error(err)
	}
	end()
	<-ended
}

func TestUnusableKeys(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":    "<html>",
		"no keys":    `{"keys":[]}`,
		"too long":   `{"keys":[{"kid":"` + strings.Repeat("k", keysBytesMax) + `"}]}`,
		"a secret":   `{"keys":[{"kty":"oct","kid":"k1","k":"c2VjcmV0"}]}`,
		"not a list": `{"keys":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t)
			a.body = []byte(body)
			v := verifier(t, a)
			token := sign(t, jwt.SigningMethodRS256, rsaKey(), "k1", a.claims(nil))
			problem := v.Prepare(context.Background(), token, now)
			if problem == nil && name != "a secret" {
				t.Error("the log would not learn of it")
			}
			if _, err := v.Verify(token, now.UnixMilli()); err != errRefused {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestIssuersAreChecked(t *testing.T) {
	for name, issuers := range map[string][]Issuer{
		"no https":          {{Provider: OIDC, URL: "http://issuer.example"}},
		"looks like local":  {{Provider: OIDC, URL: "http://localhost.example"}},
		"keys without TLS":  {{Provider: OIDC, URL: "https://issuer.example", KeysURL: "http://issuer.example/k"}},
		"no URL":            {{Provider: OIDC}},
		"unknown provider":  {{Provider: "iam", URL: "https://issuer.example"}},
		"a shared secret":   {{Provider: OIDC, URL: "https://issuer.example", Algorithms: []string{"HS256"}}},
		"none":              {{Provider: OIDC, URL: "https://issuer.example", Algorithms: []string{"none"}}},
		"one issuer, twice": {{Provider: OIDC, URL: "https://i.example"}, {Provider: UserPools, URL: "https://i.example"}},
	} {
		if _, err := New(issuers, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestRealms: one issuer, or one user pool, has plain owners; of several the one that says so.
func TestRealms(t *testing.T) {
	a, b := Issuer{Provider: OIDC, URL: "https://a.example"}, Issuer{Provider: OIDC, URL: "https://b.example:8443/x/"}
	pool := Issuer{Provider: UserPools, URL: "https://pool.example"}
	plain := a
	plain.PlainOwners = true
	for name, c := range map[string]struct {
		issuers []Issuer
		want    string
	}{
		"one":                {[]Issuer{a}, ""},
		"two":                {[]Issuer{a, b}, "a.example b.example%3A8443/x"},
		"a pool and another": {[]Issuer{a, pool}, "a.example "},
		"chosen":             {[]Issuer{plain, b, pool}, " b.example%3A8443/x pool.example"},
	} {
		v, err := New(c.issuers, nil)
		if err != nil {
			t.Fatal(err)
		}
		var realms []string
		for _, one := range v.issuers {
			realms = append(realms, one.realm)
		}
		if got := strings.Join(realms, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	other := b
	other.PlainOwners = true
	if _, err := New([]Issuer{plain, other}, nil); err == nil {
		t.Error("two issuers have plain owners")
	}
	if _, err := New([]Issuer{a, {Provider: OIDC, URL: "https://a.example/"}}, nil); err == nil {
		t.Error("two issuers have one realm")
	}
}

func FuzzVerify(f *testing.F) {
	v, err := New([]Issuer{{Provider: OIDC, URL: "https://issuer.example"}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIn0.")
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := v.Verify(token, now.UnixMilli()); err == nil {
			t.Errorf("%q was believed without any key", token)
		}
	})
}
