//go:build !js

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
)

// start configures and starts; it returns the answer of start.
func (p *page) start() packet {
	p.greet()
	p.send(inTabJoined, 0, "tab")
	p.call(1, "configure", `{"schema":`+testSchema+`,"config":{}}`)
	return p.call(2, "start", `{"handler":false}`)
}

func (p *page) save(id string) packet {
	row := `{"id":"` + id + `","title":"a"}`
	return p.call(4, "save", `{"mutationId":"m-`+id+`","model":"Note","record":`+row+`,"fields":`+row+`}`)
}

// report waits for one.
func (p *page) report() string { return p.next(outReport).text(1) }

func fault(code string) error { return &store.Fault{Code: code, Message: "as asked for"} }

func TestStorageThatFailsForAWhile(t *testing.T) {
	disk := &memory.Disk{}
	b, failures, waited := browserOf(disk), 2, time.Duration(0)
	open := b.open
	b.open = func(name string, lost func(), preread func() store.Preread) (store.Store, error) {
		if failures--; failures >= 0 {
			return nil, fault(store.CodeUnknown)
		}
		return open(name, lost, preread)
	}
	b.pause = func(d time.Duration) { waited += d }
	disk.FailNext(memory.ReadName, store.CodeUnknown)
	p := openBrowser(t, b)
	if got := p.start(); got.kind != outReply || waited != 2100*time.Millisecond {
		t.Errorf("start answered %s %s after %v", got.text(1), got.text(2), waited)
	}
	if got := p.save("n1"); got.kind != outReply {
		t.Error(got.text(2))
	}
}

func TestStorageThatFailsForGood(t *testing.T) {
	disk := &memory.Disk{}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	b, destroyed := browserOf(disk), false
	open, destroy := b.open, b.destroy
	b.open = func(name string, lost func(), preread func() store.Preread) (store.Store, error) {
		if !destroyed {
			return nil, fault(store.CodeUnknown)
		}
		return open(name, lost, preread)
	}
	b.destroy = func(name string) error {
		destroyed = true
		return destroy(name)
	}
	p := openBrowser(t, b)
	p.greet()
	p.send(inTabJoined, 0, "tab")
	p.send(inCall, 1, "tab", "configure", `{"schema":`+testSchema+`,"config":{}}`)
	p.send(inCall, 2, "tab", "start", `{"handler":false}`)
	if told := p.report(); !strings.Contains(told, "storage_rebuilt") || !strings.Contains(told, "Nothing of it could be read") {
		t.Error(told)
	}
	if got := p.call(5, "query", `{"model":"Note"}`); got.text(1) != "[]" {
		t.Error(got.text(1))
	}
	if got := p.save("n2"); got.kind != outReply {
		t.Error(got.text(2))
	}
}

// readOnly is a store whose opening row can't be written until the database was made anew.
type readOnly struct {
	*memory.Store
	disk *memory.Disk
}

func (r readOnly) Load(s *schema.Schema) (*store.Image, []*store.Fault, error) {
	r.disk.FailNext("open", store.CodeUnknown)
	return r.Store.Load(s)
}

func (r readOnly) Salvage(s *schema.Schema) (*store.Image, []*store.Fault, error) {
	r.disk.FailNext("open", store.CodeUnknown)
	return r.Store.Salvage(s)
}

func TestStorageThatCanOnlyBeRead(t *testing.T) {
	disk := &memory.Disk{}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	b, destroyed := browserOf(disk), false
	destroy := b.destroy
	b.open = func(string, func(), func() store.Preread) (store.Store, error) {
		if destroyed {
			return memory.Open(disk), nil
		}
		return readOnly{memory.Open(disk), disk}, nil
	}
	b.destroy = func(name string) error {
		destroyed = true
		return destroy(name)
	}
	p := openBrowser(t, b)
	p.greet()
	p.send(inTabJoined, 0, "tab")
	p.send(inCall, 1, "tab", "configure", `{"schema":`+testSchema+`,"config":{}}`)
	p.send(inCall, 2, "tab", "start", `{"handler":false}`)
	if told := p.report(); !strings.Contains(told, "storage_rebuilt") || !strings.Contains(told, "with 1 unsent changes; 0 entries") {
		t.Error(told)
	}
	p.save("n2")
	again := openPage(t, disk)
	again.begin()
	if got := again.call(5, "query", `{"model":"Note"}`); strings.Count(got.text(1), `"title":"a"`) != 2 {
		t.Error(got.text(1))
	}
}

