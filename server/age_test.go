package server

import (
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// noted is a Reader of one note.
type noted struct {
	Reader
	text string
}

func (n noted) Note(string) (string, error) { return n.text, nil }

// TestAges: a position is old when servers have run for long since it was noted, whatever the clock says
// meanwhile; what two servers count at once counts once.
func TestAges(t *testing.T) {
	const minute, kept = 60_000, 40 * 60_000
	var note noted
	for _, step := range []struct{ clockMin, ranMin, seq, before int64 }{
		{0, 3, 5, 0}, {1, 1, 8, 0}, {40, 39, 20, 5}, {41, 1, 21, 8}, {42, 1, 30, 8}, // 40 minutes reach back to 1, 2, ...
		{43 + 1_000_000, 1, 40, 8},  // the clock jumps ahead
		{44 + 1_000_000, 10, 45, 8}, // another server has counted nine of these minutes
		{45, 1, 50, 8},              // it is set back, which costs a minute
		{85, 40, 60, 45}, {86, 1, 70, 45},
		{86 + 10_000, 0, 70, 45}, // nobody ran
	} {
		a, err := readAges(note)
		if err != nil {
			t.Fatal(err)
		}
		a.count(step.clockMin*minute, step.ranMin*minute)
		if got := a.through(a.log, kept); got != step.before {
			t.Errorf("at minute %d: old up to %d, want %d", step.clockMin, got, step.before)
		}
		if a.note(step.clockMin*minute, step.seq, kept, kept) {
			note.text = a.text()
		}
	}
}

// TestAgesAreFew: they are a short note, and one that nobody needs is not written.
func TestAgesAreFew(t *testing.T) {
	a := &ages{fresh: true}
	for now := int64(0); now < 10_000*AgesEveryMs; now += AgesEveryMs {
		a.count(now, AgesEveryMs)
		a.note(now, now, 1_000*AgesEveryMs, 5_000*AgesEveryMs)
		a.fresh, a.savedMs = false, a.ranMs
		if len(a.log) > AgesMax+2 || len(a.tombstones) > AgesMax+2 {
			t.Fatalf("%d and %d positions are kept", len(a.log), len(a.tombstones))
		}
	}
	if _, err := record.Parse([]byte(a.text())); err != nil {
		t.Error(err)
	}
	seq := a.tombstones[len(a.tombstones)-1].seq
	for _, ranMs := range []int64{0, AgesSavedEveryMs - 1, AgesSavedEveryMs} {
		a.ranMs = a.savedMs + ranMs
		if a.note(a.atMs, seq, AgesSavedEveryMs, AgesSavedEveryMs) != (ranMs == AgesSavedEveryMs) {
			t.Errorf("%d ms after the last note, without news", ranMs)
		}
	}
}

// TestAgesAreApart: a position is noted at the least distance from the last one, and none before.
func TestAgesAreApart(t *testing.T) {
	for _, step := range []struct {
		ranMs int64
		noted int
	}{{AgesEveryMs - 1, 1}, {AgesEveryMs, 2}} {
		a := &ages{}
		a.note(0, 1, AgesEveryMs, AgesEveryMs)
		a.count(step.ranMs, step.ranMs)
		a.note(step.ranMs, 2, AgesEveryMs, AgesEveryMs)
		if len(a.log) != step.noted || len(a.tombstones) != step.noted {
			t.Errorf("%d ms later %d and %d positions are noted, want %d", step.ranMs, len(a.log), len(a.tombstones), step.noted)
		}
	}
}

// TestAgesOfTwoServers: what another server has noted, a server that notes nothing itself does not count when its
// clock jumps ahead.
func TestAgesOfTwoServers(t *testing.T) {
	const minute = 60_000
	tables := &notes{}
	var quiet, busy Server
	for _, s := range []*Server{&quiet, &busy} {
		s.tables, s.indexes, s.schema = tables, &indexes{}, &schema.Schema{}
		s.options.DeltaTTLMinutes, s.options.TombstoneTTLMinutes = 30, 43_200
	}
	now := int64(1_800_000_000_000)
	for range 1_000 {
		now += minute
		tables.seq++ // so that there is news for who comes first
		for _, s := range []*Server{&busy, &quiet} {
			if _, err := s.Purge(now, minute); err != nil {
				t.Fatal(err)
			}
		}
	}
	ran := func() int64 {
		a, err := readAges(tables)
		if err != nil {
			t.Fatal(err)
		}
		return a.ranMs
	}
	before := ran()
	tables.seq++
	if _, err := quiet.Purge(now+365*24*60*minute, minute); err != nil {
		t.Fatal(err)
	}
	if got := ran() - before; got != minute {
		t.Errorf("a minute counts as %d ms", got)
	}
}

// notes are tables that hold a position and notes, and never have anything to purge.
type notes struct {
	Writer
	seq  int64
	kept map[string]string
}

func (n *notes) Update(f func(Writer) error) error { return f(n) }
func (n *notes) View(f func(Reader) error) error   { return f(n) }
func (n *notes) Close() error                      { return nil }
func (n *notes) Position() (Position, error)       { return Position{Seq: n.seq}, nil }
func (n *notes) Note(name string) (string, error)  { return n.kept[name], nil }
func (n *notes) Purge(PurgeBounds) (int, error)    { return 0, nil }
func (n *notes) PutNote(name, text string) error {
	if n.kept == nil {
		n.kept = map[string]string{}
	}
	n.kept[name] = text
	return nil
}
