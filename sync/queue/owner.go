package queue

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/config"
)

// ownerOf is the person whose credentials were to send a change, in the form of auth's Reader; "" for none in
// particular.
func (q *Queue) ownerOf(m *store.Mutation) string {
	if m.Owner != "" {
		return m.Owner
	}
	modes := []string{q.auth.DefaultMode()}
	if model := q.setup.Schema.Model(m.Key.Model); model != nil {
		modes = q.auth.ModesFor(model, string(m.Operation))
	}
	if len(modes) == 1 && modes[0] == config.ModeNone && q.setup.Config.DefaultAuthMode == "" && q.auth.Undeclared() {
		modes = config.ProvidedModes // no page has started yet and declared its providers
	}
	for _, mode := range modes {
		if subject := q.auth.LastSubject(mode); subject != "" {
			return mode + "/" + subject
		}
	}
	return ""
}

// foreign says why a parked change has to stay parked; nil when it may be restored.
func (q *Queue) foreign(m *store.Mutation) *store.Cause {
	if of, known := appOf(m.App); known && !of.same(q.app()) {
		return &store.Cause{Code: app.CauseAnotherApp, Message: "It belongs to another app that used this database, and " +
			"waits until that opens it again."}
	}
	if q.auth.IsSomebodyElses(m) {
		return auth.SomebodyElses()
	}
	return nil
}
