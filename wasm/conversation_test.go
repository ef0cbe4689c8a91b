//go:build !js

package main

import (
	"encoding/binary"
	"testing"

	"github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

// conversation is a host without goroutines: the test does the disk's work and reads what comes
// out after each packet.
type conversation struct {
	host *host
	out  []packet
}

func newConversation() *conversation {
	c := &conversation{}
	c.host = newHost(browserOf(&memory.Disk{}), func(bytes []byte) {
		p, err := readPacket(append([]byte(nil), bytes...))
		if err != nil {
			panic("the module wrote a malformed packet")
		}
		c.out = append(c.out, p)
	})
	return c
}

// say hands a packet in and carries on until nothing is left to do.
func (c *conversation) say(k kind, id uint64, parts ...[]byte) {
	c.host.receive(appendPacket(make([]byte, momentBytes), k, id, parts...))
	for {
		for len(c.host.queue) > 0 {
			next := c.host.queue[0]
			c.host.queue = c.host.queue[1:]
			c.host.handle(next)
		}
		select {
		case job := <-c.host.disk.jobs:
			if job.close != nil {
				c.host.disk.doClose()
				job.close()
			} else {
				c.host.disk.do(job)
			}
		default:
			return
		}
	}
}

func (c *conversation) call(id uint64, operation, args string) {
	c.say(inCall, id, []byte("tab"), []byte(operation), []byte(args))
}

// answers counts the answers to a call.
func (c *conversation) answers(id uint64) int {
	n := 0
	for _, p := range c.out {
		if (p.kind == outReply || p.kind == outRefusal) && p.id == id && p.text(0) == "tab" {
			n++
		}
	}
	return n
}

// started is a conversation with an engine that has a server's address, two records and an
// observer, and whose requests nobody answers.
func started() *conversation {
	c := newConversation()
	c.say(inVersion, 0, []byte(protocolVersion), []byte(build), []byte("test"))
	c.say(inTabJoined, 0, []byte("tab"))
	c.call(1, "configure", `{"schema":`+testSchema+`,"config":{"endpoint":"http://localhost/graphql","apiKey":"k"}}`)
	c.call(2, "start", `{"handler":true}`)
	c.call(3, "observe", `{"observer":9,"model":"Note","live":true}`)
	for id, note := range []string{"n1", "n2"} {
		c.call(uint64(4+id), "save", `{"mutationId":"m`+note+`","model":"Note","record":{"id":"`+note+`","title":"a"},"fields":{"id":"`+note+`","title":"a"}}`)
	}
	return c
}

// answeredAtOnce are the operations that need nobody outside of the module.
var answeredAtOnce = []string{"save", "delete", "query", "observe", "outbox", "retry", "edit", "discard", "dump", "gate", "no such"}

// FuzzConversation: whatever a page calls and whatever the network says, the module does not
// panic, writes well-formed packets and answers each call once.
func FuzzConversation(f *testing.F) {
	for _, seed := range []struct{ operation, args string }{
		{"save", `{"mutationId":"x","model":"Note","record":{"id":"n1","title":"b"},"fields":{"title":"b"},"condition":{"title":{"eq":"a"}}}`},
		{"save", `{"mutationId":"mn1","model":"Note","record":{},"fields":{}}`},
		{"delete", `{"mutationId":"x","model":"Note","id":"n1"}`}, {"delete", `{"model":"Note","filter":{"title":{"contains":"a"}}}`},
		{"query", `{"model":"Note","filter":{"or":[{"title":{"in":["a"]}}]},"sort":[{"field":"title"}],"limit":1,"page":1}`},
		{"observe", `{"observer":10,"model":"Note","since":1}`}, {"outbox", `{}`}, {"retry", `{"mutationId":"mn1"}`},
		{"edit", `{"mutationId":"mn1","fields":{"title":"c"}}`}, {"discard", `{"mutationId":"mn1","dependants":"all"}`},
		{"dump", `{}`}, {"sync", `{"models":["Note"]}`}, {"writeAll", `{"writes":[{"save":{"model":"Note","record":{"id":"n1"}}},{"delete":{"model":"Note","id":"n1"}},{}]}`},
		{"gate", `{"closed":true}`}, {"clear", `{"discardUnsent":true}`}, {"stop", `{}`}, {"restore", `{}`},
		{"configure", `{"schema":{"models":{}},"config":{}}`}, {"no such", `[]`},
	} {
		for _, event := range []struct {
			kind kind
			a, b string
		}{
			{inSocketOpened, "", ""}, {inSocketMessage, `{"type":"connection_ack","payload":{"connectionTimeoutMs":300000}}`, ""},
			{inAnswered, "200", `{"data":{"syncNotes":{"items":[{"id":"n3","_version":1}],"nextToken":null,"startedAt":1}}}`},
		} {
			f.Add(seed.operation, []byte(seed.args), byte(event.kind), byte(1), []byte(event.a), []byte(event.b))
		}
	}
	f.Fuzz(func(t *testing.T, operation string, args []byte, k, effect byte, a, b []byte) {
		c := started()
		c.call(77, operation, string(args))
		if kind(k) >= inAnswered && kind(k) <= inResumed && kind(k) != inClose {
			c.say(kind(k), uint64(effect), a, b, b)
		}
		if n := c.answers(77); n > 1 || n == 0 && contains(answeredAtOnce, operation) {
			t.Fatalf("%s %s was answered %d times", operation, args, n)
		}
		c.call(78, "query", `{"model":"Note"}`)
		if n := c.answers(78); n != 1 && operation != "stop" && operation != "clear" && operation != "configure" {
			t.Fatalf("after %s %s a query is answered %d times", operation, args, n)
		}
	})
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

// TestMomentsAreRead: the clock and the number that come with a packet are the engine's.
func TestMomentsAreRead(t *testing.T) {
	c := newConversation()
	bytes := binary.LittleEndian.AppendUint64(nil, 0x4278BCFE56800000) // 1700000000000 as f64
	bytes = binary.LittleEndian.AppendUint64(bytes, 7)
	c.host.receive(appendPacket(bytes, inTick, 0))
	if got, want := c.host.queue[0].at, (engine.Moment{NowMs: 1_700_000_000_000, Random: 7}); got != want {
		t.Errorf("the moment is %+v, want %+v", got, want)
	}
}
