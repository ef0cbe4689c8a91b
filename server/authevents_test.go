package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// TestEventsAreEachReadersOwn: people who listen with one and the same document hear of the same row, each
// with those nested rows that he may list.
func TestEventsAreEachReadersOwn(t *testing.T) {
	for _, kind := range []string{"public", "private", "owner", "owners", "static", "dynamic", "team"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			rules := []grant{{kind, nil}}
			s := newStage(t, rules)
			s.hub = s.server.NewHub()
			var listening []person
			for _, p := range people {
				if p.name == "" {
					continue
				}
				s.token = ""
				if p.name != "key" {
					s.token = p.credentials(s.now).Authorization
				}
				s.realtime("connect", p.name)
				s.out.Reset()
				s.realtime("start", p.name+" s subscription { onUpdateShelf { id items { items { id } } } }")
				if strings.Contains(s.out.String(), "start_ack") {
					listening = append(listening, p)
				}
			}
			for range 2 { // each is live with what compiled first
				s.write(`updateShelf(input: {id: "shelf", _version: 0})`)
				out, err := s.hub.Publish()
				if err != nil || len(out) != len(listening) {
					t.Fatalf("%d events for %d who listen: %v", len(out), len(listening), err)
				}
				for n, p := range listening {
					var visible []string
					for _, i := range items {
						if _, row := may(rules, p, "list", i); row {
							visible = append(visible, i.id)
						}
					}
					slices.Sort(visible)
					shelf := record.Trust(out[n].Text).Field("payload").Field("data").Field("onUpdateShelf")
					if got, want := rowsOf(shelf.Field("items")), strings.Join(visible, " "); got != want {
						s.wrong(rules, p, "nested in an event", fmt.Sprintf("%q in %s", got, out[n].Text), want)
					}
				}
			}
		})
	}
}
