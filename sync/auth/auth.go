package auth

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/tell"
)

// Auth holds the credentials of this session, an entry for each mode. They are never stored.
//
//	unknown ─ needed ─▶ asking ─ TokenAnswered ─▶ ready ─ exp passed, or refused ─▶ asking
//	   ▲                   └─ nobody gives one ─▶ paused ◀─ a fresh one is refused ─┘
//	   └── token, configure, start, online, a call that changes something, 60 s ──┘
//
// Requests whose credentials are not ready wait: pull, push and link look again after each event whether they can go.
// So one question to a tab serves all of them, and a paused mode keeps the outbox.
type Auth struct {
	host   Host
	line   *tell.Line
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	tabs   *ask.Tabs
	tokens *ask.Questions

	modes    map[string]*credentials
	list     []*credentials    // in order of first use
	declared map[string]bool   // modes that some tab had a provider for
	worked   map[string]string // "Post create" -> the mode by which it was allowed
	tried    map[string][]string

	toldOwner bool // the app was told that another user has to send a restored change
	rebinding bool // parked changes of an earlier release get their issuer (subject.go)
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
	number      uint64 // number of this token: the refusal of an earlier token says nothing about it
	expiresAtMs int64  // 0 when it is not known
	refused     bool   // the server refused the last token, so the next must be a new one
	subject     string // hash of the person whose they are, "" when that is not known
	absent      bool   // nobody is signed in, or no page has a provider: other modes are tried first
	stoodIn     bool   // another auth mode served the requests meant for this one
	told        bool   // the app was told of the pause
	pausedAtMs  int64
	reason      string // why the mode is paused, a sentence
	failure     string // why the last tab gave no token
}

// Host is the engine. It asks tabs, and begins network work anew.
type Host interface {
	AskToken(tab, mode string, refresh bool) (effect uint64)
	Ready() bool   // the database is there
	Running() bool // some tab has started
	Reconnect()
}

// New makes an Auth without credentials.
func New(host Host, line *tell.Line, c *clock.Clock, setup *config.Setup, d *door.Door, tabs *ask.Tabs) *Auth {
	a := &Auth{host: host, line: line, clock: c, setup: setup, door: d, tabs: tabs,
		tokens: ask.New(tabs, c, "token ", tokenAnswerMs), declared: map[string]bool{}}
	a.begin()
	return a
}

// begin forgets all credentials, and which modes worked.
func (a *Auth) begin() {
	a.modes, a.list = map[string]*credentials{}, nil
	a.worked, a.tried = map[string]string{}, map[string][]string{}
	a.toldOwner, a.rebinding = false, false
}

// Number identifies the credentials that a request would carry now.
func (a *Auth) Number(mode string) uint64 { return a.of(mode).number }

// Headers are the credentials as a request carries them.
func (a *Auth) Headers(mode string) [][2]string { return a.of(mode).headers }

// IsPaused reports whether a mode is paused: no request can go by it until it is woken.
func (a *Auth) IsPaused(mode string) bool { return a.of(mode).state == credentialsPaused }

// IsAbsent reports whether nobody is signed in for a mode, or no page has a provider for it.
func (a *Auth) IsAbsent(mode string) bool { return a.of(mode).absent }

// IsRebinding reports whether parked changes are being bound to the people who made them.
func (a *Auth) IsRebinding() bool { return a.rebinding }

// Undeclared reports whether no page has declared its providers yet.
func (a *Auth) Undeclared() bool { return len(a.declared) == 0 }

// Usable is a mode that has credentials now; modeNone when no mode has.
func (a *Auth) Usable() string {
	for _, c := range a.list {
		if c.state == credentialsReady && (c.expiresAtMs == 0 || a.clock.NowMs() < c.expiresAtMs) {
			return c.mode
		}
	}
	return config.ModeNone
}

// AnsweredFor forgets which modes were tried for a mutation.
func (a *Auth) AnsweredFor(id string) { delete(a.tried, id) }

func (a *Auth) of(mode string) *credentials {
	c := a.modes[mode]
	if c == nil {
		c = &credentials{mode: mode}
		a.modes[mode] = c
		a.list = append(a.list, c)
	}
	return c
}

