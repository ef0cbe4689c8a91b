// Package sync is the engine: Step(Event) gives Effects. It has no clock, randomness, storage,
// network or goroutine; importers name it engine, because it shadows the standard library's sync.
//
//	         configure              start, or any call
//	idle ──────────────▶ idle ───────────────────────────▶ loading
//	                                                          │ Loaded
//	halted ◀── fenced ── ready ◀── "open epoch" committed ── opening
//
// The engine keeps calls that arrive before ready until then. Every change goes through one door (sync/door): the
// engine stages a commit, the host writes it in a transaction, and only then do queries, observers and replies see it.
package sync

import (
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/auth"
	"github.com/deltabase/deltabase/sync/clock"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/decide"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/effect"
	"github.com/deltabase/deltabase/sync/link"
	"github.com/deltabase/deltabase/sync/live"
	"github.com/deltabase/deltabase/sync/merge"
	"github.com/deltabase/deltabase/sync/outbox"
	"github.com/deltabase/deltabase/sync/peer"
	"github.com/deltabase/deltabase/sync/pull"
	"github.com/deltabase/deltabase/sync/push"
	"github.com/deltabase/deltabase/sync/queue"
	"github.com/deltabase/deltabase/sync/tell"
)

type phase uint8

const (
	idle phase = iota
	loading
	opening
	ready
)

// Engine is one local database's sync engine. Not safe for concurrent use.
type Engine struct {
	clock  *clock.Clock
	setup  *config.Setup
	door   *door.Door
	tabs   *ask.Tabs
	merger *merge.Merger
	live   *live.Live
	out    *effect.Out
	line   *tell.Line
	peer   *peer.Peer

	phase    phase
	loadID   uint64
	halted   *app.Error
	clearing bool
	running  bool // some tab has started and not stopped
	waiting  []Event

	link    *link.Link
	push    *push.Push
	queue   *queue.Queue
	decide  *decide.Decider
	pull    *pull.Pull
	storage storage
	auth    *auth.Auth
	outbox  *outbox.Outbox
}

// New makes an engine that waits for Configure.
func New() *Engine {
	e := &Engine{
		clock: &clock.Clock{},
		out:   &effect.Out{},
		setup: &config.Setup{},
		tabs:  &ask.Tabs{},
	}
	e.door = door.New(&doorHost{e}, e.clock)
	e.line = tell.New(e.out, e.setup, e.door)
	e.peer = peer.New(e.door, e.setup)
	e.live = live.New(&liveHostOf{e}, e.line, &liveQueueOf{e}, e.door, e.setup)
	e.auth = auth.New(&authHostOf{e}, e.line, e.clock, e.setup, e.door, e.tabs)
	e.outbox = outbox.New(e.clock, e.setup, e.door, e.auth.IsSomebodyElses)
	e.link = link.New(&linkHost{e}, e.out, e.line, e.clock, e.setup, e.auth, e.peer)
	e.pull = pull.New(e.holdsPulls, e.clock, e.setup, e.door, e.line, e.peer, e.auth, e.link, e.live)
	e.merger = merge.New(e.door, e.setup, e.pull)
	e.pull.Merge(e.merger)
	ready := func() bool { return e.phase == ready }
	e.decide = decide.New(ready, e.out, e.line, e.clock, e.setup, e.door, e.tabs, e.merger, e.outbox)
	e.push = push.New(func() bool { return e.queue.Own() }, e.clock, e.setup, e.door, e.line, e.peer, e.auth, e.link, e.pull, e.merger, e.outbox, e.decide)
	e.queue = queue.New(ready, e.clock, e.setup, e.door, e.line, e.auth, e.pull, e.outbox, e.decide, e.push)
	e.link.Serve(e.pull, e.push)
	return e
}

// Step takes one event and returns what the host is to do, in order. The same events always give the same effects.
func (e *Engine) Step(at Moment, event Event) []Effect {
	if backMs := e.clock.Set(at.NowMs, at.Random); backMs > 0 {
		e.push.ClockSetBack(backMs)
		e.link.ClockSetBack(backMs)
	}
	e.handle(event)
	for {
		e.link.PlanSocket()
		e.pull.Plan()
		e.push.Plan()
		e.link.PlanProbe()
		e.link.PlanStale()
		if !e.door.Flush() {
			break
		}
	}
	e.pull.AnswerSyncCalls()
	if e.phase == ready {
		e.live.Paused(e.auth.PausedModes())
	}
	if atMs, changed := e.clock.Next(); changed {
		e.out.Emit(Wake{AtMs: atMs})
	}
	return e.out.Take()
}

