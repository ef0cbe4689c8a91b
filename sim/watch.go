package sim

import (
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// watchedDisk shows the oracle every transaction of one engine's database.
type watchedDisk struct {
	store.Backend
	process *process
}

func (b *watchedDisk) ReadAll(each func(store.Area, string, []byte)) error {
	raw := newRawDisk()
	err := b.Backend.ReadAll(func(area store.Area, key string, text []byte) {
		raw.put(area, key, text)
		each(area, key, text)
	})
	if err == nil {
		b.process.world.oracle.loaded(b.process, raw)
	}
	return err
}

func (b *watchedDisk) ReadEach(each func(store.Area, string, []byte)) error { return b.ReadAll(each) }

func (b *watchedDisk) Write(batch store.Batch) error {
	err := b.Backend.Write(batch)
	w := b.process.world
	if err != nil {
		w.trace.note(b.process.device.name, "write failed", []byte(batch.Name+": "+err.Error()))
		return err
	}
	w.trace.note(b.process.device.name, "disk", []byte(batch.Name))
	for _, op := range batch.Ops {
		w.trace.buffer = append(w.trace.buffer, op.Text...)
	}
	w.oracle.wrote(b.process, batch)
	return nil
}

// watchedTables show the oracle everything that the server commits.
type watchedTables struct {
	inner  server.Tables
	oracle *oracle
}

func (t *watchedTables) View(f func(server.Reader) error) error {
	open := t.oracle.world.hitReads()
	if open == nil {
		return t.inner.View(f)
	}
	left := open.dice.below(4)
	return t.inner.View(func(r server.Reader) error { return f(&failingReader{Reader: r, left: left}) })
}

func (t *watchedTables) Update(f func(server.Writer) error) error {
	var w *watchedWriter
	err := t.inner.Update(func(inner server.Writer) error {
		w = &watchedWriter{Writer: inner}
		return f(w)
	})
	if err == nil {
		t.oracle.tablesWritten(w)
	}
	return err
}

func (t *watchedTables) Close() error { return t.inner.Close() }

// watchedWriter keeps what one transaction writes.
type watchedWriter struct {
	server.Writer
	entries []server.Entry
	purged  *server.PurgeBounds
}

func (w *watchedWriter) Write(e server.Entry) error {
	err := w.Writer.Write(e)
	if err == nil {
		w.entries = append(w.entries, e)
	}
	return err
}

func (w *watchedWriter) Purge(bounds server.PurgeBounds) (int, error) {
	w.purged = &bounds
	return w.Writer.Purge(bounds)
}

// traceEvent and traceEffect put what goes into an engine and what comes out into the trace.
func (w *World) traceEvent(p *process, event engine.Event) {
	who := p.device.name
	switch e := event.(type) {
	case engine.Save:
		w.trace.note(who, "> save "+e.Model+" "+e.MutationID, e.Fields.Text())
	case engine.Delete:
		w.trace.note(who, "> delete "+e.Model+" "+e.MutationID, []byte(e.ID))
	case engine.Answered:
		w.trace.note(who, "> answered", e.Body)
	case engine.SendFailed:
		w.trace.note(who, "> send failed", []byte(e.Code))
	case engine.SocketMessage:
		w.trace.note(who, "> frame", e.Text)
	case engine.SocketOpened:
		w.trace.note(who, "> socket opened", nil)
	case engine.SocketClosed:
		w.trace.note(who, "> socket closed", nil)
	case engine.Committed:
		w.trace.note(who, "> committed", nil)
	case engine.CommitFailed:
		w.trace.note(who, "> commit failed", []byte(e.Fault.Code))
	case engine.HandlerAnswered:
		w.trace.note(who, "> handler answered "+e.Decision, e.Model.Text())
	case engine.HandlerFailed:
		w.trace.note(who, "> handler failed", nil)
	case engine.Tick:
		w.trace.note(who, "> tick", nil)
	case engine.Query:
		w.trace.note(who, "> query "+e.Model+" "+e.ID, e.Filter.Text())
	default:
		w.trace.note(who, "> "+nameOf(event), nil)
	}
}

func (w *World) traceEffect(p *process, effect engine.Effect) {
	who := p.device.name
	switch f := effect.(type) {
	case engine.Send:
		w.trace.note(who, "send "+f.Name, f.Body)
	case engine.WriteSocket:
		w.trace.note(who, "write", f.Text)
	case engine.Commit:
		w.trace.note(who, "commit "+f.Commit.Name, nil)
	case engine.Reply:
		if f.Err != nil {
			w.trace.note(who, "reply error", []byte(f.Err.Error()))
		} else {
			w.trace.note(who, "reply", f.Body)
		}
	case engine.Notify:
		w.trace.note(who, "notify", f.Body)
	case engine.Report:
		w.trace.note(who, "report", f.Body)
	case engine.Announce:
		w.trace.note(who, "hub "+f.Event, f.Data)
	case engine.AskHandler:
		w.trace.note(who, "ask "+f.Tab, f.Conflict)
	case engine.Wake:
	default:
		w.trace.note(who, nameOfEffect(effect), nil)
	}
}
