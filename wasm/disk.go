package main

import (
	"errors"
	"time"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// disk owns the local database: one goroutine opens, loads, commits, folds and closes, one after
// the other. Its answers go back into the engine's queue.
type disk struct {
	browser browser
	name    string
	answer  func(engine.Event)
	tell    func(engine.Event) // what nobody asked for
	died    func(cause any)
	jobs    chan job
	// underWay counts loads and commits whose answers the engine has not seen. Owned by the
	// engine's goroutine.
	underWay int

	preread preread
	pace    pace

	store store.Store // owned by the disk's goroutine
	idle  <-chan time.Time
}

// browser is where databases are kept.
type browser struct {
	// open opens one, and calls lost on its own when the connection breaks. preread waits for what the host has read.
	open    func(database string, lost func(), preread func() store.Preread) (store.Store, error)
	destroy func(database string) error
	// ephemeral makes one that lives as long as this program.
	ephemeral func() store.Store
	pause     func(time.Duration)
	// watch calls late if the returned function is not called within storagePatience.
	watch func(late func()) (done func())
}

// job is one thing to do; exactly one field is set.
type job struct {
	load    *loadJob
	commit  *commitJob
	rebuild bool // of commit: it is the whole database
	fold    bool
	check   bool
	close   func()
}

type loadJob struct {
	effect uint64
	schema *schema.Schema
}

type commitJob struct {
	effect uint64
	commit *store.Commit
}

func (d *disk) load(effect uint64, s *schema.Schema) {
	d.underWay++
	d.jobs <- job{load: &loadJob{effect, s}}
}

func (d *disk) commit(effect uint64, c *store.Commit) {
	d.underWay++
	if acknowledgeEarly {
		d.underWay++
		d.answer(engine.Committed{Effect: effect})
	}
	d.jobs <- job{commit: &commitJob{effect, c}}
}

func (d *disk) rebuild(effect uint64, whole *store.Commit) {
	d.underWay++
	d.jobs <- job{commit: &commitJob{effect, whole}, rebuild: true}
}

func (d *disk) fold()  { d.jobs <- job{fold: true} }
func (d *disk) close() { d.jobs <- job{close: func() {}} }

// lost comes from the browser, in a callback that must not block. With a full queue a commit is
// about to find out anyway.
func (d *disk) lost() {
	select {
	case d.jobs <- job{check: true}:
	default:
	}
}

// closeThen closes the database and calls after.
func (d *disk) closeThen(after func()) { d.jobs <- job{close: after} }

// run does the jobs in order. Folding has no hurry: it goes page by page, while nothing else is to be done.
func (d *disk) run() {
	defer func() {
		if cause := recover(); cause != nil {
			d.died(cause)
		}
	}()
	for {
		next, due := d.next()
		switch {
		case due:
			d.pace.stepped(d.foldOnce())
		case next.fold && d.store != nil:
			d.pace.want()
		case next.close != nil:
			d.doClose()
			d.pace.end()
			next.close()
		default:
			d.do(next)
			d.pace.job()
		}
	}
}

// next waits for a job, or until a step of folding is due.
func (d *disk) next() (next job, due bool) {
	for {
		if d.pace.due() {
			select {
			case next = <-d.jobs:
				return next, false
			default:
				return job{}, true
			}
		}
		select {
		case next = <-d.jobs:
			return next, false
		case <-d.idle:
			return job{fold: true}, false
		case <-d.pace.look:
			d.pace.looked()
		}
	}
}

func (d *disk) do(next job) {
	switch {
	case next.load != nil:
		d.watched(func() { d.doLoad(next.load) })
	case next.commit != nil:
		d.watched(func() { d.doCommit(next.commit, next.rebuild) })
	case next.check && d.store != nil:
		d.tellLoss(d.store.Check())
	}
}

// watched tells the engine when work takes long.
func (d *disk) watched(work func()) {
	done := d.browser.watch(func() { d.tell(engine.StorageSlow{}) })
	defer done()
	work()
}

// foldOnce moves one page. A failed fold is left for the next time: it changed nothing.
func (d *disk) foldOnce() (more bool) {
	more, err := d.store.Fold()
	d.mindDoubt(err)
	d.tellLoss(err)
	return more && err == nil
}

func (d *disk) doCommit(c *commitJob, rebuild bool) {
	if d.store == nil {
		d.answer(engine.CommitFailed{Effect: c.effect, Fault: &store.Fault{
			Code: store.CodeClosed, Message: "The local database is closed; start the store again."}})
		return
	}
	var err error
	if rebuild {
		err = d.store.Rebuild(c.commit)
	} else {
		err = d.store.Commit(c.commit)
	}
	d.mindDoubt(err)
	if err != nil {
		d.answer(engine.CommitFailed{Effect: c.effect, Fault: faultOf(err)})
		return
	}
	d.answer(engine.Committed{Effect: c.effect})
}

// tellLoss tells the engine that the database is gone. Other failures show with the next commit.
func (d *disk) tellLoss(err error) {
	fault := store.AsFault(err)
	if fault != nil && (fault.Code == store.CodeDeleted || fault.Code == store.CodeReplaced) {
		d.tell(engine.StorageLost{Fault: fault})
	}
}

// mindDoubt ends the program when nobody knows whether a transaction happened: the next one loads
// what is there, and the tabs repeat their calls, which are answered by what is there.
func (d *disk) mindDoubt(err error) {
	if fault := store.AsFault(err); fault != nil && fault.Doubtful {
		d.died(fault)
	}
}

func (d *disk) doClose() {
	if d.store == nil {
		return
	}
	// Nothing is left to save by then; a database that does not close is closed by the browser
	// when the worker ends.
	_ = d.store.Close()
	d.store, d.idle = nil, nil
}

// faultOf keeps a store's fault and gives any other error the code "unknown".
func faultOf(err error) *store.Fault {
	var fault *store.Fault
	if errors.As(err, &fault) {
		return fault
	}
	return &store.Fault{Code: store.CodeUnknown, Message: "The local database can't be used: " + err.Error()}
}
