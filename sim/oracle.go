package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
	"github.com/deltabase/deltabase/sync/app"
)

// oracle judges a run from outside. It sees the bytes on the wire, what the server commits, what
// is on each disk and what the pages are told, and keeps a naive model of its own of what follows
// from that. It shares no code with what it judges: of the project it uses record/ alone, to read
// JSON. The first thing that is wrong ends the run.
//
//	oracle_server.go   what the server commits: order, versions (rule 7)
//	oracle_merge.go    what each mutation may do to a row: strategies, conditions
//	oracle_wire.go     mutations on the wire: identity, exactly once (rule 2)
//	oracle_pull.go     pages, cursors and messages: nothing missed (rules 7 and 8)
//	oracle_disk.go     what the disks hold: one writer, bases, cursors (rules 7, 10, 14)
//	oracle_ends.go     what becomes of each mutation (rule 1)
//	oracle_acknowledged.go  that the server has what is said to have arrived (rules 1 and 3)
//	oracle_view.go     what pages see: queries and observers (rule 9)
//	oracle_people.go   by whose token changes go (rule 12)
//	calm.go            what must hold when everything has healed
type oracle struct {
	world   *World
	failure *Failure

	history     map[key][]*version
	lost        map[key][]*version  // what the server had before it was restored from a backup
	keys        map[string][]key    // of each model, in the order of their creation
	texts       map[string]*version // rows that were found true, as they went out
	seq         int64
	timeMs      int64
	restoredSeq int64 // what was committed up to here had been in the backup
	forgot      int64 // mutation ids of up to this position are forgotten by the server

	serving   *exchange
	documents map[string]*document
	wire      map[string]*wired
	cursors   map[string]int64 // where a cursor was given out
	tokens    map[string]int64 // where the run of a nextToken began
	devices   map[*Device]*dossier
	processes map[*process]*watch
}

// Failure is the first thing that went wrong in a run.
type Failure struct {
	Rule    string // a word for the kind of failure; shrinking keeps it
	Device  string
	Message string
	AtMs    int64
}

func (f *Failure) String() string {
	return fmt.Sprintf("%s: %s%s (at %d.%03d s)", f.Rule, prefixed(f.Device), f.Message, f.AtMs/1000, f.AtMs%1000)
}

func prefixed(device string) string {
	if device == "" {
		return ""
	}
	return "device " + device + ": "
}

// dossier is what the oracle knows of a device.
type dossier struct {
	device    *Device
	writes    map[string]*write      // by mutation id
	ended     map[string]string      // how mutations ended
	became    map[string]int64       // of those that ended since the last clear: the version of the row
	undoing   map[string]bool        // mutations that a delete was folded into
	detoured  map[key]bool           // records a change of which was parked or a misfit for a while: later ones may have gone first
	decisions map[string][]string    // what handlers said, by mutation id
	wishes    map[string][]string    // what users wanted of a mutation, at times one thing after another
	told      map[key][]record.Value // rows that a conflictHandler was given, or an observer was told of
	clears    int                    // under way
	discards  bool                   // some clear dropped what was unsent
	writer    *process
	answer    map[key]*version // the newest answer to a mutation of a record
	high      map[key]int64    // the newest position that each record was seen at
	epoch     int64
	belonging belonging
}

// watch is what the oracle knows of one engine.
type watch struct {
	came      map[*version]way // how a row reached it
	heardSeq  map[*connection]int64
	refused   map[string]bool // models of which a subscription was refused on the last connection
	observers []*observed
	changes   []*change // of the commit that is being told
	told      bool
}

// way is how a row came to an engine.
type way uint8

const (
	byMessage way = 1 << iota
	byAnswer
)

// key names a record.
type key struct{ model, id string }

func (k key) String() string { return k.model + "/" + k.id }

// write is what an app asked for.
type write struct {
	id          string
	key         key
	fields      record.Value
	deletes     bool
	conditional bool
	tab         string
	resolved    bool         // its promise resolved
	before      record.Value // what the page saw of the record when it was asked for
	order       int          // of the device's writes
}

func newOracle(w *World) *oracle {
	return &oracle{world: w, history: map[key][]*version{}, lost: map[key][]*version{}, texts: map[string]*version{}, keys: map[string][]key{}, documents: map[string]*document{},
		wire: map[string]*wired{}, cursors: map[string]int64{}, tokens: map[string]int64{},
		devices: map[*Device]*dossier{}, processes: map[*process]*watch{}}
}

// fail notes the first failure; later ones may be its consequences.
func (o *oracle) fail(rule, device, format string, arguments ...any) {
	if o.failure != nil {
		return
	}
	o.failure = &Failure{Rule: rule, Device: device, Message: fmt.Sprintf(format, arguments...), AtMs: o.world.nowMs - epochMs}
	o.world.trace.tell(device, "FAILED", o.failure.String())
}

