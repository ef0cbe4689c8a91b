package server_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
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

// unreadable tables fail to read rows while told to.
type unreadable struct {
	server.Tables
	failing bool
}

func (u *unreadable) View(f func(server.Reader) error) error {
	return u.Tables.View(func(r server.Reader) error {
		if u.failing {
			r = unreadableRows{r}
		}
		return f(r)
	})
}

type unreadableRows struct{ server.Reader }

func (unreadableRows) RowsByIndex(string, server.KeyRange, server.Span) ([]server.Row, bool, error) {
	return nil, false, errors.New("the disk could not be read")
}

// TestUnreadableEventsComeLater: what could not be read for an event is not published with it left out, nor
// counted as published.
func TestUnreadableEventsComeLater(t *testing.T) {
	s := newStage(t, []grant{{"public", nil}})
	tables := &unreadable{Tables: s.tables}
	s.tables = tables
	s.start()
	s.hub = s.server.NewHub()
	s.realtime("connect", "c")
	s.realtime("start", "c s subscription { onUpdateShelf { id items { items { id } } } }")
	s.write(`updateShelf(input: {id: "shelf", _version: 0})`)
	s.write(`updateShelf(input: {id: "shelf", _version: 0})`)
	tables.failing = true
	for range 2 {
		if out, err := s.hub.Publish(); err == nil || len(out) > 0 {
			t.Fatalf("published %d events: %v", len(out), err)
		}
	}
	tables.failing = false
	out, err := s.hub.Publish()
	if err != nil || len(out) != 2 || !strings.Contains(string(out[1].Text), `"hers"`) {
		t.Errorf("%d events: %v", len(out), err)
	}
}
