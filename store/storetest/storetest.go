// Package storetest is the suite that every store passes: what was committed is what a later load
// finds, whatever was folded in between; a replaced writer changes nothing; what is corrupt is
// left out, reported and kept aside; what fails is not half there.
package storetest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// Opener makes connections to one database, any number at a time.
type Opener func(t testing.TB) store.Backend

// Run runs the suite. database gives a database of its own to each test.
func Run(t *testing.T, database func(t testing.TB) Opener) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"an empty database", testEmpty},
		{"round trip", testRoundTrip},
		{"every stored field", testEveryField},
		{"group commit", testGroupCommit},
		{"orders go on after a restart", testOrders},
		{"journal survives folding", testJournal},
		{"fold after every commit", testFoldEverywhere},
		{"an old log row never moves a record back", testNeverBack},
		{"what was removed stays removed", testRemoved},
		{"live mutations are never folded away", testOutboxStays},
		{"clear keeps parked mutations", testClear},
		{"bulk commits become pages", testBulk},
		{"big records", testBigRecords},
		{"any text in ids and values", testText},
		{"a replaced writer is fenced", testFenced},
		{"a writer replaced long ago is fenced", testFencedLater},
		{"a writer replaced on a full disk is fenced", testFencedOnFullDisk},
		{"a batch happens whole or not at all", testAtomic},
		{"a failed commit leaves nothing", testFailedCommit},
		{"durability reaches the transaction", testDurability},
		{"saves go on in the reserve of a full disk", testReserve},
		{"the log is a fresh one before a save is acknowledged", testFreshLog},
		{"the reserve's room is free a moment later", testLateReserve},
		{"what can be read is salvaged", testSalvage},
		{"many corrupt log rows", testManyCorruptRows},
		{"doubt is resolved from the disk", testDoubt},
		{"a corrupt page", testCorruptPage},
		{"a corrupt log row", testCorruptLog},
		{"a corrupt meta value", testCorruptMeta},
		{"destroy", testDestroy},
		{"close", testClose},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, database(t)) })
	}
	for n, step := range steps() {
		for _, kind := range kinds {
			t.Run("failing "+step.name+" by "+kind, func(t *testing.T) { testEveryKind(t, database(t), n, kind) })
		}
	}
	t.Run("random histories", func(t *testing.T) { testHistories(t, database) })
	t.Run("histories that go on after each failed transaction", func(t *testing.T) { testFailingHistories(t, database) })
}

// RunRebuild checks that a deleted database comes back. vanish deletes it under its connections.
func RunRebuild(t *testing.T, open Opener, vanish func(testing.TB)) { testRebuild(t, open, vanish) }

