package push

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/peer"
)

// verdict is what a response says about one mutation.
type verdict uint8

const (
	unanswered  verdict = iota // nothing definite, so it is sent again
	acknowledge                // data
	conflicted                 // ConflictUnhandled
	refused                    // refused for good
	busyServer                 // the server could not do it now, so it is sent again later
)

// ruling is a verdict with its evidence.
type ruling struct {
	verdict verdict
	row     record.Value
	err     appsync.Error
}

// answered reads the response to a batch. A mutation is answered by the data under its alias, or by errors whose path
// begins with the alias. When a response answers no mutation, the members of the batch are sent again one by one (rule
// 6).
func (p *Push) answered(batch []*store.Mutation, keys []string, a link.Answer) {
	switch {
	case canary.DroppedOn5xx && a.Status >= 500, canary.DroppedOnExpiry && p.link.TurnedAway(a):
		for _, m := range batch {
			p.decide.AlreadyGone(m)
		}
		p.busy = false
		return
	case a.Failed != "":
		p.unreachable(batch, a)
		return
	case p.link.TurnedAway(a):
		p.putBack(batch, a)
		return
	case a.Status == 429 || a.Status >= 500:
		p.splitUp(batch, a.Status != 429)
		p.failed(a.RetryAfterMs)
		p.reportBusy(batch[0], a)
		return
	}
	response, err := appsync.ParseResponse(a.Body)
	if err != nil {
		response = appsync.Response{}
	}
	rulings := make([]ruling, len(batch))
	definite := false
	for i, key := range keys {
		if canary.WrongAlias {
			key = keys[(i+1)%len(keys)]
		}
		rulings[i] = rule(response, key, len(batch) == 1, a.Status)
		definite = definite || rulings[i].verdict != unanswered
	}
	if !definite && p.link.TurnedAwayBy(response, a) {
		p.putBack(batch, a)
		return
	}
	if !definite {
		p.splitUp(batch, true)
		p.failed(a.RetryAfterMs)
		p.reportBusy(batch[0], a)
		return
	}
	p.attempts, p.toldBusy = 0, false
	p.peer.Learn(response, false)
	p.link.Accepted(a)
	p.carryOut(batch, rulings, a.Mode())
}

// unreachable handles a request that got no answer. One mutation may have caused a timeout, so the members of the batch
// are then sent one by one. A broken connection is the network's fault, unless connections keep breaking.
func (p *Push) unreachable(batch []*store.Mutation, a link.Answer) {
	for _, m := range batch {
		delete(p.verified, m.ID)
	}
	if a.Failed == "timeout" || p.attempts >= brokenMax {
		p.splitUp(batch, true)
	}
	p.failed(0)
	p.cutOff = true
	p.link.Doubt()
}

// splitUp makes the members of a batch go one by one. A single mutation that failed goes after the others.
func (p *Push) splitUp(batch []*store.Mutation, apart bool) {
	for _, m := range batch {
		delete(p.verified, m.ID)
		if apart {
			p.alone[m.ID] = true
		}
	}
	if apart && len(batch) == 1 {
		p.troubleWith(batch[0].ID)
	}
}

// rule finds the answer to one mutation in a response.
func rule(r appsync.Response, key string, single bool, status int) ruling {
	if row := r.Data.Field(key); row.Kind() == record.Object {
		return ruling{verdict: acknowledge, row: row}
	}
	own := r.ErrorsOf(key)
	if len(own) == 0 && single && len(r.Errors) > 0 {
		own = r.Errors[:1] // the error can only be about this mutation
		if status < 400 && own[0].Path != nil {
			return ruling{verdict: unanswered}
		}
	}
	if len(own) == 0 { // a 404 or 413 without GraphQL errors may come from a proxy, so it answers no mutation
		return ruling{verdict: unanswered}
	}
	err := own[0]
	_, byCredentials := peer.RefusesCredentials(own[:1])
	switch {
	case byCredentials: // the error is about the caller, and a fresh token may help
		return ruling{verdict: unanswered}
	case err.Type == appsync.ConflictUnhandled:
		return ruling{verdict: conflicted, row: err.Data, err: err}
	case peer.IsPassing(err):
		return ruling{verdict: busyServer, err: err}
	}
	return ruling{verdict: refused, err: err}
}

// carryOut commits the rulings of one response: one commit for all acknowledgements, and one for each conflict and each
// refusal. The queue goes on when all are durable.
func (p *Push) carryOut(batch []*store.Mutation, rulings []ruling, mode string) {
	acks := p.newAcks()
	for i, m := range batch {
		switch rulings[i].verdict {
		case unanswered:
			p.splitUp(batch[i:i+1], len(batch) > 1)
			continue
		case busyServer:
			p.splitUp(batch[i:i+1], true)
			p.reportPassing(m, p.troubled[m.ID], rulings[i].err)
			continue
		case acknowledge:
			acks.add(m, rulings[i].row)
			p.pull.Refetch(m.Key.Model, rulings[i].row, acks.merge.Draft())
		case conflicted:
			if rulings[i].err.Type == appsync.ConflictUnhandled && p.refusedResend(m, rulings[i].row) {
				delete(p.alone, m.ID)
				continue
			}
			p.conflicted(m, rulings[i].row)
		case refused:
			if peer.IsUnauthorized(rulings[i].err.Type) && p.auth.NextMode(m, mode) {
				p.verified[m.ID] = true // it was refused, so it was not applied
				continue
			}
			p.refuse(m, rulings[i].err)
		}
		p.settleMode(m, rulings[i].verdict, mode)
		delete(p.alone, m.ID)
		delete(p.verified, m.ID)
		delete(p.troubled, m.ID)
	}
	acks.commit()
	failed := p.link.OfConnection(func() { p.failed(0) })
	p.door.WhenDurable(p.link.OfConnection(func() { p.busy = false }), func(*app.Error) { failed() })
}
