package storetest

import (
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

func testEmpty(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	if s.image.Seq() != 1 || len(s.image.Outbox()) != 0 || len(s.image.Models()) != 0 {
		t.Errorf("a new database holds %s", Content(s.image))
	}
	if more, err := s.db.Fold(); more || err != nil {
		t.Errorf("fold: %v %v", more, err)
	}
	s.reload()
}

func testRoundTrip(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	full := store.Mutation{ID: "m2", Key: store.Key{Model: "Post", ID: "b"},
		Operation: conflict.Update, State: store.Conflicted, Fields: record.TrustString(`{"id":"b","rating":1.50}`),
		Base: record.TrustString(`{"id":"b","_version":4}`), Version: 4,
		Condition: record.TrustString(`{"rating":{"gt":1}}`), SavedAtMs: 12, SchemaHash: "h", Tab: "t",
		Attempts: 3, Resent: true, Cause: &store.Cause{Code: "conflict", Message: "The \"row\" is newer."},
		Remote: record.TrustString(`{"id":"b","_version":5}`), Owner: "oidc/1f", App: "h https://a.test/graphql", Away: true}
	create := Saved("m1", conflict.Create, store.Key{Model: "Post", ID: "a"}, "new")
	commits := []*store.Commit{
		{Name: "apply page", Rows: []store.Row{Row("Post", "b", 4, "old")},
			Meta: []store.MetaEntry{meta("cursor/Post", `{"lastSync":5}`), meta("db/kind", `"deltabase"`)}},
		{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{create}},
		{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{full}},
		{Name: "acknowledge", Strict: true, Rows: []store.Row{Row("Post", "a", 1, "new")},
			Ended: []store.Ended{{MutationID: "m1", Key: create.Key, Operation: conflict.Create,
				End: store.SupersededEnd, Into: "m2", Fields: []string{"title", `a"b`}, Version: 1, AtMs: 99}}},
		{Name: "apply page", Meta: []store.MetaEntry{meta("cursor/Post", "")},
			Removed: []store.Key{{Model: "Post", ID: "zzz"}}},
	}
	for _, c := range commits {
		s.commit(c)
		s.reload()
	}
	got, ok := s.image.Mutation("m2")
	if !ok || string(got.Fields.Text()) != `{"id":"b","rating":1.50}` || got.Cause.Code != "conflict" {
		t.Errorf("the mutation came back as %+v", got)
	}
	if got.Order == 0 || s.image.Meta("db/kind").Str() != "deltabase" || s.image.Meta("cursor/Post").Exists() {
		t.Errorf("order %d, meta %v", got.Order, s.image.MetaKeys())
	}
}

func testGroupCommit(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	alone := store.NewImage(Schema(t))
	stage := store.NewStage(s.image)
	one := Saved("m1", conflict.Create, store.Key{Model: "Post", ID: "a"}, "x")
	two := Saved("m2", conflict.Create, store.Key{Model: "Post", ID: "b"}, "y")
	sent := one
	sent.State = store.Sent
	commits := []*store.Commit{
		{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{one}},
		{Name: "apply page", Rows: []store.Row{Row("Post", "c", 1, "pulled"), Row("Post", "d", 1, "d")}},
		{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{two}},
		{Name: "sent", Strict: true, Mutations: []store.Mutation{sent}},
		{Name: "cancel", Ended: []store.Ended{ended(two, store.Cancelled)}},
		{Name: "scope", Removed: []store.Key{{Model: "Post", ID: "c"}}},
		{Name: "apply page", Rows: []store.Row{Row("Post", "d", 2, "dd")},
			Meta: []store.MetaEntry{meta("cursor/Post", "1")}},
	}
	for _, c := range commits {
		stage.Add(c)
		copied := *c
		alone.Apply(&copied)
	}
	if !stage.View(store.Key{Model: "Post", ID: "a"}).Exists() || s.image.View(store.Key{Model: "Post", ID: "a"}).Exists() {
		t.Error("what is staged is seen by the stage alone")
	}
	group := stage.Take()
	if !group.Strict || group.Name != "save+outbox, apply page, sent, cancel, scope" || stage.Take() != nil {
		t.Errorf("the group is %q, strict %v", group.Name, group.Strict)
	}
	if err := s.db.Commit(group); err != nil {
		t.Fatal(err)
	}
	stage.Done()
	if want, got := Content(alone), Content(s.image); want != got {
		t.Error("the group differs from its members" + difference(want, got))
	}
	s.reload()
}

func testOrders(t *testing.T, open Opener) {
	s := start(t, open, Small)
	m := Saved("m1", conflict.Create, store.Key{Model: "Post", ID: "a"}, "x")
	s.commit(&store.Commit{Mutations: []store.Mutation{m}})
	second := Saved("m2", conflict.Update, m.Key, "y")
	s.commit(&store.Commit{Mutations: []store.Mutation{second}})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 2, "y")},
		Ended: []store.Ended{ended(m, store.Acknowledged), ended(second, store.Acknowledged)}})
	if row, _ := s.image.Row(m.Key); row.Order != 1 || s.image.Order() != 2 {
		t.Errorf("row order %d, highest %d", row.Order, s.image.Order())
	}
	s.foldAll()
	s.reload()
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "b", 1, "z")}})
	if row, _ := s.image.Row(store.Key{Model: "Post", ID: "b"}); row.Order != 3 {
		t.Errorf("the next order is %d", row.Order)
	}
}

