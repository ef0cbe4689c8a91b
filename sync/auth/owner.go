package auth

import (
	"strings"

	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// LastSubject is whose tokens a mode took last, "" when that is not known.
func (a *Auth) LastSubject(mode string) string {
	if c := a.modes[mode]; c != nil && c.subject != "" {
		return c.subject
	}
	return a.door.Stage.Meta(subjectKey(mode)).Str()
}

// IsSomebodyElses reports a change that is bound to another person than who is signed in, or was last.
func (a *Auth) IsSomebodyElses(m *store.Mutation) bool {
	mode, subject, _ := strings.Cut(m.Owner, "/")
	known := a.LastSubject(mode)
	return known != "" && !SameSubject(subject, known) && !canary.OthersChanges
}

// SomebodyElses is the cause of a change that waits for the person who made it.
func SomebodyElses() *store.Cause {
	return &store.Cause{Code: app.CauseUnauthorized, Message: "Somebody else made the change. It is sent when that person " +
		"is signed in."}
}

// sentByOwner reports whether a mode that has credentials may send a change that was restored.
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
