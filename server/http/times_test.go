package http_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// TestTimes holds each time limit just before and just after, on a virtual clock.
func TestTimes(t *testing.T) {
	for _, one := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"KeepAliveIntervalMsDefault", keepAliveTime},
		{"InitWithin", initTime},
		{"SocketLifetime", lifetimeOfSockets},
		{"WriteWithin", writeTime},
		{"DeadlineMsDefault", deadlineTime},
		{"DecisionDeadlineMs", decisionTime},
		{"LookEvery", lookTime},
		{"PurgeEvery", purgeTime},
	} {
		t.Run(one.name, func(t *testing.T) { synctest.Test(t, one.test) })
	}
}

func keepAliveTime(t *testing.T) {
	w := newBubble(t, serverhttp.Options{}, server.Options{}).connect()
	last := time.Now()
	for n := range 3 {
		f, err := w.hear()
		gap := time.Since(last)
		if err != nil || f.Type != appsync.TypeKeepAlive || n > 0 && gap != server.KeepAliveIntervalMsDefault*time.Millisecond {
			t.Errorf("%s (%v) after %v", f.Text(), err, gap)
		}
		last = time.Now()
	}
}

func initTime(t *testing.T) {
	b := newBubble(t, serverhttp.Options{}, server.Options{})
	quick, slow := b.dial(), b.dial()
	began := time.Now()
	time.AfterFunc(serverhttp.InitWithin-time.Millisecond, func() { quick.say(`{"type":"connection_init"}`) })
	_, err := slow.hear()
	if websocket.CloseStatus(err) != websocket.StatusPolicyViolation || time.Since(began) != serverhttp.InitWithin {
		t.Errorf("silence ended with %v after %v", err, time.Since(began))
	}
	if f, err := quick.hear(); err != nil || f.Type != appsync.TypeConnectionAck {
		t.Errorf("connection_init in time: %s (%v)", f.Text(), err)
	}
}

func lifetimeOfSockets(t *testing.T) {
	w := newBubble(t, serverhttp.Options{}, server.Options{}).connect()
	began := time.Now()
	var err error
	for err == nil {
		_, err = w.hear()
	}
	if websocket.CloseStatus(err) != server.CloseShutdown || time.Since(began) != serverhttp.SocketLifetime {
		t.Errorf("closed with %v after %v", err, time.Since(began))
	}
}

// writeTime: a pipe holds nothing, so a message waits until it is read.
func writeTime(t *testing.T) {
	b := newBubble(t, serverhttp.Options{}, server.Options{})
	for reads, heard := range map[time.Duration]bool{serverhttp.WriteWithin - time.Millisecond: true, serverhttp.WriteWithin + time.Millisecond: false} {
		w := b.connect()
		w.say(`{"id":"s","type":"stop"}`)
		synctest.Wait()
		time.Sleep(reads)
		f, err := w.hear()
		if heard != (err == nil && f.Type == appsync.TypeComplete) {
			t.Errorf("read after %v: %s (%v)", reads, f.Text(), err)
		}
		w.conn.CloseNow()
	}
}

// deadlineTime: the first of two updates takes that long; the second is not begun when the time is over,
// and then the first goes again with it.
func deadlineTime(t *testing.T) {
	for took, second := range map[time.Duration]bool{server.DeadlineMsDefault * time.Millisecond: true, (server.DeadlineMsDefault + 1) * time.Millisecond: false} {
		asked := false
		b := newBubble(t, serverhttp.Options{}, server.Options{Disturb: func() bool {
			if !asked {
				asked = true
				time.Sleep(took)
			}
			return false
		}})
		b.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
		answer := b.post(`mutation { x: updateTodo(input: {id: "a", title: "u", _version: 0}) { id } y: updateTodo(input: {id: "a", title: "v", _version: 0}) { id } }`)
		if second != strings.Contains(answer, `"x":{"id":"a"},"y":{"id":"a"}`) || second == strings.Contains(answer, "ServiceUnavailableException") {
			t.Errorf("after %v: %s", took, answer)
		}
	}
}

// patient functions never answer.
type patient struct{}

func (patient) Call(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func decisionTime(t *testing.T) {
	b := newBubble(t, serverhttp.Options{Functions: patient{}}, server.Options{Strategy: conflict.Lambda, Function: "merge"})
	b.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	began := time.Now()
	answer := b.post(`mutation { updateTodo(input: {id: "a", title: "u", _version: 7}) { id } }`)
	if took := time.Since(began); took != server.DecisionDeadlineMs*time.Millisecond || !strings.Contains(answer, "ConflictError") && !strings.Contains(answer, "ExecutionTimeout") {
		t.Errorf("after %v: %s", took, answer)
	}
}

// lookTime: what another process commits is heard within a look.
func lookTime(t *testing.T) {
	b := newBubble(t, serverhttp.Options{}, server.Options{})
	w := b.connect()
	w.start("s", `subscription { onCreateTodo { id } }`)
	if f, err := w.hear(); err != nil || f.Type != appsync.TypeStartAck {
		t.Fatalf("%s (%v)", f.Text(), err)
	}
	began := time.Now()
	err := b.tables.Update(func(tx server.Writer) error {
		p, err := tx.Advance(began.UnixMilli())
		if err != nil {
			return err
		}
		return tx.Write(server.Entry{Operation: conflict.Create, Row: server.Row{Model: "Todo", ID: "a", Version: 1,
			ChangedAt: p.ChangedAt, Seq: p.Seq, Text: `{"id":"a","_version":1}`}})
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.hear()
	if err != nil || f.Type != appsync.TypeData || time.Since(began) > serverhttp.LookEvery {
		t.Errorf("%s (%v) after %v", f.Text(), err, time.Since(began))
	}
}

func purgeTime(t *testing.T) {
	b := newBubble(t, serverhttp.Options{}, server.Options{DeltaTTLMinutes: 1})
	b.post(`mutation { createTodo(input: {id: "a", title: "t"}) { id } }`)
	logged := func() (n int) {
		b.tables.View(func(r server.Reader) error {
			entries, _, err := r.Log(0, server.Span{Rows: 10, Bytes: 1 << 20})
			n = len(entries)
			return err
		})
		return n
	}
	kept := (1 + server.DeltaSlackMinutes) * time.Minute
	if time.Sleep(kept); logged() != 1 {
		t.Error("the log was purged too early")
	}
	if time.Sleep(serverhttp.PurgeEvery + time.Millisecond); logged() != 0 {
		t.Error("the log was not purged in time")
	}
}