func testJournal(t *testing.T, open Opener) {
	s := start(t, open, Small)
	const saves = 1230 // more than the journal keeps
	for n := 0; n < saves; n += 41 {
		c := &store.Commit{Name: "save+outbox"}
		done := &store.Commit{Name: "acknowledge"}
		for at := n; at < n+41; at++ {
			m := Saved("m"+number(at), conflict.Update, store.Key{Model: "Post", ID: "a"}, "x")
			c.Mutations = append(c.Mutations, m)
			done.Ended = append(done.Ended, ended(m, store.Acknowledged))
		}
		s.commit(c)
		s.commit(done)
		s.foldAll()
	}
	journal := s.image.Journal()
	if len(journal) != 1000 || journal[999].MutationID != "m"+number(saves-1) {
		t.Errorf("the journal has %d entries", len(journal))
	}
	s.reload()
	if rows := len(s.entries(store.LogArea)); rows > 4 {
		t.Errorf("%d log rows are left", rows)
	}
	if chunks := len(s.entries(store.MetaArea)); chunks > 13 {
		t.Errorf("%d journal chunks are kept", chunks)
	}
}

func testText(t *testing.T, open Opener) {
	s := start(t, open, Small)
	ids := []string{"plain", "a/b", `quo"te`, `back\slash`, "ünï", "日本語", "🙂", "a#b", "line\nbreak",
		"\u2028", "\x01", " ", "__proto__", "Post/1"}
	for _, id := range ids {
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", id, 1, "title of "+id)},
			Mutations: []store.Mutation{Saved("m"+id, conflict.Update, store.Key{Model: "Comment", ID: id}, id)},
			Meta:      []store.MetaEntry{meta("cursor/"+id, `"x"`)}})
	}
	s.reload()
	s.foldAll()
	s.reload()
	for _, id := range ids {
		if got := s.image.View(store.Key{Model: "Post", ID: id}).Field("title").Str(); got != "title of "+id {
			t.Errorf("%q: %q", id, got)
		}
	}
}

func testDestroy(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "x")}})
	if err := s.db.Destroy(); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Commit(&store.Commit{Seq: s.image.Seq() + 1}); store.AsFault(err) == nil ||
		store.AsFault(err).Code != store.CodeClosed {
		t.Errorf("a commit after destroy: %v", err)
	}
	s.load()
	if len(s.image.Models()) != 0 || s.image.Seq() != 1 {
		t.Errorf("after destroy there is %s", Content(s.image))
	}
}

func testClose(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	s.db.Close()
	err := s.db.Commit(&store.Commit{Seq: s.image.Seq() + 1})
	if fault := store.AsFault(err); fault == nil || fault.Code != store.CodeClosed {
		t.Errorf("commit after close: %v", err)
	}
	if _, err := s.db.Fold(); store.AsFault(err) == nil {
		t.Error("fold after close works")
	}
	unloaded := store.NewDatabase(open(t), store.Limits{})
	defer unloaded.Close()
	if err := unloaded.Commit(&store.Commit{Seq: 1}); store.AsFault(err) == nil {
		t.Error("commit before load works")
	}
}
