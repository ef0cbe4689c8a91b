package sim

import (
	"fmt"
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	disk "github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
	"github.com/deltabase/deltabase/sync/app"
)

// Device is one local database with its tabs. It outlives the engines that work on it.
type Device struct {
	world  *World
	number int
	name   string
	setup  DeviceSetup
	disk   *disk.Disk

	process  *process   // the engine that the tabs talk to; nil while there is none
	zombies  []*process // engines that were replaced and do not know it yet
	born     int        // engines so far
	tabs     []*tab
	tabsBorn int

	person   string // who is signed in, "" for nobody
	older    bool   // runs the older schema
	wasOlder bool   // runs it, or did
	least    int    // the sync expression: rows whose rank is at least this; 0 for everything
	scopes   []int  // every least so far
	skewMs   int64
	cut      bool
	hole     bool     // while it is cut off, nothing answers, not even with a failure
	hints    bool     // the browser tells of cuts
	gate     bool     // the app's own switch
	backlog  []func() // what arrived while the device was frozen
	frozen   bool
	booting  int // grows with each plan to boot
	lastCall uint32
}

// tab is a page that talks to the device's engine.
type tab struct {
	name      string
	handler   string
	started   bool
	observers []*observer
}

func newDevice(w *World, number int, setup DeviceSetup) *Device {
	d := &Device{world: w, number: number, name: string(rune('a' + number)), setup: setup,
		disk: &disk.Disk{}, older: setup.Older, wasOlder: setup.Older, person: setup.Person}
	d.setScope(setup.Scope)
	d.join(setup.Handler)
	return d
}

func (d *Device) join(handler string) *tab {
	d.tabsBorn++
	t := &tab{name: fmt.Sprintf("%s%d", d.name, d.tabsBorn), handler: handler}
	d.tabs = append(d.tabs, t)
	return t
}

func (d *Device) tab(name string) *tab {
	for _, t := range d.tabs {
		if t.name == name {
			return t
		}
	}
	return nil
}

func (d *Device) schema() *schema.Schema {
	if d.older {
		return parsed().older
	}
	return parsed().newest
}

// nowMs is the device's clock.
func (d *Device) nowMs() int64 { return d.world.nowMs + d.skewMs }

// limits of the local database.
func (d *Device) limits() store.Limits {
	if d.world.plan.Setup.SmallPages {
		return store.Limits{PageRowsMax: 4, BulkRowsMin: 3, FoldLogRowsMin: 8, FoldLogBytesMin: 20_000}
	}
	return store.Limits{}
}

// boot starts an engine on the device's disk, with all its tabs.
func (d *Device) boot() {
	d.booting++
	d.born++
	p := newProcess(d, d.born)
	d.process, d.gate = p, false
	d.world.trace.note(d.name, "boot", nil)
	if d.cut && d.hints || roll(d.world.plan.Seed, ofHints, uint64(d.number)).chance(0.1) {
		p.step(engine.Offline{}) // some browsers say so although everything works
	}
	for _, t := range d.tabs {
		t.started = false
		p.step(engine.TabJoined{Tab: t.name})
		d.configure(t)
	}
	for _, t := range d.tabs {
		d.start(t)
	}
}

// bootLater boots after a while, unless something else boots before.
func (d *Device) bootLater(delayMs int64) {
	d.booting++
	planned := d.booting
	d.world.after(delayMs, func() {
		if d.booting == planned {
			d.boot()
		}
	})
}

func (d *Device) configure(t *tab) {
	settings := d.settings()
	d.process.call(t, "configure", func(c engine.Call) engine.Event {
		return engine.Configure{Call: c, Schema: d.schema(), Config: settings}
	}, func(r engine.Reply) {
		if r.Err != nil && r.Err.Code != app.CodeFenced {
			d.world.oracle.fail("call", d.name, "configure failed: %v", r.Err)
		}
	})
}

