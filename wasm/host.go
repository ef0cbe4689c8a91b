package main

import (
	"encoding/binary"
	"math"
	gosync "sync"
	"time"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// build is the hash of the Go sources; the build script sets it with -ldflags -X.
var build = "unbuilt"

// host runs the engine: packets and the disk's answers queue up, one goroutine steps the engine
// through them and carries out its effects.
//
//	receive ─┐                                        ┌─ emit (tabs, network, timers)
//	         ├─ queue ── run: event ── Step ── effects┤
//	answer ──┘                                        └─ disk goroutine ── answer
type host struct {
	engine *engine.Engine
	emit   func(packet []byte)
	disk   *disk
	schema *schema.Schema
	out    []byte

	greeted bool // the version packet came and fits
	closing bool
	closed  bool

	// mu guards what receive and answer share with run. In the page it is never contended: the
	// module has one thread and nobody yields while holding it, so receive can't block on it.
	mu     gosync.Mutex
	queue  []queued
	moment engine.Moment
	dead   bool
	wake   chan struct{}
}

// queued is a packet from the host or an answer of the disk.
type queued struct {
	at      engine.Moment
	packet  []byte
	event   engine.Event
	unasked bool // the event answers no effect
}

func newHost(b browser, emit func([]byte)) *host {
	h := &host{engine: engine.New(), emit: emit, wake: make(chan struct{}, 1)}
	h.disk = &disk{browser: b, jobs: make(chan job, jobsMax)}
	h.disk.pace.after = time.After
	h.disk.preread.done = make(chan store.Preread, 1)
	h.disk.answer = func(event engine.Event) { h.answer(event, false) }
	h.disk.tell = func(event engine.Event) { h.answer(event, true) }
	h.disk.died = h.die
	return h
}

// receive takes ownership of a moment with its packet and queues it. It never blocks. It reports
// whether the module is alive and the bytes are long enough to be a packet.
func (h *host) receive(bytes []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead || len(bytes) < momentBytes+headBytes {
		return false
	}
	h.moment = engine.Moment{
		NowMs:  int64(math.Float64frombits(binary.LittleEndian.Uint64(bytes))),
		Random: binary.LittleEndian.Uint64(bytes[8:]),
	}
	h.push(queued{at: h.moment, packet: bytes[momentBytes:]})
	return true
}

// answer queues what the disk has to say. The host's clock is not asked again: the last moment is
// at most one disk operation old; the number is drawn anew from it.
func (h *host) answer(event engine.Event, unasked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moment.Random = scramble(h.moment.Random)
	h.push(queued{at: h.moment, event: event, unasked: unasked})
}

func (h *host) push(q queued) {
	h.queue = append(h.queue, q)
	select {
	case h.wake <- struct{}{}:
	default: // already awake
	}
}

// scramble is one round of splitmix64.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// run steps the engine until it panics. A panic is a bug: it is told to the host once, which
// starts a new module from the same compiled code.
func (h *host) run() {
	defer func() {
		if cause := recover(); cause != nil {
			h.die(cause)
		}
	}()
	go h.disk.run()
	var batch []queued
	for {
		h.mu.Lock()
		batch, h.queue = h.queue, batch[:0]
		h.mu.Unlock()
		if len(batch) == 0 {
			<-h.wake
			continue
		}
		for i := range batch {
			h.handle(batch[i])
			batch[i] = queued{}
		}
	}
}

func (h *host) handle(q queued) {
	if q.event != nil {
		if !q.unasked {
			h.disk.underWay--
		}
		h.step(q.at, q.event)
	} else {
		h.unpack(q)
	}
	if h.closing && !h.closed && h.disk.underWay == 0 {
		h.closed = true
		h.disk.closeThen(func() { h.emit(appendPacket(nil, outClosed, 0)) })
	}
}

func (h *host) unpack(q queued) {
	p, err := readPacket(q.packet)
	if err != nil {
		panic(err.Error()) // the host speaks another protocol, or memory is damaged
	}
	switch {
	case p.kind == inVersion:
		h.greet(p)
	case !h.greeted:
		panic("bridge: the first packet must be the version packet")
	case p.kind == inPreread:
		h.disk.preread.add(p)
	case p.kind == inPrereadEnd:
		h.disk.preread.end(p)
	case p.kind == inClose:
		h.closing = true
	case p.kind == inCall:
		h.call(q.at, p)
	default:
		if event, ok := eventOf(p); ok {
			h.step(q.at, event)
		}
	}
}

// greet answers the version packet with our own. Only equal sides go on.
func (h *host) greet(p packet) {
	h.greeted = p.text(0) == protocolVersion && p.text(1) == build
	h.disk.name, h.disk.preread.expected = p.text(2), p.text(3) == "1"
	h.send(outVersion, 0, []byte(protocolVersion), []byte(build))
}

func (h *host) call(at engine.Moment, p packet) {
	event, refusal := callOf(p)
	if refusal != nil {
		h.refuse(p.text(0), p.id, refusal)
		return
	}
	if c, ok := event.(engine.Configure); ok {
		h.schema = c.Schema
	}
	h.step(at, event)
}

func (h *host) step(at engine.Moment, event engine.Event) {
	for _, effect := range h.engine.Step(at, event) {
		h.carryOut(effect)
	}
}

// die marks the module dead and says why.
func (h *host) die(cause any) {
	h.mu.Lock()
	dead := h.dead
	h.dead = true
	h.queue = nil
	h.mu.Unlock()
	if !dead {
		h.emit(appendPacket(nil, outDied, 0, []byte(causeText(cause))))
	}
}

func causeText(cause any) string {
	switch c := cause.(type) {
	case error:
		return c.Error()
	case string:
		return c
	}
	return "a panic without a message"
}