func (e *Engine) handle(event Event) {
	if call, operation, is := callOf(event); is {
		if !e.admit(call, operation, event) {
			return
		}
		e.callWakes(event)
		e.handleCall(event)
		e.callNudges(event)
		return
	}
	switch ev := event.(type) {
	case TabJoined:
		e.tabs.Join(ev.Tab)
	case TabGone:
		e.tabGone(ev.Tab)
	case Unobserve:
		e.live.Unobserve(ev.Tab, ev.Observer)
	case Loaded:
		e.loaded(ev)
	case LoadFailed:
		e.loadFailed(ev)
	case Committed:
		e.committed(ev.Effect)
	case CommitFailed:
		e.commitFailed(ev.Effect, ev.Fault)
	case StorageLost:
		e.storageLost(ev.Fault)
	case StorageSlow:
		e.storageSlow()
	case Answered:
		e.link.Answered(ev.Effect, link.Answer{Status: ev.Status, Body: ev.Body, RetryAfterMs: ev.RetryAfterMs})
	case SendFailed:
		e.link.Answered(ev.Effect, link.Answer{Failed: ev.Code, Message: ev.Message})
	case SocketOpened:
		e.link.Opened(ev.Effect)
	case SocketMessage:
		e.link.Heard(ev.Effect, ev.Text)
	case SocketClosed:
		e.link.Closed(ev.Effect)
	case HandlerAnswered:
		e.decide.Answered(ev.Effect, ev.Decision, ev.Model)
	case HandlerFailed:
		e.decide.Failed(ev.Effect, ev.Message)
	case TokenAnswered:
		e.auth.Answered(ev.Effect, ev.Token)
	case TokenFailed:
		e.auth.Failed(ev.Effect, ev.Message)
	case Online:
		e.link.SetOffline(false)
	case Offline:
		e.link.SetOffline(true)
	case Resumed:
		e.link.Hinted(ev.Slept)
	case Tick:
		if slept := e.clock.Tick(); slept {
			e.link.Hinted(true)
		}
	}
}

func (e *Engine) handleCall(event Event) {
	switch ev := event.(type) {
	case Configure:
		e.configure(ev)
	case Gate:
		e.gate(ev)
	case Start:
		e.start(ev)
	case Stop:
		e.stop(ev)
	case Clear:
		e.clear(ev)
	case Save:
		e.save(ev)
	case Delete:
		e.delete(ev)
	case WriteAll:
		e.writeAll(ev)
	case Adopt:
		e.adopt(ev)
	case Query:
		e.live.Query(live.Find(ev))
	case Aggregate:
		e.live.Aggregate(live.Tally(ev))
	case Observe:
		e.live.Observe(live.Observation(ev))
	case Status:
		e.queue.Status(ev.Call, ev.Model, ev.ID)
	case Outbox:
		e.queue.List(ev.Call, ev.Count)
	case Retry:
		e.queue.Retry(ev.Call, ev.MutationID)
	case Edit:
		e.queue.Edit(ev.Call, ev.MutationID, ev.Fields)
	case Discard:
		e.queue.Discard(ev.Call, ev.MutationID, ev.Dependants)
	case Restore:
		e.queue.Restore(ev.Call)
	case Dump:
		e.queue.Dump(ev.Call)
	case Sync:
		e.pull.Sync(ev.Call, ev.Models)
	}
}

// callOf returns the call that the engine must answer for an event, and the name by which the app knows that call.
func callOf(event Event) (app.Call, string, bool) {
	switch ev := event.(type) {
	case Configure:
		return ev.Call, "configure", true
	case Start:
		return ev.Call, "start", true
	case Stop:
		return ev.Call, "stop", true
	case Clear:
		return ev.Call, "clear", true
	case Save:
		return ev.Call, "save", true
	case Delete:
		return ev.Call, "delete", true
	case WriteAll:
		return ev.Call, "saveAll", true
	case Adopt:
		return ev.Call, "start", true
	case Query:
		return ev.Call, "query", true
	case Aggregate:
		return ev.Call, "groupBy", true
	case Observe:
		return ev.Call, "observe", true
	case Status:
		return ev.Call, "status", true
	case Outbox:
		return ev.Call, "outbox.list", true
	case Retry:
		return ev.Call, "outbox.retry", true
	case Edit:
		return ev.Call, "outbox.edit", true
	case Discard:
		return ev.Call, "outbox.discard", true
	case Restore:
		return ev.Call, "outbox.restore", true
	case Dump:
		return ev.Call, "debug.dump", true
	case Gate:
		return ev.Call, "pause", true
	case Sync:
		return ev.Call, "sync", true
	}
	return app.Call{}, "", false
}
