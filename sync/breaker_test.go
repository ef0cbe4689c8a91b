package sync_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

// Kinds of crash at a transaction; memory.Kinds are the failures.
const (
	crashBefore = "crash before" // it never reached the disk
	crashAfter  = "crash after"  // it is on the disk, and the engine never heard
	crashLosing = "crash losing" // ... and the newest relaxed ones are lost, "crash losing 2"
)

// breaker plays one story up to its k-th transaction, breaks that one, and goes on.
type breaker struct {
	*ledger
	at      int    // the transaction to break, counted from 1; 0 for none
	kind    string // a crash, or one of memory.Kinds
	lose    int
	names   []string // of the transactions so far
	relaxed []int    // how many a power loss could take after each
	dead    bool
	slow    bool // the answer of the broken transaction is on its way
}

func (b *breaker) event(event engine.Event) bool {
	if !b.dead {
		b.ledger.event(event)
	}
	return !b.dead
}

func (b *breaker) effect(effect engine.Effect) bool {
	if b.dead {
		return false
	}
	b.ledger.effect(effect)
	if _, commits := effect.(engine.Commit); commits && b.at == len(b.names)+1 && b.kind == memory.Slow && !b.host.holding {
		b.slow, b.host.holding = true, true
	}
	return true
}

// transaction runs one, or breaks it.
func (b *breaker) transaction(name string, run func() error) error {
	if b.dead {
		return &store.Fault{Code: store.CodeClosed, Message: "nobody writes any more"}
	}
	b.names = append(b.names, name)
	here := b.at == len(b.names)
	if here && b.kind == crashBefore {
		b.die()
		return nil
	}
	if here && slices.Contains(memory.Kinds, b.kind) && b.kind != memory.Slow {
		b.host.disk.FailNext("", b.kind)
	}
	err := run()
	b.relaxed = append(b.relaxed, b.host.disk.Relaxed())
	if here && (b.kind == crashAfter || b.kind == crashLosing) {
		b.host.disk.Crash(b.lose)
		b.die()
	}
	return err
}

func (b *breaker) die() { b.dead, b.host.wakeAt = true, 0 }

