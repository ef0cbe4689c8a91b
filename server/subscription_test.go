package server

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
)

func startFrame(id, document string) []byte {
	var b, data record.Builder
	data.SetString("query", document)
	b.SetString("id", id)
	b.SetString("type", "start")
	b.Set("payload", record.TrustString(`{"data":`+record.OfString(data.Object().String()).String()+
		`,"extensions":{"authorization":{"x-api-key":"k"}}}`))
	return b.Object().Text()
}

func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestSubscriptionsKeepLittle: a subscription keeps what its events are made of. The frame and document
// that it came in, here with a quarter of a megabyte of comment, are gone.
func TestSubscriptionsKeepLittle(t *testing.T) {
	h, conn := listeningHub(t)
	before := heap()
	for i := range SubscriptionsPerSocketMax {
		document := fmt.Sprintf("subscription s%d { onCreateTodo { id title } } #%s", i, strings.Repeat("c", 240_000))
		if out := h.Receive(conn, 1, startFrame(fmt.Sprint(i), document)); !strings.Contains(string(out[0].Text), "start_ack") {
			t.Fatalf("%s", out[0].Text)
		}
	}
	h.server.documents = newDocuments(h.server.api.types, nil) // its texts have a bound of their own
	if kept, most := int(heap()-before), SubscriptionsPerSocketMax*5_000; kept > most {
		t.Errorf("%d subscriptions keep %d bytes, want at most %d", SubscriptionsPerSocketMax, kept, most)
	}
	runtime.KeepAlive(h)
}

// TestSubscriptionBytes: what subscriptions keep is bounded by socket, and by user over all of his.
func TestSubscriptionBytes(t *testing.T) {
	h, conn := listeningHub(t)
	frame := startFrame("s", "subscription { onCreateTodo { id } }")
	m := h.server.Read(Call{NowMs: 1}, frame, true)
	if m.start == nil || m.start.bytes < subscriptionBytes {
		t.Fatalf("%+v", m.errs)
	}
	c, other := h.connections[conn], h.connections[h.Connect(Credentials{APIKey: "k"}, nil)]
	for user, holder := range map[string]*connected{"": c, "a": other} {
		c.user, other.user = user, user
		for _, over := range []int{0, 1} {
			holder.bytes = SubscriptionBytesMax - m.start.bytes + over
			out := h.Receive(conn, 1, frame)
			if got := strings.Contains(string(out[0].Text), "start_ack"); got != (over == 0) {
				t.Errorf("user %q, %d bytes too many: %s", user, over, out[0].Text)
			}
			h.Receive(conn, 1, []byte(`{"id":"s","type":"stop"}`))
			holder.bytes = 0
		}
	}
}

func listeningHub(t *testing.T) (*Hub, ConnID) {
	t.Helper()
	models, err := sdl.Parse("schema.graphql", []byte(measuredModels))
	if err != nil {
		t.Fatal(err)
	}
	api, err := buildAPI(models)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{schema: models, api: api, documents: newDocuments(api.types, nil), indexes: indexesOf(models)}
	s = assemble(s, Options{APIKeys: []string{"k"}, Sandbox: true}, emptyTables{})
	h := s.NewHub()
	conn := h.Connect(Credentials{APIKey: "k"}, nil)
	h.Receive(conn, 1, []byte(`{"type":"connection_init"}`))
	return h, conn
}

// emptyTables have nothing but a position.
type emptyTables struct{ Tables }

func (t emptyTables) View(f func(Reader) error) error { return f(emptyReader{}) }

type emptyReader struct{ Reader }

func (emptyReader) Position() (Position, error) { return Position{}, nil }
