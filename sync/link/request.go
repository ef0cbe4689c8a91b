package link

import (
	"bytes"
	"sort"
	"strconv"

	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/effect"
)

// Answer is the outcome of a request: an HTTP status with a body, or Failed is set.
type Answer struct {
	Status       int
	Body         []byte
	RetryAfterMs int64  // 0 when the answer has no Retry-After
	Failed       string // network, timeout, cancelled
	Message      string
	mode         string // the auth mode of the request
	token        uint64 // the number of the credentials that the request carried
}

// openRequest is a request without an answer.
type openRequest struct {
	name   string
	sentMs int64
	done   func(Answer)
}

// foreign reports whether something else answered in the server's place: the sign-in page of a network answers every
// request with status 200. Such an answer counts for nothing.
func (a Answer) foreign() bool {
	return a.Failed == "" && a.Status < 400 && !bytes.HasPrefix(bytes.TrimLeft(a.Body, " \t\r\n"), []byte("{"))
}

func foreignMessage(a Answer) string {
	return "Something else answered in the server's place (status " + strconv.Itoa(a.Status) + ", and no GraphQL)"
}

// tellForeign reports that to the app, once until the server answers again.
func (l *Link) tellForeign(a Answer) {
	if l.toldForeign {
		return
	}
	l.toldForeign, l.toldNetwork = true, true
	l.line.Report(app.Trouble{Process: "sync", Code: app.CodeNetwork, Kind: "Transient", Message: foreignMessage(a) +
		"; perhaps the sign-in page of this network. The changes are kept and sent when the server answers."})
}

// openRequests are the ids of the requests under way, oldest first.
func (l *Link) openRequests() []uint64 {
	ids := make([]uint64, 0, len(l.requests))
	for id := range l.requests {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(a, b int) bool { return ids[a] < ids[b] })
	return ids
}

// Request posts a document by an auth mode that has credentials. done gets the answer, unless the request is cancelled
// before.
func (l *Link) Request(name, mode string, body []byte, timeoutMs int64, done func(Answer)) uint64 {
	id := l.out.NextID()
	token := l.auth.Number(mode)
	l.requests[id] = &openRequest{name: name, sentMs: l.clock.NowMs(), done: func(a Answer) {
		a.mode, a.token = mode, token
		done(a)
	}}
	headers := append([][2]string{{"Content-Type", "application/json; charset=UTF-8"}}, l.auth.Headers(mode)...)
	l.out.Emit(effect.Send{ID: id, Name: name, URL: l.setup.Config.Endpoint, Headers: headers, Body: body,
		TimeoutMs: timeoutMs})
	return id
}

// Answered gives an answer to the function that waits for it. Late and unknown ids are ignored.
func (l *Link) Answered(id uint64, a Answer) {
	r := l.requests[id]
	if r == nil {
		return
	}
	delete(l.requests, id)
	if a.foreign() {
		l.tellForeign(a)
		a = Answer{Failed: "network", Message: foreignMessage(a)}
	}
	if a.Failed == "" {
		l.Reached(true)
	}
	r.done(a)
}

// Cancel gives up a request, whose answer is then ignored.
func (l *Link) Cancel(id uint64) {
	if l.requests[id] != nil {
		delete(l.requests, id)
		l.out.Emit(effect.Cancel{ID: id})
	}
}

// Mode is the auth mode of the request.
func (a Answer) Mode() string { return a.mode }

// Accepted notes that the server accepted the credentials of an answered request.
func (l *Link) Accepted(a Answer) { l.auth.Accepted(a.mode, a.token) }