func (o *oracle) of(d *Device) *dossier {
	known := o.devices[d]
	if known == nil {
		known = &dossier{device: d, writes: map[string]*write{}, ended: map[string]string{}, became: map[string]int64{}, undoing: map[string]bool{}, detoured: map[key]bool{},
			decisions: map[string][]string{}, wishes: map[string][]string{}, told: map[key][]record.Value{}, high: map[key]int64{}, answer: map[key]*version{}}
		o.devices[d] = known
	}
	return known
}

func (o *oracle) watching(p *process) *watch {
	known := o.processes[p]
	if known == nil {
		known = &watch{came: map[*version]way{}, heardSeq: map[*connection]int64{}}
		o.processes[p] = known
	}
	return known
}

// oracleID is the identity of a row, from the table of shapes.
func oracleID(model string, row record.Value) string {
	var parts []string
	for _, name := range modelShapes[model].key {
		v := row.Field(name)
		if v.Kind() == record.String {
			parts = append(parts, v.Str())
		} else {
			parts = append(parts, v.String())
		}
	}
	return strings.Join(parts, "#")
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// sortedRecords lists the keys of a map of records in order.
func sortedRecords[V any](m map[key]V) []key {
	return slices.SortedFunc(maps.Keys(m), func(a, b key) int {
		if a.model != b.model {
			return strings.Compare(a.model, b.model)
		}
		return strings.Compare(a.id, b.id)
	})
}

// number reads a whole number, 0 where there is none.
func number(v record.Value) int64 {
	n, _ := v.Int()
	return n
}

// refused looks at the error of a call: only those that the story explains may come.
func (o *oracle) refused(d *Device, name string, problem *engine.Error) {
	switch problem.Code {
	case app.CodeConditionFailed, app.CodeMissingParent, app.CodeQuota, app.CodeStorageFailed,
		app.CodeClosed, app.CodeClearing, app.CodeFenced, app.CodeNotFound, app.CodeNeedsChoice,
		app.CodeTombstone, "in_flight":
	case app.CodeBadRequest, app.CodeInvalidValue, "schema":
		if strings.HasPrefix(name, "outbox.") {
			return // the change is another one by now, or cannot be sent with this schema
		}
		fallthrough
	default:
		o.fail("call", d.name, "%s was refused: %v", name, problem)
	}
}

// saving notes what an app asks for, saved how it was answered.
func (o *oracle) saving(d *Device, s *write) {
	s.order = len(o.of(d).writes)
	if d.process != nil {
		s.before = d.process.view.visible(s.key)
	}
	o.of(d).writes[s.id] = s
}

// userWants notes what a person decided about a mutation.
func (o *oracle) userWants(d *Device, id, action string) {
	o.of(d).wishes[id] = append(o.of(d).wishes[id], action)
}

func (o *oracle) clearing(d *Device, discard bool) {
	o.of(d).clears++
	o.of(d).discards = o.of(d).discards || discard
}

func (o *oracle) cleared(d *Device) { o.of(d).clears-- }

// asked notes what a handler is given: whatever it decides, the page was shown the other's values.
func (o *oracle) asked(p *process, q *question) {
	o.given(p.device, q.conflict.Field("model").Str(), q.conflict.Field("remote"))
}

// given notes a row that a page was given without having asked for it.
func (o *oracle) given(d *Device, model string, row record.Value) {
	if row.Kind() != record.Object {
		return
	}
	k := key{model, oracleID(model, row)}
	o.of(d).told[k] = append(o.of(d).told[k], row)
}

// decidedBy notes a handler's decision.
func (o *oracle) decidedBy(p *process, q *question, decision string, _ record.Value) {
	dossier := o.of(p.device)
	dossier.decisions[q.mutation] = append(dossier.decisions[q.mutation], decision)
}

// reported notes the server's row that an errorHandler is given.
func (o *oracle) reported(p *process, report record.Value) {
	if model := report.Field("model").Str(); slices.Contains(modelNames, model) {
		o.given(p.device, model, report.Field("remoteModel"))
	}
}

func (o *oracle) announced(*process, string, []byte) {}

func (o *oracle) died(p *process) { delete(o.processes, p) }

// replaced is an engine whose pages go over to another one: what it still tells is not heard.
func (o *oracle) replaced(p *process) { o.watching(p).observers = nil }

// crashed begins the positions of a device anew where the disk lost something.
func (o *oracle) crashed(d *Device, lost int) {
	if lost > 0 {
		o.of(d).high = map[key]int64{}
	}
}

// halting is the end of an engine that was fenced: there must be a newer one.
func (o *oracle) halting(p *process) {
	if o.of(p.device).writer == p {
		o.fail("writer", p.device.name, "engine %d was fenced, but no other has written since", p.number)
	}
}
