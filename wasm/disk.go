package main

import (
	"errors"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// disk owns the local database: one goroutine opens, loads, commits, folds and closes, one after
// the other. Its answers go back into the engine's queue.
type disk struct {
	open   func(database string) (store.Store, error)
	name   string
	answer func(engine.Event)
	died   func(cause any)
	jobs   chan job
	// underWay counts loads and commits whose answers the engine has not seen. Owned by the
	// engine's goroutine.
	underWay int

	store store.Store // owned by the disk's goroutine
}

// job is one thing to do; exactly one field is set.
type job struct {
	load   *loadJob
	commit *commitJob
	fold   bool
	close  func()
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

func (d *disk) fold()  { d.jobs <- job{fold: true} }
func (d *disk) close() { d.jobs <- job{close: func() {}} }

// closeThen closes the database and calls after.
func (d *disk) closeThen(after func()) { d.jobs <- job{close: after} }

// run does the jobs in order. Folding has no hurry: it goes page by page and only while nothing
// else waits.
func (d *disk) run() {
	defer func() {
		if cause := recover(); cause != nil {
			d.died(cause)
		}
	}()
	folding := false
	for {
		var next job
		if folding {
			select {
			case next = <-d.jobs:
			default:
				folding = d.foldOnce()
				continue
			}
		} else {
			next = <-d.jobs
		}
		switch {
		case next.load != nil:
			d.doLoad(next.load)
		case next.commit != nil:
			d.doCommit(next.commit)
		case next.fold:
			folding = d.store != nil
		case next.close != nil:
			d.doClose()
			folding = false
			next.close()
		}
	}
}

// foldOnce moves one page. A failed fold is left for the next time: it changed nothing.
func (d *disk) foldOnce() (more bool) {
	more, err := d.store.Fold()
	return more && err == nil
}

func (d *disk) doLoad(l *loadJob) {
	if d.store == nil {
		opened, err := d.open(d.name)
		if err != nil {
			d.answer(engine.LoadFailed{Effect: l.effect, Fault: faultOf(err)})
			return
		}
		d.store = opened
	}
	image, faults, err := d.store.Load(l.schema)
	if err != nil {
		d.answer(engine.LoadFailed{Effect: l.effect, Fault: faultOf(err)})
		return
	}
	d.answer(engine.Loaded{Effect: l.effect, Image: image, Faults: faults})
}

func (d *disk) doCommit(c *commitJob) {
	if d.store == nil {
		d.answer(engine.CommitFailed{Effect: c.effect, Fault: &store.Fault{
			Code: "closed", Message: "The local database is closed; start the store again."}})
		return
	}
	if err := d.store.Commit(c.commit); err != nil {
		d.answer(engine.CommitFailed{Effect: c.effect, Fault: faultOf(err)})
		return
	}
	d.answer(engine.Committed{Effect: c.effect})
}

func (d *disk) doClose() {
	if d.store == nil {
		return
	}
	// Nothing is left to save by then; a database that does not close is closed by the browser
	// when the worker ends.
	_ = d.store.Close()
	d.store = nil
}

// faultOf keeps a store's fault and gives any other error the code "unavailable".
func faultOf(err error) *store.Fault {
	var fault *store.Fault
	if errors.As(err, &fault) {
		return fault
	}
	return &store.Fault{Code: "unavailable", Message: "The local database can't be used: " + err.Error()}
}
