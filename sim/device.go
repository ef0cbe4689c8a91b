package sim

import (
	"errors"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	disk "github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

// Device is one local database with its engine. It outlives crashes of the engine.
type Device struct {
	Name     string
	Disk     *disk.Disk
	Handler  func(conflict record.Value) (decision string, model record.Value) // nil: none declared
	Settings string                                                            // more settings, as JSON members

	Notes     []string       // bodies of Notify, newest last
	Reports   []record.Value // errors told to the app
	Announced []string       // Hub events

	world     *World
	engine    *engine.Engine
	store     *disk.Store
	life      int // grows when the engine dies; what was under way then is ignored
	cut       bool
	lastCall  uint32
	replies   map[uint32]engine.Reply
	wakeAtMs  int64
	cancelled map[uint64]bool
	sockets   map[uint64]*connection
	halted    bool
}

// NewDevice adds a device, configured and started.
func (w *World) NewDevice(name string) *Device {
	d := &Device{Name: name, Disk: &disk.Disk{}, world: w}
	w.Devices = append(w.Devices, d)
	return d
}

// Boot starts an engine on the device's disk and waits until the local database is ready.
func (d *Device) Boot() error {
	d.life++
	d.engine, d.store = engine.New(), disk.Open(d.Disk)
	d.replies, d.cancelled = map[uint32]engine.Reply{}, map[uint64]bool{}
	d.sockets, d.wakeAtMs, d.halted = map[uint64]*connection{}, 0, false
	d.Step(engine.TabJoined{Tab: d.Name})
	if d.cut {
		d.Step(engine.Offline{})
	}
	settings := `{"endpoint":"http://server/graphql","apiKey":"` + apiKey + `"` + d.Settings + `}`
	configured := d.Call(func(c engine.Call) engine.Event {
		return engine.Configure{Call: c, Schema: d.world.Schema, Config: record.TrustString(settings)}
	})
	started := d.Call(func(c engine.Call) engine.Event {
		return engine.Start{Call: c, Handler: d.Handler != nil}
	})
	for _, call := range []uint32{configured, started} {
		if r := d.Wait(call); r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// Crash ends the engine at once and takes the newest lose relaxed commits from the disk.
func (d *Device) Crash(lose int) {
	d.life++
	for _, c := range d.sockets {
		c.drop()
	}
	d.Disk.Crash(lose)
}

// Cut takes the device off the network, or brings it back, as the browser would tell.
func (d *Device) Cut(cut bool) {
	d.cut = cut
	if cut {
		for id, c := range d.sockets {
			c.drop()
			delete(d.sockets, id)
			d.Step(engine.SocketClosed{Effect: id, Code: 1006})
		}
		d.Step(engine.Offline{})
		return
	}
	d.Step(engine.Online{})
}

// Call steps an event that is answered and returns the number of the call.
func (d *Device) Call(event func(engine.Call) engine.Event) uint32 {
	d.lastCall++
	call := d.lastCall
	d.Step(event(engine.Call{Tab: d.Name, ID: call}))
	return call
}

// Answer returns the reply to a call, if there is one yet.
func (d *Device) Answer(call uint32) (engine.Reply, bool) {
	r, ok := d.replies[call]
	return r, ok
}

var errSilent = &engine.Error{Code: "silent", Message: "no reply within the virtual time given"}

// Wait lets time pass until a call is answered, at most a virtual minute.
func (d *Device) Wait(call uint32) engine.Reply {
	if !d.world.Run(60_000, func() bool { _, ok := d.replies[call]; return ok }) {
		return engine.Reply{Err: errSilent}
	}
	return d.replies[call]
}

// Step gives the engine an event and carries out its effects.
func (d *Device) Step(event engine.Event) {
	if d.halted {
		return
	}
	at := engine.Moment{NowMs: d.world.nowMs, Random: d.world.random.Uint64()}
	for _, effect := range d.engine.Step(at, event) {
		d.carryOut(effect)
	}
}

func (d *Device) carryOut(effect engine.Effect) {
	switch f := effect.(type) {
	case engine.Load:
		d.later(1, func() { d.load(f) })
	case engine.Commit:
		d.later(1, func() { d.commit(f) })
	case engine.Fold:
		d.later(5, func() { d.store.Fold() })
	case engine.Send:
		d.world.send(d, f)
	case engine.Cancel:
		d.cancelled[f.ID] = true
	case engine.OpenSocket:
		d.world.dial(d, f)
	case engine.WriteSocket:
		if c := d.sockets[f.ID]; c != nil {
			c.write(f.Text)
		}
	case engine.CloseSocket:
		if c := d.sockets[f.ID]; c != nil {
			c.drop()
			delete(d.sockets, f.ID)
			d.later(1, func() { d.Step(engine.SocketClosed{Effect: f.ID, Code: f.Code}) })
		}
	case engine.AskHandler:
		d.later(1, func() { d.ask(f) })
	case engine.Reply:
		d.replies[f.Call.ID] = f
	case engine.Notify:
		d.Notes = append(d.Notes, string(f.Body))
	case engine.Report:
		d.Reports = append(d.Reports, record.Trust(f.Body))
	case engine.Announce:
		d.Announced = append(d.Announced, f.Event)
	case engine.Wake:
		d.wake(f.AtMs)
	case engine.Halt:
		d.halted = true
	}
}

// later runs f if the engine lives until then.
func (d *Device) later(delayMs int64, f func()) {
	life := d.life
	d.world.after(delayMs, func() {
		if d.life == life && !d.halted {
			f()
		}
	})
}

func (d *Device) load(f engine.Load) {
	image, faults, err := d.store.Load(d.world.Schema)
	if err != nil {
		d.Step(engine.LoadFailed{Effect: f.ID, Fault: faultOf(err)})
		return
	}
	d.Step(engine.Loaded{Effect: f.ID, Image: image, Faults: faults})
}

func (d *Device) commit(f engine.Commit) {
	if err := d.store.Commit(f.Commit); err != nil {
		d.Step(engine.CommitFailed{Effect: f.ID, Fault: faultOf(err)})
		return
	}
	d.Step(engine.Committed{Effect: f.ID})
}

func faultOf(err error) *store.Fault {
	var fault *store.Fault
	if errors.As(err, &fault) {
		return fault
	}
	return &store.Fault{Code: "unavailable", Message: err.Error()}
}

func (d *Device) wake(atMs int64) {
	d.wakeAtMs = atMs
	if atMs == 0 {
		return
	}
	d.later(atMs-d.world.nowMs, func() {
		if d.wakeAtMs == atMs {
			d.wakeAtMs = 0
			d.Step(engine.Tick{})
		}
	})
}

func (d *Device) ask(f engine.AskHandler) {
	if d.Handler == nil {
		d.Step(engine.HandlerFailed{Effect: f.ID, Message: "There is no handler."})
		return
	}
	decision, model := d.Handler(record.Trust(f.Conflict))
	if decision == "throw" {
		d.Step(engine.HandlerFailed{Effect: f.ID, Message: "The handler threw."})
		return
	}
	d.Step(engine.HandlerAnswered{Effect: f.ID, Decision: decision, Model: model})
}
