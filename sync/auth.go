package sync

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/config"
)

// auth holds the credentials of this session, an entry for each mode. They are never stored.
//
//	unknown ─ needed ─▶ asking ─ TokenAnswered ─▶ ready ─ exp passed, or refused ─▶ asking
//	   ▲                   └─ nobody gives one ─▶ paused ◀─ a fresh one is refused ─┘
//	   └── token, configure, start, online, a call that changes something, 60 s ──┘
//
// Whoever needs credentials that are not ready waits: the plans of pulls, outbox and socket look
// again after each event. So one question serves all, and a paused mode keeps the outbox.
type auth struct {
	modes    map[string]*credentials
	list     []*credentials    // in order of first use
	declared map[string]bool   // modes that some tab had a provider for
	worked   map[string]string // "Post create" -> the mode by which it was allowed
	tried    map[string][]string

	toldOwner bool // the app knows that somebody else has to send a restored change
	rebinding bool // parked changes of an earlier release get their issuer (authsubject.go)
}

type credentialState uint8

const (
	credentialsUnknown credentialState = iota
	credentialsAsked
	credentialsReady
	credentialsPaused
)

// credentials are what one mode sends along.
type credentials struct {
	mode        string
	state       credentialState
	headers     [][2]string
	number      uint64 // of this token: the refusal of an older one says nothing about it
	expiresAtMs int64  // 0 when it is not known
	refused     bool   // the last token was, so the next must be a new one
	subject     string // hashes of whose they are, "" when it is not known
	absent      bool   // nobody is signed in, or no page has a provider: other modes go first
	stoodIn     bool   // another auth mode served the requests meant for this one
	told        bool   // the app knows of the pause
	pausedAtMs  int64
	reason      string // of the pause, a sentence
	failure     string // what the last tab said
}

func newAuth() auth {
	return auth{modes: map[string]*credentials{}, declared: map[string]bool{},
		worked: map[string]string{}, tried: map[string][]string{}}
}

func (a *auth) of(mode string) *credentials {
	c := a.modes[mode]
	if c == nil {
		c = &credentials{mode: mode}
		a.modes[mode] = c
		a.list = append(a.list, c)
	}
	return c
}

// haveCredentials reports whether a request by this mode can go now. If not, somebody is being
// asked, or the mode is paused.
func (e *Engine) haveCredentials(mode string) bool {
	c := e.auth.of(mode)
	if c.state == credentialsReady && c.expiresAtMs != 0 && e.clock.NowMs() >= c.expiresAtMs {
		c.state = credentialsUnknown
	}
	if c.state == credentialsUnknown {
		switch {
		case mode == config.ModeNone:
			e.takeCredentials(c, nil, 0)
		case mode == config.ModeAPIKey && e.setup.Config().APIKey != "":
			e.takeCredentials(c, [][2]string{{"x-api-key", e.setup.Config().APIKey}}, 0)
		default:
			c.failure = ""
			e.tokens.Close(mode)
			e.askToken(c)
		}
	}
	return c.state == credentialsReady
}

// paused reports that nothing can go by this mode until it is woken, and tells the app so once.
func (e *Engine) authPaused(mode, process string) bool {
	c := e.auth.of(mode)
	if c.state != credentialsPaused {
		return false
	}
	if !c.told {
		c.told = true
		e.report(app.Trouble{Process: process, Code: app.CodeUnauthorized, Kind: "Unauthorized", Message: c.reason})
	}
	return true
}

func (e *Engine) takeCredentials(c *credentials, headers [][2]string, expiresAtMs int64) {
	c.state, c.headers, c.expiresAtMs = credentialsReady, headers, expiresAtMs
	c.number++
	c.absent, c.reason = false, ""
	e.tokens.Close(c.mode)
}

// askToken asks the next tab that has a provider; without one left, the mode pauses.
func (e *Engine) askToken(c *credentials) {
	c.state = credentialsAsked
	e.tokens.Release(c.mode)
	if t := e.tokens.Next(c.mode, "", func(t *ask.Tab) bool { return slices.Contains(t.Providers, c.mode) }); t != nil {
		id := e.nextID()
		e.emit(AskToken{ID: id, Tab: t.Name, Mode: c.mode, Refresh: c.refused})
		e.tokens.Put(c.mode, t, id, func() {
			c.failure = "it did not answer within " + strconv.Itoa(tokenAnswerMs/1000) + " s"
			e.askToken(c)
		})
		return
	}
	if !e.tokens.Tried(c.mode) {
		c.absent = true
		e.pauseMode(c, "No open page has an auth provider for "+c.mode+
			". The changes are kept until a page that has one calls start().")
		return
	}
	e.pauseMode(c, "The auth provider "+c.mode+" gave no token: "+c.failure+". The changes are kept.")
}

// pauseMode stops everything that goes by a mode. Nothing that waits for it is dropped.
func (e *Engine) pauseMode(c *credentials, reason string) {
	c.state, c.reason, c.pausedAtMs = credentialsPaused, reason, e.clock.NowMs()
	e.tokens.Release(c.mode)
	e.clock.After("auth "+c.mode, authRetryMs, func() { e.wakeStuck(c) })
}

// wakeMode tries a paused mode again. One that others stand in for is only asked about: it comes
// back when somebody has signed in.
func (e *Engine) wakeMode(c *credentials) {
	if c.state != credentialsPaused {
		return
	}
	e.clock.Forget("auth " + c.mode)
	c.state = credentialsUnknown
	if c.absent && !c.told && e.running {
		e.haveCredentials(c.mode)
		return
	}
	c.absent = false
}

