package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if fault := store.AsFault(err); fault == nil || fault.Code != code || fault.Message == "" {
		t.Errorf("got %v, want a fault %q", err, code)
	}
}

func testFenced(t *testing.T, open Opener) {
	old := start(t, open, Small)
	old.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "old")}})
	for range 3 {
		old.commit(&store.Commit{Rows: []store.Row{Row("Post", "b", 1, "old")}})
	}
	// A new writer takes over; the old one is not closed and does not know.
	new := &session{TB: t, open: open, limits: Small}
	new.load()
	commit := &store.Commit{Seq: old.image.Seq() + 1, Name: "save+outbox", Rows: []store.Row{Row("Post", "c", 1, "late")}}
	wantCode(t, old.db.Commit(commit), store.CodeFenced)
	wantCode(t, old.db.Commit(commit), store.CodeFenced)
	_, err := old.db.Fold()
	wantCode(t, err, store.CodeFenced)
	new.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 2, "new")}})
	new.reload()
	if new.image.View(store.Key{Model: "Post", ID: "c"}).Exists() {
		t.Error("the replaced writer changed something")
	}
}

func testFencedLater(t *testing.T, open Opener) {
	stale := func() *session {
		s := &session{TB: t, open: open, limits: Small}
		s.load()
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "old"), Row("Post", "b", 1, "old")}})
		return s
	}
	committing, folding := stale(), stale()
	for range 3 { // takeovers, each folding away all that it can
		s := &session{TB: t, open: open, limits: Small}
		s.load()
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 5, "new")}})
		s.foldAll()
		s.commit(&store.Commit{Clear: true, Rows: []store.Row{Row("Post", "a", 6, "new")}})
		s.foldAll()
		s.db.Close()
	}
	wantCode(t, committing.db.Commit(&store.Commit{Seq: committing.image.Seq() + 1,
		Rows: []store.Row{Row("Post", "z", 1, "late")}}), store.CodeFenced)
	_, err := folding.db.Fold()
	wantCode(t, err, store.CodeFenced)
	last := start(t, open, Small)
	if title := last.image.View(store.Key{Model: "Post", ID: "a"}).Field("title").Str(); title != "new" ||
		last.image.View(store.Key{Model: "Post", ID: "z"}).Exists() {
		t.Errorf("a replaced writer changed something: %s", Content(last.image))
	}
}

// On a full disk a new writer can't write its opening row: its first commit takes the place, and the
// writers after it must keep that taken.
func testFencedOnFullDisk(t *testing.T, open Opener) {
	old := &session{TB: t, open: open, limits: Small}
	old.load()
	old.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "old")}})
	f := &faulty{t: t, open: open, name: "open", kind: store.CodeQuota, times: 1}
	full := start(t, func(t testing.TB) store.Backend {
		f.Backend = open(t)
		return f
	}, Small)
	full.commit(&store.Commit{Name: "save+outbox", Strict: true, Rows: []store.Row{Row("Post", "b", 2, "new")}})
	last := start(t, open, Small)
	last.commit(&store.Commit{Clear: true, Rows: []store.Row{Row("Post", "a", 3, "new")}})
	last.foldAll()
	wantCode(t, old.db.Commit(&store.Commit{Seq: old.image.Seq() + 1,
		Rows: []store.Row{Row("Post", "z", 1, "late")}}), store.CodeFenced)
	last.reload()
}

func testAtomic(t *testing.T, open Opener) {
	s := start(t, open, store.Limits{})
	b := open(t)
	defer b.Close()
	seq := number(int(s.image.Seq()))
	err := b.Write(store.Batch{Name: "half", Ops: []store.Op{
		{Kind: store.Put, Area: store.PagesArea, Key: "Post/9", Text: []byte("x")},
		{Kind: store.Put, Area: store.MetaArea, Key: "k", Text: []byte("x")},
		{Kind: store.Add, Area: store.LogArea, Key: seq, Text: []byte("x")},
		{Kind: store.Put, Area: store.MetaArea, Key: "l", Text: []byte("x")},
	}})
	wantCode(t, err, store.CodeFenced)
	if pages, meta := s.entries(store.PagesArea), s.entries(store.MetaArea); len(pages)+len(meta) > 0 {
		t.Errorf("half of it happened: %v %v", pages, meta)
	}
	err = b.Write(store.Batch{Name: "order", Ops: []store.Op{
		{Kind: store.Add, Area: store.LogArea, Key: "77", Text: []byte("x")},
		{Kind: store.Delete, Area: store.LogArea, Key: "77"},
		{Kind: store.Put, Area: store.MetaArea, Key: "k", Text: []byte("1")},
		{Kind: store.Put, Area: store.MetaArea, Key: "k", Text: []byte("2")},
	}})
	if err != nil || s.entries(store.MetaArea)["k"] != "2" || s.entries(store.LogArea)["77"] != "" {
		t.Errorf("%v: %v", err, s.entries(store.MetaArea))
	}
	text, found, err := b.Get(store.MetaArea, "k")
	if string(text) != "2" || !found || err != nil {
		t.Errorf("get: %q %v %v", text, found, err)
	}
	if _, found, err := b.Get(store.LogArea, "77"); found || err != nil {
		t.Errorf("get of nothing: %v %v", found, err)
	}
}