// Have reports whether a request by this mode can go now. If not, a tab is being asked for credentials, or the mode is
// paused.
func (a *Auth) Have(mode string) bool {
	c := a.of(mode)
	if c.state == credentialsReady && c.expiresAtMs != 0 && a.clock.NowMs() >= c.expiresAtMs {
		c.state = credentialsUnknown
	}
	if c.state == credentialsUnknown {
		switch {
		case mode == config.ModeNone:
			a.takeCredentials(c, nil, 0)
		case mode == config.ModeAPIKey && a.setup.Config.APIKey != "":
			a.takeCredentials(c, [][2]string{{"x-api-key", a.setup.Config.APIKey}}, 0)
		default:
			c.failure = ""
			a.tokens.Close(mode)
			a.askToken(c)
		}
	}
	return c.state == credentialsReady
}

// Paused reports whether a mode is paused. It tells the app so, once for each pause.
func (a *Auth) Paused(mode, process string) bool {
	c := a.of(mode)
	if c.state != credentialsPaused {
		return false
	}
	if !c.told {
		c.told = true
		a.line.Report(app.Trouble{Process: process, Code: app.CodeUnauthorized, Kind: "Unauthorized", Message: c.reason})
	}
	return true
}

func (a *Auth) takeCredentials(c *credentials, headers [][2]string, expiresAtMs int64) {
	c.state, c.headers, c.expiresAtMs = credentialsReady, headers, expiresAtMs
	c.number++
	c.absent, c.reason = false, ""
	a.tokens.Close(c.mode)
}

// askToken asks the next tab that has a provider; without one left, the mode pauses.
func (a *Auth) askToken(c *credentials) {
	c.state = credentialsAsked
	a.tokens.Release(c.mode)
	if t := a.tokens.Next(c.mode, "", func(t *ask.Tab) bool { return slices.Contains(t.Providers, c.mode) }); t != nil {
		id := a.host.AskToken(t.Name, c.mode, c.refused)
		a.tokens.Put(c.mode, t, id, func() {
			c.failure = "it did not answer within " + strconv.Itoa(tokenAnswerMs/1000) + " s"
			a.askToken(c)
		})
		return
	}
	if !a.tokens.Tried(c.mode) {
		c.absent = true
		a.pauseMode(c, "No open page has an auth provider for "+c.mode+
			". The changes are kept until a page that has one calls start().")
		return
	}
	a.pauseMode(c, "The auth provider "+c.mode+" gave no token: "+c.failure+". The changes are kept.")
}

// pauseMode stops everything that goes by a mode. Nothing that waits for it is dropped.
func (a *Auth) pauseMode(c *credentials, reason string) {
	c.state, c.reason, c.pausedAtMs = credentialsPaused, reason, a.clock.NowMs()
	a.tokens.Release(c.mode)
	a.clock.After("auth "+c.mode, authRetryMs, func() { a.wakeStuck(c) })
}

// wakeMode tries a paused mode again. When another mode serves its requests, wakeMode only asks for credentials: the
// mode comes back when somebody has signed in.
func (a *Auth) wakeMode(c *credentials) {
	if c.state != credentialsPaused {
		return
	}
	a.clock.Forget("auth " + c.mode)
	c.state = credentialsUnknown
	if c.absent && !c.told && a.host.Running() {
		a.Have(c.mode)
		return
	}
	c.absent = false
}

// wakeStuck is wakeMode for a mode that some request waits for.
func (a *Auth) wakeStuck(c *credentials) {
	if !c.absent || c.told {
		a.wakeMode(c)
	}
}

// Wake tries all paused modes again.
func (a *Auth) Wake() {
	for _, c := range a.list {
		a.wakeMode(c)
	}
}

// WakeSoon brings paused modes back, at most once a second.
func (a *Auth) WakeSoon() {
	for _, c := range a.list {
		if c.state == credentialsPaused {
			a.clock.After("auth "+c.mode, min(c.pausedAtMs+authWakeMinMs-a.clock.NowMs(), authWakeMinMs), func() { a.wakeStuck(c) })
		}
	}
}

// TabGone asks another tab in place of one that is gone.
func (a *Auth) TabGone(tab string) {
	for _, c := range a.list {
		if c.state == credentialsAsked && a.tokens.With(c.mode) == tab {
			c.failure = "its page was closed"
			a.askToken(c)
		}
	}
}

