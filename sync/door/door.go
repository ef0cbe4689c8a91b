package door

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/clock"
)

// Host is the engine. It carries out what the door decides.
type Host interface {
	// Before adds to a commit what has to go with it, and returns those keys in the order in which observers hear of
	// them.
	Before(c *store.Commit) (order []store.Key)
	Write(whole *store.Commit) (effect uint64)
	Rebuild(whole *store.Commit) (effect uint64)
	Halted() *app.Error // nil while this engine may write
	Deleted()           // the database is gone, and only the image is left
}

// Door holds the local database as it is, as it will be, and the commits in between.
type Door struct {
	// Other rooms read these and never set them. They are nil before a database is loaded.
	Image *store.Image // what is committed
	Stage *store.Stage // the image with all that is staged on top

	host  Host
	clock *clock.Clock

	flyingID uint64
	clears   bool // the transaction under way removes all records
	whole    *store.Commit
	rewrite  rewrite
	flying   []part
	staged   []part
	touched  map[string]int  // mutation id -> number of parts under way or staged that change or end it
	journal  map[string]bool // ids of ended mutations, so that repeated saves get an answer
	count    int             // transactions since the last Fold
}

// New makes a door without a database.
func New(host Host, c *clock.Clock) *Door {
	return &Door{host: host, clock: c, touched: map[string]int{}, journal: map[string]bool{}}
}

// Open begins with the database that was loaded.
func (d *Door) Open(image *store.Image) {
	d.Image, d.Stage = image, store.NewStage(image)
	d.readJournal()
	d.rewrite = rewrite{}
}

// Close forgets the database, so that the next step is a load.
func (d *Door) Close() { d.Image, d.Stage = nil, nil }

// Busy reports whether a transaction is under way.
func (d *Door) Busy() bool { return d.flyingID != 0 }

// Touched reports whether a part that is not durable yet changes or ends a mutation.
func (d *Door) Touched(id string) bool { return d.touched[id] > 0 }

// Known reports whether a mutation id was used before: by a mutation that is queued, under way or ended.
func (d *Door) Known(id string) bool {
	if id == "" {
		return false
	}
	_, queued := d.Stage.Mutation(id)
	return queued || d.Touched(id) || d.journal[id]
}

// part is one staged commit with its own consequences. They run when the transaction is durable, in the order of
// staging. A part without a commit only waits for the parts before it.
type part struct {
	relaxed   bool     // the server can send it again, so it may be lost
	mutations []string // ids of the mutations that the commit changes or ends
	ended     []string
	keys      []store.Key // the records of these mutations
	creates   []store.Key // of these records, the ones with a queued create that the commit changes or ends
	order     []store.Key // the order in which observers hear of these records
	answer    func()      // answers a call before observers hear of its change; nil for none
	then      func()
	failed    func(*app.Error)
}

// Commit stages c. then runs once c is durable, failed when c can never become durable; either may be nil.
func (d *Door) Commit(c *store.Commit, then func(), failed func(*app.Error)) {
	d.CommitInOrder(c, nil, then, failed)
}

// CommitInOrder is Commit with an order in which observers hear of some records: for a cascade, children first. Records
// that Before adds come after those.
func (d *Door) CommitInOrder(c *store.Commit, order []store.Key, then func(), failed func(*app.Error)) {
	p := part{relaxed: !c.Strict, then: then, failed: failed}
	p.order = append(order, d.host.Before(c)...)
	for i := range c.Mutations {
		p.mutations = append(p.mutations, c.Mutations[i].ID)
		p.keys = append(p.keys, c.Mutations[i].Key)
		if m, known := d.Stage.Mutation(c.Mutations[i].ID); known && m.Operation == conflict.Create {
			p.creates = append(p.creates, m.Key)
		}
	}
	for i := range c.Ended {
		p.mutations = append(p.mutations, c.Ended[i].MutationID)
		p.ended = append(p.ended, c.Ended[i].MutationID)
		p.keys = append(p.keys, c.Ended[i].Key)
		if c.Ended[i].Operation == conflict.Create {
			p.creates = append(p.creates, c.Ended[i].Key)
		}
	}
	for _, id := range p.mutations {
		d.touched[id]++
	}
	d.Stage.Add(c)
	d.staged = append(d.staged, p)
}

// AnswerFirst has what was staged last answer its call before observers hear of it.
func (d *Door) AnswerFirst(answer func()) { d.staged[len(d.staged)-1].answer = answer }

// AnswerWhenDurable is WhenDurable for an answer to a call: it comes before observers hear of what is staged.
func (d *Door) AnswerWhenDurable(answer func(), failed func(*app.Error)) {
	d.wait(part{answer: answer, failed: failed})
}

// Mark is the place of what is staged so far.
type Mark struct{ parts, commits int }

// Mark returns the current end of what is staged. It holds for TakeBack within the same step.
func (d *Door) Mark() Mark { return Mark{len(d.staged), d.Stage.Len()} }

// TakeBack forgets what was staged since a mark. Its callbacks never run.
func (d *Door) TakeBack(to Mark) {
	for _, p := range d.staged[to.parts:] {
		for _, id := range p.mutations {
			d.untouch(id)
		}
	}
	d.staged = d.staged[:to.parts]
	d.Stage.TakeBack(to.commits)
}

// WhenDurable runs then once everything staged so far is durable: at once, when nothing is staged or under way.
func (d *Door) WhenDurable(then func(), failed func(*app.Error)) {
	d.wait(part{then: then, failed: failed})
}

func (d *Door) wait(p part) {
	if d.flyingID == 0 && len(d.staged) == 0 {
		p.run()
		return
	}
	d.staged = append(d.staged, p)
}

// Flush sends the staged parts as one transaction, unless one is under way. It reports whether it ran consequences,
// which may have staged more.
func (d *Door) Flush() bool {
	if d.flyingID != 0 || len(d.staged) == 0 {
		return false
	}
	if halted := d.host.Halted(); halted != nil {
		d.Drop(halted)
		return true
	}
	if d.rewrite.due && d.Stage.Len() > 0 {
		d.rebuild()
		return false
	}
	group := d.staged
	d.staged = nil
	whole := d.Stage.Take()
	if whole == nil {
		for i := range group {
			group[i].run()
		}
		return true
	}
	d.flying, d.clears = group, whole.Clear
	d.transact(whole)
	return false
}

func (d *Door) transact(whole *store.Commit) {
	d.whole, d.flyingID = whole, d.host.Write(whole)
}

// answered answers the call, once.
func (p *part) answered() {
	if answer := p.answer; answer != nil {
		p.answer = nil
		answer()
	}
}

func (p *part) run() {
	p.answered()
	if p.then != nil {
		p.then()
	}
}

// Drop forgets every part that is not durable, and tells the owner of each by its failed function.
func (d *Door) Drop(problem *app.Error) {
	lost := append(d.flying, d.staged...)
	d.flying, d.flyingID, d.staged, d.whole = nil, 0, nil, nil
	d.touched = map[string]int{}
	d.Stage.Drop()
	for _, p := range lost {
		if p.failed != nil {
			p.failed(problem)
		}
	}
}
