package store

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/query/querytest"
	"github.com/deltabase/deltabase/record"
)

// limit is one constant of limits.go: its value, written down once more, and whether so many are within it.
type limit struct {
	name   string
	value  int
	within func(t *testing.T, n int) bool
}

var limitTable = []limit{
	{"pageRowsMax", 500, func(_ *testing.T, n int) bool { return len(DefaultLimits().split(make([]pageRow, n))) == 1 }},
	{"pageBytesMax", 180_000, func(_ *testing.T, n int) bool {
		size := (&pageRow{}).size()
		rows := []pageRow{{id: strings.Repeat("a", n-2*size)}, {}}
		return len(DefaultLimits().split(rows)) == 1
	}},
	{"bulkRowsMin", 200, func(_ *testing.T, n int) bool { return !limited().isBulk(&Commit{Rows: make([]Row, n)}) }},
	{"bulkBytesMin", 100_000, func(_ *testing.T, n int) bool {
		return !limited().isBulk(&Commit{Rows: []Row{{Base: ofBytes(n)}}})
	}},
	{"foldLogRowsMin", 200, func(t *testing.T, n int) bool { return restsWith(t, func(d *directory) { d.liveRows = n }) }},
	{"foldLogBytesMin", 256_000, func(t *testing.T, n int) bool { return restsWith(t, func(d *directory) { d.liveBytes = n }) }},
	{"reserveBytes", 1 << 20, func(t *testing.T, n int) bool {
		b := &refusing{Backend: NewEphemeral()}
		if _, err := loaded(t, b).Fold(); err != nil {
			t.Fatal(err)
		}
		return b.reserved >= n
	}},
	{"recentCommitsMax", 1000, func(_ *testing.T, n int) bool {
		r := &recentCommits{}
		for seq := range n {
			r.add(recentCommit{seq: uint64(seq)})
		}
		return len(r.list) == n
	}},
	{"recentKeysMax", 5000, func(_ *testing.T, n int) bool {
		r := &recentCommits{}
		r.add(recentCommit{seq: 1, keys: make([]Key, n-1)})
		r.add(recentCommit{seq: 2, keys: make([]Key, 1)})
		return len(r.list) == 2
	}},
	{"journalEntriesMax", 1000, func(t *testing.T, n int) bool {
		j := &journal{}
		for _, e := range ends(n) {
			j.add(e.ended)
		}
		j.trim()
		kept := j.all()
		if newest := kept[len(kept)-1].MutationID; newest != fmt.Sprint(n-1) {
			t.Errorf("the newest is %s", newest)
		}
		// A chunk goes from the disk only when those after it hold as many.
		var steps ops
		if list := chunks(nil).add(ends(n+99), &steps); (len(list) == 11) != (n == 1000) {
			t.Errorf("%d ends are in %d chunks", n+99, len(list))
		}
		return len(kept) == n && len(j.known) == n
	}},
	{"journalChunkEntries", 100, func(_ *testing.T, n int) bool {
		var steps ops
		return len(chunks(nil).add(ends(n), &steps)) == 1
	}},
	{"salvageValuesMax", 16, func(t *testing.T, n int) bool {
		l := newLoader(limited(), querytest.Schema())
		for page := range n {
			l.readPage(fmt.Sprint("Film/", page), []byte("?"))
		}
		return setAside(l) == n
	}},
	{"salvageBytesMax", 1_000_000, func(t *testing.T, n int) bool {
		l := newLoader(limited(), querytest.Schema())
		l.readPage("Film/1", make([]byte, n-1))
		l.readMeta("cursor/Film", []byte("?"))
		return setAside(l) == 2
	}},
	{"openingRowsMax", 256, func(_ *testing.T, n int) bool {
		d := newDirectory()
		for seq := range n {
			d.addLog(&Commit{Seq: uint64(seq + 1)}, 0, true)
		}
		return len(d.spent()) == 0
	}},
	{"loadAttemptsMax", 3, func(_ *testing.T, n int) bool { // the n-th succeeds
		b := &refusing{Backend: NewEphemeral(), code: CodeFenced, times: n - 1}
		_, _, err := NewDatabase(b, Limits{}).Load(querytest.Schema())
		return err == nil
	}},
	{"roomAttemptsMax", 30, func(t *testing.T, n int) bool { // the n-th succeeds
		b := &refusing{Backend: NewEphemeral()}
		d := loaded(t, b)
		b.code, b.times = CodeQuota, 1+n-1
		return d.Commit(&Commit{Seq: d.seq + 1, Strict: true, Rows: []Row{{Model: "Film", ID: "a", Base: ofBytes(10)}}}) == nil
	}},
	{"slabBytes", 128 << 10, func(_ *testing.T, n int) bool {
		s := &slab{chunks: make([][]byte, 20)}
		return cap(s.chunks[s.add(strings.Repeat("a", n)).chunk]) == 128<<10
	}},
	{"slabFirstBytes", 2 << 10, func(_ *testing.T, n int) bool {
		s := &slab{}
		return cap(s.chunks[s.add(strings.Repeat("a", n)).chunk]) == 2<<10
	}},
	{"columnsMax", 24, func(_ *testing.T, n int) bool {
		c := newColumns(films(10), films(10).view)
		names := make([]string, n)
		for at := range names {
			names[at] = fmt.Sprint("field", at)
		}
		return c.ask(names)
	}},
	{"indexesMax", 8, func(_ *testing.T, n int) bool {
		c := newColumns(films(10), films(10).view)
		for at := range n {
			name := fmt.Sprint("field", at)
			c.ask([]string{name})
			if x := c.index([]query.SortKey{{Field: name}}); len(x.slots) != 10 {
				return false
			}
		}
		return len(c.indexes) == n
	}},
	{"walkSlots", 1024, func(t *testing.T, n int) bool { // looked at together, though the first is enough
		table := films(n)
		p, err := query.Parse(querytest.Schema().Model("Film"), record.TrustString(`{"id":{"ne":"none"}}`), query.Client)
		if err != nil {
			t.Fatal(err)
		}
		table.ask([]string{"id"})
		c := table.columns
		finder := (&relating{table: table}).finder(p, c, n)
		return len(c.walk(c.index(nil).slots, finder, 1)) == n
	}},
	{"lookupValuesMax", 100, func(t *testing.T, n int) bool {
		values := `"0"` + strings.Repeat(`,"0"`, n-1)
		p, err := query.Parse(querytest.Schema().Model("Film"), record.TrustString(`{"id":{"in":[`+values+`]}}`), query.Client)
		if err != nil {
			t.Fatal(err)
		}
		field, _ := (&table{form: form{lookups: []string{"id"}}}).lookup(p)
		return field == "id"
	}},
	{"lookupSharesMin", 32, func(_ *testing.T, n int) bool { // of so many records, one value more than are looked up anyway
		return (&relating{table: &table{used: 101*n - 1}}).lookupsMax() == 100
	}},
}