// Answered takes what a page's provider gave: {token, headers, claims}, or null when nobody is signed in.
func (a *Auth) Answered(effect uint64, token record.Value) {
	mode, ok := a.tokens.Asked(effect)
	if !ok || a.setup.Config == nil {
		return
	}
	c := a.of(mode)
	if token.IsNull() {
		a.tokens.Close(mode)
		c.absent = true
		a.pauseMode(c, "Nobody is signed in for "+mode+". The changes are kept.")
		return
	}
	headers, expiresAtMs := a.credentialsIn(mode, token)
	if len(headers) == 0 {
		a.Failed(effect, "it gave neither a token nor headers")
		return
	}
	a.clock.Forget("auth " + mode)
	subject := subjectIn(token.Field("claims"))
	if !a.bindSubject(mode, subject) {
		a.tokens.Close(mode)
		a.pauseMode(c, "The token of "+mode+" belongs to somebody else than this database. Call "+
			"configure({user}) with the user who is signed in. The changes are kept.")
		return
	}
	other := c.stoodIn || c.subject != "" && c.subject != subject
	a.takeCredentials(c, headers, expiresAtMs)
	c.subject = subject
	if other {
		c.stoodIn = false
		clear(a.worked)
		a.host.Reconnect()
	}
}

// credentialsIn reads {token, headers, claims}. It ignores an exp that has passed already: otherwise a wrong clock
// would ask for tokens without end. Then only the server's refusal tells that the token has expired.
func (a *Auth) credentialsIn(mode string, v record.Value) (headers [][2]string, expiresAtMs int64) {
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
	if seconds, ok := v.Field("claims").Field("exp").Int(); ok && seconds < 1<<40 && seconds*1000 > a.clock.NowMs() {
		expiresAtMs = seconds * 1000
	}
	return headers, expiresAtMs
}

// Failed notes that a page's provider gave nothing, and asks the next page. message says why.
func (a *Auth) Failed(effect uint64, message string) {
	mode, ok := a.tokens.Asked(effect)
	if !ok || a.setup.Config == nil {
		return
	}
	a.tokens.Refused(effect)
	c := a.of(mode)
	c.failure = message
	if c.state == credentialsAsked {
		a.askToken(c)
	}
}

// Refused notes that the server did not accept the credentials of a request. After the first refusal a provider is
// asked for a fresh token; after the second the mode pauses.
func (a *Auth) Refused(mode string, number uint64, message string) {
	c := a.of(mode)
	if c.state != credentialsReady || c.number != number {
		return // newer credentials have already taken their place
	}
	again := c.refused
	if !again && a.HasProvider(mode) {
		a.Refresh(mode, number)
		return
	}
	c.refused = true
	if message != "" {
		message = " " + message
	}
	a.pauseMode(c, "The server did not accept the credentials ("+mode+"); the changes are kept."+message)
}

// Refresh asks for a fresh token in place of one that was refused.
func (a *Auth) Refresh(mode string, number uint64) {
	if c := a.of(mode); c.state == credentialsReady && c.number == number {
		c.state, c.refused = credentialsUnknown, true
	}
}

// Accepted notes that the server took the credentials: after its next refusal the engine asks for a fresh token again.
func (a *Auth) Accepted(mode string, number uint64) {
	if c := a.of(mode); c.number == number && c.state == credentialsReady {
		c.refused, c.told = false, false
	}
}

// HasProvider reports whether some page can give a new token for a mode.
func (a *Auth) HasProvider(mode string) bool {
	return a.declared[mode] && !(mode == config.ModeAPIKey && a.setup.Config.APIKey != "")
}

// Authorization gives a mode's credentials in the form that the realtime protocol carries.
func (a *Auth) Authorization(mode string) record.Value {
	var b record.Builder
	b.SetString("host", config.HostOf(a.setup.Config.Endpoint))
	for _, header := range a.of(mode).headers {
		b.SetString(header[0], header[1])
	}
	return b.Object()
}

// PausedModes names the auth modes that are paused, with the reasons.
func (a *Auth) PausedModes() string {
	var modes []string
	for mode, c := range a.modes {
		if c.state == credentialsPaused {
			modes = append(modes, mode+" "+c.reason)
		}
	}
	slices.Sort(modes)
	return strings.Join(modes, "\n")
}
