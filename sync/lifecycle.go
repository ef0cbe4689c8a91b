package sync

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/pull"
)

// admit decides what the engine does with a call first: it lets the call through, refuses it, or keeps it until the
// database is loaded.
func (e *Engine) admit(call app.Call, operation string, event Event) bool {
	switch event.(type) {
	case Configure, Gate:
		if e.halted == nil {
			return true
		}
	}
	switch {
	case e.halted != nil:
		e.line.Fail(call, e.halted)
	case e.setup.Schema == nil:
		e.line.Fail(call, app.NotConfigured())
	case e.clearing:
		switch event.(type) {
		case Start, Stop, Clear:
			e.await(call, event)
		default:
			e.line.Fail(call, app.DuringClear(operation))
		}
	case e.phase == ready:
		return true
	default:
		e.await(call, event)
		e.load()
	}
	return false
}

func (e *Engine) await(call app.Call, event Event) {
	if len(e.waiting) >= waitingCallsMax {
		e.line.Fail(call, app.NewError(app.CodeBadRequest, "Too many calls wait for the local database. Wait for "+
			"the earlier ones to resolve."))
		return
	}
	e.waiting = append(e.waiting, event)
}

func (e *Engine) resumeWaiting() {
	list := e.waiting
	e.waiting = nil
	for _, event := range list {
		e.handle(event)
	}
}

func (e *Engine) failWaiting(problem *app.Error) {
	list := e.waiting
	e.waiting = nil
	for _, event := range list {
		call, _, _ := callOf(event)
		e.line.Fail(call, problem)
	}
}

func (e *Engine) configure(ev Configure) {
	if ev.Schema == nil {
		e.line.Fail(ev.Call, app.NotConfigured())
		return
	}
	next, problem := config.Parse(ev.Schema, ev.Config)
	if problem != nil {
		e.line.Fail(ev.Call, problem)
		return
	}
	hash := ev.Schema.Hash()
	was := e.setup.Config
	if ev.Config.IsNull() && was != nil && hash == e.setup.Hash {
		next = was // this tab brings its schema and no settings
	}
	if e.setup.Schema != nil && hash != e.setup.Hash {
		for _, t := range e.tabs.All() {
			if t.Name != ev.Call.Tab && t.Configured {
				e.line.Fail(ev.Call, app.NewError(app.CodeSchemaMismatch, "Another tab of this app uses the database "+
					"with a different schema. Reload or close the other tabs, then try again."))
				return
			}
		}
	}
	e.tabs.Join(ev.Call.Tab).Configured = true
	changed := !next.SameWork(was)
	if !next.SameAuth(was) {
		e.auth.Reset()
	}
	moved := was != nil && was.Endpoint != next.Endpoint
	wasLocal := was == nil || was.Endpoint == ""
	e.setup.Use(next)
	if e.setup.Schema == nil || hash != e.setup.Hash {
		changed = true
		e.useSchema(ev.Schema, hash)
	} else if moved && e.phase >= opening {
		e.queue.Refit(&store.Commit{Name: "meta"})
	}
	if changed && e.phase == ready && e.running {
		e.link.Disconnect()
		if wasLocal && next.Endpoint != "" {
			e.link.SetUnheard()
		}
		e.link.Connect()
	} else {
		e.pull.SettingsChanged()
	}
	e.auth.Wake()
	e.line.Reply(ev.Call, nil)
}

func (e *Engine) useSchema(s *schema.Schema, hash string) {
	e.setup.UseSchema(s, hash)
	e.pull.UseSchema()
	if e.door.Image != nil { // loaded; its epoch may not be open yet, and was planned by the old schema
		e.door.Image.SetSchema(s)
		e.queue.Refit(&store.Commit{Name: "meta"})
	}
}

func (e *Engine) load() {
	if e.phase == idle {
		e.phase, e.loadID = loading, e.out.NextID()
		e.out.Emit(Load{ID: e.loadID})
	}
}

func (e *Engine) loadFailed(ev LoadFailed) {
	if e.phase != loading || ev.Effect != e.loadID {
		return
	}
	e.phase, e.loadID = idle, 0
	e.failWaiting(app.OfFault(ev.Fault))
}

