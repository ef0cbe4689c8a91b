package main

import (
	"strconv"
	"time"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// doLoad opens and loads the database, and gets over storage that does not work:
//
//	open and load ── unknown ──▶ again, loadRetriesMax times ──▶ read entry by entry ──▶ delete it,
//	     │                                                        and write anew what could be read
//	     └── unavailable (private mode, refused) ──▶ a database in memory
func (d *disk) doLoad(l *loadJob) {
	loaded := engine.Loaded{Effect: l.effect}
	defer d.preread.drop()
	err := d.open(l.schema, &loaded)
	for wait := loadRetry; isUnknown(err) && wait < loadRetry<<(2*loadRetriesMax); wait *= 4 {
		d.doClose()
		d.browser.pause(wait)
		err = d.open(l.schema, &loaded)
	}
	switch {
	case isUnknown(err):
		err = d.salvage(l.schema, &loaded)
	case err != nil && faultOf(err).Code == store.CodeUnavailable:
		d.store = d.browser.ephemeral()
		loaded.Ephemeral = true
		loaded.Image, loaded.Faults, err = d.store.Load(l.schema)
	}
	if err != nil {
		d.answer(engine.LoadFailed{Effect: l.effect, Fault: faultOf(err)})
		return
	}
	d.idle = time.After(idleAfter)
	d.answer(loaded)
}

func isUnknown(err error) bool { return err != nil && faultOf(err).Code == store.CodeUnknown }

func (d *disk) open(s *schema.Schema, loaded *engine.Loaded) (err error) {
	if d.store == nil {
		opened, err := d.browser.open(d.name, d.lost, d.preread.take)
		if err != nil {
			return err
		}
		d.store = opened
	}
	loaded.Image, loaded.Faults, err = d.store.Load(s)
	return err
}

// salvage reads what can be read of a database that does not load; if it can't be written either,
// it is deleted and written anew. Nothing goes without a word.
func (d *disk) salvage(s *schema.Schema, loaded *engine.Loaded) error {
	loaded.Image = nil
	if d.store != nil {
		var err error
		if loaded.Image, loaded.Faults, err = d.store.Salvage(s); err == nil {
			return nil
		}
	}
	d.doClose()
	if err := d.browser.destroy(d.name); err != nil {
		return err
	}
	message := "The browser's storage failed inside, so the local database was deleted. "
	if loaded.Image == nil {
		if err := d.open(s, loaded); err != nil {
			return err
		}
		message += "Nothing of it could be read: unsent changes are lost."
	} else {
		opened, err := d.browser.open(d.name, d.lost, d.preread.take)
		if err != nil {
			return err
		}
		d.store = opened
		if err := d.store.Rebuild(loaded.Image.Whole()); err != nil {
			return err
		}
		message += "What could be read of it is back, with " + strconv.Itoa(len(loaded.Image.Outbox())) + " unsent changes; " +
			strconv.Itoa(unreadable(loaded.Faults)) + " entries with changes could not be read."
	}
	loaded.Faults = append(loaded.Faults, &store.Fault{Code: store.CodeUnknown, Message: message})
	return nil
}

// unreadable counts the log rows among what could not be read.
func unreadable(faults []*store.Fault) int {
	count := 0
	for _, f := range faults {
		if f.Model == "" {
			count++
		}
	}
	return count
}
