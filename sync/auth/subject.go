package auth

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// An issuer and a subject together identify a person (claim 12.4): two issuers may each know an alice. The engine
// keeps the pair as SUBJECT@ISSUER, both hashed, so that no names stand in the local database. For a token that
// names no issuer, and in databases of earlier releases, it is SUBJECT alone.

// subjectKey names the meta entry with whose tokens a mode takes. clear() removes it.
func subjectKey(mode string) string { return "subject/" + mode }

// subjectIn is who the claims of a token speak of, "" when they don't say it.
func subjectIn(claims record.Value) string {
	subject, issuer := claims.Field("sub").Str(), claims.Field("iss").Str()
	switch {
	case subject == "":
		return ""
	case issuer == "":
		return hashOf(subject)
	}
	return hashOf(subject) + "@" + hashOf(issuer)
}

func hashOf(name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	return strconv.FormatUint(h.Sum64(), 16)
}

// SameSubject reports whether what was bound is somebody's. What an earlier release bound, to a subject without
// its issuer, is of the first who signs in with that subject (rebound).
func SameSubject(bound, subject string) bool {
	alone, _, named := strings.Cut(subject, "@")
	return bound == subject || named && bound == alone
}

// bindSubject reports whether a token may be used for this database. With a user configured, the
// database is the one of the first token's subject: somebody else's token would send this user's
// changes under another name (rule 12). Without a user it is noted whose they were last: clear() parks
// changes as theirs.
func (a *Auth) bindSubject(mode, subject string) bool {
	if subject == "" || !a.host.Ready() || canary.AnyPerson {
		return true
	}
	bound := a.door.Stage.Meta(subjectKey(mode)).Str()
	if bound != "" && a.setup.Config.User != "" && !SameSubject(bound, subject) {
		return false
	}
	c := &store.Commit{Name: "meta"}
	if bound != subject {
		c.Set(subjectKey(mode), record.OfString(subject))
	}
	a.rebind(c, mode, subject)
	if !c.Empty() {
		a.rebinding = a.rebinding || len(c.Mutations) > 0
		done := func() { a.rebinding = false }
		a.door.Commit(c, done, func(*app.Error) { done() })
	}
	return true
}

// rebind binds what earlier releases parked for a subject alone to its issuer as well, so that nobody whom
// another issuer calls the same gets it later.
func (a *Auth) rebind(c *store.Commit, mode, subject string) {
	for _, list := range [][]*store.Mutation{a.door.Image.Parked(), a.door.Stage.Outbox()} {
		for _, m := range list {
			of, bound, _ := strings.Cut(m.Owner, "/")
			if of != mode || bound == subject || !SameSubject(bound, subject) || a.door.Touched(m.ID) {
				continue
			}
			next := *m
			next.Owner = mode + "/" + subject
			c.Keep(&next)
			c.Strict = true
		}
	}
}

// Reader is who reads by a mode. Another reader sees other rows, so cursors and runs are not for them.
func (a *Auth) Reader(mode string) string {
	if subject := a.of(mode).subject; subject != "" {
		return mode + "/" + subject
	}
	return mode
}

// owns reports whether a change that was bound to somebody may go by a mode's credentials of today.
func (a *Auth) owns(m *store.Mutation, mode string) bool {
	of, bound, _ := strings.Cut(m.Owner, "/")
	return m.Owner == "" || of == mode && SameSubject(bound, a.of(mode).subject)
}
