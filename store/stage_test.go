package store

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

func TestStageReadsWhatIsStagedAndTheImageDoesNot(t *testing.T) {
	i := NewImage(blog(t))
	i.Apply(&Commit{Seq: 1, Rows: []Row{post(t, "1", 1, "5", "1"), post(t, "2", 2, "6", "1")},
		Meta: []MetaEntry{{"cursor/Post", value(t, "1")}, {"db/kind", value(t, "2")}}})
	s := NewStage(i)
	if s.Len() != 0 || s.Take() != nil || s.Done() != nil {
		t.Error("an empty stage is not empty")
	}
	s.Add(&Commit{Name: "a", Removed: []Key{{"Post", "1"}}, Meta: []MetaEntry{{"cursor/Post", record.Value{}}}})
	if _, ok := s.Row(Key{"Post", "1"}); ok || s.View(Key{"Post", "1"}).Exists() || s.Meta("cursor/Post").Exists() {
		t.Error("what is staged for removal is still there")
	}
	if _, ok := i.Row(Key{"Post", "1"}); !ok || !i.Meta("cursor/Post").Exists() {
		t.Error("the image changed before its time")
	}
	held := Mutation{ID: "m", Key: Key{"Post", "2"}, Operation: conflict.Update, State: Held, Fields: value(t, `{"rating":9}`)}
	s.Add(&Commit{Name: "b", Mutations: []Mutation{held}})
	parked := held
	parked.State = Parked
	s.Add(&Commit{Name: "clear", Clear: true, Mutations: []Mutation{parked}})
	if s.Len() != 3 || len(s.Mutations(held.Key)) != 0 || len(s.Outbox()) != 0 || s.View(held.Key).Exists() ||
		s.Meta("cursor/Post").Exists() || !s.Meta("db/kind").Exists() {
		t.Error("a staged clear does not hide what it clears")
	}
	if m, ok := s.Mutation("m"); !ok || m.State != Parked || m.Order != 3 {
		t.Errorf("the parked mutation is %+v", m)
	}
	s.Drop()
	if s.Len() != 0 || !s.View(Key{"Post", "1"}).Exists() || len(s.Outbox()) != 0 || s.Meta("cursor/Post").Text()[0] != '1' {
		t.Error("a dropped stage leaves something behind")
	}
}

func TestStageAppliesOneByOneWithoutTake(t *testing.T) {
	s := NewStage(NewImage(blog(t)))
	for n := 1; n <= 3; n++ {
		s.Add(&Commit{Seq: uint64(n), Rows: []Row{post(t, strconv.Itoa(n), 0, "1", "1")}})
	}
	for n := 1; n <= 3; n++ {
		if changes := s.Done(); len(changes) != 1 || changes[0].Order != uint64(n) || s.image.Seq() != uint64(n) {
			t.Errorf("commit %d gave %+v", n, changes)
		}
	}
	if s.Order() != 3 || s.OrderOf(Key{"Post", "2"}) != 2 || s.OrderOf(Key{"Post", "9"}) != 0 {
		t.Errorf("orders: %d %d", s.Order(), s.OrderOf(Key{"Post", "2"}))
	}
}

func TestTakeLeavesLaterCommitsForTheNextGroup(t *testing.T) {
	s := NewStage(NewImage(blog(t)))
	s.Add(&Commit{Name: "a", Rows: []Row{post(t, "1", 0, "1", "1")}})
	first := s.Take()
	s.Add(&Commit{Name: "b", Rows: []Row{post(t, "1", 0, "2", "2")}})
	s.Add(&Commit{Name: "c", Rows: []Row{post(t, "2", 0, "2", "2")}})
	if first.Name != "a" || first.Seq != 1 || s.Take() != nil {
		t.Errorf("the first group is %q with sequence %d", first.Name, first.Seq)
	}
	if changes := s.Done(); len(changes) != 1 || string(changes[0].After.Field("rating").Text()) != "1" {
		t.Errorf("the first group changed %+v", changes)
	}
	if !s.View(Key{"Post", "2"}).Exists() {
		t.Error("what was staged meanwhile is forgotten")
	}
	if second := s.Take(); second.Name != "b, c" || second.Seq != 2 || len(s.Done()) != 2 {
		t.Errorf("the second group is %q", second.Name)
	}
}

func TestMergeIsTheSameAsBoth(t *testing.T) {
	var empty Commit
	if !empty.Empty() || (&Commit{Clear: true}).Empty() || (&Commit{Ended: []Ended{{}}}).Empty() {
		t.Error("Empty is wrong")
	}
	c := &Commit{Seq: 4, Name: "a", Rows: []Row{post(t, "1", 1, "1", "1"), post(t, "1", 1, "2", "2")},
		Removed: []Key{{"Post", "9"}}, Meta: []MetaEntry{{"x", value(t, "1")}, {"db/y", value(t, "1")}}}
	c.Merge(&Commit{Seq: 5, Name: "b", Strict: true, Removed: []Key{{"Post", "1"}, {"Post", "9"}},
		Rows: []Row{post(t, "9", 2, "1", "1")}, Meta: []MetaEntry{{"x", value(t, "2")}}})
	if c.Seq != 4 || c.Name != "a, b" || !c.Strict || len(c.Rows) != 1 || c.Rows[0].ID != "9" ||
		len(c.Removed) != 1 || c.Removed[0].ID != "1" || len(c.Meta) != 2 || c.Meta[0].Value.Text()[0] != '2' || c.OrderMax != 2 {
		t.Errorf("%+v", c)
	}
	c.Merge(&Commit{Name: "a", Clear: true})
	if !c.Clear || len(c.Rows) != 0 || len(c.Removed) != 0 || len(c.Meta) != 1 || c.Meta[0].Key != "db/y" || c.Name != "a, b" {
		t.Errorf("%+v", c)
	}
}

