package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
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
	Provider string // "apiKey"
}

// identity is the caller as conflict functions see it: null for an API key.
func (c Caller) identity() record.Value { return record.NullValue() }

// Authenticate recognises a caller. The error is a *appsync.RequestError of type
// UnauthorizedException, which HTTP answers with 401.
func (s *Server) Authenticate(c Credentials) (Caller, error) {
	if c.APIKey == "" && c.Authorization == "" {
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
)

// authorize is the one place that decides who may do what, for every operation, every delivered
// event and the row inside a conflict error alike.
func (s *Server) authorize(c Caller, m *schema.Model, want access) bool {
	if c.Provider == "" {
		return false
	}
	if len(m.Auth) == 0 {
		return s.options.Sandbox
	}
	for _, rule := range m.Auth {
		if rule.Allow == "public" && rule.Provider == c.Provider && covers(rule, want) {
			return true
		}
	}
	return false
}

// covers: "read" stands for all ways of reading.
func covers(rule schema.AuthRule, want access) bool {
	if slices.Contains(rule.Operations, string(want)) {
		return true
	}
	switch want {
	case getAccess, listAccess, syncAccess, listenAccess:
		return slices.Contains(rule.Operations, "read")
	}
	return false
}
