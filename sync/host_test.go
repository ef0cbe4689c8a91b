package sync_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

// host carries out effects for stories: a real store on a memory disk, a fake server, and lines
// of text for everything the engine wants.
type host struct {
	schema    *schema.Schema
	engine    *engine.Engine
	disk      *memory.Disk
	store     store.Store
	server    *fakeServer
	nowMs     int64
	random    uint64
	call      uint32
	wakeAt    int64
	lines     []string
	sends     []engine.Send
	asks      []engine.AskHandler
	tokenAsks []engine.AskToken
	providers map[string][]string // auth modes of the tabs that start
	demands   string              // the token that the server takes, "" for any
	held      []engine.Commit     // while commits are held back
	holding   bool
	socket    uint64
	subs      []string // live subscriptions "Post create 1-1"
	mute      bool     // nothing comes over the socket, and nobody is told
	quiet     map[string]bool
	trail     int
	multiplex bool // the server announces multiplexed subscriptions

	notes      []engine.Notify
	replies    []record.Value  // bodies, in order
	resolved   map[string]bool // mutation ids of saves that were answered well
	calls      map[uint32]string
	faults     []*store.Fault // of the next load
	unloadable *store.Fault
	ephemeral  bool // the next load gives a database in memory only
	tap        tap  // nil in stories
}

// tap lets a test look on, and break things where it wants (crashpoint_test.go).
type tap interface {
	event(engine.Event) bool   // before a step; false: nobody is there to take it
	effect(engine.Effect) bool // before it is carried out; false: it is not
	// transaction runs one on the disk under the name of its commit, or lets it fail.
	transaction(name string, run func() error) error
}

func (h *host) transaction(name string, run func() error) error {
	if h.tap == nil {
		return run()
	}
	return h.tap.transaction(name, run)
}

func newHost(s *schema.Schema) *host {
	h := &host{schema: s, disk: &memory.Disk{}, server: newFakeServer(s), nowMs: 1_000_000,
		quiet: map[string]bool{}, resolved: map[string]bool{}, calls: map[uint32]string{}}
	h.restart()
	return h
}

// restart kills the engine and opens the disk anew.
func (h *host) restart() {
	h.engine, h.store = engine.New(), memory.Open(h.disk)
	h.sends, h.asks, h.tokenAsks, h.held, h.socket, h.subs, h.wakeAt = nil, nil, nil, nil, 0, nil, 0
}

func (h *host) step(event engine.Event) {
	if h.tap != nil && !h.tap.event(event) {
		return
	}
	if save, ok := event.(engine.Save); ok {
		h.calls[save.Call.ID] = save.MutationID
	}
	h.random = h.random*6364136223846793005 + 1442695040888963407
	for _, effect := range h.engine.Step(engine.Moment{NowMs: h.nowMs, Random: h.random}, event) {
		if h.tap == nil || h.tap.effect(effect) {
			h.carryOut(effect)
		}
	}
}

// tick lets the time come that the engine asked for; it asks again for the next one.
func (h *host) tick() {
	h.nowMs, h.wakeAt = max(h.nowMs, h.wakeAt), 0
	h.step(engine.Tick{})
}

func (h *host) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if !h.quiet[strings.Fields(line)[0]] {
		h.lines = append(h.lines, line)
	}
}

func (h *host) carryOut(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.Load:
		h.say("load")
		if h.unloadable != nil {
			h.later(engine.LoadFailed{Effect: e.ID, Fault: h.unloadable})
			h.unloadable = nil
			return
		}
		var image *store.Image
		var faults []*store.Fault
		err := h.transaction("open", func() (err error) {
			image, faults, err = h.store.Load(h.schema)
			return err
		})
		if err != nil {
			h.later(engine.LoadFailed{Effect: e.ID, Fault: store.AsFault(err)})
			return
		}
		h.later(engine.Loaded{Effect: e.ID, Image: image, Faults: append(faults, h.faults...), Ephemeral: h.ephemeral})
		h.faults, h.ephemeral = nil, false
	case engine.Commit:
		if h.tap == nil {
			h.say("commit %s", describeCommit(e.Commit))
		}
		h.held = append(h.held, e)
		if !h.holding {
			h.writeNext()
		}
	case engine.Rebuild:
		h.rebuild(e)
	case engine.Send:
		if h.tap == nil { // it takes a while, and nobody reads it
			h.say("send %s %s%s", e.Name, describeHeaders(e.Headers), describeRequest(e.Body))
		}
		h.sends = append(h.sends, e)
	case engine.Cancel:
		h.say("cancel")
		h.forget(e.ID)
	case engine.OpenSocket:
		h.say("socket open%s", describeProtocol(e.Protocols))
		h.socket = e.ID
	case engine.WriteSocket:
		h.socketText(e.Text)
	case engine.CloseSocket:
		h.say("socket close")
		h.socket, h.subs = 0, nil
	case engine.Wake:
		h.wakeAt = e.AtMs
	default:
		h.tell(effect)
	}
}