// watched is a backend that notes its batches and fails when it is told to.
type watched struct {
	store.Backend
	fail    string // code
	batches []store.Batch
}

func (w *watched) Write(b store.Batch) error {
	if w.fail != "" {
		return &store.Fault{Code: w.fail, Message: "as asked for"}
	}
	w.batches = append(w.batches, b)
	return w.Backend.Write(b)
}

func testFailedCommit(t *testing.T, open Opener) {
	w := &watched{}
	s := start(t, func(t testing.TB) store.Backend {
		w.Backend = open(t)
		return w
	}, Small)
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "a", 1, "x")}})
	many := func() *store.Commit {
		c := &store.Commit{Name: "apply page", Meta: []store.MetaEntry{meta("cursor/Post", "1")},
			Mutations: []store.Mutation{Saved("m", conflict.Create, store.Key{Model: "Post", ID: "n"}, "x")}}
		for n := range 9 {
			c.Rows = append(c.Rows, Row("Post", "p"+number(n), 1, "x"))
		}
		return c
	}
	for _, code := range []string{store.CodeQuota, store.CodeAborted, store.CodeUnavailable} {
		w.fail = code
		stage := store.NewStage(s.image)
		stage.Add(many())
		wantCode(t, s.db.Commit(stage.Take()), code)
		stage.Drop()
		if stage.View(store.Key{Model: "Post", ID: "p1"}).Exists() {
			t.Error("a dropped stage still shows its records")
		}
		_, err := s.db.Fold()
		if fault := store.AsFault(err); fault != nil && fault.Code != code {
			t.Errorf("fold: %v", err)
		}
		w.fail = ""
		s.reload()
	}
	s.commit(many())
	s.foldAll()
	s.reload()
	wantCode(t, s.db.Commit(&store.Commit{Seq: s.image.Seq() + 2}), store.CodeAborted)
	w.fail = store.CodeQuota // a full disk can be loaded, and written again once there is room
	content := Content(s.image)
	if s.load(); Content(s.image) != content {
		t.Error("a load on a full disk differs")
	}
	w.fail = ""
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "b", 1, "x")}})
	s.foldAll()
	s.reload()
}

func testDurability(t *testing.T, open Opener) {
	w := &watched{}
	s := start(t, func(t testing.TB) store.Backend {
		w.Backend = open(t)
		return w
	}, store.Limits{})
	s.commit(&store.Commit{Name: "relaxed", Rows: []store.Row{Row("Post", "a", 1, "x")}})
	s.commit(&store.Commit{Name: "strict", Strict: true, Rows: []store.Row{Row("Post", "a", 2, "x")}})
	seen := ""
	for _, b := range w.batches {
		if seen += b.Name; b.Strict {
			seen += "!"
		}
		seen += " "
	}
	if seen != "open relaxed strict! " {
		t.Errorf("the transactions were %s", seen)
	}
}

// spoil writes a text that no longer fits its checksum.
func spoil(s *session, area store.Area, key, old, new string) {
	s.Helper()
	text := s.entries(area)[key]
	if !strings.Contains(text, old) {
		s.Fatalf("%s %s does not hold %q: %s", area, key, old, text)
	}
	s.raw(store.Op{Kind: store.Put, Area: area, Key: key, Text: []byte(strings.Replace(text, old, new, 1))})
}

func testCorruptPage(t *testing.T, open Opener) {
	s := start(t, open, Small)
	c := &store.Commit{Meta: []store.MetaEntry{meta("cursor/Post", "1")}}
	for n := range 7 {
		c.Rows = append(c.Rows, Row("Post", "p"+number(n), 1, "t"+number(n)))
	}
	s.commit(c)
	spoil(s, store.PagesArea, "Post/1", `"t1"`, `"T1"`)
	faults := s.loadWithFaults()
	if len(faults) != 1 || faults[0].Code != store.CodeCorrupt || faults[0].Model != "Post" || faults[0].Rows != 4 {
		t.Fatalf("faults: %v", faults)
	}
	count := 0
	s.image.EachRow("Post", func(store.Row) bool { count++; return true })
	if count != 3 || !s.image.Meta("cursor/Post").Exists() {
		t.Errorf("%d rows of the other page were loaded", count)
	}
	if kept := s.entries(store.MetaArea)["salvage/pages/Post/1"]; !strings.Contains(kept, `"T1"`) {
		t.Errorf("the corrupt text was not kept aside: %q", kept)
	}
	s.commit(&store.Commit{Rows: c.Rows})
	s.foldAll()
	s.reload()
	// A page that becomes unreadable under a running store is left to the next load.
	for key := range s.entries(store.PagesArea) {
		s.raw(store.Op{Kind: store.Put, Area: store.PagesArea, Key: key, Text: []byte("no JSON at all")})
	}
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "p1", 2, "newer"), Row("Post", "z", 1, "z")}})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "p2", 2, "newer")}})
	s.foldAll()
	if faults := s.loadWithFaults(); len(faults) != 2 {
		t.Errorf("faults: %v", faults)
	}
	for _, id := range []string{"p1", "p2", "z"} {
		if !s.image.View(store.Key{Model: "Post", ID: id}).Exists() {
			t.Errorf("%s was lost with the page", id)
		}
	}
	s.commit(&store.Commit{Clear: true})
	if left := s.entries(store.MetaArea); len(left) != 0 {
		t.Errorf("clear left %v", left)
	}
}

