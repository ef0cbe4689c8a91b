package server_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

const (
	plainTodo   = "a: Int b: String"
	indexedTodo = `a: Int @index(name: "byA", queryField: "todosByA", sortKeyFields: ["b"]) b: String`
)

type todo struct {
	id, b string
	a     int
}

// writeTodos puts rows into tables without a server: as they were before there was an index.
func writeTodos(t *testing.T, tables server.Tables, todos []todo) {
	t.Helper()
	for chunk := range slices.Chunk(todos, 1_000) {
		if err := tables.Update(func(w server.Writer) error {
			for _, one := range chunk {
				p, err := w.Advance(1)
				if err != nil {
					return err
				}
				text := fmt.Sprintf(`{"id":%q,"a":%d,"b":%q,"_version":1,"_lastChangedAt":1,"_deleted":null}`, one.id, one.a, one.b)
				if err := w.Write(server.Entry{Operation: conflict.Create, Row: server.Row{Model: "Todo", ID: one.id, Version: 1,
					ChangedAt: p.ChangedAt, Seq: p.Seq, Text: text}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// byA lists the ids of an index query, page by page.
func byA(t *testing.T, core *server.Server, a, limit int, direction string) []string {
	t.Helper()
	ids, token := []string{}, "null"
	for {
		answer := ask(core, fmt.Sprintf(`{ todosByA(a: %d, limit: %d, sortDirection: %s, nextToken: %s) { items { id } nextToken } }`, a, limit, direction, token))
		response, err := appsync.ParseResponse(answer.Body)
		if err != nil || len(response.Errors) > 0 {
			t.Fatalf("%d %s (%v)", answer.Status, answer.Body, answer.Failure)
		}
		page := response.Data.Field("todosByA")
		page.Field("items").Elements(func(_ int, item record.Value) bool {
			ids = append(ids, item.Field("id").Str())
			return true
		})
		if page.Field("nextToken").IsNull() {
			return ids
		}
		token = page.Field("nextToken").String()
	}
}

// TestIndexInSteps: while an index is filled step by step, servers write that know it and that do not, and
// one is started anew; at each point it answers as a look at every row does, forwards, backwards and page
// by page.
func TestIndexInSteps(t *testing.T) {
	for _, back := range backEnds {
		t.Run(back.name, func(t *testing.T) {
			tables := back.open(t)
			defer tables.Close()
			random := rand.New(rand.NewPCG(3, 4))
			all := map[string]todo{}
			var list []todo
			for i := range server.StepsAtStart*server.StepRows + 3*server.StepRows {
				one := todo{id: fmt.Sprintf("t%04d", i), a: random.IntN(9), b: fmt.Sprint(random.IntN(3))}
				all[one.id], list = one, append(list, one)
			}
			writeTodos(t, tables, list)
			old := todoServer(t, tables, plainTodo)
			now := todoServer(t, tables, indexedTodo)
			if left, err := now.Unfinished(); len(left) != 1 || err != nil {
				t.Fatalf("%v (%v): all rows were indexed at the start, this tests nothing", left, err)
			}
			check := func() {
				t.Helper()
				a := random.IntN(9)
				var want []string
				for _, one := range slices.SortedFunc(mapValues(all), func(x, y todo) int { return cmp.Or(cmp.Compare(x.b, y.b), cmp.Compare(x.id, y.id)) }) {
					if one.a == a {
						want = append(want, one.id)
					}
				}
				limit := 150 + random.IntN(100)
				if got := byA(t, now, a, limit, "ASC"); !slices.Equal(got, want) {
					t.Fatalf("forwards in pages of %d: %d rows, want %d\n%v\n%v", limit, len(got), len(want), got, want)
				}
				slices.Reverse(want)
				if got := byA(t, now, a, limit, "DESC"); !slices.Equal(got, want) {
					t.Fatalf("backwards in pages of %d: %d rows, want %d", limit, len(got), len(want))
				}
			}
			for again, step := true, 0; again; step++ {
				for range 20 {
					one := all[fmt.Sprintf("t%04d", random.IntN(len(list)))]
					one.a, one.b = random.IntN(9), fmt.Sprint(random.IntN(3))
					core := []*server.Server{old, now}[random.IntN(2)]
					row, _ := rowOf(t, tables, one.id)
					answer := ask(core, fmt.Sprintf(`mutation { updateTodo(input: {id: %q, a: %d, b: %q, _version: %d}) { id } }`, one.id, one.a, one.b, row.Version))
					if strings.Contains(string(answer.Body), "errors") {
						t.Fatal(string(answer.Body))
					}
					all[one.id] = one
				}
				check()
				if step == 1 {
					now = todoServer(t, tables, indexedTodo)
					check()
				}
				var err error
				if again, err = now.Maintain(1); err != nil {
					t.Fatal(err)
				}
			}
			check()
			if left, err := now.Unfinished(); len(left) != 0 || err != nil {
				t.Errorf("left: %v (%v)", left, err)
			}
		})
	}
}

func mapValues(all map[string]todo) func(yield func(todo) bool) {
	return func(yield func(todo) bool) {
		for _, one := range all {
			if !yield(one) {
				return
			}
		}
	}
}

func rowOf(t *testing.T, tables server.Tables, id string) (row server.Row, ok bool) {
	t.Helper()
	if err := tables.View(func(r server.Reader) (err error) {
		row, ok, err = r.Row("Todo", id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return row, ok
}

// TestIndexTooFarBehind: what would read more rows than a request may is refused at once, until the index
// is far enough; a base run by the same fields reads all rows meanwhile.
func TestIndexTooFarBehind(t *testing.T) {
	tables := memory.New(0)
	var list []todo
	for i := range server.RowsPerRequestMax + server.StepsAtStart*server.StepRows + server.StepRows {
		list = append(list, todo{id: fmt.Sprintf("t%05d", i), a: i % 1_000, b: "b"})
	}
	writeTodos(t, tables, list)
	core := todoServer(t, tables, indexedTodo)
	const query = `{ todosByA(a: 7, limit: 2) { items { id } } }`
	if got := string(ask(core, query).Body); !strings.Contains(got, "An index of Todo by a is being built") {
		t.Fatal(got)
	}
	if got := string(ask(core, `{ syncTodos(filter: {and: [{a: {eq: 7}}]}, limit: 1000) { items { id } } }`).Body); !strings.Contains(got, `"t00007"`) {
		t.Error(got)
	}
	for range 2 {
		if _, err := core.Maintain(1); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(ask(core, query).Body); got != `{"data":{"todosByA":{"items":[{"id":"t00007"},{"id":"t01007"}]}}}` {
		t.Error(got)
	}
}

// TestUnfilledIndexIsHeavy: what an index does not answer yet waits in the line of heavy requests.
func TestUnfilledIndexIsHeavy(t *testing.T) {
	tables := numberedTodos(t, server.StepsAtStart*server.StepRows+1)
	heavy := false
	core := todoServer(t, queued{tables, &heavy}, indexedTodo)
	for _, want := range []bool{true, false} {
		heavy = false
		answer := core.Handle(server.Call{NowMs: 1, Context: t.Context()}, server.Credentials{APIKey: "k"}, []byte(`{"query":"{ todosByA(a: 7) { items { id } } }"}`))
		if !strings.Contains(string(answer.Body), `"t00007"`) || heavy != want {
			t.Errorf("%s, heavy %v, want %v", answer.Body, heavy, want)
		}
		steps(t, core, 10)
	}
}

// TestStepsAreBounded: no step of Maintain reads or writes more rows than it may, nor does the start.
func TestStepsAreBounded(t *testing.T) {
	tables := &countingTables{Tables: memory.New(0)}
	var list []todo
	for i := range 2 * server.StepsAtStart * server.StepRows {
		list = append(list, todo{id: fmt.Sprintf("t%05d", i), a: 1, b: "b"})
	}
	writeTodos(t, tables.Tables, list)
	core := todoServer(t, tables, indexedTodo)
	if most := server.StepsAtStart * server.StepRows; tables.keys != most || tables.longest != server.StepRows {
		t.Errorf("at the start %d rows got keys, %d in a transaction; want %d and %d", tables.keys, tables.longest, most, server.StepRows)
	}
	for again := true; again; {
		again, _ = core.Maintain(1)
	}
	if tables.keys != len(list) || tables.longest != server.StepRows {
		t.Errorf("%d rows got keys, %d in a transaction", tables.keys, tables.longest)
	}
	core = todoServer(t, tables, plainTodo)
	for again := true; again; {
		again, _ = core.Maintain(1)
	}
	if tables.dropped != len(list) || tables.longest != server.StepRows || len(namesOf(t, tables)) > 0 {
		t.Errorf("%d keys dropped, %d in a transaction, left %v", tables.dropped, tables.longest, namesOf(t, tables))
	}
}

// countingTables count the keys that transactions put and drop.
type countingTables struct {
	server.Tables
	keys, dropped, longest int
}

func (c *countingTables) Update(f func(server.Writer) error) error {
	return c.Tables.Update(func(w server.Writer) error {
		counting := &countingKeys{Writer: w, tables: c}
		err := f(counting)
		c.longest = max(c.longest, counting.here)
		return err
	})
}

type countingKeys struct {
	server.Writer
	tables *countingTables
	here   int
}

func (w *countingKeys) PutKeys(model, id string, changes []server.KeyChange) error {
	w.tables.keys++
	w.here++
	return w.Writer.PutKeys(model, id, changes)
}

func (w *countingKeys) DropKeys(index server.IndexName, most int) (int, error) {
	n, err := w.Writer.DropKeys(index, most)
	w.tables.dropped += n
	w.here += n
	return n, err
}