func TestManyRecordsComeAndGo(t *testing.T) {
	i := NewImage(blog(t))
	long := strings.Repeat("x", 400)
	live := map[string]string{}
	for round := range 40 {
		c := &Commit{Seq: i.Seq() + 1}
		for n := range 200 {
			id := strconv.Itoa(round*100 + n) // half of them are known
			title := long + strconv.Itoa(round)
			c.Rows = append(c.Rows, Row{Model: "Post", ID: id, Order: uint64(round*100 + n + 1),
				Base: value(t, `{"id":"`+id+`","title":"`+title+`"}`)})
			live[id] = title
		}
		if round > 0 {
			for n := range 90 {
				id := strconv.Itoa((round-1)*100 + n)
				c.Removed = append(c.Removed, Key{"Post", id})
				delete(live, id)
			}
		}
		i.Apply(c)
	}
	count, last := 0, uint64(0)
	i.EachRow("Post", func(row Row) bool {
		count++
		if got := row.Base.Field("title").Str(); got != live[row.ID] || row.Base.Field("id").Str() != row.ID || row.Order <= last {
			t.Fatalf("row %s (order %d after %d) has title %q", row.ID, row.Order, last, got)
		}
		last = row.Order
		return true
	})
	table := i.tables["Post"]
	if count != len(live) || table.used != len(live) {
		t.Errorf("%d rows, want %d", count, len(live))
	}
	if bytes := table.bases.live + table.bases.dead; bytes > 3*count*450+8*slabBytes*2 {
		t.Errorf("%d rows keep %d bytes", count, bytes)
	}
	if len(table.records) > 2*len(live)+400 {
		t.Errorf("%d slots for %d rows: freed slots are not used again", len(table.records), len(live))
	}
	i.EachRow("Post", func(Row) bool { count = -1; return false })
	i.EachRow("Nothing", func(Row) bool { count = 0; return true })
	if count != -1 {
		t.Error("EachRow goes on after false")
	}
}

// TestIDTable: ids come, go and come again, in chains of any length, as in a map.
func TestIDTable(t *testing.T) {
	for _, buckets := range []int{0, 1, 8} {
		var ids idTable
		ids.buckets = make([]int32, buckets)
		ids.used = -1000 * min(buckets, 1) // so many more before it grows: the chains are long
		want := map[string]int32{}
		random := rand.New(rand.NewPCG(1, uint64(buckets)))
		for range 20_000 {
			id := strconv.Itoa(random.IntN(1500))
			slot, known := want[id]
			switch {
			case known && random.IntN(2) == 0:
				ids.release(slot)
				delete(want, id)
			case ids.slot(id) < 0 || known && ids.slot(id) != slot || ids.find(id) != ids.slot(id):
				t.Fatalf("%s has slot %d, want %d", id, ids.slot(id), slot)
			default:
				want[id] = ids.slot(id)
			}
		}
		for n := range 1500 {
			id := strconv.Itoa(n)
			if slot, known := want[id]; known && (ids.find(id) != slot || ids.id(slot) != id) || !known && ids.find(id) >= 0 {
				t.Errorf("%s has slot %d, want %d", id, ids.find(id), slot)
			}
		}
		if len(ids.slots) > 1500 {
			t.Errorf("%d slots for 1,500 ids: freed ones are not used again", len(ids.slots))
		}
	}
}

func TestSetSchemaRebuildsViews(t *testing.T) {
	i := NewImage(nil)
	i.Apply(&Commit{Seq: 1, Mutations: []Mutation{{ID: "m", Key: Key{"Post", "1"}, Operation: conflict.Create,
		State: Pending, Fields: value(t, `{"id":"1"}`), Order: 1}}})
	if view := i.View(Key{"Post", "1"}); view.Len() != 4 {
		t.Errorf("without a schema: %s", view.Text())
	}
	i.SetSchema(blog(t))
	if view := i.View(Key{"Post", "1"}); view.Len() != 7 {
		t.Errorf("with a schema: %s", view.Text())
	}
	i.SetSchema(&schema.Schema{})
	if view := i.View(Key{"Post", "1"}); view.Len() != 4 {
		t.Errorf("with a schema that lost the model: %s", view.Text())
	}
}

func TestFaultIsAnError(t *testing.T) {
	fault := &Fault{Code: CodeQuota, Message: "free some space"}
	if AsFault(nil) != nil || AsFault(fault) != fault || fault.Error() != "quota: free some space" {
		t.Error("AsFault is wrong")
	}
	if other := AsFault(&record.SyntaxError{Reason: "x"}); other.Code != CodeAborted || other.Message == "" {
		t.Errorf("%+v", other)
	}
	if l := DefaultLimits(); l.PageRowsMax != 500 || l.PageBytesMax >= 256_000 {
		t.Errorf("%+v", l)
	}
}
