// Package identity verifies the tokens of OpenID Connect issuers and Cognito user pools, as
// RFC 8725 asks: the algorithms are fixed per issuer, keys come from the configured issuer only,
// and issuer, audience and times are checked.
package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// Providers of an issuer, as @auth rules name them.
const (
	UserPools = "userPools"
	OIDC      = "oidc"
)

const (
	skew          = 60 * time.Second // that an issuer's clock may be ahead of ours; exp is kept exactly
	tokenBytesMax = 16 << 10
)

// algorithmsDefault is what issuers sign with unless the configuration says otherwise. Secrets
// shared with the issuer (HS256) and "none" can't be chosen.
var algorithmsDefault = []string{"RS256"}

var algorithmsAllowed = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Issuer is who may sign tokens.
type Issuer struct {
	Provider   string   // UserPools or OIDC
	URL        string   // compared with iss, byte by byte
	KeysURL    string   // of the JSON Web Key Set; default: found by discovery below URL
	Clients    []string // one of them must be in aud (or client_id, azp); none means any
	Algorithms []string // default RS256
	// PlainOwners stores the owners and groups of this issuer's users as AppSync does, without the
	// issuer's name. At most one issuer has it; default: the only issuer, else the only user pool.
	PlainOwners bool
}

// Verifier verifies tokens of some issuers. It is a server.Tokens.
type Verifier struct {
	issuers []*issuer
}

type issuer struct {
	Issuer
	keys   *keySet
	parser *jwt.Parser
	realm  string // "" for plain owners
}

var _ server.Tokens = (*Verifier)(nil)

// New makes a verifier; no keys are fetched yet. A nil client is one that follows no redirects.
func New(issuers []Issuer, client *http.Client) (*Verifier, error) {
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	v := &Verifier{}
	for _, one := range issuers {
		if err := one.check(); err != nil {
			return nil, err
		}
		for _, other := range v.issuers {
			if other.URL == one.URL {
				return nil, fmt.Errorf("the issuer %s is named twice; a token could not tell for which it is", one.URL)
			}
		}
		if len(one.Algorithms) == 0 {
			one.Algorithms = algorithmsDefault
		}
		v.issuers = append(v.issuers, &issuer{
			Issuer: one,
			keys:   &keySet{named: one.KeysURL, issuer: one.URL, client: client},
			parser: jwt.NewParser(jwt.WithValidMethods(one.Algorithms), jwt.WithoutClaimsValidation()),
		})
	}
	return v, bindRealms(v.issuers)
}

func (i Issuer) check() error {
	if i.Provider != UserPools && i.Provider != OIDC {
		return fmt.Errorf("the issuer %s has the provider %q; it must be userPools or oidc", i.URL, i.Provider)
	}
	for _, address := range []string{i.URL, i.KeysURL} {
		if address != "" && !secured(address) {
			return fmt.Errorf("the issuer's address %q must begin with https:// (http:// for this machine only)", address)
		}
	}
	if i.URL == "" {
		return errors.New("an issuer has no URL; write the iss of its tokens")
	}
	for _, algorithm := range i.Algorithms {
		if !slices.Contains(algorithmsAllowed, algorithm) {
			return fmt.Errorf("the issuer %s may not sign with %q; allowed are %s", i.URL, algorithm, strings.Join(algorithmsAllowed, ", "))
		}
	}
	return nil
}

func secured(address string) bool {
	return strings.HasPrefix(address, "https://") || isLoopback(address)
}

func isLoopback(address string) bool {
	for _, host := range []string{"http://127.0.0.1", "http://localhost", "http://[::1]"} {
		if rest, ok := strings.CutPrefix(address, host); ok && (rest == "" || rest[0] == ':' || rest[0] == '/') {
			return true
		}
	}
	return false
}

// What a caller is told, in AppSync's words.
var (
	//lint:ignore ST1005 AppSync's text
	errGarbage = errors.New("Unable to parse JWT token.")
	//lint:ignore ST1005 AppSync's text
	errExpired = errors.New("Token has expired.")
	//lint:ignore ST1005 AppSync's text
	errRefused    = errors.New("You are not authorized to make this call.")
	errUnknownKey = errors.New("the key is not known")
)

