package server

import "github.com/deltabase/deltabase/record"

// Identity is the person that a verified token names.
type Identity struct {
	Provider string // "userPools" or "oidc": the provider of @auth rules
	Issuer   string // the token's iss
	// Realm binds owners and groups to the issuer if there are several issuers: they are stored as "::REALM::NAME". It
	// has no colon. With "" they are stored as AppSync stores them.
	Realm     string
	Claims    record.Value // the token's claims, an object
	ExpiresMs int64        // ms since 1970, from exp
}

// Tokens verifies the Authorization of callers. It must answer at once, from keys that it has loaded, because the core
// never waits. The caller gets the text of its error.
type Tokens interface {
	Verify(authorization string, nowMs int64) (Identity, error)
}