// TestLimits tries each limit at N and at N+1.
func TestLimits(t *testing.T) {
	for _, one := range limitTable {
		t.Run(one.name, func(t *testing.T) {
			for n, want := range map[int]bool{one.value: true, one.value + 1: false} {
				if got := one.within(t, n); got != want {
					t.Errorf("%d: within %v, want %v", n, got, want)
				}
			}
		})
	}
}

// TestLimitsAreComplete: every constant of limits.go is in the table.
func TestLimitsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, one := range limitTable {
		known[one.name] = true
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "limits.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		group, ok := n.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			return true
		}
		for _, one := range group.Specs {
			for _, name := range one.(*ast.ValueSpec).Names {
				if !known[name.Name] {
					t.Errorf("%s has no entry in the table; say how it is tested at N and N+1", name.Name)
				}
				delete(known, name.Name)
			}
		}
		return false
	})
	for name := range known {
		t.Errorf("%s is in the table and not in limits.go", name)
	}
}

// limited is a database with the limits of the page, of which nothing was read.
func limited() *Database { return NewDatabase(NewEphemeral(), Limits{}) }

func loaded(t *testing.T, b Backend) *Database {
	t.Helper()
	d := NewDatabase(b, Limits{})
	if _, _, err := d.Load(querytest.Schema()); err != nil {
		t.Fatal(err)
	}
	return d
}

func ofBytes(n int) record.Value {
	return record.TrustString(`"` + strings.Repeat("a", n-2) + `"`)
}

// restsWith reports whether a database with one log row leaves that where it is.
func restsWith(t *testing.T, log func(*directory)) bool {
	d := loaded(t, NewEphemeral())
	row := Row{Model: "Film", ID: "a", Base: record.TrustString(`{"id":"a"}`)}
	if err := d.Commit(&Commit{Seq: d.seq + 1, Rows: []Row{row}}); err != nil {
		t.Fatal(err)
	}
	log(d.dir)
	more, err := d.Fold()
	if err != nil {
		t.Fatal(err)
	}
	return !more
}

func ends(n int) []journalEntry {
	list := make([]journalEntry, n)
	for at := range list {
		list[at] = journalEntry{uint64(at + 1), Ended{MutationID: fmt.Sprint(at), End: Acknowledged}}
	}
	return list
}

// setAside counts the corrupt values that a load keeps.
func setAside(l *loader) int {
	kept := 0
	for _, op := range l.opening() {
		if op.Kind == Put && strings.HasPrefix(op.Key, salvagePrefix) {
			kept++
		}
	}
	return kept
}

// films is a table with so many records.
func films(n int) *table {
	image := NewImage(querytest.Schema())
	c := &Commit{Seq: 1}
	for at := range n {
		id := fmt.Sprint("f", at)
		c.Rows = append(c.Rows, Row{Model: "Film", ID: id, Order: uint64(at + 1), Base: record.TrustString(`{"id":"` + id + `"}`)})
	}
	image.Apply(c)
	return image.tables["Film"]
}

// refusing is a backend that refuses its next transactions, and notes how large the reserve is.
type refusing struct {
	Backend
	code     string
	times    int
	reserved int
}

func (r *refusing) Write(b Batch) error {
	if r.times > 0 {
		r.times--
		return &Fault{Code: r.code, Message: "as asked for"}
	}
	return r.Backend.Write(b)
}

func (r *refusing) Reserve(bytes int) error {
	r.reserved = bytes
	return r.Backend.Reserve(bytes)
}
