package auth

import (
	"strings"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// LastSubject is the subject of the last token of a mode, "" when it is not known.
func (a *Auth) LastSubject(mode string) string {
	if c := a.modes[mode]; c != nil && c.subject != "" {
		return c.subject
	}
	return a.door.Stage.Meta(subjectKey(mode)).Str()
}

// IsSomebodyElses reports whether a change is bound to another person than the one who is signed in, or was last.
func (a *Auth) IsSomebodyElses(m *store.Mutation) bool {
	mode, subject, _ := strings.Cut(m.Owner, "/")
	known := a.LastSubject(mode)
	return known != "" && !SameSubject(subject, known) && !canary.OthersChanges
}

// SomebodyElses is the cause of a change that waits until the person who made it signs in.
func SomebodyElses() *store.Cause {
	return &store.Cause{Code: app.CauseUnauthorized, Message: "Somebody else made the change. It is sent when that person " +
		"is signed in."}
}

// sentByOwner reports whether a mode may send a change: a restored change goes only by the credentials of the person
// who made it. The app is told once that such a change waits.
func (a *Auth) sentByOwner(m *store.Mutation, mode string) bool {
	if a.owns(m, mode) || canary.OthersChanges {
		return true
	}
	if !a.toldOwner {
		a.toldOwner = true
		a.line.Report(app.Trouble{Process: "mutate", Code: app.CodeUnauthorized, Kind: "Unauthorized",
			Message: "A restored change was made by somebody else than who is signed in. It is kept, and sent when " +
				"that person is signed in; or discard it."})
	}
	return false
}
