package sync_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/query/querytest"
	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// kin is an engine with a random family of models and a server, and what its page knows: live queries and
// observers whose filters lead to other models.
type kin struct {
	*querytest.Source
	h      *host
	family *querytest.Family
	asked  []kinQuery
	count  int
}

type kinQuery struct {
	model  int
	filter string
	list   liveList
	heard  []string // what its observer was told since the last look
}

const everything = 1000 // the number of the observer that hears of every change

func newKin(t *testing.T, seed uint64) *kin {
	s := querytest.New(seed)
	k := &kin{Source: s, family: s.Family()}
	k.h = newHost(k.family.Schema)
	pending = nil
	if err := commands["up"](k.h, []string{"A"}); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		n := k.IntN(len(k.family.Models))
		k.asked = append(k.asked, kinQuery{model: n, filter: k.RelatedFilter(k.family, n)})
		q := engine.Observe{Call: k.h.newCall("A"), Observer: uint32(i), Model: k.family.Models[n].Name,
			Filter: record.TrustString(k.asked[i].filter), Live: true}
		if i%2 == 1 {
			q.Sort = record.TrustString(`[{"field":"n","direction":"DESCENDING"}]`)
		}
		k.h.step(q)
		q.Call, q.Observer, q.Live = k.h.newCall("A"), uint32(100+i), false
		k.h.step(q)
	}
	k.h.step(engine.Observe{Call: k.h.newCall("A"), Observer: everything})
	settle()
	return k
}

// work is a save or a delete here, or somebody else's change at the server.
func (k *kin) work(t *testing.T) {
	n := k.IntN(len(k.family.Models))
	model := k.family.Schema.Model(k.family.Models[n].Name)
	text := k.Member(k.family, n)
	row := record.TrustString(text)
	id, err := model.RecordID(row)
	if err != nil {
		t.Fatal(err)
	}
	k.count++
	mutation := fmt.Sprint("m", k.count)
	_, there := k.h.server.rows[model.Name+"/"+id]
	switch pick := k.IntN(10); {
	case pick < 4:
		k.h.step(engine.Save{Call: k.h.newCall("A"), MutationID: mutation, Model: model.Name, Record: row, Fields: row})
	case pick < 5:
		k.h.step(engine.Delete{Call: k.h.newCall("A"), MutationID: mutation, Model: model.Name, ID: id})
	default:
		operation := "create"
		if there {
			operation = "update"
		}
		k.h.others([]string{model.Name, operation, text}) // a change of a deleted record is refused
	}
}

// rows are all records of all models, by a query.
func (k *kin) rows(t *testing.T) (all [][]querytest.Fields) {
	for n := range k.family.Models {
		var rows []querytest.Fields
		for _, row := range elements(k.query(n, "null", 0)) {
			rows = append(rows, decodedMember(t, row))
		}
		all = append(all, rows)
	}
	return all
}

func (k *kin) query(n int, filter string, i int) record.Value {
	q := engine.Query{Call: k.h.newCall("A"), Model: k.family.Models[n].Name, Filter: record.TrustString(filter)}
	if i%2 == 1 {
		q.Sort = record.TrustString(`[{"field":"n","direction":"DESCENDING"}]`)
	}
	k.h.step(q)
	return k.h.replies[len(k.h.replies)-1]
}

