package server

import "github.com/deltabase/deltabase/record"

// Identity is who a verified token speaks for.
type Identity struct {
	Provider string // "userPools" or "oidc": the provider of @auth rules
	Issuer   string // the token's iss
	// Realm binds owners and groups to the issuer where there are several: they are stored as
	// "::REALM::NAME". It has no colon. "" stores them as AppSync does.
	Realm     string
	Claims    record.Value // the token's claims, an object
	ExpiresMs int64        // ms since 1970, from exp
}

// Tokens verifies the Authorization of callers. It must answer at once, from keys that it has
// loaded: the core never waits. The error's text is told to the caller.
type Tokens interface {
	Verify(authorization string, nowMs int64) (Identity, error)
}