// tell writes what goes to tabs.
func (h *host) tell(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.Reply:
		if e.Err != nil {
			h.say("reply %s error %s: %s %s", e.Call.Tab, e.Err.Code, e.Err.Message, e.Err.Detail)
			return
		}
		h.replies = append(h.replies, record.Trust(e.Body))
		if id := h.calls[e.Call.ID]; id != "" {
			h.resolved[id] = true
		}
		h.say("reply %s %s", e.Call.Tab, short(e.Body))
	case engine.Notify:
		h.notes = append(h.notes, e)
		h.say("notify %s/%d %s", e.Tab, e.Observer, short(e.Body))
	case engine.Report:
		v := record.Trust(e.Body)
		h.say("report %s %s %s: %s", v.Field("process").Str(), v.Field("errorType").Str(),
			v.Field("code").Str(), v.Field("message").Str())
	case engine.Announce:
		h.say("hub %s", strings.TrimSpace(e.Tab+" "+e.Event+" "+string(e.Data)))
	case engine.AskToken:
		h.say("asktoken %s %s%s", e.Tab, e.Mode, map[bool]string{true: " refresh"}[e.Refresh])
		h.tokenAsks = append(h.tokenAsks, e)
	case engine.AskHandler:
		h.say("ask %s %s", e.Tab, short(e.Conflict))
		h.asks = append(h.asks, e)
	case engine.AskMigration:
		h.say("ask migrate %s %s", e.Tab, short(e.Change))
		h.asks = append(h.asks, engine.AskHandler{ID: e.ID, Tab: e.Tab, Conflict: e.Change})
	case engine.SetGate:
		h.say("gate closed=%v", e.Closed)
	case engine.Halt:
		h.say("halt %s", e.Err.Code)
	case engine.Fold:
	default:
		h.say("unknown effect %T", effect)
	}
}

// later answers after the effects of the step under way.
func (h *host) later(event engine.Event) { pending = append(pending, queuedEvent{h, event}) }

type queuedEvent struct {
	host  *host
	event engine.Event
}

var pending []queuedEvent

// settle runs what was put off.
func settle() {
	for len(pending) > 0 {
		next := pending[0]
		pending = pending[1:]
		next.host.step(next.event)
	}
}

// writeNext lets the oldest held commit happen.
func (h *host) writeNext() {
	e := h.held[0]
	h.held = h.held[1:]
	if err := h.transaction(e.Commit.Name, func() error { return h.store.Commit(e.Commit) }); err != nil {
		h.later(engine.CommitFailed{Effect: e.ID, Fault: store.AsFault(err)})
		return
	}
	h.later(engine.Committed{Effect: e.ID})
}

func (h *host) forget(id uint64) {
	kept := h.sends[:0]
	for _, s := range h.sends {
		if s.ID != id {
			kept = append(kept, s)
		}
	}
	h.sends = kept
}

// socketText is the server's side of the socket.
func (h *host) socketText(text []byte) {
	frame, err := appsync.ParseFrame(text)
	if err != nil {
		panic(err)
	}
	if frame.IsMultiplex() {
		h.startMultiplexed(frame)
		return
	}
	if frame.Type != "start" {
		h.say("socket write %s", frame.Type)
		if len(h.subs) > 0 && !h.mute { // it asks for a sign of life
			h.later(engine.SocketMessage{Effect: h.socket, Text: []byte(`{"type":"connection_ack"}`)})
		}
		return
	}
	document, _, authorization, err := appsync.ParseStart(frame)
	if err != nil {
		panic(err)
	}
	name := document[strings.Index(document, "{")+1:]
	name = name[:strings.IndexAny(name, "({")]
	filter := ""
	if strings.Contains(document, "$filter") {
		filter = " filtered"
	}
	h.say("socket start %s%s%s", name, filter, describeAuthorization(authorization))
	h.subs = append(h.subs, name+" "+frame.ID)
}

