package link

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/peer"
)

// What requests and the socket do when the server refuses their credentials.

// TurnedAway reports whether an answer refuses the credentials as a whole (401, 403). Such an answer says nothing about
// the request, which waits for new credentials.
func (l *Link) TurnedAway(a Answer) bool {
	if a.Failed != "" || a.Status != 401 && a.Status != 403 {
		return false
	}
	l.auth.Refused(a.mode, a.token, peer.ErrorText(a.Body))
	return true
}

// TurnedAwayBy is TurnedAway for servers that refuse credentials with status 200.
func (l *Link) TurnedAwayBy(r appsync.Response, a Answer) bool {
	message, refused := peer.RefusesCredentials(r.Errors)
	if refused {
		l.auth.Refused(a.mode, a.token, message)
	}
	return refused
}

// socketMode chooses the auth mode of the connection: the first mode of its subscriptions that has credentials. While a
// tab is being asked for credentials, the connection waits. When all modes are paused, a round of pulls begins without
// realtime.
func (l *Link) socketMode() bool {
	s := &l.socket
	asked, paused := false, ""
	s.mode = ""
	for _, sub := range s.subs {
		sub.mode = l.auth.ModeFor(sub.model, config.OperationRead, sub.tried)
		switch {
		case l.auth.Have(sub.mode):
			if s.mode == "" {
				s.mode, s.token = sub.mode, l.auth.Number(sub.mode)
			}
		case l.auth.IsPaused(sub.mode):
			paused = sub.mode
		default:
			asked = true
		}
	}
	if s.mode != "" && !asked {
		return true
	}
	s.wanted, s.subs = true, nil
	if !asked && l.auth.Paused(paused, "subscribe") && !l.pulls.Settled() && !l.pulls.Active() {
		l.pulls.Begin()
	}
	return false
}

// PlanSocket opens a socket that has waited for credentials, and starts subscriptions that have.
func (l *Link) PlanSocket() {
	s := &l.socket
	if !l.Connected() {
		return
	}
	if s.wanted && s.id == 0 {
		l.openSocket()
	}
	if s.acked {
		l.startEach(l.toStart())
	}
}

// connectionRefused asks for fresh credentials once. When the server refuses those too, the engine tells the app and
// tries the connection again later. That does not pause the auth mode: requests over HTTP find out by themselves.
func (l *Link) connectionRefused(message string) {
	s := &l.socket
	if !s.refused && l.auth.HasProvider(s.mode) {
		mode, token := s.mode, s.token
		l.dropSocket()
		s.refused, s.wanted = true, true
		l.auth.Refresh(mode, token)
		return
	}
	if !s.told {
		s.told = true
		l.line.Report(app.Trouble{Process: "subscribe", Code: app.CodeUnauthorized, Kind: "Unauthorized",
			Message: "The server refused the realtime connection: " + message})
	}
	l.breakSocket(socketUnauthorizedMs)
}

// otherCredentials starts a refused subscription again, by another auth mode or with a fresh token.
func (l *Link) otherCredentials(sub *subscription, errors []appsync.Error) bool {
	if len(errors) == 0 || !peer.IsUnauthorized(errors[0].Type) || sub.state == givenUp {
		return false
	}
	if _, yes := peer.RefusesCredentials(errors); yes {
		if sub.refused || !l.auth.HasProvider(sub.mode) {
			return false
		}
		sub.refused = true
		l.auth.Refresh(sub.mode, sub.token)
		l.startAgain(sub)
		return true
	}
	sub.tried = append(sub.tried, sub.mode)
	if l.auth.ModeFor(sub.model, config.OperationRead, sub.tried) == "" {
		return false
	}
	l.startAgain(sub)
	return true
}
