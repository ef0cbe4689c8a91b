package sim

import (
	"errors"
	"sort"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// process is one engine with its host: the worker of a page. Its database is the device's disk.
type process struct {
	world    *World
	device   *Device
	number   int
	engine   *engine.Engine
	database *store.Database
	dead     bool
	halted   bool
	stepping bool

	view     *diskView // what the disk holds, as far as the engine was told
	flying   *diskCommit
	calls    map[uint32]*call
	requests map[uint64]*request
	sockets  map[uint64]*connection
	asks     map[uint64]*question
	wakeAtMs int64
	stepMs   int64
	steps    uint64 // at stepMs
}

// call is something that a tab waits for.
type call struct {
	tab   *tab
	name  string
	event func(engine.Call) engine.Event
	then  func(engine.Reply)
	again bool // the page calls again when the engine dies before it answered
	older bool // the page that calls has the older schema
}

func newProcess(d *Device, number int) *process {
	p := &process{world: d.world, device: d, number: number, engine: engine.New(),
		calls: map[uint32]*call{}, requests: map[uint64]*request{}, sockets: map[uint64]*connection{},
		asks: map[uint64]*question{}}
	p.database = store.NewDatabase(&watchedDisk{Backend: d.disk.Connect(), process: p}, d.limits())
	return p
}

// call steps an event that is answered; then hears the answer, if one comes.
func (p *process) call(t *tab, name string, event func(engine.Call) engine.Event, then func(engine.Reply)) *call {
	c := &call{tab: t, name: name, event: event, then: then, older: p.device.older}
	p.issue(c)
	return c
}

func (p *process) issue(c *call) {
	p.device.lastCall++
	id := p.device.lastCall
	p.calls[id] = c
	event := c.event(engine.Call{Tab: c.tab.name, ID: id})
	p.deliver(event)
}

// deliver steps an event, later when the device is frozen.
func (p *process) deliver(event engine.Event) {
	switch {
	case p.dead:
	case p.device.frozen || p.stepping:
		// A page that calls from within an answer is served after the answer.
		if p.device.frozen {
			p.device.backlog = append(p.device.backlog, func() { p.deliver(event) })
		} else {
			p.world.after(0, func() { p.deliver(event) })
		}
	default:
		p.step(event)
	}
}

// step gives the engine an event and carries out its effects.
func (p *process) step(event engine.Event) {
	if p.dead || p.halted {
		return
	}
	w := p.world
	p.stepping = true
	if p.stepMs != w.nowMs {
		p.stepMs, p.steps = w.nowMs, 0
	}
	p.steps++
	random := roll(w.plan.Seed, ofEngine, uint64(p.device.number), uint64(w.nowMs), p.steps)
	at := engine.Moment{NowMs: p.device.nowMs(), Random: random.next()}
	w.traceEvent(p, event)
	effects := p.engine.Step(at, event)
	for _, effect := range effects {
		w.traceEffect(p, effect)
		p.carryOut(effect)
	}
	p.stepping = false
	w.oracle.settled(p)
}

func (p *process) carryOut(effect engine.Effect) {
	w := p.world
	switch f := effect.(type) {
	case engine.Load:
		p.later(1, func() { p.load(f) })
	case engine.Commit:
		p.commitSoon(f)
	case engine.Fold:
		p.later(5, p.fold)
	case engine.Send:
		w.send(p, f)
	case engine.Cancel:
		if r := p.requests[f.ID]; r != nil {
			r.given = true
			delete(p.requests, f.ID)
		}
	case engine.OpenSocket:
		w.dial(p, f)
	case engine.WriteSocket:
		if c := p.sockets[f.ID]; c != nil {
			c.write(f.Text)
		}
	case engine.CloseSocket:
		if c := p.sockets[f.ID]; c != nil {
			c.drop()
			delete(p.sockets, f.ID)
			w.after(1, func() { p.deliver(engine.SocketClosed{Effect: f.ID, Code: f.Code}) })
		}
	case engine.AskHandler:
		p.ask(f)
	case engine.AskToken:
		p.askToken(f)
	case engine.Reply:
		p.replied(f)
	case engine.Notify:
		w.oracle.notified(p, f)
	case engine.Report:
		w.oracle.reported(p, record.Trust(f.Body))
	case engine.Announce:
		w.oracle.announced(p, f.Event, f.Data)
	case engine.Wake:
		p.wake(f.AtMs)
	case engine.SetGate:
		p.device.gate = f.Closed
	case engine.Halt:
		p.halt()
	}
}

// later runs f if the engine lives until then.
func (p *process) later(delayMs int64, f func()) {
	p.world.after(delayMs, func() {
		if !p.dead && !p.halted {
			f()
		}
	})
}

func (p *process) replied(r engine.Reply) {
	c := p.calls[r.Call.ID]
	if c == nil {
		p.world.oracle.fail("call", p.device.name, "a call was answered twice, or never made: %d", r.Call.ID)
		return
	}
	delete(p.calls, r.Call.ID)
	if c.then != nil {
		c.then(r)
	}
}

func (p *process) load(f engine.Load) {
	image, faults, err := p.database.Load(p.device.schema())
	if err != nil {
		p.deliver(engine.LoadFailed{Effect: f.ID, Fault: store.AsFault(err)})
		return
	}
	if len(faults) > 0 {
		p.world.oracle.fail("disk", p.device.name, "the disk has something that cannot be read: %v", faults[0])
	}
	p.deliver(engine.Loaded{Effect: f.ID, Image: image, Faults: faults})
}

// commitSoon writes a transaction after a moment and tells the engine another moment later.
func (p *process) commitSoon(f engine.Commit) {
	w := p.world
	d := roll(w.plan.Seed, ofDisk, uint64(p.device.number), uint64(w.nowMs), p.steps)
	p.later(d.between(1, 4), func() {
		err := p.database.Commit(f.Commit)
		w.after(d.between(0, 2), func() {
			if err != nil {
				p.flying = nil
				p.deliver(engine.CommitFailed{Effect: f.ID, Fault: store.AsFault(err)})
				return
			}
			p.deliverCommitted(f.ID)
		})
	})
}

// deliverCommitted is deliver with the oracle told at the same moment as the engine.
func (p *process) deliverCommitted(id uint64) {
	switch {
	case p.dead || p.halted:
	case p.device.frozen:
		p.device.backlog = append(p.device.backlog, func() { p.deliverCommitted(id) })
	default:
		p.world.oracle.told(p)
		p.step(engine.Committed{Effect: id})
	}
}

func (p *process) fold() {
	for {
		more, err := p.database.Fold()
		var fault *store.Fault
		if errors.As(err, &fault) && fault.Code == store.CodeFenced {
			return // the next commit finds out
		}
		if !more || err != nil {
			return
		}
	}
}

func (p *process) wake(atMs int64) {
	p.wakeAtMs = atMs
	if atMs == 0 {
		return
	}
	p.later(atMs-p.device.nowMs(), func() {
		if p.wakeAtMs == atMs {
			p.wakeAtMs = 0
			p.deliver(engine.Tick{})
		}
	})
}

// halt is the end of an engine that was fenced: somebody else writes its database. When that was an
// engine which was replaced before this one could take over, the pages start a third one.
func (p *process) halt() {
	d := p.device
	p.world.oracle.halting(p)
	p.halted = true
	p.closeSockets()
	if d.process == p {
		again := p.abandoned()
		d.process = nil
		d.restart(500, again)
	}
}

// die ends the engine at once. Saves that were not answered are made again by the pages that are
// still there; it returns them in the order of their calls.
func (p *process) die() []*call {
	p.dead = true
	p.world.oracle.died(p)
	for _, c := range p.sockets {
		c.drop()
	}
	ids := make([]uint32, 0, len(p.calls))
	for id, c := range p.calls {
		if c.again {
			ids = append(ids, id)
		}
	}
	sort.Slice(ids, func(a, b int) bool { return ids[a] < ids[b] })
	var again []*call
	for _, id := range ids {
		again = append(again, p.calls[id])
	}
	return again
}

// muteSockets lets nothing through any more, and nobody is told.
func (p *process) muteSockets() {
	for _, c := range p.sockets {
		c.halfOpen = true
	}
}

// closeSockets ends all sockets from this side; the engine is told, unless it is no more.
func (p *process) closeSockets() {
	ids := make([]uint64, 0, len(p.sockets))
	for id := range p.sockets {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(a, b int) bool { return ids[a] < ids[b] })
	for _, id := range ids {
		p.sockets[id].drop()
		delete(p.sockets, id)
		p.deliver(engine.SocketClosed{Effect: id, Code: 1006})
	}
}