func describeCommit(c *store.Commit) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %q", c.Seq, c.Name)
	if c.Strict {
		b.WriteString(" strict")
	}
	if c.Clear {
		b.WriteString(" clear")
	}
	for _, key := range c.Removed {
		fmt.Fprintf(&b, " remove:%s/%s", key.Model, key.ID)
	}
	for i, row := range c.Rows {
		if i == 5 {
			fmt.Fprintf(&b, " rows:%d", len(c.Rows))
			break
		}
		fmt.Fprintf(&b, " row:%s/%s", row.Model, row.ID)
		v := row.Base.Field("_version")
		b.WriteString("v" + v.String())
		if row.Base.Field("_deleted").Bool() {
			b.WriteString("x")
		}
	}
	for i, m := range c.Mutations {
		if i == 8 {
			fmt.Fprintf(&b, " ... %d mutations", len(c.Mutations))
			break
		}
		fmt.Fprintf(&b, " %s:%s:%s", m.ID, m.Operation, m.State)
		if m.Operation != "create" {
			fmt.Fprintf(&b, ":v%d", m.Version)
		}
		b.WriteString(m.Fields.String())
		if m.Cause != nil {
			b.WriteString(":" + m.Cause.Code)
		}
	}
	for i, e := range c.Ended {
		if i == 8 {
			fmt.Fprintf(&b, " ... %d ended", len(c.Ended))
			break
		}
		fmt.Fprintf(&b, " %s=%s", e.MutationID, e.End)
		if e.Into != "" {
			b.WriteString(">" + e.Into)
		}
		if len(e.Fields) > 0 {
			fmt.Fprintf(&b, "%v", e.Fields)
		}
	}
	for _, m := range c.Meta {
		if (m.Key == "db/app" || m.Key == "db/local") && c.Name == "open epoch" {
			continue // in the first of every story
		}
		b.WriteString(" " + m.Key)
		if !m.Value.Exists() {
			b.WriteString("=gone")
		}
	}
	return b.String()
}

// describeRequest shows what is asked, without the document.
func describeRequest(body []byte) string {
	r, _, err := appsync.ParseRequest(body)
	if err != nil {
		return "UNREADABLE " + err.Error()
	}
	var parts []string
	for _, match := range mutationField.FindAllStringSubmatch(r.Query, -1) {
		key := match[1]
		if key == "" {
			key = match[2] + match[3]
		}
		text := fmt.Sprintf("%s%s#%s%s", match[2], match[3], r.Extensions.Mutations[key], r.Variables.Field(match[4]))
		if c := r.Variables.Field(match[5]); c.Exists() && !c.IsNull() {
			text += " if " + c.String()
		}
		if slices.Contains(r.Extensions.Strict, key) {
			text += " strict"
		}
		parts = append(parts, text)
	}
	if len(parts) > 8 {
		parts = append(parts[:2], fmt.Sprintf("... %d mutations", len(parts)))
	}
	if match := rootField.FindStringSubmatch(r.Query); match != nil {
		text := fmt.Sprintf("%s%s%s", match[1], match[2], r.Variables)
		for key, cursor := range r.Extensions.Cursors {
			if key == match[1]+match[2] {
				text += fmt.Sprintf(" cursor %q", cursor)
			}
		}
		parts = append(parts, text)
	}
	if !r.Extensions.Present {
		parts = append(parts, "plain")
	}
	return strings.Join(parts, "; ")
}

// short leaves out what every row of the story schema has in null.
func short(body []byte) string {
	text := string(body)
	for _, null := range []string{`,"createdAt":null`, `,"updatedAt":null`, `,"rating":null`, `,"body":null`,
		`,"tags":null`, `,"_lastChangedAt":null`, `,"_deleted":null`, `,"_version":null`, `,"title":null`,
		`,"postID":null`, `,"blogID":null`, `,"condition":null`} {
		text = strings.ReplaceAll(text, null, "")
	}
	text = orderField.ReplaceAllString(text, "")
	for i := strings.Index(text, `,"_lastChangedAt":17`); i >= 0; i = strings.Index(text, `,"_lastChangedAt":17`) {
		end := i + len(`,"_lastChangedAt":`)
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		text = text[:i] + text[end:]
	}
	if len(text) > 600 {
		text = text[:600] + fmt.Sprintf("... %d bytes", len(body))
	}
	return text
}
