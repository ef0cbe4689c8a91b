package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/peer"
)

// What outbox, pulls and socket do when the server does not take them as who they say they are.

// turnedAway reports an answer that refuses the credentials as a whole (401, 403). It answers
// nobody: what was sent waits for others.
func (e *Engine) turnedAway(a answer) bool {
	if a.failed != "" || a.status != 401 && a.status != 403 {
		return false
	}
	e.auth.Refused(a.mode, a.token, peer.ErrorText(a.body))
	return true
}

// turnedAwayBy is turnedAway for servers that say so with status 200.
func (e *Engine) turnedAwayBy(r appsync.Response, a answer) bool {
	message, refused := peer.RefusesCredentials(r.Errors)
	if refused {
		e.auth.Refused(a.mode, a.token, message)
	}
	return refused
}

// putBack leaves the members of a batch as they are, sent and unanswered. A 403 may be a
// firewall's word about one of them, so these go apart when the credentials are not to blame.
func (e *Engine) putBack(batch []*store.Mutation, a answer) {
	e.push.busy = false
	e.splitUp(batch, a.status == 403 && e.auth.IsPaused(a.mode))
}

// settleMode notes what an answer says about the auth mode that a mutation went by.
func (e *Engine) settleMode(m *store.Mutation, v verdict, mode string) {
	e.auth.AnsweredFor(m.ID)
	if mode != "" && (v == acknowledge || v == conflicted) {
		e.auth.ModeWorked(m.Key.Model, string(m.Operation), mode)
	}
}

// mayPull reports whether a model can be asked for now. One whose auth mode is paused no longer
// holds up its children and the round.
func (e *Engine) mayPull(mp *modelPull) bool {
	if mp.run != nil && e.auth.IsAbsent(mp.run.mode) {
		mp.run = nil // others read it from here on
	}
	mode := ""
	if mp.run != nil {
		mode = mp.run.mode
	} else if mode = e.auth.ModeFor(mp.model, config.OperationRead, mp.tried); mode == "" {
		mp.tried = nil
		mode = e.auth.ModeFor(mp.model, config.OperationRead, nil)
	}
	if e.auth.Have(mode) {
		return true
	}
	if e.auth.Paused(mode, "sync") {
		e.settleModel(mp)
	}
	return false
}

// nextReader reports whether a model that may not be read can be tried by another mode.
func (e *Engine) nextReader(mp *modelPull, run *pullRun) bool {
	mp.tried = append(mp.tried, run.mode)
	if e.auth.ModeFor(mp.model, config.OperationRead, mp.tried) == "" {
		mp.tried = nil
		return false
	}
	mp.run, mp.state = nil, pullWaiting
	return true
}

// socketMode chooses by whom the connection is made: the first mode of its subscriptions that has
// credentials. It waits while one is being asked for. When all are paused, the round goes on
// without realtime.
func (e *Engine) socketMode() bool {
	s := &e.socket
	asked, paused := false, ""
	s.mode = ""
	for _, sub := range s.subs {
		sub.mode = e.auth.ModeFor(sub.model.model, config.OperationRead, sub.tried)
		switch {
		case e.auth.Have(sub.mode):
			if s.mode == "" {
				s.mode, s.token = sub.mode, e.auth.Number(sub.mode)
			}
		case e.auth.IsPaused(sub.mode):
			paused = sub.mode
		default:
			asked = true
		}
	}
	if s.mode != "" && !asked {
		return true
	}
	s.wanted, s.subs = true, nil
	if !asked && e.auth.Paused(paused, "subscribe") && !e.pull.settled && !e.pull.active {
		e.beginRound()
	}
	return false
}

// planSocket opens the socket that waited for credentials, and starts the subscriptions that do.
func (e *Engine) planSocket() {
	s := &e.socket
	if !e.connected() {
		return
	}
	if s.wanted && s.id == 0 {
		e.openSocket()
	}
	if s.acked {
		e.startEach(e.toStart())
	}
}

// connectionRefused asks for fresh credentials once; refused with these, the connection is tried
// again later, and the app is told. That pauses nothing: HTTP finds out by itself.
func (e *Engine) connectionRefused(message string) {
	s := &e.socket
	if !s.refused && e.auth.HasProvider(s.mode) {
		mode, token := s.mode, s.token
		e.dropSocket()
		s.refused, s.wanted = true, true
		e.auth.Refresh(mode, token)
		return
	}
	if !s.told {
		s.told = true
		e.line.Report(app.Trouble{Process: "subscribe", Code: app.CodeUnauthorized, Kind: "Unauthorized",
			Message: "The server refused the realtime connection: " + message})
	}
	e.breakSocket(socketUnauthorizedMs)
}

// otherCredentials starts a refused subscription again by another mode, or with a fresh token.
func (e *Engine) otherCredentials(sub *subscription, errors []appsync.Error) bool {
	if len(errors) == 0 || !peer.IsUnauthorized(errors[0].Type) || sub.state == givenUp {
		return false
	}
	if _, yes := peer.RefusesCredentials(errors); yes {
		if sub.refused || !e.auth.HasProvider(sub.mode) {
			return false
		}
		sub.refused = true
		e.auth.Refresh(sub.mode, sub.token)
		e.startAgain(sub)
		return true
	}
	sub.tried = append(sub.tried, sub.mode)
	if e.auth.ModeFor(sub.model.model, config.OperationRead, sub.tried) == "" {
		return false
	}
	e.startAgain(sub)
	return true
}

// unsure reports a mutation that must be looked up before it is sent again (rule 2).
func (e *Engine) unsure(m *store.Mutation) bool {
	return m.State == store.Sent && e.peer.IsPlain() && !e.push.verified[m.ID]
}

// reconnect begins network work anew.
func (e *Engine) reconnect() {
	if e.phase == ready && e.running {
		e.disconnect()
		e.connect()
	}
}

// callWakes brings paused auth modes back when the app does something.
func (e *Engine) callWakes(event Event) {
	switch event.(type) {
	case Save, Delete, Clear, Retry, Edit, Restore:
		e.auth.WakeSoon()
	}
}
