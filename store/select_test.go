package store

import (
	"strconv"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/query/querytest"
	"github.com/deltabase/deltabase/record"
)

// history changes an image at random: rows of every sort come, change, go and come again,
// mutations are put on top of them, replaced, parked and ended.
type history struct {
	*querytest.Source
	image *Image
	queue []string
	count int
	asked struct{ some, all, none int } // queries by what they found
}

func (h *history) step() {
	c := &Commit{Seq: h.image.Seq() + 1}
	for range 1 + h.IntN(4) {
		id := "r" + strconv.Itoa(h.IntN(60))
		key := Key{"Film", id}
		switch pick := h.IntN(20); {
		case pick < 8:
			order := h.image.OrderOf(key)
			if order == 0 || h.IntN(10) == 0 {
				order = uint64(1 + h.IntN(1000))
			}
			c.Rows = append(c.Rows, Row{"Film", id, order, record.TrustString(h.Record(id))})
		case pick < 9:
			c.Rows = append(c.Rows, Row{"Film", id, h.image.OrderOf(key), record.TrustString(`{"id":"` + id + `","_deleted":true}`)})
		case pick < 10:
			c.Removed = append(c.Removed, key)
		case pick < 14:
			h.count++
			m := Mutation{ID: "m" + strconv.Itoa(h.count), Key: key, Operation: conflict.Update, State: Pending,
				Order: uint64(h.count), Fields: record.TrustString(h.Record(id))}
			switch h.IntN(5) {
			case 0:
				m.Operation = conflict.Create
			case 1:
				m.Operation, m.Fields = conflict.Delete, record.TrustString(`{"id":"`+id+`"}`)
			case 2:
				m.State = Parked
			}
			h.queue = append(h.queue, m.ID)
			c.Mutations = append(c.Mutations, m)
		case len(h.queue) > 0:
			n := h.IntN(len(h.queue))
			c.Ended = append(c.Ended, Ended{MutationID: h.queue[n], End: Acknowledged})
			h.queue = append(h.queue[:n:n], h.queue[n+1:]...)
		}
	}
	if h.IntN(200) == 0 {
		c.Clear = true
	}
	h.image.Apply(c)
	if h.IntN(200) == 0 {
		h.image.SetSchema(h.image.schema)
	}
}

func (h *history) query(t *testing.T) {
	m := h.image.schema.Model("Film")
	filter, ordering := h.Filter(), "null"
	if h.IntN(4) == 0 {
		filter = "null"
	}
	if h.IntN(2) == 0 {
		ordering = h.Ordering()
	}
	p, err := query.Parse(m, record.TrustString(filter), query.Client)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	keys, err := query.ParseSort(m, record.TrustString(ordering))
	if err != nil {
		t.Fatalf("%s: %v", ordering, err)
	}
	page := query.Page{}
	if h.IntN(2) == 0 {
		page = query.Page{Limit: 1 + h.IntN(20), Number: h.IntN(3)}
	}
	got := h.image.Select("Film", p, keys, page)
	var want []record.Value
	if table := h.image.tables["Film"]; table != nil {
		want = h.image.scan(table, p, keys, page)
	}
	if len(got) != len(want) {
		t.Fatalf("%s sorted by %s, page %+v: %d records, a scan finds %d", filter, ordering, page, len(got), len(want))
	}
	switch all := len(h.image.Select("Film", nil, nil, query.Page{})); len(got) {
	case 0:
		h.asked.none++
	case all:
		h.asked.all++
	default:
		h.asked.some++
	}
	for n := range got {
		if got[n].String() != want[n].String() {
			t.Fatalf("%s sorted by %s, page %+v: record %d is\n%s, a scan finds\n%s", filter, ordering, page, n, got[n], want[n])
		}
	}
}

// aggregate compares what columns say of groups with what records say.
func (h *history) aggregate(t *testing.T) {
	m := h.image.schema.Model("Film")
	filter := h.Filter()
	if h.IntN(4) == 0 {
		filter = "null"
	}
	p, err := query.Parse(m, record.TrustString(filter), query.Client)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	text := `{"min":["title","rating"],"max":["due"],"sum":["year"],"avg":["rating"]`
	switch h.IntN(4) {
	case 0:
		text += `,"by":["genre"]`
	case 1:
		text += `,"by":["seen","year"]`
	case 2:
		text = `{"by":["title"]`
	}
	asked, err := query.ParseAggregation(m, record.TrustString(text+"}"))
	if err != nil {
		t.Fatal(err)
	}
	want := query.NewGroups(asked)
	if table := h.image.tables["Film"]; table != nil {
		for _, row := range h.image.scan(table, p, nil, query.Page{}) {
			var cells []query.Cell
			for _, name := range asked.Fields() {
				cells = append(cells, query.CellOf(row.Field(name)))
			}
			want.Add(cells)
		}
	}
	if got := h.image.Aggregate("Film", p, asked).List().String(); got != want.List().String() {
		t.Fatalf("%s of %s:\n%s, records say\n%s", text, filter, got, want.List())
	}
}

// TestSelectAgreesWithScan holds columns and indexes, kept up through changes of every kind,
// against reading every record.
func TestSelectAgreesWithScan(t *testing.T) {
	queries := 100_000
	if testing.Short() {
		queries = 2_000
	}
	for seed := range uint64(20) {
		h := &history{Source: querytest.New(seed), image: NewImage(querytest.Schema())}
		for n := range queries / 20 {
			if n%4 == 0 {
				h.step()
			}
			h.query(t)
			if n%8 == 0 {
				h.aggregate(t)
			}
		}
		if a := h.asked; a.some < queries/20/20 || a.none < queries/20/20 {
			t.Errorf("seed %d: the queries tell little: %+v", seed, a)
		}
	}
}
