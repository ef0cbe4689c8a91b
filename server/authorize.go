package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// Credentials are those of a request, a connection or a start frame.
type Credentials struct {
	APIKey        string
	Authorization string
}

// CredentialsOf reads an authorization object of the realtime protocol. It ignores case in the names of headers.
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

// Caller is the recognized sender of a request. The zero Caller is nobody.
type Caller struct {
	Provider string    // of @auth rules: apiKey, userPools or oidc
	Identity *Identity // nil for an API key
}

// identity is the caller in the form that conflict functions get: null for an API key.
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

// hash is user as a hash, for the tables, where names don't belong.
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

// logged is the caller in the form for logs.
func (c Caller) logged() string {
	if c.Identity == nil {
		return c.Provider
	}
	return c.hash()
}

// nameless reports whether a caller's token has no subject: two such callers can't be told apart.
const nameless = "-"

// Authenticate recognizes a caller by the token in Authorization if there is one, else by the API key. The error is a
// *appsync.RequestError of type UnauthorizedException, which HTTP answers with 401.
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

// access is what a caller wants to do with a model: one of the operations of an @auth rule.
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
