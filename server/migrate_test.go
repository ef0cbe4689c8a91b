package server_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
)

// migration is one run of TestMigrations.
type migration struct {
	t       *testing.T
	random  *rand.Rand
	tables  server.Tables
	fields  []string // types of f0, f1, ...
	schema  *schema.Schema
	core    *server.Server
	nowMs   int64
	plain   bool // texts are numbers
	index   bool // f0 has one
	ids     []string
	clients []*migrating
}

// migrating is a client that keeps rows: by cursor, or by time.
type migrating struct {
	byCursor bool
	cursor   string
	lastSync int64
	rows     map[string]string
	version  map[string]int64
}

var fieldTypes = []string{"Int", "Float", "String", "ID", "Boolean", "AWSJSON", "AWSTimestamp", "[Int]", "[Float]", "[String!]", "[AWSJSON]",
	`Int! @default(value: "7")`, `String! @default(value: "-")`, "Color"}

// kind is a random type: often one that the others can be brought to.
func (m *migration) kind() string {
	if m.plain && m.random.IntN(3) > 0 {
		return []string{"Int", "String", "Float", "ID"}[m.random.IntN(4)]
	}
	return fieldTypes[m.random.IntN(len(fieldTypes))]
}

func (m *migration) parse() {
	text := "enum Color { red green }\ntype Todo @model { id: ID!"
	m.index = m.random.IntN(4) > 0 && strings.Contains("Int Float String ID", m.fields[0])
	for i, kind := range m.fields {
		text += fmt.Sprintf(" f%d: %s", i, kind)
		if i == 0 && m.index {
			text += ` @index(name: "byF", queryField: "byF")`
		}
	}
	var err error
	if m.schema, err = sdl.Parse("s.graphql", []byte(text+" }")); err != nil {
		m.t.Fatal(err)
	}
}

// start makes a server of the current schema.
func (m *migration) start(convert bool) (err error) {
	core, err := server.New(m.schema, server.Options{APIKeys: []string{"k"}, Sandbox: true, Convert: convert}, m.tables)
	if err == nil {
		m.core = core
	}
	return err
}

func (m *migration) ask(document, extensions string) appsync.Response {
	m.t.Helper()
	m.nowMs += int64(m.random.IntN(500))
	answer := m.core.Handle(server.Call{NowMs: m.nowMs}, server.Credentials{APIKey: "k"},
		fmt.Appendf(nil, `{"query":%q,"extensions":{"deltabase":%s}}`, document, extensions))
	response, err := appsync.ParseResponse(answer.Body)
	if answer.Status != 200 || err != nil {
		m.t.Fatalf("%s: %d %s (%v)", document, answer.Status, answer.Body, answer.Failure)
	}
	return response
}

func (m *migration) value(kind string) string {
	kind, _, _ = strings.Cut(kind, " ")
	if inner, ok := strings.CutPrefix(kind, "["); ok {
		inner = strings.Trim(inner, "!]")
		return "[" + m.value(inner) + ", " + m.value(inner) + "]"
	}
	switch strings.TrimSuffix(kind, "!") {
	case "Int", "AWSTimestamp":
		return fmt.Sprint(m.random.IntN(50))
	case "Float":
		if m.plain {
			return fmt.Sprint(m.random.IntN(50))
		}
		return []string{"1.5", "2", "-0.25", "7", "1e2"}[m.random.IntN(5)]
	case "String":
		if m.plain {
			return fmt.Sprintf(`"%d"`, m.random.IntN(50))
		}
		return []string{`"12"`, `"7"`, `"007"`, `"word"`, `"0.5"`, `"red"`, `"{\"a\":1}"`, `"é"`}[m.random.IntN(2+m.random.IntN(7))]
	case "ID":
		return `"5"`
	case "Boolean":
		return "true"
	case "Color":
		return "green"
	}
	return []string{`"1"`, `"[2]"`, `"\"x\""`}[m.random.IntN(3)]
}

func (m *migration) input() string {
	text := ""
	for i, kind := range m.fields {
		if m.random.IntN(4) > 0 {
			text += fmt.Sprintf(" f%d: %s", i, m.value(kind))
		}
	}
	return text
}