// epochKey names a meta entry. Those that begin with "db/" survive a clear.
const epochKey = "db/epoch"

// loaded opens the epoch by the first row that this engine writes. When two engines write the same database, that row
// makes the older one fail and stop (rule 10).
func (e *Engine) loaded(ev Loaded) {
	if e.phase != loading || ev.Effect != e.loadID || ev.Image == nil {
		return
	}
	e.phase, e.loadID = opening, 0
	e.door.Open(ev.Image)
	e.door.Image.SetSchema(e.setup.Schema)
	e.openStorage(ev)
	c := &store.Commit{Name: "open epoch", Strict: true}
	epoch, _ := e.door.Image.Meta(epochKey).Int()
	c.Set(epochKey, record.OfInt(epoch+1))
	e.refetchCorrupt(c, ev.Faults)
	h := e.queue.ChangeHands(c)
	e.door.Commit(c, func() {
		e.phase = ready
		e.queue.TellHandover(h)
		e.resumeWaiting()
	}, func(problem *app.Error) {
		if e.opensUnwritten(problem) {
			return
		}
		e.phase = idle
		e.door.Close()
		e.failWaiting(problem)
	})
}

// refetchCorrupt reports rows that could not be read and forgets the cursors of their models, so that a base run
// fetches them again.
func (e *Engine) refetchCorrupt(c *store.Commit, faults []*store.Fault) {
	forgotten := map[string]bool{}
	forget := func(model string) {
		if !forgotten[model] {
			forgotten[model] = true
			c.Set(pull.CursorKey(model), record.Value{})
		}
	}
	for i, f := range faults {
		if f.Code == store.CodeUnknown {
			e.line.Report(app.Trouble{Process: "sync", Code: app.CodeStorageRebuilt, Kind: "Unknown", Message: f.Message})
			continue
		}
		if i < corruptFaultsShownMax {
			e.line.Report(app.Trouble{Process: "sync", Code: app.CodeCorruptPage, Kind: "BadRecord", Model: f.Model,
				Message: f.Message + " The server is asked for all rows of it again."})
		}
		if f.Model != "" {
			forget(f.Model)
			continue
		}
		for _, m := range e.setup.Schema.Models {
			forget(m.Name)
		}
	}
}

func (e *Engine) start(ev Start) {
	t := e.tabs.Join(ev.Call.Tab)
	again := t.Started
	t.Started, t.Handler, t.Migrates = true, ev.Handler, ev.Migrates
	e.auth.UseProviders(t, ev.Providers)
	e.line.Reply(ev.Call, e.startBody())
	e.checkMarker(ev)
	if e.running {
		if !again {
			e.announceCurrent(t.Name)
		}
		e.decide.AskWaiting()
		e.decide.AskMigrations()
		return
	}
	e.running = true
	e.pull.Started()
	e.decide.AskWaiting()
	e.decide.AskMigrations()
	if e.setup.Config.Endpoint == "" {
		e.line.Announce(app.HubSubscribed, nil)
		e.line.Outbox()
		e.pull.SayReady()
		return
	}
	e.link.Greet()
	if e.link.IsClosed() {
		e.link.Greeted(true) // nothing here needs a server
		e.pull.SayReady()
		return
	}
	e.link.Connect()
}

// stop ends network work once no started tab is left; data and observers stay.
func (e *Engine) stop(ev Stop) {
	if t := e.tabs.Find(ev.Call.Tab); t != nil {
		t.Started = false
		e.decide.TabStopped(t.Name)
	}
	if e.running && !e.tabs.AnyStarted() {
		e.link.Greeted(false)
		e.running = false
		e.link.Disconnect()
		e.auth.Reset() // whoever starts it again may be another user
	}
	e.door.WhenDurable(func() { e.line.Reply(ev.Call, nil) }, func(problem *app.Error) { e.line.Fail(ev.Call, problem) })
}

// halt ends this engine for good, because another engine now writes the database (rule 10).
func (e *Engine) halt(problem *app.Error) {
	if e.halted != nil {
		return
	}
	e.halted = problem
	e.running = false
	e.link.Disconnect()
	e.out.Emit(Halt{Err: problem})
	e.failWaiting(problem)
}
