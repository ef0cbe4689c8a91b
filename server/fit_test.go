package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// made tries to make a server.
func made(t *testing.T, tables server.Tables, fields string, options server.Options) (*server.Server, error) {
	t.Helper()
	s, err := sdl.Parse("s.graphql", []byte("type Todo @model { id: ID! "+fields+" }"))
	if err != nil {
		t.Fatal(err)
	}
	options.APIKeys, options.Sandbox = []string{"k"}, true
	return server.New(s, options, tables)
}

func converting(t *testing.T, tables server.Tables, fields string) *server.Server {
	t.Helper()
	core, err := made(t, tables, fields, server.Options{Convert: true})
	if err != nil {
		t.Fatal(err)
	}
	return core
}

func steps(t *testing.T, core *server.Server, most int) (n int) {
	t.Helper()
	for again := true; again && n < most; n++ {
		var err error
		if again, err = core.Maintain(5_000); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (one todo) numbered(i int) todo {
	one.id, one.a, one.b = fmt.Sprintf("t%05d", i), i, fmt.Sprint(i)
	return one
}

func numberedTodos(t *testing.T, count int) server.Tables {
	t.Helper()
	tables := memory.New(0)
	var list []todo
	for i := range count {
		list = append(list, todo{}.numbered(i))
	}
	writeTodos(t, tables, list)
	return tables
}

func expect(t *testing.T, core *server.Server, document, want string) {
	t.Helper()
	if answer := ask(core, document); answer.Status != 200 || string(answer.Body) != want {
		t.Errorf("%s: %d %s (%v), want %s", document, answer.Status, answer.Body, answer.Failure, want)
	}
}

// TestConvertedThereAndBack: a schema is taken back while the rows are being rewritten.
func TestConvertedThereAndBack(t *testing.T) {
	for _, begun := range []int{0, 1} {
		count := 2*server.RewriteRows + 1
		tables := numberedTodos(t, count)
		todoServer(t, tables, "a: Int b: String")
		steps(t, converting(t, tables, "a: String b: Int"), begun)
		core := converting(t, tables, "a: Int b: String")
		read := func() {
			t.Helper()
			for _, i := range []int{0, count - 1} { // one was rewritten, the other was not
				expect(t, core, fmt.Sprintf(`{ getTodo(id: "t%05d") { a b } }`, i), fmt.Sprintf(`{"data":{"getTodo":{"a":%d,"b":"%d"}}}`, i, i))
			}
		}
		read()
		steps(t, core, 100)
		read()
		for id, want := range map[string]int64{"t00000": 1 + 2*int64(begun), fmt.Sprintf("t%05d", count-1): 1} { // there and back, or never
			if row, _ := rowOf(t, tables, id); row.Version != want || !strings.Contains(row.Text, `"a":`+fmt.Sprint(todoNumber(id))) {
				t.Errorf("%s has version %d, want %d: %s", id, row.Version, want, row.Text)
			}
		}
	}
}

func todoNumber(id string) (n int) {
	fmt.Sscanf(id, "t%d", &n)
	return n
}

// TestServerOfAnotherSchema: a server goes on beside one whose schema only adds to its own; where rows are
// no longer its own, it neither writes nor reads them.
func TestServerOfAnotherSchema(t *testing.T) {
	for _, one := range []struct {
		now           string
		writes, reads bool
	}{
		{"a: Int b: String c: Int", true, true},
		{"a: Float b: String", false, false},
		{"b: String", true, true},
		{"a: Int b: String!", false, true},
		{"a: String b: String", false, false},
		{"a: Int b: [String]", false, false},
		{`a: Int b: String d: Int! @default(value: "1")`, false, true},
	} {
		tables := memory.New(0)
		old := todoServer(t, tables, "a: Int b: String")
		expect(t, old, `mutation { createTodo(input: {id: "x", a: 1, b: "1"}) { id } }`, `{"data":{"createTodo":{"id":"x"}}}`)
		converting(t, tables, one.now)
		for document, may := range map[string]bool{
			`mutation { createTodo(input: {id: "y", a: 2}) { a } }`: one.writes,
			`{ syncTodos { items { a b } } }`:                       one.reads,
			`{ listTodos { items { a b } } }`:                       one.reads,
		} {
			answer := ask(old, document)
			var typed *server.StorageError
			if refused := answer.Status == 503 && errors.As(answer.Failure, &typed) && typed.Code == server.StorageOtherSchema; refused == may {
				t.Errorf("%s, %s: %d %s", one.now, document, answer.Status, answer.Body)
			}
		}
		if answer := ask(old, `{ getTodo(id: "x") { a } }`); (answer.Status == 200) != one.reads {
			t.Errorf("%s: %d %s", one.now, answer.Status, answer.Body)
		}
		if err := old.Ready(); (err == nil) != one.writes {
			t.Errorf("%s: ready: %v", one.now, err)
		}
	}
}

// TestListenersOfAnotherSchema: who listens to a server whose schema the rows have left is sent away, and hears
// no value of another type.
func TestListenersOfAnotherSchema(t *testing.T) {
	for now, stays := range map[string]bool{"a: Int b: String c: Int": true, "a: String b: String": false} {
		tables := numberedTodos(t, 1)
		old := todoServer(t, tables, "a: Int b: String")
		hub := old.NewHub()
		conn := hub.Connect(server.Credentials{APIKey: "k"}, nil)
		hub.Receive(conn, 1, []byte(`{"type":"connection_init"}`))
		start := `{"type":"start","id":"s","payload":{"data":"{\"query\":\"subscription { onUpdateTodo { id a } }\"}","extensions":{"authorization":{"x-api-key":"k"}}}}`
		if out := hub.Receive(conn, 1, []byte(start)); len(out) != 1 || !strings.Contains(string(out[0].Text), "start_ack") {
			t.Fatalf("%+v", out)
		}
		core := converting(t, tables, now)
		steps(t, core, 10)
		if stays {
			expect(t, core, `mutation { updateTodo(input: {id: "t00000", a: 5, _version: 1}) { a } }`, `{"data":{"updateTodo":{"a":5}}}`)
		}
		out, err := hub.Publish()
		if err != nil || len(out) != 1 || (out[0].Close == 0) != stays || strings.Contains(string(out[0].Text), `"data":{`) == false && stays {
			t.Errorf("%s: %+v (%v)", now, out, err)
		}
	}
}

// TestWhatWasBeforeAConversion: results of mutations and log entries from before it are read as the schema
// has them, too, until they have expired, and the conversion with them.
func TestWhatWasBeforeAConversion(t *testing.T) {
	tables := memory.New(0)
	old := todoServer(t, tables, "a: Int b: String")
	const create = `{"query":"mutation { createTodo(input: {id: \"x\", a: %s}) { a } }","extensions":{"deltabase":{"mutations":{"createTodo":"m1"}}}}`
	old.Handle(server.Call{NowMs: 1_000}, server.Credentials{APIKey: "k"}, fmt.Appendf(nil, create, "5"))
	expect(t, old, `mutation { updateTodo(input: {id: "x", a: 6, _version: 1}) { a } }`, `{"data":{"updateTodo":{"a":6}}}`)
	core := converting(t, tables, "a: String b: String")
	read := func() {
		t.Helper()
		answer := core.Handle(server.Call{NowMs: 2_000}, server.Credentials{APIKey: "k"}, fmt.Appendf(nil, create, `\"5\"`))
		if !strings.Contains(string(answer.Body), `{"a":"5"}`) || !strings.Contains(string(answer.Body), "repeated") {
			t.Errorf("a repeat: %s", answer.Body)
		}
		if got := string(ask(core, `{ syncTodos(lastSync: 1) { items { a _version } } }`).Body); !strings.HasPrefix(got, `{"data":{"syncTodos":{"items":[{"a":"5","_version":1},{"a":"6","_version":2}`) {
			t.Errorf("the log: %s", got)
		}
	}
	read()
	steps(t, core, 10)
	read()
	note := func() (text string) {
		tables.View(func(r server.Reader) (err error) {
			text, err = r.Note("schema")
			return err
		})
		return text
	}
	for _, ranMs := range []int64{0, server.TombstoneTTLMinutesDefault * 60_000} {
		if !strings.Contains(note(), `"seq":2`) {
			t.Errorf("after %d ms the conversion is forgotten: %s", ranMs, note())
		}
		core.Purge(3_000+ranMs, ranMs)
	}
	if strings.Contains(note(), `"seq"`) {
		t.Errorf("the conversion stays: %s", note())
	}
	expect(t, core, `{ getTodo(id: "x") { a _version } }`, `{"data":{"getTodo":{"a":"6","_version":3}}}`)
}

// TestSurveyBeforeTheFirstStart: a database of an earlier release is looked at whole once; what a survey has
// looked at is not looked at again.
func TestSurveyBeforeTheFirstStart(t *testing.T) {
	s, err := sdl.Parse("s.graphql", []byte("type Todo @model { id: ID! a: Int b: String }"))
	if err != nil {
		t.Fatal(err)
	}
	for _, surveyed := range []bool{false, true} {
		looking := &lookingTables{Tables: numberedTodos(t, 50)}
		if surveyed {
			if found, err := server.Survey(s, looking); len(found) > 0 || err != nil {
				t.Fatalf("%v (%v)", found, err)
			}
			looking.rows = 0
			writeTodos(t, looking.Tables, []todo{todo{}.numbered(99)})
		}
		todoServer(t, looking, "a: Int b: String")
		if few := looking.rows < 5; few != surveyed {
			t.Errorf("surveyed: %v, %d rows looked at", surveyed, looking.rows)
		}
		if _, err := made(t, looking, "b: Int", server.Options{}); err == nil || !strings.Contains(err.Error(), "can be converted") {
			t.Errorf("surveyed: %v: the form is not recorded: %v", surveyed, err)
		}
	}
}

// TestTooManyToLookAt: where the record does not decide, few rows are looked at at the start. Of more the
// schema is refused until somebody has looked.
func TestTooManyToLookAt(t *testing.T) {
	for _, count := range []int{server.LookRowsMax, server.LookRowsMax + 1} {
		tables := numberedTodos(t, count)
		todoServer(t, tables, "a: Int b: String") // a database without a record is looked at whole
		_, err := made(t, tables, "a: Int b: String!", server.Options{})
		var misfit *server.SchemaError
		if count <= server.LookRowsMax {
			if err != nil {
				t.Errorf("%d rows: %v", count, err)
			}
			continue
		}
		if !errors.As(err, &misfit) || !strings.Contains(err.Error(), "Todo.b: String -> String!: 10001 rows have to be looked at") {
			t.Fatalf("%d rows: %v", count, err)
		}
		s, _ := sdl.Parse("s.graphql", []byte("type Todo @model { id: ID! a: Int b: String! }"))
		if _, err := server.Survey(s, tables); err != nil {
			t.Fatal(err)
		}
		looking := &lookingTables{Tables: tables}
		if _, err := made(t, looking, "a: Int b: String!", server.Options{}); err != nil || looking.rows > 10 {
			t.Errorf("after a survey: %v, %d rows looked at", err, looking.rows)
		}
	}
}

// lookingTables count the rows that are read by id.
type lookingTables struct {
	server.Tables
	rows int
}

func (l *lookingTables) View(f func(server.Reader) error) error {
	return l.Tables.View(func(r server.Reader) error { return f(lookingReader{r, l}) })
}

type lookingReader struct {
	server.Reader
	tables *lookingTables
}

func (r lookingReader) RowsByKey(model, after string, span server.Span) ([]server.Row, bool, error) {
	rows, more, err := r.Reader.RowsByKey(model, after, span)
	r.tables.rows += len(rows)
	return rows, more, err
}

// TestUnfitRowsAreNotForgotten: rows that were served as they are do not fit at the next start either.
func TestUnfitRowsAreNotForgotten(t *testing.T) {
	tables := memory.New(0)
	expect(t, todoServer(t, tables, "a: Float b: String"), `mutation { createTodo(input: {id: "x", a: 1.5}) { id } }`, `{"data":{"createTodo":{"id":"x"}}}`)
	for range 2 {
		core, err := made(t, tables, "a: Int b: String", server.Options{Unfit: true})
		if err != nil {
			t.Fatal(err)
		}
		ask(core, `mutation { createTodo(input: {id: "y", a: 2}) { id } }`)
		expect(t, core, `{ getTodo(id: "y") { a } }`, `{"data":{"getTodo":{"a":2}}}`)
		if _, err := made(t, tables, "a: Int b: String", server.Options{}); err == nil || !strings.Contains(err.Error(), `can't be converted, such as "x"`) {
			t.Errorf("the next start: %v", err)
		}
	}
	if _, err := made(t, tables, "a: Float b: String", server.Options{}); err != nil {
		t.Errorf("with the schema of before: %v", err)
	}
}

// TestRewritesAreBounded: one step rewrites so many rows and no more, each as a change of its own.
func TestRewritesAreBounded(t *testing.T) {
	tables := numberedTodos(t, 2*server.RewriteRows+1)
	todoServer(t, tables, "a: Int b: String")
	core := converting(t, tables, "a: String b: String")
	seq := func() (p server.Position) {
		tables.View(func(r server.Reader) (err error) {
			p, err = r.Position()
			return err
		})
		return p
	}
	for _, want := range []int64{server.RewriteRows, server.RewriteRows, 1, 0} {
		before := seq().Seq
		if _, err := core.Maintain(9_000); err != nil {
			t.Fatal(err)
		}
		if got := seq().Seq - before; got != want || seq().ChangedAt != 9_000 {
			t.Errorf("%d rows were rewritten at %d, want %d", got, seq().ChangedAt, want)
		}
	}
}

// TestConversionsMax: a database keeps so many conversions at once.
func TestConversionsMax(t *testing.T) {
	tables := numberedTodos(t, 1)
	todoServer(t, tables, "a: Int b: String")
	for n := 1; n <= server.ConversionsMax; n++ {
		if _, err := made(t, tables, []string{"a: Int b: String", "a: String b: String"}[n%2], server.Options{Convert: true}); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
	}
	if _, err := made(t, tables, "a: String b: String", server.Options{Convert: true}); err == nil || !strings.Contains(err.Error(), "100 times") {
		t.Errorf("one more: %v", err)
	}
}

// TestTakeOverTries: others write so fast that the rows never hold still.
func TestTakeOverTries(t *testing.T) {
	for _, busy := range []int{server.TakeOverTries - 1, server.TakeOverTries} {
		tables := numberedTodos(t, 1)
		todoServer(t, tables, "a: Int b: String")
		_, err := made(t, &restlessTables{Tables: tables, t: t, left: busy}, "a: String b: String", server.Options{Convert: true})
		var typed *server.StorageError
		if gaveUp := errors.As(err, &typed) && typed.Code == server.StorageBusy; gaveUp != (busy == server.TakeOverTries) {
			t.Errorf("disturbed %d times: %v", busy, err)
		}
	}
}

// restlessTables get more rows than a transaction looks at before each of the next updates.
type restlessTables struct {
	server.Tables
	t    *testing.T
	left int
}

func (r *restlessTables) Update(f func(server.Writer) error) error {
	if r.left > 0 {
		r.left--
		var list []todo
		for i := range server.StepRows + 1 {
			list = append(list, todo{}.numbered(i))
		}
		writeTodos(r.t, r.Tables, list)
	}
	return r.Tables.Update(f)
}
