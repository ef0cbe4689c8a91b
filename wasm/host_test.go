//go:build !js

package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
)

const testSchema = `{"version":"1","codegenVersion":"3.4.4","nonModels":{},"enums":{},"models":{"Note":{
	"name":"Note","pluralName":"Notes","syncable":true,"attributes":[{"type":"model","properties":{}}],"fields":{
	"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
	"title":{"name":"title","isArray":false,"type":"String","isRequired":true,"attributes":[]}}}}}`

// page is the TypeScript side, as far as the module can tell.
type page struct {
	t      *testing.T
	host   *host
	sent   chan packet
	random uint64
}

func openPage(t *testing.T, disk *memory.Disk) *page {
	return openBrowser(t, browserOf(disk))
}

// browserOf keeps every database on one disk, and has no patience to wait.
func browserOf(disk *memory.Disk) browser {
	return browser{
		open:      func(string, func(), func() store.Preread) (store.Store, error) { return memory.Open(disk), nil },
		destroy:   func(string) error { return disk.Connect().Destroy() },
		ephemeral: func() store.Store { return store.Ephemeral() },
		pause:     func(time.Duration) {},
		watch:     func(func()) func() { return func() {} },
	}
}

func openBrowser(t *testing.T, b browser) *page {
	p := &page{t: t, sent: make(chan packet, 1000)}
	p.host = newHost(b, func(bytes []byte) {
		read, err := readPacket(append([]byte(nil), bytes...))
		if err != nil {
			t.Errorf("the module emitted %x: %v", bytes, err)
		}
		p.sent <- read
	})
	go p.host.run()
	return p
}

func (p *page) send(k kind, id uint64, parts ...string) bool {
	p.random++
	bytes := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1_700_000_000_000))
	bytes = binary.LittleEndian.AppendUint64(bytes, p.random)
	raw := make([][]byte, len(parts))
	for i, part := range parts {
		raw[i] = []byte(part)
	}
	return p.host.receive(appendPacket(bytes, k, id, raw...))
}

// next waits for a packet of one of the kinds; others are skipped.
func (p *page) next(kinds ...kind) packet {
	for got := range p.sent {
		for _, k := range kinds {
			if got.kind == k {
				return got
			}
		}
	}
	panic("closed")
}

func (p *page) greet() packet {
	p.send(inVersion, 0, protocolVersion, build, "test")
	return p.next(outVersion)
}

// call makes a call and waits for its answer.
func (p *page) call(id uint64, operation, args string) packet {
	p.send(inCall, id, "tab", operation, args)
	for {
		if got := p.next(outReply, outRefusal); got.id == id {
			return got
		}
	}
}

func (p *page) begin() {
	p.t.Helper()
	p.greet()
	p.send(inTabJoined, 0, "tab")
	for id, call := range [][2]string{{"configure", `{"schema":` + testSchema + `,"config":{}}`}, {"start", `{"handler":false}`}} {
		if got := p.call(uint64(id+1), call[0], call[1]); got.kind != outReply {
			p.t.Fatalf("%s: %s %s", call[0], got.text(1), got.text(2))
		}
	}
}

func TestSaveQueryObserve(t *testing.T) {
	disk := &memory.Disk{}
	p := openPage(t, disk)
	p.begin()
	p.send(inCall, 3, "tab", "observe", `{"observer":9,"model":"Note"}`)
	saved := p.call(4, "save", `{"mutationId":"m1","model":"Note","record":{"id":"n1","title":"Zoë"},"fields":{"id":"n1","title":"Zoë"}}`)
	if saved.kind != outReply || !strings.Contains(saved.text(1), `"title":"Zoë"`) {
		t.Fatalf("save answered %d %s %s", saved.kind, saved.text(1), saved.text(2))
	}
	found := p.call(5, "query", `{"model":"Note","id":"n1"}`)
	var rows []struct{ ID, Title string }
	if err := json.Unmarshal(found.part(1), &rows); err != nil || len(rows) != 1 || rows[0].Title != "Zoë" {
		t.Fatalf("query answered %s", found.text(1))
	}
	p.send(inClose, 0)
	p.next(outClosed)

	again := openPage(t, disk)
	again.begin()
	if found := again.call(5, "query", `{"model":"Note"}`); !strings.Contains(found.text(1), `"n1"`) {
		t.Fatalf("after closing and opening, query answered %s", found.text(1))
	}
}

