// Package interleaving holds tests alone: every order in which the edits of one record, the
// requests and answers they lead to and the echoes of the subscription can happen.
package interleaving

import (
	"fmt"
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server"
	tables "github.com/deltabase/deltabase/server/memory"
	"github.com/deltabase/deltabase/store"
	disk "github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

const (
	apiKey  = "da2-interleaving"
	startMs = 1_800_000_000_000
	foreign = "theirs" // the title that the other device writes
)

// table is where one order is played: an engine on a disk, the real server core, and between them
// whatever is on its way.
type table struct {
	schema *schema.Schema
	engine *engine.Engine
	store  store.Store
	server *server.Server
	tables server.Tables
	hub    *server.Hub
	nowMs  int64
	random uint64
	calls  uint32
	wakeMs int64

	ready    bool // from then on nothing happens by itself but what the scene leaves to itself
	scene    scene
	unheard  []engine.Event // commits that are to be answered at once
	commits  []engine.Commit
	requests []*request
	arriving []*request // of these, those about which the network has not decided yet
	socket   uint64
	conn     server.ConnID
	frames   [][]byte // from the server, in order

	written     int // own edits so far
	foreigns    int
	intruding   bool   // the other device may write now
	overwritten string // the title that the other device found
	lost        int
	hurried     int      // how often time passed while something was on its way
	titles      []string // as the observers were shown them, in order
	live        []string
	told        bool // that fields were superseded
	problems    []string
}

// request is one that was sent. Its answer is on its way, nil when one of the two gets lost.
type request struct {
	effect uint64
	body   []byte
	answer *engine.Answered
}

func (t *table) broken(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

// lay makes a table with one record, known to both sides, and an engine at rest.
func lay(s *server.Server, sc *schema.Schema, strategy conflict.Strategy, script scene) (*table, error) {
	t := &table{schema: sc, engine: engine.New(), store: disk.Open(&disk.Disk{}), tables: tables.New(0),
		nowMs: startMs, scene: script}
	options := server.Options{Strategy: strategy, APIKeys: []string{apiKey}, Sandbox: true}
	var err error
	if t.server, err = s.Again(options, t.tables); err != nil {
		return nil, err
	}
	t.hub = t.server.NewHub()
	t.write("createPost", "CreatePostInput", `{"id":"p","title":"0"}`)
	settings := `{"endpoint":"http://server/graphql","apiKey":"` + apiKey + `"}`
	t.step(engine.TabJoined{Tab: "a"})
	t.step(engine.Configure{Call: t.call(), Schema: sc, Config: record.TrustString(settings)})
	t.step(engine.Start{Call: t.call()})
	t.step(engine.Observe{Call: t.call(), Observer: 1, Model: "Post"})
	t.step(engine.Observe{Call: t.call(), Observer: 2, Model: "Post", Live: true})
	t.drain()
	if got := t.title(); got != "0" {
		return nil, fmt.Errorf("the record is not there at the beginning: %q", got)
	}
	t.titles, t.live, t.problems, t.ready = nil, nil, nil, true
	return t, nil
}

func (t *table) call() engine.Call {
	t.calls++
	return engine.Call{Tab: "a", ID: t.calls}
}

// step gives the engine an event, carries out the effects and answers what answers itself.
func (t *table) step(event engine.Event) {
	t.unheard = append(t.unheard, event)
	t.settle()
}

func (t *table) settle() {
	for len(t.unheard) > 0 {
		next := t.unheard[0]
		t.unheard = t.unheard[1:]
		t.random = t.random*6364136223846793005 + 1442695040888963407
		for _, effect := range t.engine.Step(engine.Moment{NowMs: t.nowMs, Random: t.random}, next) {
			t.carryOut(effect)
		}
	}
}

func (t *table) carryOut(effect engine.Effect) {
	switch f := effect.(type) {
	case engine.Load:
		image, faults, err := t.store.Load(t.schema)
		if err != nil {
			t.broken("load: %v", err)
		}
		t.unheard = append(t.unheard, engine.Loaded{Effect: f.ID, Image: image, Faults: faults})
	case engine.Commit:
		t.commits = append(t.commits, f)
		if !t.ready || !t.scene.commits {
			t.writeNext()
		}
	case engine.Send:
		r := &request{effect: f.ID, body: f.Body}
		t.requests = append(t.requests, r)
		t.arriving = append(t.arriving, r)
	case engine.Cancel:
		t.requests, t.arriving = without(t.requests, f.ID), without(t.arriving, f.ID)
	case engine.OpenSocket:
		t.socket = f.ID
		t.conn = t.hub.Connect(server.Credentials{APIKey: apiKey}, nil)
		t.unheard = append(t.unheard, engine.SocketOpened{Effect: f.ID})
	case engine.WriteSocket:
		t.deliver(t.hub.Receive(t.conn, t.nowMs, f.Text))
	case engine.CloseSocket:
		t.hub.Disconnect(t.conn)
		t.socket, t.frames = 0, nil
	case engine.AskHandler:
		t.broken("asked, though no tab has a handler")
	case engine.Reply:
		if f.Err != nil {
			t.broken("call %d: %v", f.Call.ID, f.Err)
		}
	case engine.Notify:
		t.notified(f)
	case engine.Announce:
		t.told = t.told || f.Event == "outboxMutationSuperseded"
	case engine.Wake:
		t.wakeMs = f.AtMs
	}
}

func without(list []*request, effect uint64) []*request {
	var kept []*request
	for _, r := range list {
		if r.effect != effect {
			kept = append(kept, r)
		}
	}
	return kept
}

// notified notes which title each observer is shown.
func (t *table) notified(n engine.Notify) {
	body := record.Trust(n.Body)
	body.Field("changes").Elements(func(_ int, c record.Value) bool {
		t.titles = append(t.titles, c.Field("element").Field("title").Str())
		return true
	})
	body.Field("put").Elements(func(_ int, row record.Value) bool {
		t.live = append(t.live, row.Field("title").Str())
		return true
	})
}

// writeNext lets the oldest commit reach the disk and be heard of.
func (t *table) writeNext() {
	f := t.commits[0]
	t.commits = t.commits[1:]
	if err := t.store.Commit(f.Commit); err != nil {
		t.broken("commit: %v", err)
	}
	t.unheard = append(t.unheard, engine.Committed{Effect: f.ID})
}

// arrive lets the server carry a request out.
func (t *table) arrive(r *request) {
	t.arriving = without(t.arriving, r.effect)
	answer := t.server.Handle(server.Call{NowMs: t.nowMs}, server.Credentials{APIKey: apiKey}, r.body)
	r.answer = &engine.Answered{Effect: r.effect, Status: answer.Status, Body: answer.Body}
	t.publish()
}

func (t *table) publish() {
	out, err := t.hub.Publish()
	if err != nil {
		t.broken("publish: %v", err)
	}
	t.deliver(out)
}

func (t *table) deliver(out []server.Out) {
	for _, o := range out {
		if len(o.Text) > 0 && t.socket != 0 {
			t.frames = append(t.frames, o.Text)
		}
	}
}

// hear gives the engine the oldest frame of its socket.
func (t *table) hear() {
	text := t.frames[0]
	t.frames = t.frames[1:]
	t.step(engine.SocketMessage{Effect: t.socket, Text: text})
}

// write is another device's mutation, by the server's API.
func (t *table) write(field, inputType, input string) {
	document := "mutation($input: " + inputType + "!) { " + field + "(input: $input) { id title body _version _lastChangedAt _deleted } }"
	var b, variables record.Builder
	variables.Set("input", record.TrustString(input))
	b.SetString("query", document)
	b.Set("variables", variables.Object())
	answer := t.server.Handle(server.Call{NowMs: t.nowMs}, server.Credentials{APIKey: apiKey}, b.Object().Text())
	if answer.Status != 200 || !answer.Committed {
		t.broken("the other device's %s: %s", field, answer.Body)
	}
	t.publish()
}

// row is the record as the server has it.
func (t *table) row() record.Value {
	var row server.Row
	t.tables.View(func(r server.Reader) (err error) {
		row, _, err = r.Row("Post", "p")
		return err
	})
	return record.TrustString(row.Text)
}

// title is the record's title as the app sees it.
func (t *table) title() string {
	var row record.Value
	call := t.call()
	t.random++
	for _, effect := range t.engine.Step(engine.Moment{NowMs: t.nowMs, Random: t.random},
		engine.Query{Call: call, Model: "Post", ID: "p"}) {
		if reply, ok := effect.(engine.Reply); ok && reply.Call == call && reply.Err == nil {
			record.Trust(reply.Body).Elements(func(_ int, v record.Value) bool { row = v; return false })
		} else {
			t.carryOut(effect)
		}
	}
	return row.Field("title").Str()
}

// drain lets everything happen in some order until nothing is left.
func (t *table) drain() {
	for range 1_000 {
		switch {
		case len(t.commits) > 0:
			t.writeNext()
			t.settle()
		case len(t.arriving) > 0:
			t.arrive(t.arriving[0])
		case len(t.requests) > 0:
			t.answer(0)
		case len(t.frames) > 0:
			t.hear()
		case t.waits():
			t.tick()
		default:
			return
		}
	}
	t.broken("it never comes to rest")
}

func (t *table) answer(i int) {
	r := t.requests[i]
	t.requests = without(t.requests, r.effect)
	if r.answer == nil {
		t.step(engine.SendFailed{Effect: r.effect, Code: "network", Message: "The connection was lost."})
		return
	}
	t.step(*r.answer)
}

// waits reports that the engine waits for a time to come, other than for the silence of the server.
func (t *table) waits() bool { return t.wakeMs != 0 && t.wakeMs < t.nowMs+30_000 }

func (t *table) tick() {
	t.nowMs, t.wakeMs = max(t.nowMs, t.wakeMs), 0
	t.step(engine.Tick{})
}

// edit is the next rapid edit of this device: titles "1", "2", ...
func (t *table) edit() {
	t.written++
	fields := `{"title":"` + strconv.Itoa(t.written) + `"}`
	t.step(engine.Save{Call: t.call(), MutationID: "m" + strconv.Itoa(t.written), Model: "Post",
		Record: record.TrustString(`{"id":"p","title":"` + strconv.Itoa(t.written) + `"}`), Fields: record.TrustString(fields)})
}

// intrude is the other device's edit, made on the newest version.
func (t *table) intrude() {
	t.foreigns, t.intruding = t.foreigns+1, false
	t.overwritten = t.row().Field("title").Str()
	field := t.scene.foreign
	t.write("updatePost", "UpdatePostInput", fmt.Sprintf(`{"id":"p",%q:%q,"_version":%s}`, field, foreign, t.row().Field("_version")))
}

// ownNumber is the place of an own title among the edits, -1 for a title of the other device.
func ownNumber(title string) int {
	n, err := strconv.Atoi(title)
	if err != nil {
		return -1
	}
	return n
}

// foreignLast reports that the other device wrote over the last own edit.
func (t *table) foreignLast() bool { return t.overwritten == strconv.Itoa(t.scene.edits) }
