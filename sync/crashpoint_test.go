package sync_test

import (
	engine "github.com/deltabase/deltabase/sync"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store/memory"
)

// pointsMin is how many points each of the two tests goes through at least.
const pointsMin = 2_000

// scenes are the stories with what a run of theirs without faults does.
type scene struct {
	name  string
	lines []string
	names []string // of its transactions
	lost  []int    // how many a power loss could take after each
}

func scenes(t *testing.T, s *schema.Schema) []scene {
	files, _ := filepath.Glob("testdata/*.txt")
	var list []scene
	for _, file := range files {
		if strings.Contains(file, "storage_") {
			continue // these break the disk themselves
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sc := scene{name: strings.TrimSuffix(filepath.Base(file), ".txt")}
		for _, block := range splitBlocks(string(text)) {
			for _, line := range block.commands {
				if line != "" && !strings.HasPrefix(line, "#") {
					sc.lines = append(sc.lines, smaller(line)...)
				}
			}
		}
		b := newBreaker(s, 0, "", 0)
		if _, err := b.play(sc.lines); err != nil {
			t.Fatalf("%s: %v", sc.name, err)
		}
		if len(b.problems) > 0 {
			t.Errorf("%s, without faults: %s", sc.name, strings.Join(b.problems, "\n"))
		}
		sc.names, sc.lost = b.names, b.relaxed
		list = append(list, sc)
	}
	return list
}

// smaller makes the few large stories small: as many pages and batches, with fewer records.
func smaller(line string) []string {
	switch line {
	case "fill Post 3201":
		return []string{"pagerows 3", "fill Post 10"}
	case "saves A 130 Post":
		return []string{"saves A 30 Post"}
	}
	return []string{line}
}

// run breaks the k-th transaction of a story and returns what was broken with it.
func (sc scene) run(s *schema.Schema, at int, kind string, lose int) []string {
	b := newBreaker(s, at, kind, lose)
	rest, _ := b.play(sc.lines)
	crashed := b.dead
	if crashed {
		b.revive()
	} else {
		if b.slow {
			b.answerSlow()
		}
		commands["free"](b.host, nil)
		commands["wait"](b.host, []string{"5000"})
		settle()
	}
	for _, c := range b.unanswered() {
		if _, asks := c.event.(engine.Sync); asks {
			continue // it waits for the server, whom the story may leave silent here
		}
		b.broken("%T of %s waits after 5 s", c.event, c.call.Tab)
	}
	b.heal()
	b.goOn(rest)
	b.heal()
	if len(b.tabs) == 0 || !b.settings.Exists() {
		return b.problems
	}
	before := b.dump()
	b.verdict(before)
	b.revive()
	after := b.dump()
	for _, part := range []string{"models", "outbox", "parked", "journal"} {
		if !record.Equal(before.Field(part), after.Field(part)) {
			b.broken("%s changed over a restart: %s, before %s", part, after.Field(part), before.Field(part))
		}
	}
	for _, c := range b.unanswered() {
		b.broken("%T of %s is never answered", c.event, c.call.Tab)
	}
	return b.problems
}

// TestEveryCrashPoint ends the engine at every transaction of every story: before it, after it,
// and with each possible loss of relaxed ones.
func TestEveryCrashPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	points := 0
	for _, sc := range scenes(t, s) {
		for k := 1; k <= len(sc.names); k++ {
			points += 2
			sc.check(t, s, k, crashBefore, 0)
			sc.check(t, s, k, crashAfter, 0)
			for lose := 1; lose <= sc.lost[k-1]; lose++ {
				points++
				sc.check(t, s, k, crashLosing, lose)
			}
		}
	}
	if points < pointsMin {
		t.Errorf("%d crash points, want at least %d", points, pointsMin)
	}
	t.Logf("%d crash points", points)
}

// TestEveryFailingTransaction lets every transaction of every story fail in every way.
func TestEveryFailingTransaction(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	points := 0
	for _, sc := range scenes(t, s) {
		for k := 1; k <= len(sc.names); k++ {
			for _, kind := range memory.Kinds {
				points++
				sc.check(t, s, k, kind, 0)
			}
		}
	}
	if points < pointsMin {
		t.Errorf("%d failing transactions, want at least %d", points, pointsMin)
	}
	t.Logf("%d failing transactions", points)
}

func (sc scene) check(t *testing.T, s *schema.Schema, k int, kind string, lose int) {
	if problems := sc.run(s, k, kind, lose); len(problems) > 0 {
		t.Errorf("%s, transaction %d of %d (%s), %s %d:\n\t%s", sc.name, k, len(sc.names), sc.names[k-1], kind, lose,
			strings.Join(problems, "\n\t"))
	}
}