func TestWithoutStorage(t *testing.T) {
	b := browserOf(&memory.Disk{})
	b.open = func(string, func(), func() store.Preread) (store.Store, error) {
		return nil, fault(store.CodeUnavailable)
	}
	p := openBrowser(t, b)
	if got := p.start(); got.text(1) != `{"ephemeral":true}` {
		t.Errorf("start answered %s %s", got.text(1), got.text(2))
	}
	p.save("n1")
	if got := p.call(5, "query", `{"model":"Note"}`); !strings.Contains(got.text(1), `"n1"`) {
		t.Error(got.text(1))
	}
}

func TestOtherFailuresOfOpeningAreTold(t *testing.T) {
	for code, told := range map[string]string{store.CodeBlocked: "storage_blocked", store.CodeQuota: "quota",
		store.CodeReplaced: "version_skew"} {
		b := browserOf(&memory.Disk{})
		b.open = func(string, func(), func() store.Preread) (store.Store, error) { return nil, fault(code) }
		p := openBrowser(t, b)
		if got := p.start(); got.kind != outRefusal || got.text(1) != told {
			t.Errorf("%s: start answered %s", code, got.text(1))
		}
	}
}

func TestDeletionIsNoticed(t *testing.T) {
	disk := &memory.Disk{}
	b := browserOf(disk)
	lost := make(chan func(), 1)
	open := b.open
	b.open = func(name string, callback func(), preread func() store.Preread) (store.Store, error) {
		lost <- callback
		return open(name, callback, preread)
	}
	p := openBrowser(t, b)
	p.start()
	p.save("n1")
	disk.Vanish()
	(<-lost)()
	if told := p.report(); !strings.Contains(told, `"deleted"`) {
		t.Error(told)
	}
	p.save("n2")
	p.send(inClose, 0)
	p.next(outClosed)
	again := openPage(t, disk)
	again.begin()
	if got := again.call(5, "query", `{"model":"Note"}`); strings.Count(got.text(1), `"title":"a"`) != 2 {
		t.Error(got.text(1))
	}
}

// silent is a store whose connection is gone after the next commit, so that nobody can find out
// what became of it.
type silent struct{ *memory.Store }

func (s silent) Commit(c *store.Commit) error {
	if store.NamedLike(c.Name, "save+outbox") {
		return &store.Fault{Code: store.CodeClosed, Message: "as asked for", Doubtful: true}
	}
	return s.Store.Commit(c)
}

func TestDoubtEndsTheProgram(t *testing.T) {
	b := browserOf(&memory.Disk{})
	b.open = func(string, func(), func() store.Preread) (store.Store, error) {
		return silent{memory.Open(&memory.Disk{})}, nil
	}
	p := openBrowser(t, b)
	p.start()
	p.send(inCall, 4, "tab", "save", `{"mutationId":"m","model":"Note","record":{"id":"n","title":"a"},"fields":{"id":"n","title":"a"}}`)
	if got := p.next(outDied, outReply, outRefusal); got.kind != outDied {
		t.Errorf("it said %d %s", got.kind, got.text(1))
	}
}

func TestSlowStorageIsTold(t *testing.T) {
	disk := &memory.Disk{}
	b := browserOf(disk)
	late := make(chan func(), 100)
	b.watch = func(callback func()) func() {
		late <- callback
		return func() {}
	}
	stuck := make(chan bool)
	b.open = func(string, func(), func() store.Preread) (store.Store, error) {
		<-stuck
		return memory.Open(disk), nil
	}
	p := openBrowser(t, b)
	p.greet()
	p.send(inTabJoined, 0, "tab")
	p.send(inCall, 1, "tab", "configure", `{"schema":`+testSchema+`,"config":{}}`)
	p.send(inCall, 2, "tab", "start", `{"handler":false}`)
	(<-late)()
	if told := p.report(); !strings.Contains(told, `"storage_blocked"`) {
		t.Error(told)
	}
	close(stuck)
	if got := p.call(3, "query", `{"model":"Note"}`); got.text(1) != "[]" {
		t.Error(got.text(1))
	}
}
