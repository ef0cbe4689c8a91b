package push

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/link"
)

// What the outbox does when the server does not take a request as from whom it says it is.

// putBack leaves the members of a batch as they are, sent and unanswered. A 403 may be a
// firewall's word about one of them, so these go apart when the credentials are not to blame.
func (p *Push) putBack(batch []*store.Mutation, a link.Answer) {
	p.busy = false
	p.splitUp(batch, a.Status == 403 && p.auth.IsPaused(a.Mode()))
}

// settleMode notes what an answer says about the auth mode that a mutation went by.
func (p *Push) settleMode(m *store.Mutation, v verdict, mode string) {
	p.auth.AnsweredFor(m.ID)
	if mode != "" && (v == acknowledge || v == conflicted) {
		p.auth.ModeWorked(m.Key.Model, string(m.Operation), mode)
	}
}