// Schema has the models Post and Comment, each with the fields id, title and rating.
func Schema(t testing.TB) *schema.Schema {
	t.Helper()
	model := func(name string) string {
		field := func(name, scalar, required string) string {
			return `"` + name + `":{"name":"` + name + `","isArray":false,"type":"` + scalar +
				`","isRequired":` + required + `,"attributes":[]}`
		}
		return `"` + name + `":{"name":"` + name + `","pluralName":"` + name + `s","syncable":true,
			"attributes":[{"type":"model","properties":{}}],"fields":{` +
			field("id", "ID", "true") + `,` + field("title", "String", "false") + `,` +
			field("rating", "Int", "false") + `}}`
	}
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},
		"models":{` + model("Post") + `,` + model("Comment") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Small limits make small tests reach pages and folds.
var Small = store.Limits{PageRowsMax: 4, PageBytesMax: 700, BulkRowsMin: 5, BulkBytesMin: 900,
	FoldLogRowsMin: 1, FoldLogBytesMin: 1}

// session is one writer with its image.
type session struct {
	testing.TB
	open   Opener
	limits store.Limits
	db     *store.Database
	image  *store.Image
}

func start(t testing.TB, open Opener, limits store.Limits) *session {
	s := &session{TB: t, open: open, limits: limits}
	s.load()
	return s
}

// load opens the database as a restarted program does and expects no faults.
func (s *session) load() {
	s.Helper()
	if faults := s.loadWithFaults(); len(faults) > 0 {
		s.Fatalf("load: %v", faults[0])
	}
}

func (s *session) loadWithFaults() []*store.Fault {
	s.Helper()
	if s.db != nil {
		s.db.Close()
	}
	s.db = store.NewDatabase(s.open(s), s.limits)
	image, faults, err := s.db.Load(Schema(s))
	if err != nil {
		s.Fatalf("load: %v", err)
	}
	s.image = image
	return faults
}

// commit commits as the engine does: staged, taken, written, done.
func (s *session) commit(c *store.Commit) []store.Change {
	s.Helper()
	stage := store.NewStage(s.image)
	stage.Add(c)
	if err := s.db.Commit(stage.Take()); err != nil {
		s.Fatalf("commit %s: %v", c.Name, err)
	}
	return stage.Done()
}

func (s *session) foldAll() {
	s.Helper()
	for n := 0; ; n++ {
		more, err := s.db.Fold()
		if err != nil {
			s.Fatalf("fold: %v", err)
		}
		if !more {
			return
		}
		if n > 10_000 {
			s.Fatal("folding does not end")
		}
	}
}

// reload loads again and expects the same image.
func (s *session) reload() {
	s.Helper()
	before := s.image
	s.load()
	Same(s, before, s.image)
}

// raw runs steps on the database behind the store's back.
func (s *session) raw(ops ...store.Op) {
	s.Helper()
	b := s.open(s)
	defer b.Close()
	if err := b.Write(store.Batch{Name: "raw", Ops: ops}); err != nil {
		s.Fatal(err)
	}
}

// entries reads one area.
func (s *session) entries(area store.Area) map[string]string {
	s.Helper()
	b := s.open(s)
	defer b.Close()
	found := map[string]string{}
	err := b.ReadAll(func(at store.Area, key string, text []byte) {
		if at == area {
			found[key] = string(text)
		}
	})
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// Same fails the test unless two images hold the same: rows, mutations, journal, meta, orders and
// what queries answer. A load takes one commit sequence for itself.
func Same(t testing.TB, before, after *store.Image) {
	t.Helper()
	if after.Seq() != before.Seq()+1 {
		t.Errorf("the sequence went from %d to %d", before.Seq(), after.Seq())
	}
	if want, got := Content(before), Content(after); want != got {
		t.Fatal("the image changed" + difference(want, got))
	}
}

// difference shows two texts around the first place where they differ.
func difference(want, got string) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	around := func(text string) string { return text[min(len(text), max(0, at-100)):min(len(text), at+400)] }
	return "\nwant ..." + around(want) + "\n got ..." + around(got)
}

// Content is all that an image holds, as text.
func Content(i *store.Image) string {
	c := store.Commit{OrderMax: i.Order(), Ended: i.Journal()}
	var views strings.Builder
	for _, model := range i.Models() {
		i.EachRow(model, func(row store.Row) bool {
			c.Rows = append(c.Rows, row)
			return true
		})
		for _, view := range i.Select(model, nil, nil, query.Page{}) {
			views.WriteByte('\n')
			views.Write(view.Text())
		}
	}
	for _, m := range append(i.Outbox(), i.Parked()...) {
		c.Mutations = append(c.Mutations, *m)
	}
	for _, key := range i.MetaKeys() {
		c.Meta = append(c.Meta, store.MetaEntry{Key: key, Value: i.Meta(key)})
	}
	return string(store.EncodeCommit(&c)[16:]) + views.String()
}

// Row makes a row as a server gives it.
func Row(model, id string, version int64, title string) store.Row {
	var b record.Builder
	b.SetString("id", id)
	b.SetString("title", title)
	b.SetInt(conflict.VersionField, version)
	b.SetInt(conflict.ChangedAtField, 1_700_000_000_000+version)
	b.SetNull(conflict.DeletedField)
	return store.Row{Model: model, ID: id, Base: b.Object()}
}

// Saved makes a fresh mutation.
func Saved(id string, op conflict.Operation, key store.Key, title string) store.Mutation {
	var b record.Builder
	b.SetString("id", key.ID)
	if op != conflict.Delete {
		b.SetString("title", title)
	}
	return store.Mutation{ID: id, Key: key, Operation: op, State: store.Pending, Fields: b.Object(),
		SavedAtMs: 1_700_000_000_000, SchemaHash: "0123456789abcdef", Tab: "tab-1"}
}

func ended(m store.Mutation, end store.End) store.Ended {
	return store.Ended{MutationID: m.ID, Key: m.Key, Operation: m.Operation, End: end, AtMs: 7}
}

func meta(key, text string) store.MetaEntry {
	if text == "" {
		return store.MetaEntry{Key: key}
	}
	return store.MetaEntry{Key: key, Value: record.TrustString(text)}
}

func number(n int) string { return strconv.Itoa(n) }
