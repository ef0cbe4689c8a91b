package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/peer"
)

// read asks the server for one row. found hears the row, Missing for none; unknown is called when
// there was no definite answer, refused when the row may not be read.
func (e *Engine) read(m *store.Mutation, found func(record.Value), unknown func(answer), refused func()) {
	model := e.setup.Schema().Model(m.Key.Model)
	keys, err := model.KeyFields(m.Key.ID)
	if err != nil {
		keys = record.Pick(m.Fields, model.Key...)
	}
	request := appsync.GetRequest(e.setup.Schema(), model, keys)
	e.peer.AnnounceUs(&request)
	mode := e.auth.ModeFor(model, config.OperationRead, nil)
	e.request("read "+model.Name, mode, request.Body(), pushTimeoutMs, func(a answer) {
		if a.failed != "" || a.status == 429 || a.status >= 500 || e.turnedAway(a) {
			unknown(a)
			return
		}
		response, err := appsync.ParseResponse(a.body)
		if err != nil {
			unknown(a)
			return
		}
		e.auth.Accepted(a.mode, a.token)
		e.peer.Learn(response, false)
		key := appsync.GetField(model)
		switch row := response.Data.Field(key); {
		case row.Kind() == record.Object:
			found(row)
		case len(response.Errors) > 0 && peer.IsUnauthorized(response.Errors[0].Type):
			refused()
		case len(response.Errors) > 0 || response.Data.Kind() != record.Object:
			unknown(a)
		default:
			found(record.Value{})
		}
	})
}

// lookUp reads the record of an unanswered mutation before it is sent again: a server that keeps
// no mutation ids would apply it twice (rule 2).
func (e *Engine) lookUp(m *store.Mutation) {
	again := func() {
		e.push.busy = false
		e.push.verified[m.ID] = true
	}
	e.read(m, func(row record.Value) { e.lookedUp(m, row) }, func(a answer) { e.pushFailed(a.retryAfterMs) }, again)
}

// lookedUp decides by the row that the server has now:
//
//	update, delete   version as sent                                  send again
//	update           one higher, all sent fields equal                acknowledged
//	delete           one higher, deleted                              acknowledged
//	create           absent                                           send again
//	create           present as version 1 with all sent fields        acknowledged
//	create           present, and known before it was made            send again: the server refuses it
//	create           present as a later version, the id made for it  acknowledged
//	update           absent                                           send again: the server refuses it
//	else                                                              the conflict path
func (e *Engine) lookedUp(m *store.Mutation, row record.Value) {
	model := e.setup.Schema().Model(m.Key.Model)
	stamp := conflict.StampOf(row)
	again, done := false, false
	switch {
	case !row.Exists():
		again = true
	case m.Operation == conflict.Create:
		_, differing := conflict.Superseded(model, m.Fields, record.Value{}, row)
		done = stamp.Version == 1 && len(differing) == 0
		again = !done && e.formerLife(m).Exists()
		done = done || !again && m.NewID && stamp.Version > 1 // version 1 with other fields is not ours
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
		e.push.busy = false
		e.push.verified[m.ID] = true
	case done:
		e.carryOut([]*store.Mutation{m}, []ruling{{verdict: acknowledge, row: row}}, "")
	default:
		e.carryOut([]*store.Mutation{m}, []ruling{{verdict: conflicted, row: row}}, "")
	}
}

// formerLife is the row that was here, alive or deleted, before a create of its id was made; Missing
// when there was none.
func (e *Engine) formerLife(create *store.Mutation) record.Value {
	if row, ok := e.door.Image().Row(create.Key); ok && row.Order < create.Order {
		return row.Base
	}
	if conflict.StampOf(create.Base).Version > 0 { // kept by a clear(); that of a copy is no row of the server
		return create.Base
	}
	return record.Value{}
}
