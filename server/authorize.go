package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// Credentials are what a request, a connection or a start frame presents.
type Credentials struct {
	APIKey        string
	Authorization string
}

// CredentialsOf reads an authorization object of the realtime protocol; header names in it are
// matched without regard to case.
func CredentialsOf(object record.Value) Credentials {
	var c Credentials
	object.Fields(func(name string, value record.Value) bool {
		switch strings.ToLower(name) {
		case "x-api-key":
			c.APIKey = value.Str()
		case "authorization":
			c.Authorization = value.Str()
		}
		return true
	})
	return c
}

// Caller is who was recognised. The zero Caller is nobody.
type Caller struct {
	Provider string    // of @auth rules: apiKey, userPools or oidc
	Identity *Identity // nil for an API key
}

// identity is the caller as conflict functions see it: null for an API key.
func (c Caller) identity() record.Value {
	if c.Identity == nil {
		return record.NullValue()
	}
	var b record.Builder
	b.SetString("sub", c.claim("sub"))
	b.SetString("issuer", c.Identity.Issuer)
	b.SetString("username", c.claim("username"))
	b.Set("claims", c.Identity.Claims)
	b.SetNull("sourceIp")
	b.SetString("defaultAuthStrategy", "ALLOW")
	return b.Object()
}

// user names a signed-in user; "" for an API key, which many people share.
func (c Caller) user() string {
	if c.Identity == nil {
		return ""
	}
	return c.Identity.Issuer + "\n" + c.claim("sub")
}

// hash is user in a form that is kept in the tables, where names don't belong.
func (c Caller) hash() string {
	switch {
	case c.Identity == nil:
		return ""
	case c.claim("sub") == "":
		return nameless
	}
	sum := sha256.Sum256([]byte(c.user()))
	return hex.EncodeToString(sum[:16])
}

// logged is how a log names the caller.
func (c Caller) logged() string {
	if c.Identity == nil {
		return c.Provider
	}
	return c.hash()
}

// nameless callers have a token without a subject: two of them can't be told apart.
const nameless = "-"

// Authenticate recognises a caller: by the token in Authorization where there is one, else by the
// API key. The error is a *appsync.RequestError of type UnauthorizedException, which HTTP answers
// with 401.
func (s *Server) Authenticate(c Credentials, nowMs int64) (Caller, error) {
	switch {
	case c.Authorization != "" && s.options.Tokens != nil:
		identity, err := s.options.Tokens.Verify(c.Authorization, nowMs)
		if err != nil {
			return Caller{}, unauthorized(err.Error())
		}
		return Caller{Provider: identity.Provider, Identity: &identity}, nil
	case c.APIKey == "" && c.Authorization == "":
		return Caller{}, unauthorized("Valid authorization header not provided.")
	}
	sum := sha256.Sum256([]byte(c.APIKey))
	found := 0
	for _, key := range s.keys {
		found |= subtle.ConstantTimeCompare(sum[:], key[:])
	}
	if found == 0 || c.APIKey == "" {
		return Caller{}, unauthorized("You are not authorized to make this call.")
	}
	return Caller{Provider: "apiKey"}, nil
}

func unauthorized(message string) error {
	return &appsync.RequestError{Type: appsync.UnauthorizedException, Message: message}
}

// access is what a caller wants of a model: one of the operations of an @auth rule.
type access string

const (
	createAccess access = "create"
	updateAccess access = "update"
	deleteAccess access = "delete"
	getAccess    access = "get"
	listAccess   access = "list"
	syncAccess   access = "sync"
	listenAccess access = "listen"
	anyReading   access = "get, list, sync or listen"
)
