package memory

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/store/storetest"
)

// Every kind of failure of every transaction of a store's own: what failed changed nothing, and
// the same again works.
func TestEveryKindOfEveryTransaction(t *testing.T) {
	for _, kind := range Kinds {
		disk := &Disk{}
		w := boot(t, disk)
		row := func(id string) *store.Commit {
			return &store.Commit{Name: "apply page", Rows: []store.Row{storetest.Row("Post", id, 1, "x")}}
		}
		check := func(name string, err error) {
			t.Helper()
			if slowed := disk.Slowed(); slowed != (kind == Slow) {
				t.Errorf("%s of %s: slowed is %v", kind, name, slowed)
			}
			if fault := store.AsFault(err); kind == Slow && err != nil || kind != Slow && (err == nil || fault.Code != kind) {
				t.Errorf("%s of %s: %v", kind, name, err)
			}
		}
		for _, id := range []string{"a", "b", "c"} {
			if err := w.commit(row(id)); err != nil {
				t.Fatal(err)
			}
		}
		disk.FailNext("apply page", kind)
		err := w.commit(row("d"))
		check("apply page", err)
		if got := w.image.View(store.Key{Model: "Post", ID: "d"}).Exists(); got != (err == nil) {
			t.Errorf("%s: d is there: %v", kind, got)
		}
		disk.FailNext("fold", kind)
		_, err = w.db.Fold()
		check("fold", err)
		content := storetest.Content(w.image)
		disk.FailNext(ReadName, kind)
		_, _, err = w.db.Load(storetest.Schema(t))
		check(ReadName, err)
		if got := storetest.Content(boot(t, disk).image); got != content {
			t.Errorf("%s: the disk holds\n%s\nwant\n%s", kind, got, content)
		}
	}
}

func TestCapacity(t *testing.T) {
	disk := &Disk{}
	w := boot(t, disk)
	disk.SetCapacity(disk.Used() + 1_600)
	row := func(id string) *store.Commit {
		return &store.Commit{Name: "save", Rows: []store.Row{storetest.Row("Post", id, 1, strings.Repeat("x", 800))}}
	}
	if err := w.commit(row("a")); err != nil {
		t.Fatal(err)
	}
	if fault := store.AsFault(w.commit(row("b"))); fault == nil || fault.Code != store.CodeQuota {
		// a log row is the record and what describes it: two of them are more than 1,600 bytes
		t.Errorf("a full disk took it: %v", fault)
	}
	if err := w.commit(&store.Commit{Clear: true}); err != nil {
		t.Errorf("what makes room needs none: %v", err)
	}
	disk.SetCapacity(0)
	if err := w.commit(row("b")); err != nil {
		t.Error(err)
	}
}