func testCorruptLog(t *testing.T, open Opener) {
	s := start(t, open, Small)
	for n := range 4 {
		m := Saved("m"+number(n), conflict.Create, store.Key{Model: "Post", ID: "p" + number(n)}, "t"+number(n))
		s.commit(&store.Commit{Strict: true, Mutations: []store.Mutation{m}})
	}
	seq := s.image.Seq()
	spoil(s, store.LogArea, number(int(seq-1)), `"t2"`, `"T2"`)
	spoil(s, store.LogArea, number(int(seq)), `{"crc`, `["crc`)
	faults := s.loadWithFaults()
	if len(faults) != 2 || faults[0].Code != store.CodeCorrupt || faults[0].Model != "" {
		t.Fatalf("faults: %v", faults)
	}
	if len(s.image.Outbox()) != 2 || s.image.Seq() != seq+1 {
		t.Errorf("%d mutations were loaded, sequence %d", len(s.image.Outbox()), s.image.Seq())
	}
	if kept := s.entries(store.MetaArea)["salvage/log/"+number(int(seq-1))]; !strings.Contains(kept, `"T2"`) {
		t.Errorf("the corrupt text was not kept aside: %q", kept)
	}
	s.foldAll()
	s.reload()
}

func testCorruptMeta(t *testing.T, open Opener) {
	s := start(t, open, Small)
	m := Saved("m", conflict.Create, store.Key{Model: "Post", ID: "p"}, "t")
	s.commit(&store.Commit{Mutations: []store.Mutation{m},
		Meta: []store.MetaEntry{meta("cursor/Post", "1"), meta("db/kind", `"x"`)}})
	s.commit(&store.Commit{Ended: []store.Ended{ended(m, store.Acknowledged)}})
	s.commit(&store.Commit{Rows: []store.Row{Row("Post", "p", 1, "t")}})
	s.foldAll()
	spoil(s, store.MetaArea, "cursor/Post", "1", "2")
	spoil(s, store.MetaArea, "journal/1", "acknowledged", "ACKNOWLEDGED")
	faults := s.loadWithFaults()
	if len(faults) != 2 || s.image.Meta("cursor/Post").Exists() || s.image.Meta("db/kind").Str() != "x" ||
		len(s.image.Journal()) != 0 {
		t.Errorf("faults %v, image %s", faults, Content(s.image))
	}
	s.commit(&store.Commit{Meta: []store.MetaEntry{meta("cursor/Post", "3")}})
	s.reload()
}

// What a killed process left half written must not take along what is acknowledged behind it. Pulled rows come again.
func testFreshLog(t *testing.T, open Opener) {
	f, s := startFaulty(t, open, Small)
	asked := func(when string, want ...int) {
		t.Helper()
		if !slices.Equal(f.fresh, want) {
			t.Errorf("%s: a fresh log was asked for after %v writes, want %v", when, f.fresh, want)
		}
		f.fresh, f.commits = nil, 0
	}
	commit := func(c store.Commit) {
		t.Helper()
		if err := s.try(&c); err != nil {
			t.Fatal(err)
		}
	}
	f.commits = 0
	commit(store.Commit{Name: "apply page", Rows: []store.Row{Row("Post", "a", 1, "x")}})
	commit(store.Commit{Name: "open epoch", Strict: true, Meta: []store.MetaEntry{{Key: "db/epoch", Value: record.OfString("1")}}})
	asked("nothing is unsent")
	commit(store.Commit{Name: "save+outbox", Strict: true,
		Mutations: []store.Mutation{Saved("m1", conflict.Create, store.Key{Model: "Post", ID: "n"}, "x")}})
	asked("a save", 0)
	s.reload()
	f.fresh, f.commits = nil, 0
	commit(store.Commit{Name: "apply page", Rows: []store.Row{Row("Post", "b", 1, "x")}})
	commit(store.Commit{Name: "open epoch", Strict: true, Meta: []store.MetaEntry{{Key: "db/epoch", Value: record.OfString("2")}}})
	asked("the next start, with that save unsent", 1)
	f.written, f.capacity = 0, 300
	big := store.Commit{Name: "apply page", Rows: []store.Row{Row("Post", "c", 1, strings.Repeat("x", 300))}}
	wantCode(t, s.try(&big), store.CodeQuota)
	f.fresh = nil
	commit(store.Commit{Name: "meta", Strict: true, Meta: []store.MetaEntry{{Key: "db/x", Value: record.OfString("3")}}})
	asked("pulled rows found no room")
}