// wakeStuck is wakeMode for a mode that something waits for.
func (e *Engine) wakeStuck(c *credentials) {
	if !c.absent || c.told {
		e.wakeMode(c)
	}
}

func (e *Engine) wakeModes() {
	for _, c := range e.auth.list {
		e.wakeMode(c)
	}
}

// callWakes brings paused modes back when the app does something, at most once a second.
func (e *Engine) callWakes(event Event) {
	switch event.(type) {
	case Save, Delete, Clear, Retry, Edit, Restore:
	default:
		return
	}
	for _, c := range e.auth.list {
		if c.state == credentialsPaused {
			e.clock.After("auth "+c.mode, min(c.pausedAtMs+authWakeMinMs-e.clock.NowMs(), authWakeMinMs), func() { e.wakeStuck(c) })
		}
	}
}

// passOnToken asks another tab instead of one that is gone.
func (e *Engine) passOnToken(tab string) {
	for _, c := range e.auth.list {
		if c.state == credentialsAsked && e.tokens.With(c.mode) == tab {
			c.failure = "its page was closed"
			e.askToken(c)
		}
	}
}

func (e *Engine) tokenAnswered(ev TokenAnswered) {
	mode, ok := e.tokens.Asked(ev.Effect)
	if !ok || e.setup.Config() == nil {
		return
	}
	c := e.auth.of(mode)
	if ev.Token.IsNull() {
		e.tokens.Close(mode)
		c.absent = true
		e.pauseMode(c, "Nobody is signed in for "+mode+". The changes are kept.")
		return
	}
	headers, expiresAtMs := e.credentialsIn(mode, ev.Token)
	if len(headers) == 0 {
		e.tokenFailed(TokenFailed{Effect: ev.Effect, Message: "it gave neither a token nor headers"})
		return
	}
	e.clock.Forget("auth " + mode)
	subject := subjectIn(ev.Token.Field("claims"))
	if !e.bindSubject(mode, subject) {
		e.tokens.Close(mode)
		e.pauseMode(c, "The token of "+mode+" belongs to somebody else than this database. Call "+
			"configure({user}) with the user who is signed in. The changes are kept.")
		return
	}
	other := c.stoodIn || c.subject != "" && c.subject != subject
	e.takeCredentials(c, headers, expiresAtMs)
	c.subject = subject
	if other {
		c.stoodIn = false
		clear(e.auth.worked)
		e.reconnect()
	}
}

// credentialsIn reads {token, headers, claims}. An exp that has passed already is not believed: a
// wrong clock must not ask for tokens without end. The server's word then counts alone.
func (e *Engine) credentialsIn(mode string, v record.Value) (headers [][2]string, expiresAtMs int64) {
	v.Field("headers").Fields(func(name string, value record.Value) bool {
		if value.Kind() == record.String {
			headers = append(headers, [2]string{name, value.Str()})
		}
		return true
	})
	if token := v.Field("token").Str(); token != "" {
		name := "Authorization"
		if mode == config.ModeAPIKey {
			name = "x-api-key"
		}
		headers = append(headers, [2]string{name, token})
	}
	if seconds, ok := v.Field("claims").Field("exp").Int(); ok && seconds < 1<<40 && seconds*1000 > e.clock.NowMs() {
		expiresAtMs = seconds * 1000
	}
	return headers, expiresAtMs
}

func (e *Engine) tokenFailed(ev TokenFailed) {
	mode, ok := e.tokens.Asked(ev.Effect)
	if !ok || e.setup.Config() == nil {
		return
	}
	e.tokens.Refused(ev.Effect)
	c := e.auth.of(mode)
	c.failure = ev.Message
	if c.state == credentialsAsked {
		e.askToken(c)
	}
}

// credentialsRefused notes that the server did not accept the credentials of a request. The first
// time a provider is asked for a fresh token; refused again, the mode pauses.
func (e *Engine) credentialsRefused(mode string, number uint64, message string) {
	c := e.auth.of(mode)
	if c.state != credentialsReady || c.number != number {
		return // others are on their way
	}
	again := c.refused
	if !again && e.hasProvider(mode) {
		e.refreshCredentials(mode, number)
		return
	}
	c.refused = true
	if message != "" {
		message = " " + message
	}
	e.pauseMode(c, "The server did not accept the credentials ("+mode+"); the changes are kept."+message)
}

// refreshCredentials asks for a fresh token in place of one that was refused.
func (e *Engine) refreshCredentials(mode string, number uint64) {
	if c := e.auth.of(mode); c.state == credentialsReady && c.number == number {
		c.state, c.refused = credentialsUnknown, true
	}
}

// credentialsAccepted notes that they were good: the next refusal is a new story.
func (e *Engine) credentialsAccepted(mode string, number uint64) {
	if c := e.auth.of(mode); c.number == number && c.state == credentialsReady {
		c.refused, c.told = false, false
	}
}

// hasProvider reports whether some page can give another token for a mode.
func (e *Engine) hasProvider(mode string) bool {
	return e.auth.declared[mode] && !(mode == config.ModeAPIKey && e.setup.Config().APIKey != "")
}

// authorization are a mode's credentials as the realtime protocol carries them.
func (e *Engine) authorization(mode string) record.Value {
	var b record.Builder
	b.SetString("host", config.HostOf(e.setup.Config().Endpoint))
	for _, header := range e.auth.of(mode).headers {
		b.SetString(header[0], header[1])
	}
	return b.Object()
}
