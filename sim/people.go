package sim

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

// people are those who sign in, in seeds that go by tokens.
var people = []string{"ann", "bob", "eve"}

// token is what the issuer gave to a device's page. It names a person, and is good for a while.
type token struct {
	text      string
	number    int // in the order in which they were given out
	person    string
	device    *Device
	expiresMs int64 // of true time
	revoked   bool
}

// issuer gives tokens out and tells the server whose they are.
type issuer struct {
	world *World
	given []*token
}

func (i *issuer) give(d *Device, lifeMs int64) *token {
	t := &token{number: len(i.given) + 1, person: d.person, device: d, expiresMs: i.world.nowMs + lifeMs}
	t.text = fmt.Sprintf("%s-%d", t.person, t.number)
	i.given = append(i.given, t)
	return t
}

func (i *issuer) find(text string) *token {
	at := slices.IndexFunc(i.given, func(t *token) bool { return t.text == text })
	if at < 0 {
		return nil
	}
	return i.given[at]
}

// Verify is the server's question whose token it was given.
func (i *issuer) Verify(authorization string, _ int64) (server.Identity, error) {
	t := i.find(authorization)
	switch {
	case t == nil:
		return server.Identity{}, errors.New("nobody gave out this token")
	case t.revoked:
		return server.Identity{}, errors.New("the token was revoked")
	case t.expiresMs <= i.world.nowMs:
		return server.Identity{}, errors.New("the token has expired")
	}
	return server.Identity{Provider: "userPools", Issuer: "simulated", Claims: t.claims(true),
		ExpiresMs: t.expiresMs + i.world.serverSkewMs}, nil
}

func (t *token) claims(ends bool) record.Value {
	var b record.Builder
	b.SetString("sub", t.person)
	b.SetString("username", t.person)
	if ends {
		b.SetInt("exp", t.expiresMs/1000)
	}
	return b.Object()
}

// revoke makes all tokens of a device worthless.
func (i *issuer) revoke(d *Device) {
	for _, t := range i.given {
		t.revoked = t.revoked || t.device == d
	}
}

// ask puts the engine's question for a token to a page's provider.
func (p *process) askToken(f engine.AskToken) {
	w, d := p.world, p.device
	e := roll(w.plan.Seed, ofTokens, uint64(d.number), uint64(w.nowMs), p.steps)
	delayMs := e.between(1, 300)
	how := ""
	if w.active(ProviderFault, d) != nil {
		how = one(e, "fails", "silent", "slow", "nobody", "empty", "stale")
	}
	if how == "slow" {
		delayMs = e.between(2_000, 45_000)
	}
	if how == "silent" {
		return
	}
	w.after(delayMs, func() {
		if d.tab(f.Tab) != nil {
			p.answerToken(f.ID, how, e)
		}
	})
}

func (p *process) answerToken(effect uint64, how string, e *dice) {
	w, d := p.world, p.device
	var b record.Builder
	switch {
	case how == "fails":
		p.deliver(engine.TokenFailed{Effect: effect, Message: "The provider is down."})
		return
	case how == "nobody" || d.person == "":
		p.deliver(engine.TokenAnswered{Effect: effect, Token: record.NullValue()})
		return
	case how == "empty":
		p.deliver(engine.TokenAnswered{Effect: effect, Token: b.Object()})
		return
	}
	life := one(e, int64(15_000), 60_000, 3_600_000, 3_600_000)
	if w.calming {
		life = 3_600_000
	}
	t := w.issuer.give(d, life)
	t.revoked = how == "stale"
	b.SetString("token", t.text)
	b.Set("claims", t.claims(e.chance(0.7)))
	w.oracle.tokenGiven(p, t)
	p.deliver(engine.TokenAnswered{Effect: effect, Token: b.Object()})
}

// signIn lets another person sign in at a device, "" for nobody. The app may sign the one before out,
// clear the store, or start it again; or the provider alone knows.
func (d *Device) signIn(person string, e *dice) {
	w := d.world
	if e.chance(0.5) {
		w.issuer.revoke(d)
	}
	how := e.below(5)
	if how == 4 && d.process != nil && len(d.tabs) > 0 && !d.frozen {
		w.operate(Op{Number: -1_000 - int(w.nowMs-epochMs), Device: d.number, Kind: ClearOp, Draw: e.next()})
	}
	d.person = person
	w.trace.note(d.name, "signs in", []byte(person))
	if d.process == nil || len(d.tabs) == 0 {
		return
	}
	switch t := d.tabs[e.below(len(d.tabs))]; how {
	case 1:
		d.start(t)
	case 2:
		d.configure(t)
		d.start(t)
	case 3:
		d.restartTabs()
	}
}

// signInAgain lets the person sign in whose database it is.
func (d *Device) signInAgain() {
	d.person = d.setup.Person
	if p := d.process; d.setup.User && p != nil && p.view != nil && p.view.subject != "" {
		d.person = personOf(p.view.subject)
	}
}

// providers are the auth modes that a device's pages can give tokens for.
func (d *Device) providers() []string {
	if !d.world.plan.Setup.Tokens {
		return nil
	}
	return []string{"userPools"}
}

// subjectOf is a person as local databases name them.
func subjectOf(person string) string {
	h := fnv.New64a()
	h.Write([]byte(person))
	return strconv.FormatUint(h.Sum64(), 16)
}

// personOf is whom a local database names so, "" for nobody.
func personOf(subject string) string {
	for _, person := range people {
		if subjectOf(person) == subject {
			return person
		}
	}
	return ""
}
