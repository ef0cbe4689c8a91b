//go:build !js

package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/memory"
)

// entriesOf reads what a host would read ahead.
func entriesOf(t *testing.T, disk *memory.Disk) []store.Entry {
	t.Helper()
	var entries []store.Entry
	err := disk.Connect().ReadAll(func(area store.Area, key string, text []byte) {
		entries = append(entries, store.Entry{Area: area, Key: key, Text: text})
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// prereading opens as the page's module does; the disk can't be read by the module itself while unreadable is set.
func prereading(disk *memory.Disk) browser {
	b := browserOf(disk)
	b.open = func(_ string, _ func(), preread func() store.Preread) (store.Store, error) {
		opened := memory.Open(disk)
		opened.Preread(preread)
		return opened, nil
	}
	return b
}

func (p *page) greetAhead() {
	p.send(inVersion, 0, protocolVersion, build, "test", "1")
	p.next(outVersion)
	p.send(inTabJoined, 0, "tab")
	p.send(inCall, 1, "tab", "configure", `{"schema":`+testSchema+`,"config":{}}`)
	p.send(inCall, 2, "tab", "start", `{"handler":false}`)
}

func (p *page) tellPreread(entries []store.Entry, whole string) {
	for _, entry := range entries {
		p.send(inPreread, 0, string(entry.Area), entry.Key, string(entry.Text))
	}
	p.send(inPrereadEnd, 0, whole, "")
}

func TestPrereadSparesTheFirstReading(t *testing.T) {
	disk := &memory.Disk{}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	entries := entriesOf(t, disk)

	p := openBrowser(t, prereading(disk))
	disk.FailNext(memory.ReadName, store.CodeQuota) // whoever reads is told
	p.greetAhead()
	p.tellPreread(entries, "1")
	if got := p.call(5, "query", `{"model":"Note"}`); !strings.Contains(got.text(1), `"n1"`) {
		t.Fatalf("query answered %s %s", got.text(1), got.text(2))
	}
	if got := p.save("n2"); got.kind != outReply {
		t.Error(got.text(2))
	}
	if err := disk.Connect().ReadAll(func(store.Area, string, []byte) {}); err == nil {
		t.Error("the module read by itself")
	}
	again := openPage(t, disk)
	again.begin()
	if got := again.call(5, "query", `{"model":"Note"}`); strings.Count(got.text(1), `"title":"a"`) != 2 {
		t.Error(got.text(1))
	}
}

// What could not be read ahead is read by the module.
func TestPrereadThatFails(t *testing.T) {
	disk := &memory.Disk{}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	p := openBrowser(t, prereading(disk))
	p.greetAhead()
	p.tellPreread(entriesOf(t, disk)[:1], "0")
	if got := p.call(5, "query", `{"model":"Note"}`); !strings.Contains(got.text(1), `"n1"`) {
		t.Errorf("query answered %s %s", got.text(1), got.text(2))
	}
}

// Another writer came after what was read: its row is in the way, and the load reads what is there now.
func TestOutdatedPrereadIsReadAgain(t *testing.T) {
	disk := &memory.Disk{}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	entries := entriesOf(t, disk)
	before.save("n2")
	p := openBrowser(t, prereading(disk))
	p.greetAhead()
	p.tellPreread(entries, "1")
	if got := p.call(5, "query", `{"model":"Note"}`); strings.Count(got.text(1), `"title":"a"`) != 2 {
		t.Errorf("query answered %s %s", got.text(1), got.text(2))
	}
}

// A load that never came to reading leaves nothing for the next one, which may be long after.
func TestPrereadServesOnlyTheFirstLoad(t *testing.T) {
	disk := &memory.Disk{}
	b, fails := prereading(disk), true
	open := b.open
	b.open = func(name string, lost func(), preread func() store.Preread) (store.Store, error) {
		if fails {
			return nil, &store.Fault{Code: store.CodeBlocked, Message: "as asked for"}
		}
		return open(name, lost, preread)
	}
	p := openBrowser(t, b)
	p.greetAhead()
	p.tellPreread(nil, "1")
	if got := p.next(outRefusal); got.text(1) != "storage_blocked" {
		t.Fatal(errors.New(got.text(2)))
	}
	before := openPage(t, disk)
	before.begin()
	before.save("n1")
	fails = false
	if got := p.call(6, "start", `{"handler":false}`); got.kind != outReply {
		t.Fatal(got.text(2))
	}
	if got := p.call(7, "query", `{"model":"Note"}`); !strings.Contains(got.text(1), `"n1"`) {
		t.Errorf("query answered %s", got.text(1))
	}
}