// write is a random change, on the newest version or on an older one.
func (m *migration) write() {
	if len(m.ids) < 5*server.RewriteRows/2 || m.random.IntN(6) == 0 {
		id := fmt.Sprintf("t%03d", m.random.IntN(1_000))
		m.ids = append(m.ids, id)
		m.ask(fmt.Sprintf(`mutation { createTodo(input: {id: %q %s}) { id } }`, id, m.input()), "{}")
		return
	}
	id := m.ids[m.random.IntN(len(m.ids))]
	row, _ := rowOf(m.t, m.tables, id)
	version := max(1, row.Version-int64(m.random.IntN(2)))
	if m.random.IntN(8) == 0 {
		m.ask(fmt.Sprintf(`mutation { deleteTodo(input: {id: %q, _version: %d}) { id } }`, id, version), "{}")
		return
	}
	m.ask(fmt.Sprintf(`mutation { updateTodo(input: {id: %q, _version: %d %s}) { id } }`, id, version, m.input()), "{}")
}

func (m *migration) selection() string {
	text := "id _version _deleted _lastChangedAt"
	for i := range m.fields {
		text += fmt.Sprintf(" f%d", i)
	}
	return text
}

// sync brings a client up to now.
func (m *migration) sync(c *migrating) {
	m.t.Helper()
	token, startedAt := "null", int64(0)
	for first := true; ; first = false {
		extensions := "{}"
		if c.byCursor {
			extensions = fmt.Sprintf(`{"cursors":{"syncTodos":%q}}`, c.cursor)
		}
		response := m.ask(fmt.Sprintf(`{ syncTodos(limit: 9, nextToken: %s, lastSync: %d) { items { %s } nextToken startedAt } }`,
			token, c.lastSync, m.selection()), extensions)
		if len(response.Errors) > 0 {
			m.t.Fatalf("a sync: %v", response.Errors)
		}
		page := response.Data.Field("syncTodos")
		if first {
			startedAt, _ = page.Field("startedAt").Int()
		}
		page.Field("items").Elements(func(_ int, item record.Value) bool {
			id := item.Field("id").Str()
			if version, _ := item.Field("_version").Int(); version > c.version[id] || !item.Field("_deleted").IsNull() {
				c.version[id] = version
				c.rows[id] = item.String()
			}
			return true
		})
		if page.Field("nextToken").IsNull() {
			c.cursor, c.lastSync = response.Cursors["syncTodos"].Cursor, startedAt
			return
		}
		token = page.Field("nextToken").String()
	}
}

func (m *migration) fits(when, text string) {
	m.t.Helper()
	row := record.TrustString(text)
	if err := m.schema.CheckAs(schema.Strict, m.schema.Model("Todo"), row, true); err != nil && !row.Field("_deleted").Bool() {
		m.t.Fatalf("%s: %s: %v", when, text, err)
	}
}

// agree: a client has, once it synced, what one has that syncs for the first time.
func (m *migration) agree(c *migrating, when string) {
	m.t.Helper()
	m.sync(c)
	fresh := m.fresh()
	for id, want := range fresh.rows {
		m.fits(when+", served", want)
		gone := strings.Contains(want, `"_deleted":true`)
		if got := c.rows[id]; got != want && (!gone || !strings.Contains(got, `"_deleted":true`)) {
			m.t.Fatalf("%s (by cursor: %v), %s is\n%s at the client and\n%s at the server", when, c.byCursor, id, got, want)
		}
	}
}

// fresh is a client that syncs for the first time.
func (m *migration) fresh() *migrating {
	m.t.Helper()
	c := &migrating{rows: map[string]string{}, version: map[string]int64{}}
	m.sync(c)
	return c
}

// indexed: what an index finds by a value is what a look at all rows finds.
func (m *migration) indexed(when string) {
	m.t.Helper()
	if !m.index {
		return
	}
	all := m.fresh()
	want := map[string]int{}
	for _, text := range all.rows {
		if value := record.TrustString(text).Field("f0"); !value.IsNull() {
			want[value.String()]++
		}
	}
	for value, count := range want {
		items := m.ask(fmt.Sprintf(`{ byF(f0: %s, limit: 1000) { items { id } } }`, value), "{}").Data.Field("byF").Field("items")
		if items.Len() != count {
			m.t.Fatalf("%s: by the index %d rows have %s, %d have it", when, items.Len(), value, count)
		}
	}
}

