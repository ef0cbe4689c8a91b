package sim

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
)

// Plan is one seed's story before it happens: the setup, what people do and what goes wrong.
// Every entry has its time and its own dice, so that any of them can be left out while the others
// stay what they are: that is how a failure is shrunk.
type Plan struct {
	Seed   uint64
	Setup  Setup
	Ops    []Op
	Faults []Fault
	EndMs  int64 // when the faults end and everything heals, ms after the beginning
}

// Setup of a world.
type Setup struct {
	Devices    []DeviceSetup
	Strategies map[string]conflict.Strategy
	Plain      bool  // a gateway keeps request extensions away: the server looks like plain AppSync
	LatencyMs  int64 // of one way, at the median
	Expiry     bool  // tombstones and mutation ids are kept for 2 minutes only
	SmallPages bool  // of the local databases: bulk commits and folding happen
	Tokens     bool  // people sign in, instead of an API key for all
	On         map[FaultKind]bool
}

// DeviceSetup is what one device's app has chosen.
type DeviceSetup struct {
	Handler         string // of its first tab: see handlers.go; "" for none
	ConflictDefault string
	PageSize        int
	MaxRecords      int // 0: the default
	IntervalSeconds int // 0: the default
	Scope           int // only rows whose rank is at least this; 0 for everything
	Older           bool
	Person          string // who is signed in, where people sign in
	User            bool   // the app names its user: the database takes no other person's tokens
	Mode            bool   // the app names the auth mode
}

// Op is something that a person or an app does on a device.
type Op struct {
	Number int
	AtMs   int64
	Device int
	Kind   OpKind
	Draw   uint64
}

// Fault is something that goes wrong, on one device or on the server's side.
type Fault struct {
	Number int
	AtMs   int64
	ForMs  int64 // how long it lasts, 0 for a moment
	Device int
	Kind   FaultKind
	Draw   uint64
}

const (
	opsMin    = 215 // at least 200 are carried out: now and then all devices are down
	opsMore   = 40
	faultsMin = 20
	faultsMax = 36
)

// Domains of dice made from a seed.
const (
	ofSetup = iota + 1
	ofOps
	ofFaults
	ofEngine
	ofLatency
	ofDisk
	ofServer
	ofFunction
	ofHints
	ofTokens
)

// NewPlan draws a seed's plan.
func NewPlan(seed uint64) *Plan {
	d := roll(seed, ofSetup)
	p := &Plan{Seed: seed, Setup: drawSetup(d)}
	atMs := int64(500)
	for n := range opsMin + d.below(opsMore) {
		e := roll(seed, ofOps, uint64(n))
		atMs += gap(e)
		p.Ops = append(p.Ops, Op{Number: n, AtMs: atMs, Device: e.below(len(p.Setup.Devices)),
			Kind: drawWeighted(e, opWeights), Draw: e.next()})
	}
	p.EndMs = atMs + 2_000
	kinds := p.Setup.kinds()
	for n := range faultsMin + d.below(faultsMax-faultsMin+1) {
		e := roll(seed, ofFaults, uint64(n))
		f := Fault{Number: n, AtMs: e.between(1_000, atMs), Device: e.below(len(p.Setup.Devices)),
			Kind: kinds[e.below(len(kinds))], Draw: e.next()}
		if longest := faultKinds[f.Kind].forMs; longest > 0 {
			f.ForMs = e.between(longest/20, longest)
		}
		p.Faults = append(p.Faults, f)
	}
	return p
}

// gap between two operations: mostly a burst or the pace of a person, now and then a pause.
func gap(d *dice) int64 {
	switch d.below(10) {
	case 0, 1, 2:
		return d.between(0, 30)
	case 9:
		return d.between(1_000, 6_000)
	}
	return d.between(20, 900)
}

func drawSetup(d *dice) Setup {
	s := Setup{
		Strategies: strategiesOf(d.below(len(modelNames))),
		Plain:      d.chance(0.15),
		LatencyMs:  one(d, int64(2), 20, 60, 250),
		Expiry:     d.chance(0.1),
		SmallPages: d.chance(0.5),
		Tokens:     d.chance(0.35),
		On:         map[FaultKind]bool{},
	}
	s.Expiry = s.Expiry && !s.Plain // there tombstones outlive syncInterval: 30 days to one
	scoped, older := d.chance(0.3), d.chance(0.3)
	for range 2 + d.below(4) {
		s.Devices = append(s.Devices, drawDevice(d, scoped, older))
	}
	// Half of the kinds are off, so that they don't hide one another.
	kinds := slices.Clone(faultOrder)
	for n := range kinds {
		other := n + d.below(len(kinds)-n)
		kinds[n], kinds[other] = kinds[other], kinds[n]
	}
	for _, kind := range kinds[:len(kinds)/2] {
		s.On[kind] = !(s.Plain && faultKinds[kind].late) && (s.Tokens || !faultKinds[kind].tokens)
	}
	return s
}

func drawDevice(d *dice, scoped, older bool) DeviceSetup {
	s := DeviceSetup{
		Handler:         one(d, "", "retryLocal", "applyRemote", "retry", "mixed", "mixed", "throws", "slow"),
		ConflictDefault: one(d, "", "", "retryLocal", "applyRemote"),
		PageSize:        one(d, 3, 5, 10, 30, 1000),
	}
	if d.chance(0.05) {
		s.MaxRecords = 5 + d.below(10)
	}
	if d.chance(0.25) {
		s.IntervalSeconds = 20 + d.below(60)
	}
	if scoped && d.chance(0.6) {
		s.Scope = 1 + d.below(5)
	}
	s.Older = older && d.chance(0.3)
	s.Person, s.User, s.Mode = one(d, "ann", "bob"), d.chance(0.4), d.chance(0.5)
	return s
}

// kinds are those that the seed has switched on, in a fixed order.
func (s *Setup) kinds() []FaultKind {
	var on []FaultKind
	for _, kind := range faultOrder {
		if s.On[kind] {
			on = append(on, kind)
		}
	}
	return on
}

// weighted is a kind and how often it is drawn, among all others of its list.
type weighted[K any] struct {
	kind   K
	weight int
}

func drawWeighted[K any](d *dice, list []weighted[K]) K {
	total := 0
	for _, w := range list {
		total += w.weight
	}
	n := d.below(total)
	for _, w := range list {
		if n < w.weight {
			return w.kind
		}
		n -= w.weight
	}
	return list[0].kind
}
