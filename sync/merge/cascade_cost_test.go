package merge

import (
	"fmt"
	"os"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// everything is a scope that nothing leaves.
type everything struct{}

func (everything) LeftScope(store.Key, conflict.Stamp)    {}
func (everything) IsLate(store.Key, conflict.Stamp) bool  { return false }
func (everything) HasLeft(store.Key, conflict.Stamp) bool { return false }
func (everything) ChangedOtherwise(store.Key)             {}

// world is a database of a schema of the stories.
func world(t *testing.T, file string) (*schema.Schema, *Merger, *door.Door) {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	setup := &config.Setup{}
	setup.UseSchema(s, s.Hash())
	setup.Use(&config.Config{})
	d := door.New(nil, nil)
	d.Open(store.NewImage(s))
	return s, New(d, setup, everything{}), d
}

// TestCascadeCost: what the server deletes costs as much as it owns, not as much as others own.
func TestCascadeCost(t *testing.T) {
	s, merger, d := world(t, "schema.json")
	const blogs, posts = 2_000, 10 // of each blog
	commit := &store.Commit{Seq: 1}
	row := func(model, id, rest string) store.Row {
		return store.Row{Model: model, ID: id, Order: uint64(len(commit.Rows) + 1),
			Base: record.TrustString(`{"id":"` + id + `",` + rest + `"_version":1,"_lastChangedAt":5,"_deleted":null}`)}
	}
	for blog := range blogs {
		commit.Rows = append(commit.Rows, row("Blog", fmt.Sprint("b", blog), ""))
		for post := range posts {
			id := fmt.Sprint("p", blog, ".", post)
			commit.Rows = append(commit.Rows, row("Post", id, fmt.Sprintf(`"blogID":"b%d",`, blog)))
		}
	}
	d.Stage.Add(commit)
	d.Stage.Take()
	d.Stage.Done()
	tombstone := func(blog, version, changedAt int) *Merge {
		g := merger.Begin("apply messages", Message)
		g.Row(s.Model("Blog"), store.Key{Model: "Blog", ID: fmt.Sprint("b", blog)}, record.TrustString(fmt.Sprintf(
			`{"id":"b%d","_version":%d,"_lastChangedAt":%d,"_deleted":true}`, blog, version, changedAt)))
		g.cascade()
		return g
	}
	first := tombstone(7, 2, 10)
	// Of those it owns, once in the image, once more in this merge.
	if hidden := len(first.commit.Rows) - 1; hidden != posts || first.looked > 2*posts {
		t.Errorf("the first delete hid %d records and looked at %d", hidden, first.looked)
	}
	d.Stage.Add(first.commit)
	if second := tombstone(8, 2, 11); second.looked > 2*posts+len(first.commit.Rows) {
		t.Errorf("with %d rows staged, a delete looked at %d", len(first.commit.Rows), second.looked)
	}
	d.Stage.Take()
	d.Stage.Done()
	again := tombstone(7, 3, 20) // what is hidden already is found as well
	if hidden := len(again.commit.Rows) - 1; hidden != posts || again.looked > 2*posts {
		t.Errorf("the same owner deleted later hid %d records and looked at %d", hidden, again.looked)
	}
	all := merger.Begin("apply page", Page(false, false, nil))
	for blog := range blogs {
		all.Row(s.Model("Blog"), store.Key{Model: "Blog", ID: fmt.Sprint("b", blog)}, record.TrustString(fmt.Sprintf(
			`{"id":"b%d","_version":4,"_lastChangedAt":30,"_deleted":true}`, blog)))
	}
	all.cascade()
	if hidden := len(all.commit.Rows) - blogs; hidden != blogs*posts || all.looked > 2*blogs*posts {
		t.Errorf("a page of all owners hid %d records and looked at %d", hidden, all.looked)
	}
	d.Stage.Add(all.commit)
	d.Stage.Take()
	d.Stage.Done()
	back := merger.Begin("apply messages", Message)
	back.Row(s.Model("Blog"), store.Key{Model: "Blog", ID: "b9"},
		record.TrustString(`{"id":"b9","_version":5,"_lastChangedAt":40,"_deleted":null}`))
	back.cascade()
	if shown := len(back.commit.Rows) - 1; shown != posts || back.looked > 2*posts {
		t.Errorf("an owner that is there again brought back %d records and looked at %d", shown, back.looked)
	}
}

// TestNamedCost: of owners whose rows name what they own, a row costs as much as name that row.
func TestNamedCost(t *testing.T) {
	s, merger, d := world(t, "owners.json")
	const teams, rows = 2_000, 50
	commit := &store.Commit{Seq: 1}
	for n := range teams {
		commit.Rows = append(commit.Rows, store.Row{Model: "Team", ID: fmt.Sprint("t", n), Base: record.TrustString(fmt.Sprintf(
			`{"id":"t%d","teamProjectId":"p%d","_version":2,"_lastChangedAt":10,"_deleted":true}`, n, n))})
	}
	d.Stage.Add(commit)
	d.Stage.Take()
	d.Stage.Done()
	page := merger.Begin("apply page", Page(true, true, nil))
	merge := func(g *Merge, model, id, rest string, version, changedAt int, deleted bool) {
		g.Row(s.Model(model), store.Key{Model: model, ID: id}, record.TrustString(fmt.Sprintf(
			`{"id":%q,%s"_version":%d,"_lastChangedAt":%d,"_deleted":%v}`, id, rest, version, changedAt, deleted)))
	}
	for n := range rows {
		merge(page, "Project", fmt.Sprint("p", n), "", 1, 5, false)
	}
	page.cascade()
	for _, row := range page.commit.Rows {
		if !conflict.StampOf(row.Base).Deleted {
			t.Errorf("%s is shown", row.ID)
		}
	}
	if len(page.commit.Rows) != rows || page.looked > 3*rows {
		t.Errorf("%d rows came, %d were looked at", len(page.commit.Rows), page.looked)
	}
	d.Stage.Add(page.commit)

	// Owners and what they own, in turns: some deleted in this merge, some there again.
	turns := merger.Begin("apply messages", Message)
	for n := range rows {
		team := fmt.Sprint("t", n)
		named := fmt.Sprintf(`"teamProjectId":"p%d",`, n)
		if n%2 == 0 {
			merge(turns, "Team", team, named, 3, 20, false)
		} else {
			merge(turns, "Team", team, named, 3, 20, true)
		}
		merge(turns, "Project", fmt.Sprint("p", n), "", 2, 15, false)
	}
	turns.cascade()
	for n := range rows {
		key := store.Key{Model: "Project", ID: fmt.Sprint("p", n)}
		if hidden := conflict.StampOf(turns.Base(key)).Deleted; hidden != (n%2 == 1) {
			t.Errorf("%s: hidden %v", key.ID, hidden)
		}
	}
	if turns.looked > 8*rows {
		t.Errorf("%d rows in turns looked at %d", 2*rows, turns.looked)
	}

	// An owner that is removed shows what it named.
	turns = merger.Begin("apply messages", Message)
	turns.Remove(store.Key{Model: "Team", ID: "t7"})
	turns.cascade()
	if row := turns.Base(store.Key{Model: "Project", ID: "p7"}); conflict.StampOf(row).Deleted || turns.looked > 8 {
		t.Errorf("%s, %d rows were looked at", row, turns.looked)
	}
}
