package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

func smallModels(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "type M%04d @model @auth(rules: [{allow: public}]) { id: ID! title: String }\n", i+1)
	}
	return text.String()
}

// multiplex starts one multiplexed subscription to models from..to and returns the answer.
func (w *world) multiplex(conn, id string, from, to int) appsync.Frame {
	w.t.Helper()
	var models []record.Value
	for i := from; i <= to; i++ {
		name := fmt.Sprintf("M%04d", i)
		models = append(models, appsync.Listening{Model: name, Query: "subscription { onCreate" + name + " { id _version } }",
			Variables: record.TrustString("{}")}.Value())
	}
	frame := appsync.MultiplexFrame(id, models, record.TrustString(`{"x-api-key":"da2-test"}`))
	out := w.hub.Receive(w.conns[conn], w.now.UnixMilli(), frame.Text())
	if len(out) != 1 {
		w.t.Fatalf("%d frames answer the start", len(out))
	}
	ack, err := appsync.ParseFrame(out[0].Text)
	if err != nil || ack.Type != appsync.TypeStartAck || ack.ID != id {
		w.t.Fatalf("%s: %v", out[0].Text, err)
	}
	return ack
}

// TestMultiplexIsAnnounced: connection_ack says that the server takes multiplexed subscriptions.
func TestMultiplexIsAnnounced(t *testing.T) {
	w := newWorld(t, smallModels(1), memory.New(0))
	id := w.hub.Connect(w.credentials(), nil)
	if w.hub.Ready(id) {
		t.Error("ready before it was acknowledged")
	}
	out := w.hub.Receive(id, w.now.UnixMilli(), []byte(`{"type":"connection_init"}`))
	if ack, err := appsync.ParseFrame(out[0].Text); err != nil || !ack.Multiplexes() || !w.hub.Ready(id) {
		t.Errorf("%s: %v", out[0].Text, err)
	}
}

// TestManyModels: every operation of 300 models is heard over one subscription, in the order of the log.
func TestManyModels(t *testing.T) {
	const models = 300
	w := newWorld(t, smallModels(models), memory.New(0))
	w.realtime("connect", "c")
	if refused := w.multiplex("c", "all", 1, models).RefusedIn(); len(refused) > 0 {
		t.Fatal(refused)
	}
	if n := w.hub.Subscriptions(); n != 3*models {
		t.Errorf("%d tails of the log", n)
	}
	for i := models; i > 0; i-- {
		for _, field := range []string{`create%s(input: {id: "a"})`, `update%s(input: {id: "a", title: "t", _version: 1})`, `delete%s(input: {id: "a", _version: 2})`} {
			w.server.Handle(w.call(), server.Credentials{APIKey: "da2-test"},
				[]byte(`{"query":`+string(record.AppendString(nil, "mutation { "+fmt.Sprintf(field, fmt.Sprintf("M%04d", i))+" { id } }"))+`}`))
		}
	}
	out, err := w.hub.Publish()
	if err != nil || len(out) != 3*models {
		t.Fatalf("%d events: %v", len(out), err)
	}
	for n, o := range out {
		verb := []string{"onCreate", "onUpdate", "onDelete"}[n%3]
		want := fmt.Sprintf(`{"id":"all","type":"data","payload":{"data":{"%sM%04d":{"id":"a","_version":%d}}}}`, verb, models-n/3, n%3+1)
		if string(o.Text) != want {
			t.Fatalf("event %d: %s, want %s", n, o.Text, want)
		}
	}
	w.realtime("stop", "c all")
	if n := w.hub.Subscriptions(); n != 0 {
		t.Errorf("%d tails after the stop", n)
	}
	w.multiplex("c", "again", 1, 2)
	w.realtime("disconnect", "c")
	if n := w.hub.Subscriptions(); n != 0 {
		t.Errorf("%d tails after the connection", n)
	}
}

// TestModelsPerSocket: the limit of models counts over all multiplexed subscriptions of a connection, at N
// and N+1.
func TestModelsPerSocket(t *testing.T) {
	w := newWorld(t, smallModels(10), memory.New(0))
	w.realtime("connect", "c")
	for n := range server.ModelsPerSocketMax / 10 {
		if refused := w.multiplex("c", fmt.Sprint(n), 1, 10).RefusedIn(); len(refused) > 0 {
			t.Fatalf("%d: %v", n, refused)
		}
	}
	w.out.Reset()
	w.frame("c", `{"id":"more","type":"start","payload":{"extensions":{"authorization":{"x-api-key":"da2-test"},"deltabase":{"models":[`+
		`{"model":"M0001","query":"subscription { onCreateM0001 { id } }"}]}}}}`)
	if got := w.out.String(); !strings.Contains(got, `"type":"error"`) || !strings.Contains(got, "MaxSubscriptionsReachedError") {
		t.Errorf("one model more: %s", got)
	}
}