// all is what the tables hold.
func (m *migration) all() (text string) {
	if err := m.tables.View(func(r server.Reader) error {
		rows, _, err := r.RowsByKey("Todo", "", server.Span{Rows: 10_000, Bytes: 1 << 30})
		for _, row := range rows {
			text += row.Text + "\n"
		}
		return err
	}); err != nil {
		m.t.Fatal(err)
	}
	return text
}

// change takes a random other schema; false when the rows can't be brought there, and are as they were.
func (m *migration) change() bool {
	m.t.Helper()
	before, schemaBefore, rows := m.fields, m.schema, m.all()
	m.fields = append([]string(nil), m.fields...)
	for range 1 + m.random.IntN(2) {
		m.fields[m.random.IntN(len(m.fields))] = m.kind()
	}
	m.parse()
	if m.random.IntN(2) == 0 { // beside the old server
		if _, err := server.Survey(m.schema, m.tables); err != nil {
			m.t.Fatal(err)
		}
		plain := m.plain
		m.fields, before, m.plain = before, m.fields, m.random.IntN(2) == 0
		for range m.random.IntN(5) {
			m.write()
		}
		m.fields, before, m.plain = before, m.fields, plain
		rows = m.all()
	}
	err := m.start(true)
	var misfit *server.SchemaError
	if errors.As(err, &misfit) {
		m.fields, m.schema = before, schemaBefore
		if m.all() != rows {
			m.t.Fatal("a schema was refused and rows were changed")
		}
		if err := m.start(false); err != nil {
			m.t.Fatalf("the schema that was there does not fit any more: %v", err)
		}
		return false
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return true
}

// TestMigrations: random rows go through random changes of the schema while clients write, the server is
// started anew and steps are done; clients that synced before, during and after end with the server's
// rows, and every stored row fits.
func TestMigrations(t *testing.T) {
	taken := 0
	for _, back := range backEnds {
		rounds := 15
		if back.name != backEnds[0].name {
			rounds = 2
		}
		for seed := range rounds {
			m := &migration{t: t, random: rand.New(rand.NewPCG(uint64(seed), 7)), tables: back.open(t), nowMs: 1_000_000, plain: seed%2 == 0}
			for range 3 {
				m.fields = append(m.fields, m.kind())
			}
			m.parse()
			if err := m.start(false); err != nil {
				t.Fatal(err)
			}
			for range 300 {
				m.write()
			}
			for i := range 4 {
				m.clients = append(m.clients, &migrating{byCursor: i%2 == 0, rows: map[string]string{}, version: map[string]int64{}})
			}
			for range 6 {
				taken += m.round(seed, back.name)
			}
			m.tables.Close()
		}
	}
	if taken < 25 {
		t.Errorf("only %d changes were taken", taken)
	}
}

func (m *migration) round(seed int, name string) (taken int) {
	for _, c := range m.clients[:2] {
		m.sync(c)
	}
	when := fmt.Sprintf("seed %d %s: %v ->", seed, name, m.fields)
	if !m.change() {
		return 0
	}
	when += fmt.Sprint(m.fields)
	for again := true; again; {
		for range m.random.IntN(6) {
			m.write()
		}
		if m.random.IntN(3) == 0 {
			m.sync(m.clients[m.random.IntN(len(m.clients))])
		}
		m.indexed(when)
		for _, text := range m.fresh().rows {
			m.fits(when+", meanwhile", text)
		}
		if m.random.IntN(5) == 0 {
			if err := m.start(false); err != nil {
				m.t.Fatalf("%s: %v", when, err)
			}
		}
		var err error
		if again, err = m.core.Maintain(m.nowMs); err != nil {
			m.t.Fatal(err)
		}
		if again && m.random.IntN(4) == 0 {
			return 1 // another change of the schema comes in its midst
		}
	}
	for _, c := range m.clients {
		m.agree(c, when)
	}
	for text := range strings.Lines(m.all()) {
		m.fits(when+", stored", strings.TrimSpace(text))
	}
	return 1
}
