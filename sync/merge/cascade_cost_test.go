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

// TestCascadeCost: what the server deletes costs as much as it owns, not as much as others own.
func TestCascadeCost(t *testing.T) {
	text, err := os.ReadFile("../testdata/schema.json")
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
	const blogs, posts = 2_000, 10 // of each blog
	image := store.NewImage(s)
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
	image.Apply(commit)
	d.Open(image)
	merger := New(d, setup, everything{})

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
}