func (d *Device) settings() record.Value {
	var b record.Builder
	b.SetString("endpoint", "http://server/graphql")
	if !d.world.plan.Setup.Tokens {
		b.SetString("apiKey", apiKey)
	}
	if d.world.plan.Setup.Tokens && d.setup.Mode {
		b.SetString("defaultAuthMode", "userPools")
	}
	if d.world.plan.Setup.Tokens && d.setup.User {
		b.SetString("user", "the one of "+d.name)
	}
	set := func(name string, n int) {
		if n > 0 {
			b.SetInt(name, int64(n))
		}
	}
	set("syncPageSize", d.setup.PageSize)
	set("syncMaxRecords", d.setup.MaxRecords)
	set("syncInterval", d.setup.IntervalSeconds)
	if d.setup.ConflictDefault != "" {
		b.SetString("conflictDefault", d.setup.ConflictDefault)
	}
	if d.least > 0 {
		filter := record.TrustString(fmt.Sprintf(`{"rank":{"ge":%d}}`, d.least))
		var scopes record.Builder
		scopes.Set("Post", filter)
		scopes.Set("Note", filter)
		b.Set("syncExpressions", scopes.Object())
	}
	return b.Object()
}

// setScope changes the sync expression; engines take it over when they are configured.
func (d *Device) setScope(least int) {
	d.least = least
	d.scopes = append(d.scopes, least)
}

// start starts a tab and tries again when the local database could not be opened.
func (d *Device) start(t *tab) {
	p := d.process
	p.call(t, "start", func(c engine.Call) engine.Event {
		return engine.Start{Call: c, Handler: t.handler != "", Providers: d.providers()}
	}, func(r engine.Reply) {
		if r.Err == nil {
			t.started = true
			return
		}
		if p.halted || p.dead {
			return
		}
		d.world.after(700, func() {
			if d.process == p && slices.Contains(d.tabs, t) && !t.started {
				d.start(t)
			}
		})
	})
}

// die ends every engine of the device at once.
func (d *Device) die() {
	for _, p := range append(d.zombies, d.process) {
		if p != nil {
			p.die()
		}
	}
	d.process, d.zombies = nil, nil
	d.thaw()
}

// crash is a power loss: the newest lose relaxed commits are gone from the disk, and so are the
// pages.
func (d *Device) crash(lose int) int {
	d.die()
	for _, t := range d.tabs {
		t.observers = nil
	}
	lost := d.disk.Crash(lose)
	d.world.oracle.crashed(d, lost)
	return lost
}

// cutOff takes the device off the network. The browser may tell so, sockets and requests may fail, or
// nobody says a word and nothing gets through.
func (d *Device) cutOff(e *dice) {
	if d.cut {
		return
	}
	d.cut, d.hints, d.hole = true, e.chance(0.5), e.chance(0.3)
	for _, p := range d.engines() {
		if d.hole {
			p.muteSockets()
		} else {
			p.closeSockets()
		}
		if d.hints {
			p.deliver(engine.Offline{})
		}
	}
}

// reconnect brings the device back to the network.
func (d *Device) reconnect() {
	if !d.cut {
		return
	}
	d.cut = false
	for _, p := range d.engines() {
		if d.hints {
			p.deliver(engine.Online{})
		}
	}
}

// hint is a word of the platform that has nothing to do with the network.
func (d *Device) hint(e *dice) {
	event := one[engine.Event](e, engine.Online{}, engine.Offline{}, engine.Resumed{}, engine.Resumed{Slept: true})
	for _, p := range d.engines() {
		p.deliver(event)
	}
}

// engines are those that run, replaced ones first.
func (d *Device) engines() []*process {
	list := slices.Clone(d.zombies)
	if d.process != nil {
		list = append(list, d.process)
	}
	return list
}

// freeze holds back everything that comes to the device.
func (d *Device) freeze(forMs int64) {
	if d.frozen {
		return
	}
	d.frozen = true
	d.world.after(forMs, d.thaw)
}

func (d *Device) thaw() {
	d.frozen = false
	list := d.backlog
	d.backlog = nil
	for _, f := range list {
		f()
	}
}
