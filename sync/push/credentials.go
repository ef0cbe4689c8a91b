package push

import (
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/link"
)

// What push does when the server refuses the credentials of a request.

// putBack leaves the members of a batch sent and unanswered. A firewall may have answered 403 because of one of them,
// so they are sent one by one when the credentials are not to blame.
func (p *Push) putBack(batch []*store.Mutation, a link.Answer) {
	p.busy = false
	p.splitUp(batch, a.Status == 403 && p.auth.IsPaused(a.Mode()))
}

// settleMode notes what an answer shows about the auth mode of a mutation.
func (p *Push) settleMode(m *store.Mutation, v verdict, mode string) {
	p.auth.AnsweredFor(m.ID)
	if mode != "" && (v == acknowledge || v == conflicted) {
		p.auth.ModeWorked(m.Key.Model, string(m.Operation), mode)
	}
}