func TestObserversHear(t *testing.T) {
	p := openPage(t, &memory.Disk{})
	p.begin()
	p.send(inCall, 3, "tab", "observe", `{"observer":9,"model":"Note"}`)
	p.send(inCall, 4, "tab", "save", `{"mutationId":"m1","model":"Note","record":{"id":"n1","title":"a"},"fields":{"id":"n1","title":"a"}}`)
	heard := p.next(outNotify)
	if heard.id != 9 || heard.text(0) != "tab" || !strings.Contains(heard.text(1), `"opType":"INSERT"`) {
		t.Fatalf("the observer heard %d %s %s", heard.id, heard.text(0), heard.text(1))
	}
}

func TestRefusals(t *testing.T) {
	p := openPage(t, &memory.Disk{})
	p.greet()
	for _, c := range []struct{ operation, args, code string }{
		{"query", `{"model":`, "bad_request"},
		{"fly", `{}`, "bad_request"},
		{"query", `{"model":"Note"}`, "not_configured"},
		{"configure", `{"schema":{"models":5}}`, "schema_invalid"},
		{"configure", `{"schema":` + testSchema + `,"config":{"endpoit":"x"}}`, "invalid_config"},
	} {
		got := p.call(1, c.operation, c.args)
		if got.kind != outRefusal || got.text(1) != c.code {
			t.Errorf("%s %s answered %d %s %s", c.operation, c.args, got.kind, got.text(1), got.text(2))
		}
	}
}

func TestOtherBuildIsNotServed(t *testing.T) {
	p := openPage(t, &memory.Disk{})
	p.send(inVersion, 0, protocolVersion, "another build", "test")
	if got := p.next(outVersion); got.text(1) != build {
		t.Errorf("the module says it is %s", got.text(1))
	}
	p.send(inTabJoined, 0, "tab")
	p.next(outDied)
	if p.send(inTick, 0) {
		t.Error("a dead module still takes packets")
	}
}

func TestPanicIsToldOnce(t *testing.T) {
	p := openPage(t, &memory.Disk{})
	p.greet()
	p.host.receive(make([]byte, momentBytes+headBytes+1)) // damaged: bytes behind the last part
	if got := p.next(outDied); got.text(0) == "" {
		t.Error("it died without a word")
	}
	if p.send(inTick, 0) {
		t.Error("a dead module still takes packets")
	}
}

// An engine died after a commit and before it told its observers; the next one catches up.
func TestObserversCatchUp(t *testing.T) {
	disk := &memory.Disk{}
	p := openPage(t, disk)
	p.begin()
	save := func(p *page, id, title string) {
		t.Helper()
		row := `{"id":"` + id + `","title":"` + title + `"}`
		if got := p.call(4, "save", `{"mutationId":"`+id+title+`","model":"Note","record":`+row+`,"fields":`+row+`}`); got.kind != outReply {
			t.Fatalf("save: %s", got.text(2))
		}
	}
	save(p, "old", "a")
	save(p, "gone", "a")
	var observed struct{ Seq uint64 }
	if err := json.Unmarshal(p.call(3, "observe", `{"observer":9,"model":"Note"}`).part(1), &observed); err != nil {
		t.Fatal(err)
	}
	save(p, "new", "a")
	save(p, "old", "b")
	p.call(5, "delete", `{"mutationId":"d","model":"Note","id":"gone"}`)

	next := openPage(t, disk)
	next.begin()
	next.send(inCall, 0, "tab", "observe", `{"observer":9,"model":"Note","since":`+strconv.FormatUint(observed.Seq, 10)+`}`)
	var told struct {
		Changes []struct {
			OpType  string
			Element struct{ ID, Title string }
		}
	}
	if err := json.Unmarshal(next.next(outNotify).part(1), &told); err != nil {
		t.Fatal(err)
	}
	var heard []string
	for _, c := range told.Changes {
		heard = append(heard, c.OpType+" "+c.Element.ID+" "+c.Element.Title)
	}
	if got := strings.Join(heard, ", "); got != "INSERT new a, UPDATE old b, DELETE gone " {
		t.Errorf("the observer caught up with: %s", got)
	}
}