// play runs the lines of a story. After the break its script no longer fits: what it says of
// answers and faults may find nothing to answer.
func (b *breaker) play(lines []string) (rest []string, err error) {
	for i, line := range lines {
		if b.slow && (strings.HasPrefix(line, "wait") || line == "tick") {
			b.answerSlow()
		}
		if line == "restart" { // its calls die with the engine
			b.slow, b.host.holding = false, false
			b.excuseAll()
		}
		err := b.host.command(line)
		settle()
		if b.dead {
			return lines[i+1:], nil
		}
		if err != nil && b.at == 0 {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return nil, nil
}

func (b *breaker) answerSlow() {
	b.slow = false
	commands["free"](b.host, nil)
	settle()
}

// ofTheApp are the words of a story that the app or somebody else says, not the network or the disk.
var ofTheApp = []string{"save", "delete", "all", "saves", "query", "observe", "live", "unobserve", "outbox", "retry",
	"edit", "discard", "restore", "clear", "others", "wait", "dump"}

// goOn plays what the app would have done, with an honest server and a sound disk.
func (b *breaker) goOn(lines []string) {
	for _, line := range lines {
		word, _, _ := strings.Cut(line, " ")
		if slices.Contains(ofTheApp, word) {
			b.host.command(line)
			settle()
			b.host.serve()
		}
	}
}

// revive starts a new engine on the same disk, as the pages would: they configure and start it,
// subscribe their observers again and repeat what was not answered, but for commands about
// queue entries.
func (b *breaker) revive() {
	h := b.host
	open := b.unanswered()
	started, heard := b.starts, b.heard
	b.excuseAll()
	pending, b.dead, b.halted = nil, false, false
	h.restart()
	h.faults, h.unloadable, h.holding = nil, nil, false
	if len(b.tabs) == 0 && b.settings.Exists() { // all are gone; another one comes
		b.tabs = []string{"another"}
		started = map[string]engine.Start{"another": {}}
	}
	for _, tab := range slices.Clone(b.tabs) {
		h.step(engine.TabJoined{Tab: tab})
		if b.settings.Exists() {
			h.step(engine.Configure{Call: h.newCall(tab), Schema: h.schema, Config: b.settings})
		}
		if start, ok := started[tab]; ok {
			start.Call = h.newCall(tab)
			h.step(start)
		}
		settle()
	}
	for _, ev := range inTurn(heard) {
		ev.Call = h.newCall(ev.Call.Tab)
		h.step(ev)
		settle()
	}
	for _, c := range open {
		if event := repeated(c.event, func() engine.Call { return h.newCall(c.call.Tab) }); event != nil {
			h.step(event)
			settle()
		}
	}
}

func inTurn(heard map[observerKey]engine.Observe) []engine.Observe {
	var list []engine.Observe
	for _, ev := range heard {
		list = append(list, ev)
	}
	slices.SortFunc(list, func(a, b engine.Observe) int {
		return strings.Compare(fmt.Sprint(a.Call.Tab, a.Observer), fmt.Sprint(b.Call.Tab, b.Observer))
	})
	return list
}

// repeated is a call as the page makes it again to a new engine, nil for those that it refuses.
func repeated(event engine.Event, call func() engine.Call) engine.Event {
	switch ev := event.(type) {
	case engine.Save:
		ev.Call = call()
		return ev
	case engine.Delete:
		ev.Call = call()
		return ev
	case engine.WriteAll:
		ev.Call = call()
		return ev
	case engine.Clear:
		ev.Call = call()
		return ev
	case engine.Query:
		ev.Call = call()
		return ev
	case engine.Outbox:
		ev.Call = call()
		return ev
	}
	return nil
}

// heal ends all faults and lets everything come to rest. A start that met a broken disk was
// refused; the app calls it again. An engine that was fenced is replaced.
func (b *breaker) heal() {
	h := b.host
	h.disk.FailNone() // what the story planned, and nothing met because it broke elsewhere
	if b.halted || len(b.tabs) == 0 {
		b.revive()
	}
	h.server.refuse, h.server.nulls, h.server.hides = map[string]string{}, map[string]bool{}, map[string]string{}
	for tab, start := range b.starts {
		start.Call = h.newCall(tab)
		if h.providers != nil { // somebody signs in
			start.Providers = []string{"userPools", "oidc", "function", "iam"}
		}
		h.step(start)
		settle()
	}
	if len(b.tabs) > 0 {
		h.step(engine.Gate{Call: h.newCall(b.tabs[0])})
	}
	h.step(engine.Online{})
	for round := 0; round < 30; round++ {
		settle()
		for _, ask := range h.tokenAsks {
			h.step(engine.TokenAnswered{Effect: ask.ID, Token: record.TrustString(`{"token":"healed"}`)})
		}
		h.tokenAsks = nil
		if h.socket != 0 && len(h.subs) == 0 {
			h.connect()
		}
		h.serve()
		for _, ask := range h.asks { // the engine ignores answers to what is decided
			h.step(engine.HandlerAnswered{Effect: ask.ID, Decision: "retryLocal"})
		}
		settle()
		h.asks = nil
		h.serve()
		if round > 2 && b.rests() {
			return
		}
		commands["wait"](h, []string{"61000"})
	}
	b.broken("the outbox does not come to rest: %s", b.dump().Field("outbox"))
}

// rests reports that nothing is left to send.
func (b *breaker) rests() bool {
	if len(b.tabs) == 0 || len(b.starts) == 0 || b.settings.Field("endpoint").Str() == "" {
		return true
	}
	moving := false
	b.ask(func(c engine.Call) engine.Event { return engine.Outbox{Call: c} }).Elements(func(_ int, m record.Value) bool {
		switch m.Field("state").Str() {
		case "held", "blocked", "parked":
		default:
			model := b.host.schema.Model(m.Field("model").Str())
			owner := m.Field("cause").Field("message").Str() // the healed tokens are nobody's in particular
			moving = model != nil && model.Syncable && !strings.HasPrefix(owner, "Somebody else")
		}
		return !moving
	})
	return !moving && len(b.host.sends) == 0
}

func newBreaker(s *schema.Schema, at int, kind string, lose int) *breaker {
	h := newHost(s)
	pending = nil
	b := &breaker{ledger: newLedger(h), at: at, kind: kind, lose: lose}
	h.tap = b
	return b
}
