package storetest

import (
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/store"
)

// faulty is a backend whose next transactions fail as a browser's may.
type faulty struct {
	store.Backend
	t        testing.TB
	open     Opener
	name     string // of the transaction that fails; "read" is that of a load
	kind     string // a fault's code, "slow", "unanswered" (it happened) or "interrupted" (it did not)
	commits  int    // writes so far
	fresh    []int  // commits, whenever a fresh log was asked for
	silent   bool   // Get fails
	times    int
	reserve  int // bytes, as Reserve was last asked for
	capacity int // bytes of texts since it was set, 0 for no limit
	written  int
	late     int // writes for which the room of a reserve that was given back is not free yet
	leaving  int // bytes of it
}

func (f *faulty) planned(name string) string {
	if f.times == 0 || !store.NamedLike(name, f.name) {
		return ""
	}
	f.times--
	return f.kind
}

func (f *faulty) Write(b store.Batch) error {
	f.commits++
	kind := f.planned(b.Name)
	switch kind {
	case "", "slow", "unanswered":
	case "interrupted":
		return &store.Fault{Code: store.CodeClosed, Message: "as asked for", Doubtful: true}
	default:
		return &store.Fault{Code: kind, Message: "as asked for"}
	}
	size := 0
	for _, op := range b.Ops {
		size += len(op.Text)
	}
	if f.late > 0 && f.leaving > 0 {
		f.late--
	} else {
		f.leaving = 0
	}
	if f.capacity > 0 && f.written+f.reserve+f.leaving+size > f.capacity {
		return &store.Fault{Code: store.CodeQuota, Message: "full"}
	}
	err := f.Backend.Write(b)
	f.written += size
	if kind == "unanswered" && err == nil {
		return &store.Fault{Code: store.CodeClosed, Message: "as asked for", Doubtful: true}
	}
	return err
}

func (f *faulty) ReadAll(each func(store.Area, string, []byte)) error {
	if kind := f.planned("read"); kind != "" && kind != "slow" {
		return &store.Fault{Code: kind, Message: "as asked for"}
	}
	return f.Backend.ReadAll(each)
}

func (f *faulty) Get(area store.Area, key string) ([]byte, bool, error) {
	if f.silent {
		return nil, false, &store.Fault{Code: store.CodeClosed, Message: "as asked for"}
	}
	return f.Backend.Get(area, key)
}

func (f *faulty) Reserve(bytes int) error {
	if f.capacity > 0 && f.written+bytes > f.capacity {
		return &store.Fault{Code: store.CodeQuota, Message: "full"}
	}
	if bytes == 0 {
		f.leaving = f.reserve
	}
	f.reserve = bytes
	return f.Backend.Reserve(bytes)
}

func (f *faulty) FreshLog() {
	f.fresh = append(f.fresh, f.commits)
	f.Backend.FreshLog()
}

func startFaulty(t testing.TB, open Opener, limits store.Limits) (*faulty, *session) {
	f := &faulty{t: t, open: open}
	return f, start(t, func(t testing.TB) store.Backend {
		f.Backend = open(t)
		return f
	}, limits)
}

// try commits and tells whether it succeeded; a failed stage is dropped, as the engine does.
func (s *session) try(c *store.Commit) error {
	stage := store.NewStage(s.image)
	stage.Add(c)
	if err := s.db.Commit(stage.Take()); err != nil {
		stage.Drop()
		return err
	}
	stage.Done()
	return nil
}

var kinds = []string{store.CodeAborted, store.CodeQuota, store.CodeClosed, store.CodeUnknown, "slow", "unanswered"}

// step is one named transaction of a store's life.
type step struct {
	name string
	do   func(s *session) error
}

func steps() []step {
	m := Saved("m", conflict.Create, store.Key{Model: "Post", ID: "n"}, "x")
	commit := func(c *store.Commit) step {
		return step{c.Name, func(s *session) error {
			copied := *c
			return s.try(&copied)
		}}
	}
	page := &store.Commit{Name: "apply page", Meta: []store.MetaEntry{meta("cursor/Post", "1")}}
	for n := range 9 {
		page.Rows = append(page.Rows, Row("Post", "p"+number(n), 1, "x"))
	}
	return []step{
		commit(page),
		commit(&store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{m}}),
		commit(&store.Commit{Name: "apply messages", Rows: []store.Row{Row("Post", "p1", 2, "y"), Row("Post", "r", 1, "x")}}),
		{"fold", func(s *session) error { _, err := s.db.Fold(); return err }},
		commit(&store.Commit{Name: "acknowledge", Strict: true, Rows: []store.Row{Row("Post", "n", 1, "x")},
			Ended: []store.Ended{ended(m, store.Acknowledged)}}),
		{"read", func(s *session) error {
			_, _, err := s.db.Load(Schema(s))
			return err
		}},
		{"open", func(s *session) error {
			_, _, err := s.db.Load(Schema(s))
			return err
		}},
		commit(&store.Commit{Name: "clear", Strict: true, Clear: true}),
	}
}

