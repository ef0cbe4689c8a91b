package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// listening are the operations that rules of the property are made with: who may listen may sync.
var listening = [][]string{nil, {"read"}, {"listen", "sync"}, {"sync"}, {"create", "update"}, {"read", "delete"}, {"get", "list"}}

// TestDeliveredIsPullable: with random rules, users and changes, whoever hears of a row can pull
// that row, that version, right then.
func TestDeliveredIsPullable(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	const worlds, changes = 400, 15
	kinds := []string{"public", "private", "owner", "owners", "static", "dynamic", "team"}
	random := rand.New(rand.NewPCG(11, 4))
	delivered := 0
	for range worlds {
		var rules []grant
		for range 1 + random.IntN(3) {
			rules = append(rules, grant{kinds[random.IntN(len(kinds))], listening[random.IntN(len(listening))]})
		}
		s := newStage(t, rules)
		listeners := s.listeners(random, rules)
		for n := range changes {
			s.change(random, n)
			delivered += s.checkDelivery(rules, listeners)
		}
		if t.Failed() {
			return
		}
	}
	if delivered < 5_000 {
		t.Errorf("only %d events were delivered; the property was hardly tried", delivered)
	}
}

var names, teams = []string{"alice", "bob", "carol"}, []string{"g1", "g2", "Admin"}

// listeners subscribe to everything, some with a filter.
func (s *stage) listeners(random *rand.Rand, rules []grant) map[string]person {
	all := map[string]person{}
	for n, name := range append([]string{"key"}, names...) {
		p := person{name: name}
		if name != "key" {
			for _, team := range teams {
				if random.IntN(3) == 0 {
					p.groups = append(p.groups, team)
				}
			}
		}
		connection := fmt.Sprint("c", n)
		all[connection] = p
		s.token = p.credentials(s.now).Authorization
		s.realtime("connect", connection)
		for _, kind := range []string{"Create", "Update", "Delete"} {
			filter := ""
			if random.IntN(3) == 0 {
				filter = `(filter: {title: {ne: "u"}})`
			}
			s.realtime("start", fmt.Sprintf("%s %s subscription { on%sItem%s { id _version title owner owners groups team } }", connection, kind, kind, filter))
		}
	}
	return all
}

// change creates, changes, gives away or deletes one of a few rows.
func (s *stage) change(random *rand.Rand, n int) {
	id := fmt.Sprint("r", random.IntN(4))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	fields := fmt.Sprintf(`id: %q, title: %q`, id, pick([]string{"t", "u"}))
	if random.IntN(2) == 0 {
		fields += fmt.Sprintf(", owner: %q", pick([]string{"alice", "s-bob", "s-carol::carol"}))
	}
	if random.IntN(2) == 0 {
		fields += fmt.Sprintf(", owners: [%q, %q], groups: [%q]", pick(names), pick(names), pick(teams))
	}
	if random.IntN(2) == 0 {
		fields += fmt.Sprintf(", team: %q", pick(teams))
	}
	ask := func(field string) record.Value {
		body := `{"query":` + string(record.AppendString(nil, field)) + `}`
		return record.TrustString(string(s.free.Handle(s.call(), server.Credentials{APIKey: "da2-test"}, []byte(body)).Body)).Field("data")
	}
	row := ask(`{ getItem(id: "` + id + `") { _version _deleted } }`).Field("getItem")
	switch {
	case row.IsNull():
		s.write("createItem(input: {" + fields + "})")
	case row.Field("_deleted").Bool():
		s.pass(60 * 24 * time.Hour)
		s.command("purge")
		s.write("createItem(input: {" + fields + "})")
	case n%5 == 4:
		s.write(fmt.Sprintf(`deleteItem(input: {id: %q, _version: %s})`, id, row.Field("_version")))
	default:
		s.write(fmt.Sprintf(`updateItem(input: {%s, _version: %s})`, fields, row.Field("_version")))
	}
}

// checkDelivery compares what comes with what each listener pulls, all fields of it.
func (s *stage) checkDelivery(rules []grant, listeners map[string]person) int {
	out, err := s.hub.Publish()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range out {
		p := listeners[s.names[o.Conn]]
		var row record.Value
		record.TrustString(string(o.Text)).Field("payload").Field("data").Fields(func(_ string, v record.Value) bool {
			row = v
			return false
		})
		pulled := s.says(p, "{ syncItems(limit: 1000) { items { id _version title owner owners groups team } } }")
		var rows []string
		pulled.value.Field("items").Elements(func(_ int, v record.Value) bool {
			rows = append(rows, v.String())
			return true
		})
		if row.IsNull() || !slices.Contains(rows, row.String()) {
			s.t.Errorf("rules %v, %q %v heard %s and pulls %s", rules, p.name, p.groups, row, strings.Join(rows, "\n"))
		}
	}
	return len(out)
}
