package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/peer"
)

// verdict is what a response says about one mutation.
type verdict uint8

const (
	unanswered  verdict = iota // nothing definite: it goes again
	acknowledge                // data
	conflicted                 // ConflictUnhandled
	refused                    // refused for good
	busyServer                 // the server could not do it now; it goes again later
)

// ruling is a verdict with its evidence.
type ruling struct {
	verdict verdict
	row     record.Value
	err     appsync.Error
}

// pushAnswered reads the response of a batch. Each alias is answered by its data, or by errors
// whose path begins with it; whatever else the response says answers nobody, and the members go
// again one by one (rule 6).
func (e *Engine) pushAnswered(batch []*store.Mutation, keys []string, a answer) {
	switch {
	case canary.DroppedOn5xx && a.status >= 500, canary.DroppedOnExpiry && e.turnedAway(a):
		for _, m := range batch {
			e.alreadyGone(m)
		}
		e.push.busy = false
		return
	case a.failed != "":
		e.unreachable(batch, a)
		return
	case e.turnedAway(a):
		e.putBack(batch, a)
		return
	case a.status == 429 || a.status >= 500:
		e.splitUp(batch, a.status != 429)
		e.pushFailed(a.retryAfterMs)
		e.reportBusy(batch[0], a)
		return
	}
	response, err := appsync.ParseResponse(a.body)
	if err != nil {
		response = appsync.Response{}
	}
	rulings := make([]ruling, len(batch))
	definite := false
	for i, key := range keys {
		if canary.WrongAlias {
			key = keys[(i+1)%len(keys)]
		}
		rulings[i] = rule(response, key, len(batch) == 1, a.status)
		definite = definite || rulings[i].verdict != unanswered
	}
	if !definite && e.turnedAwayBy(response, a) {
		e.putBack(batch, a)
		return
	}
	if !definite {
		e.splitUp(batch, true)
		e.pushFailed(a.retryAfterMs)
		e.reportBusy(batch[0], a)
		return
	}
	e.push.attempts, e.push.toldBusy = 0, false
	e.peer.Learn(response, false)
	e.auth.Accepted(a.mode, a.token)
	e.carryOut(batch, rulings, a.mode)
}

// unreachable handles a request that was never answered. A timeout may be one mutation's fault,
// so its companions go apart; a broken connection is the network's, unless it breaks every time.
func (e *Engine) unreachable(batch []*store.Mutation, a answer) {
	for _, m := range batch {
		delete(e.push.verified, m.ID)
	}
	if a.failed == "timeout" || e.push.attempts >= pushBrokenMax {
		e.splitUp(batch, true)
	}
	e.pushFailed(0)
	e.push.cutOff = true
	e.doubt()
}

// splitUp makes the members go one by one; a single one that failed steps behind the others.
func (e *Engine) splitUp(batch []*store.Mutation, apart bool) {
	for _, m := range batch {
		delete(e.push.verified, m.ID)
		if apart {
			e.push.alone[m.ID] = true
		}
	}
	if apart && len(batch) == 1 {
		e.troubleWith(batch[0].ID)
	}
}

// rule reads one mutation's answer out of a response.
func rule(r appsync.Response, key string, single bool, status int) ruling {
	if row := r.Data.Field(key); row.Kind() == record.Object {
		return ruling{verdict: acknowledge, row: row}
	}
	own := r.ErrorsOf(key)
	if len(own) == 0 && single && len(r.Errors) > 0 {
		own = r.Errors[:1] // nobody else can be meant
		if status < 400 && own[0].Path != nil {
			return ruling{verdict: unanswered}
		}
	}
	if len(own) == 0 { // a 404 or 413 without GraphQL errors may be a proxy's: nobody's answer
		return ruling{verdict: unanswered}
	}
	err := own[0]
	_, byCredentials := peer.RefusesCredentials(own[:1])
	switch {
	case byCredentials: // about who asks, and a fresh token may help
		return ruling{verdict: unanswered}
	case err.Type == appsync.ConflictUnhandled:
		return ruling{verdict: conflicted, row: err.Data, err: err}
	case peer.IsPassing(err):
		return ruling{verdict: busyServer, err: err}
	}
	return ruling{verdict: refused, err: err}
}

// carryOut turns the rulings of one response into commits: one for all acknowledgements, one for
// each conflict and each refusal. The queue goes on when they are durable.
func (e *Engine) carryOut(batch []*store.Mutation, rulings []ruling, mode string) {
	acks := e.newAcks()
	for i, m := range batch {
		switch rulings[i].verdict {
		case unanswered:
			e.splitUp(batch[i:i+1], len(batch) > 1)
			continue
		case busyServer:
			e.splitUp(batch[i:i+1], true)
			e.reportPassing(m, e.push.troubled[m.ID], rulings[i].err)
			continue
		case acknowledge:
			acks.add(m, rulings[i].row)
			acks.refetch(m.Key.Model, rulings[i].row)
		case conflicted:
			if rulings[i].err.Type == appsync.ConflictUnhandled && e.refusedResend(m, rulings[i].row) {
				delete(e.push.alone, m.ID)
				continue
			}
			e.noteConflict(m, rulings[i].row)
		case refused:
			if peer.IsUnauthorized(rulings[i].err.Type) && e.auth.NextMode(m, mode) {
				e.push.verified[m.ID] = true // refused, so it was not applied
				continue
			}
			e.refuse(m, rulings[i].err)
		}
		e.settleMode(m, rulings[i].verdict, mode)
		delete(e.push.alone, m.ID)
		delete(e.push.verified, m.ID)
		delete(e.push.troubled, m.ID)
	}
	acks.commit()
	failed := e.ofConnection(func() { e.pushFailed(0) })
	e.door.WhenDurable(e.ofConnection(func() { e.push.busy = false }), func(*app.Error) { failed() })
}