// testEveryKind fails each named transaction of a life in each way: what failed changed nothing,
// what happened although its answer was lost counts, and after a new load everything goes on.
func testEveryKind(t *testing.T, open Opener, failing int, kind string) {
	f, s := startFaulty(t, open, Small)
	for n, step := range steps() {
		if n == failing {
			f.name, f.kind, f.times = step.name, kind, 2 // 2: the store's own second attempt fails, too
			if kind == store.CodeQuota {
				f.times = 1_000 // and the many by which it waits for the reserve's room
			}
		}
		content := Content(s.image)
		err := step.do(s)
		f.times = 0
		reload := step.name == "open" || step.name == "read"
		if n == failing && err != nil {
			if code := store.AsFault(err).Code; code != kind && kind != "unanswered" {
				t.Fatalf("%s failed with %v", step.name, err)
			}
			if Content(s.image) != content {
				t.Fatalf("%s failed and changed the image", step.name)
			}
			if store.AsFault(err).Doubtful || reload {
				s.load()
			} else {
				s.reload()
			}
			err = step.do(s)
		} else if n == failing && kind != "slow" && kind != "unanswered" &&
			!(kind == store.CodeQuota && step.name == "open") {
			t.Fatalf("%s did not fail", step.name)
		}
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if reload {
			s.load()
		}
	}
	s.reload()
}

func testReserve(t *testing.T, open Opener) { useReserve(t, open, 0) }

// A browser may count the room of what was deleted as free only a moment later.
func testLateReserve(t *testing.T, open Opener) { useReserve(t, open, 20) }

func useReserve(t *testing.T, open Opener, late int) {
	limits := Small
	limits.ReserveBytes = 3_000
	f, s := startFaulty(t, open, limits)
	f.late = late
	if err := s.try(&store.Commit{Name: "first", Rows: []store.Row{Row("Post", "a", 1, "x")}}); err != nil {
		t.Fatal(err)
	}
	s.foldAll()
	if f.reserve != 3_000 {
		t.Fatalf("the reserve holds %d bytes", f.reserve)
	}
	f.written, f.capacity = 0, 3_500
	saves := 0
	save := func() error {
		saves++
		m := Saved("m"+number(saves), conflict.Create, store.Key{Model: "Post", ID: "n" + number(saves)}, "x")
		return s.try(&store.Commit{Name: "save+outbox", Strict: true, Mutations: []store.Mutation{m}})
	}
	pull := func() error {
		return s.try(&store.Commit{Name: "apply page", Rows: []store.Row{Row("Post", "r", 1, "a row that is pulled"),
			Row("Post", "q", 1, "another"), Row("Post", "p", 1, "and one more")}})
	}
	for pull() == nil {
	}
	wantCode(t, pull(), store.CodeQuota)
	if f.reserve != 3_000 {
		t.Fatal("a pull used the reserve")
	}
	taken := 0
	for save() == nil {
		taken++
		wantCode(t, pull(), store.CodeQuota)
	}
	if f.reserve != 0 || taken < 5 {
		t.Fatalf("%d saves went into the reserve of 3,000 bytes, %d are kept", taken, f.reserve)
	}
	wantCode(t, save(), store.CodeQuota)
	if queued := len(s.image.Outbox()); queued != taken {
		t.Errorf("%d of %d saves are queued", queued, taken)
	}
	s.reload()
	f.capacity = 0 // room again
	if err := save(); err != nil {
		t.Error(err)
	}
	if err := pull(); err != nil {
		t.Error(err)
	}
	s.foldAll()
	if f.reserve != 3_000 {
		t.Error("the reserve was not written again")
	}
	s.reload()
}

