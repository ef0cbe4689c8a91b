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

// subjectKey names the meta entry with the subject of a mode's tokens. clear() removes it.
func subjectKey(mode string) string { return "subject/" + mode }

// subjectIn is the person that the claims of a token name, "" when they name none.
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

// SameSubject reports whether two subjects are the same person. An earlier release bound changes to a subject without
// its issuer; such a change belongs to the first person who signs in with that subject (rebound).
func SameSubject(bound, subject string) bool {
	alone, _, named := strings.Cut(subject, "@")
	return bound == subject || named && bound == alone
}

// bindSubject reports whether a token may be used for this database. With a user configured, the database belongs to
// the subject of the first token: another person's token would send this user's changes under another name (rule 12).
// Without a user, bindSubject notes the subject of the last token, so that clear() can park changes as that person's.
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

// rebind adds the issuer to changes that earlier releases bound to a subject alone, so that a person with the same
// subject at another issuer never gets them.
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

// Reader identifies the person who reads by a mode. Other readers see other rows, so they need cursors and runs of
// their own.
func (a *Auth) Reader(mode string) string {
	if subject := a.of(mode).subject; subject != "" {
		return mode + "/" + subject
	}
	return mode
}

// owns reports whether a change that was bound to a person may go by the current credentials of a mode.
func (a *Auth) owns(m *store.Mutation, mode string) bool {
	of, bound, _ := strings.Cut(m.Owner, "/")
	return m.Owner == "" || of == mode && SameSubject(bound, a.of(mode).subject)
}