// Prepare makes sure that the key of a token is loaded, if its issuer has it. Hosts call it before
// they hand the token to the core, where waiting is possible. A token whose key is known does not wait,
// whatever the issuer does. Its error is for the log.
func (v *Verifier) Prepare(ctx context.Context, authorization string, now time.Time) error {
	token, from := v.read(authorization)
	if from == nil {
		return nil
	}
	id, _ := token.Header["kid"].(string)
	return from.keys.load(ctx, id, now)
}

// Run fetches the keys of all issuers, and again before they are old, until ctx ends; report, which may
// be called at once from several goroutines, learns why an issuer could not be asked.
func (v *Verifier) Run(ctx context.Context, report func(error)) {
	var all sync.WaitGroup
	for _, one := range v.issuers {
		all.Go(func() { one.keys.refresh(ctx, report) })
	}
	all.Wait()
}

// read looks at a token without believing it.
func (v *Verifier) read(authorization string) (*jwt.Token, *issuer) {
	raw := bare(authorization)
	if raw == "" || len(raw) > tokenBytesMax {
		return nil, nil
	}
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(raw, claims)
	if err != nil {
		return nil, nil
	}
	name, _ := claims["iss"].(string)
	for _, one := range v.issuers {
		if one.URL == name {
			return token, one
		}
	}
	return token, nil
}

// bare is a token without "Bearer ".
func bare(authorization string) string {
	const scheme = "bearer "
	if len(authorization) > len(scheme) && strings.EqualFold(authorization[:len(scheme)], scheme) {
		authorization = authorization[len(scheme):]
	}
	return strings.TrimSpace(authorization)
}

// Verify checks a token with the keys that are loaded. Its errors are AppSync's words.
func (v *Verifier) Verify(authorization string, nowMs int64) (server.Identity, error) {
	seen, from := v.read(authorization)
	if seen == nil {
		return server.Identity{}, errGarbage
	}
	// No extension that must be understood is known here (RFC 7515, 4.1.11).
	if _, critical := seen.Header["crit"]; from == nil || critical {
		return server.Identity{}, errRefused
	}
	now := time.UnixMilli(nowMs)
	claims := jwt.MapClaims{}
	if _, err := from.parser.ParseWithClaims(bare(authorization), claims, from.keys.keyAt(now)); err != nil {
		return server.Identity{}, errRefused
	}
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return server.Identity{}, errRefused
	}
	if !now.Before(expires.Time) {
		return server.Identity{}, errExpired
	}
	if from.tooEarly(claims, now) || !from.meant(claims) {
		return server.Identity{}, errRefused
	}
	object, err := claimsOf(bare(authorization))
	if err != nil {
		return server.Identity{}, errGarbage
	}
	return server.Identity{Provider: from.Provider, Issuer: from.URL, Realm: from.realm, Claims: object,
		ExpiresMs: expires.UnixMilli()}, nil
}

// tooEarly: nbf or iat lies in the future.
func (i *issuer) tooEarly(claims jwt.MapClaims, now time.Time) bool {
	notBefore, err := claims.GetNotBefore()
	if err != nil || notBefore != nil && now.Add(skew).Before(notBefore.Time) {
		return true
	}
	issued, err := claims.GetIssuedAt()
	return err != nil || issued != nil && now.Add(skew).Before(issued.Time)
}

// meant: the token is for one of our clients, and of a kind that is for APIs. Cognito's access
// tokens name the client in client_id, its ID tokens in aud.
func (i *issuer) meant(claims jwt.MapClaims) bool {
	if use, ok := claims["token_use"].(string); i.Provider == UserPools && ok && use != "id" && use != "access" {
		return false
	}
	if len(i.Clients) == 0 {
		return true
	}
	named, err := claims.GetAudience()
	if err != nil {
		return false
	}
	for _, claim := range []string{"client_id", "azp"} {
		if one, ok := claims[claim].(string); ok {
			named = append(named, one)
		}
	}
	return slices.ContainsFunc(named, func(one string) bool { return slices.Contains(i.Clients, one) })
}

// claimsOf gives the claims as the issuer wrote them.
func claimsOf(raw string) (record.Value, error) {
	parts := strings.Split(raw, ".")
	text, err := jwt.NewParser().DecodeSegment(parts[1])
	if err != nil {
		return record.Value{}, err
	}
	return record.Parse(text)
}