// testRebuild: a database that vanished under a running store comes back whole from its image.
func testRebuild(t *testing.T, open Opener, vanish func(testing.TB)) {
	s := start(t, open, Small)
	s.reload()
	done := Saved("m0", conflict.Create, store.Key{Model: "Post", ID: "a"}, "x")
	parked := Saved("m2", conflict.Update, store.Key{Model: "Comment", ID: "c"}, "y")
	parked.State = store.Parked
	c := &store.Commit{Meta: []store.MetaEntry{meta("cursor/Post", "1"), meta("db/epoch", "3")}, Mutations: []store.Mutation{done,
		Saved("m1", conflict.Update, store.Key{Model: "Post", ID: "p3"}, "unsent"), parked}}
	for n := range 9 {
		c.Rows = append(c.Rows, Row("Post", "p"+number(n), 1, "t"+number(n)))
	}
	s.commit(c)
	s.commit(&store.Commit{Ended: []store.Ended{ended(done, store.Acknowledged)}})
	if err := s.db.Check(); err != nil {
		t.Fatal(err)
	}
	stale := &session{TB: t, open: s.open, limits: Small, db: store.NewDatabase(s.open(t), Small)}
	stale.image, _, _ = stale.db.Load(Schema(t))
	s.load()
	for range 2 { // it may happen again
		vanish(t)
		wantCode(t, s.db.Check(), store.CodeDeleted)
		wantCode(t, s.try(&store.Commit{Name: "late"}), store.CodeDeleted)
		for range 2 { // what is there needs no second time
			if err := s.db.Rebuild(s.image.Whole()); err != nil {
				t.Fatal(err)
			}
		}
		s.commit(&store.Commit{Rows: []store.Row{Row("Post", "after", 1, "x")}})
		s.foldAll()
		s.reload()
	}
	if len(s.image.Outbox()) != 1 || len(s.image.Parked()) != 1 || len(s.image.Journal()) != 1 {
		t.Errorf("what came back is %s", Content(s.image))
	}
	// A writer that was replaced before the deletion must not write into what came back, and one
	// that opened the new database first keeps it.
	if err := store.AsFault(stale.try(&store.Commit{Name: "stale"})); err == nil ||
		err.Code != store.CodeFenced && err.Code != store.CodeDeleted {
		t.Errorf("a replaced writer: %v", err)
	}
	vanish(t)
	wantCode(t, s.db.Check(), store.CodeDeleted)
	other := &session{TB: t, open: open, limits: Small}
	other.load()
	wantCode(t, s.db.Rebuild(s.image.Whole()), store.CodeFenced)
	other.commit(&store.Commit{Rows: []store.Row{Row("Post", "other", 1, "x")}})
	other.reload()
}

// testDoubt: what became of a commit whose connection broke is read from the disk. Where that is
// not possible either, nothing is written until the next load finds out.
func testDoubt(t *testing.T, open Opener) {
	f, s := startFaulty(t, open, Small)
	row := func(id string) *store.Commit {
		return &store.Commit{Name: "save", Rows: []store.Row{Row("Post", id, 1, "x")}}
	}
	breakNext := func(kind string) { f.name, f.kind, f.times = "save", kind, 1 }
	breakNext("unanswered")
	if err := s.try(row("a")); err != nil {
		t.Errorf("it happened: %v", err)
	}
	breakNext("interrupted")
	err := s.try(row("b"))
	wantCode(t, err, store.CodeClosed)
	if store.AsFault(err).Doubtful {
		t.Error("it is known that it did not happen")
	}
	s.commit(row("c"))
	breakNext("unanswered")
	f.silent = true
	for range 2 {
		if err := store.AsFault(s.try(row("d"))); err == nil || !err.Doubtful {
			t.Errorf("nobody can know: %v", err)
		}
		_, err := s.db.Fold()
		wantCode(t, err, store.CodeClosed)
		wantCode(t, s.db.Check(), store.CodeClosed)
	}
	f.silent = false
	s.load()
	for _, id := range []string{"a", "c", "d"} {
		if !s.image.View(store.Key{Model: "Post", ID: id}).Exists() {
			t.Errorf("%s happened and is not there", id)
		}
	}
	other := &session{TB: t, open: open, limits: Small}
	other.load()
	breakNext("interrupted")
	wantCode(t, s.try(row("e")), store.CodeFenced)
	wantCode(t, s.db.Rebuild(s.image.Whole()), store.CodeFenced)
}

// testManyCorruptRows: log rows may hold unsent changes, so that the text of each is kept.
func testManyCorruptRows(t *testing.T, open Opener) {
	s := start(t, open, Small)
	first := int(s.image.Seq()) + 1
	const rows = 20
	for n := range rows {
		m := Saved("m"+number(n), conflict.Create, store.Key{Model: "Post", ID: "p"}, "t"+number(n))
		s.commit(&store.Commit{Strict: true, Mutations: []store.Mutation{m}})
	}
	for n := range rows {
		spoil(s, store.LogArea, number(first+n), `"title"`, `"titel"`)
	}
	if faults := s.loadWithFaults(); len(faults) != rows {
		t.Errorf("%d faults", len(faults))
	}
	if kept := len(s.entries(store.MetaArea)); kept != rows {
		t.Errorf("%d of %d texts are kept", kept, rows)
	}
}

func testSalvage(t *testing.T, open Opener) {
	s := start(t, open, Small)
	s.commit(&store.Commit{Mutations: []store.Mutation{Saved("m", conflict.Create, store.Key{Model: "Post", ID: "n"}, "x")}})
	content := Content(s.image)
	image, faults, err := s.db.Salvage(Schema(t))
	if err != nil || len(faults) > 0 || Content(image) != content {
		t.Errorf("salvage: %v %v", faults, err)
	}
	// What can be read but not written is given back beside the error.
	f, s := startFaulty(t, open, Small)
	f.name, f.kind, f.times = "open", store.CodeUnknown, 1
	image, _, err = s.db.Load(Schema(t))
	wantCode(t, err, store.CodeUnknown)
	if image == nil || Content(image) != content {
		t.Error("what was read is not given back")
	}
}