func decodedMember(t *testing.T, row record.Value) (fields querytest.Fields) {
	if err := json.Unmarshal(row.Text(), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

// listen takes what was told, and returns the changes of everything, and in how many commits.
func (k *kin) listen(t *testing.T) (changes []record.Value, commits int) {
	for _, note := range k.h.notes {
		body := record.Trust(note.Body)
		switch i := int(note.Observer); {
		case i == everything:
			changes = append(changes, elements(body.Field("changes"))...)
			commits++
		case i >= 100:
			for _, change := range elements(body.Field("changes")) {
				k.asked[i-100].heard = append(k.asked[i-100].heard, change.String())
			}
		default:
			k.asked[i].list = k.asked[i].list.apply(t, body)
		}
	}
	k.h.notes = nil
	return changes, commits
}

// TestRelatedLive holds queries, live queries and observers whose filters lead to other models against a reference
// that looks at every record, over random histories of saves, deletes and other clients' changes.
func TestRelatedLive(t *testing.T) {
	told := 0
	histories := max(1, *seeds/4)
	for seed := uint64(1); seed <= uint64(histories); seed++ {
		k := newKin(t, seed)
		k.listen(t)
		for step := range 60 {
			for range 1 + 20*(k.IntN(8)/7) { // now and then in one transaction more than are looked for one by one
				k.work(t)
			}
			settle()
			if k.IntN(3) == 0 {
				k.h.serve()
			}
			changes, commits := k.listen(t)
			all := k.rows(t)
			for i := range k.asked {
				q := &k.asked[i]
				var want []record.Value
				for _, row := range elements(k.query(q.model, "null", i)) {
					if k.family.Holds(q.model, q.filter, decodedMember(t, row), all) {
						want = append(want, row)
					}
				}
				place := fmt.Sprintf("seed %d step %d: %s of %s", seed, step, q.filter, k.family.Models[q.model].Name)
				if got := k.query(q.model, q.filter, i).String(); got != textOf(want) {
					t.Fatalf("%s:\nfound %s\nby the reference %s", place, got, textOf(want))
				}
				if textOf(q.list) != textOf(want) {
					t.Fatalf("%s:\nthe page has %s\nby the reference %s", place, textOf(q.list), textOf(want))
				}
				var heard []string
				for _, change := range changes {
					if change.Field("model").Str() == k.family.Models[q.model].Name &&
						k.family.Holds(q.model, q.filter, decodedMember(t, change.Field("element")), all) {
						heard = append(heard, change.String())
					}
				}
				if commits == 1 && strings.Join(q.heard, "\n") != strings.Join(heard, "\n") {
					t.Fatalf("%s:\nthe observer heard %s\nby the reference %s", place, q.heard, heard)
				}
				told += len(heard)
				q.heard = nil
			}
		}
	}
	if told < histories {
		t.Errorf("%d changes were told: the histories tell little", told)
	}
}

// TestRelatedMany: a change leads to as many records as are followed one by one, and to one more.
func TestRelatedMany(t *testing.T) {
	for _, n := range []int{1, 200, 201} {
		h := newHost(loadSchema(t))
		told(t, h, "up A", `others Blog create {"id":"b1","title":"x"}`, `others Blog create {"id":"b2","title":"y"}`)
		for i := range n {
			told(t, h, fmt.Sprintf(`others Post create {"id":"p%d","title":"t%d","blogID":"b1"}`, i, i%7))
		}
		told(t, h, "serve")
		filter := record.TrustString(`{"blog":{"title":{"eq":"x"}}}`)
		sort := record.TrustString(`[{"field":"title","direction":"ASCENDING"}]`)
		h.notes = nil
		h.step(engine.Observe{Call: h.newCall("A"), Observer: 1, Model: "Post", Filter: filter, Sort: sort, Live: true})
		var list liveList
		for _, change := range []string{"", `{"id":"b2","title":"x"}`, `{"id":"b1","title":"z"}`, `{"id":"b1","title":"x"}`} {
			if change != "" {
				told(t, h, "save A m"+fmt.Sprint(len(h.replies))+" Blog "+change)
			}
			for _, note := range h.notes {
				list = list.apply(t, record.Trust(note.Body))
			}
			if idle := len(h.notes) > 0 && strings.Contains(change, "b2"); idle {
				t.Errorf("%d posts: the page is told of a blog without posts", n)
			}
			h.notes = nil
			h.step(engine.Query{Call: h.newCall("A"), Model: "Post", Filter: filter, Sort: sort})
			if want := h.replies[len(h.replies)-1]; textOf(list) != want.String() {
				t.Fatalf("%d posts, after %s: the page has %d, a query finds %d", n, change, len(list), want.Len())
			}
		}
		if len(list) != n {
			t.Errorf("%d of %d posts are there at the end", len(list), n)
		}
	}
}
