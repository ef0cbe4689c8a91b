package push

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/peer"
)

// read asks the server for one row. It calls found with the row (Missing for none), unknown when there was no definite
// answer, and refused when the row may not be read.
func (p *Push) read(m *store.Mutation, found func(record.Value), unknown func(link.Answer), refused func()) {
	model := p.setup.Schema.Model(m.Key.Model)
	keys, err := model.KeyFields(m.Key.ID)
	if err != nil {
		keys = record.Pick(m.Fields, model.Key...)
	}
	request := appsync.GetRequest(p.setup.Schema, model, keys)
	p.peer.AnnounceUs(&request)
	mode := p.auth.ModeFor(model, config.OperationRead, nil)
	p.link.Request("read "+model.Name, mode, request.Body(), link.RequestTimeoutMs, func(a link.Answer) {
		if a.Failed != "" || a.Status == 429 || a.Status >= 500 || p.link.TurnedAway(a) {
			unknown(a)
			return
		}
		response, err := appsync.ParseResponse(a.Body)
		if err != nil {
			unknown(a)
			return
		}
		p.link.Accepted(a)
		p.peer.Learn(response, false)
		key := appsync.GetField(model)
		switch row := response.Data.Field(key); {
		case row.Kind() == record.Object:
			found(row)
		case len(response.Errors) > 0 && peer.IsUnauthorized(response.Errors[0].Type):
			refused()
		case len(response.Errors) > 0 && appsync.IsMismatch(response.Errors[0].Message):
			refused() // the change asks for the same fields, so sending it again gets the same refusal
		case len(response.Errors) > 0 || response.Data.Kind() != record.Object:
			unknown(a)
		default:
			found(record.Value{})
		}
	})
}

// lookUp reads the record of an unanswered mutation before the mutation is sent again, because a server that keeps no
// mutation ids, or was not told this one, would apply it twice (rule 2).
func (p *Push) lookUp(m *store.Mutation) {
	again := func() {
		p.busy = false
		p.verified[m.ID] = true
	}
	p.read(m, func(row record.Value) { p.lookedUp(m, row) }, func(a link.Answer) { p.failed(a.RetryAfterMs) }, again)
}

// lookedUp decides by the server's present row:
//
//	update, delete   version as sent                                  send again
//	update           one higher, all sent fields equal                acknowledged
//	delete           one higher, deleted                              acknowledged
//	create           absent                                           send again
//	create           present as version 1 with all sent fields        acknowledged
//	create           present, and known before it was made            send again: the server refuses it
//	create           present as a later version, the id made for it  acknowledged
//	update           absent                                           send again: the server refuses it
//	create           present, an upsert                               changed (decide.Onto)
//	else                                                              the conflict path
func (p *Push) lookedUp(m *store.Mutation, row record.Value) {
	model := p.setup.Schema.Model(m.Key.Model)
	stamp := conflict.StampOf(row)
	again, done := false, false
	switch {
	case !row.Exists():
		again = true
	case m.Operation == conflict.Create:
		_, differing := conflict.Superseded(model, m.Fields, record.Value{}, row)
		done = stamp.Version == 1 && len(differing) == 0
		again = !done && p.outbox.FormerLife(m).Exists()
		done = done || !again && m.NewID && stamp.Version > 1 // a row of version 1 with other fields is not ours
	case stamp.Version == m.Version:
		again = true
	case stamp.Version == m.Version+1 && m.Operation == conflict.Delete:
		done = stamp.Deleted
	case stamp.Version == m.Version+1 && !stamp.Deleted:
		_, differing := conflict.Superseded(model, m.Fields, record.Value{}, row)
		done = len(differing) == 0
	}
	switch {
	case again:
		p.busy = false
		p.verified[m.ID] = true
	case done:
		p.carryOut([]*store.Mutation{m}, []ruling{{verdict: acknowledge, row: row}}, "")
	default:
		p.carryOut([]*store.Mutation{m}, []ruling{{verdict: conflicted, row: row}}, "")
	}
}
