package sync_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema"
)

// TestCascadeOrder tells an engine the histories of teams, members, badges, projects and folders in any
// order, with gaps, but each row's newest version once. What is shown then depends on the newest
// versions alone, which a naive reference judges: a row is hidden when its owner, or its owner's, went
// after its last change.
func TestCascadeOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	text, err := os.ReadFile("testdata/owners.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1); seed <= uint64(*seeds)*4; seed++ {
		w := &cascadeWorld{draw: rand.New(rand.NewPCG(seed, 17)), newest: map[string]*cascadeRow{}}
		w.write()
		told := w.order()
		h := newHost(s)
		pending = nil
		commands := []string{`up A {"syncExpressions":{"Member":{"name":{"ne":"out"}}}}`}
		for _, row := range told {
			commands = append(commands, "data onUpdate"+row.model+" "+row.text())
		}
		for _, command := range commands {
			if err := h.command(command); err != nil {
				t.Fatal(err)
			}
			settle()
		}
		for _, model := range cascadeModels {
			h.lines = nil
			if err := h.command("query A " + model); err != nil {
				t.Fatal(err)
			}
			for n := range cascadeIDs {
				id := fmt.Sprint(strings.ToLower(model[:1]), n)
				want := w.shows(w.newest[id])
				if got := strings.Contains(h.lines[0], `"id":"`+id+`"`); got != want {
					t.Fatalf("seed %d: %s is shown: %v, should be: %v\n%s\ngo test ./sync -run TestCascadeOrder",
						seed, id, got, want, strings.Join(commands, "\n"))
				}
			}
		}
	}
}

var cascadeModels = []string{"Team", "Member", "Badge", "Project", "Folder"}

const cascadeIDs = 4

// cascadeWorld is what a server wrote.
type cascadeWorld struct {
	draw   *rand.Rand
	all    []*cascadeRow
	newest map[string]*cascadeRow
}

type cascadeRow struct {
	model, id, name, points string // points at another row: an owner, of a team its project
	version, atMs           int64
	deleted                 bool
}

// write makes histories of a few records of each model.
func (w *cascadeWorld) write() {
	for at := range 60 {
		model := cascadeModels[w.draw.IntN(len(cascadeModels))]
		id := fmt.Sprint(strings.ToLower(model[:1]), w.draw.IntN(cascadeIDs))
		row := &cascadeRow{model: model, id: id, name: "in", version: 1}
		if known := w.newest[id]; known != nil {
			*row = *known
			row.version++
		}
		row.atMs = 1_700_000_001_000 + int64(at)
		row.deleted = row.deleted || row.version > 1 && w.draw.IntN(3) == 0
		if !row.deleted {
			row.points = w.pointsAt(model)
			row.name = []string{"in", "in", "out"}[w.draw.IntN(3)]
		}
		w.newest[id] = row
		w.all = append(w.all, row)
	}
}

func (w *cascadeWorld) pointsAt(model string) string {
	other := map[string]string{"Team": "p", "Member": "t", "Badge": "m", "Folder": "f"}[model]
	if other == "" || w.draw.IntN(5) == 0 {
		return ""
	}
	return fmt.Sprint(other, w.draw.IntN(cascadeIDs))
}

// order is the order in which the rows are told; some that are not the newest never are.
func (w *cascadeWorld) order() []*cascadeRow {
	told := slices.DeleteFunc(slices.Clone(w.all), func(row *cascadeRow) bool {
		return w.newest[row.id] != row && w.draw.IntN(4) == 0
	})
	w.draw.Shuffle(len(told), func(a, b int) { told[a], told[b] = told[b], told[a] })
	return told
}

func (r *cascadeRow) text() string {
	field := map[string]string{"Team": "teamProjectId", "Member": "teamID", "Badge": "memberBadgesId", "Folder": "parentID"}[r.model]
	points := ""
	if field != "" && r.points == "" {
		points = fmt.Sprintf(`%q:null,`, field)
	} else if field != "" {
		points = fmt.Sprintf(`%q:%q,`, field, r.points)
	}
	name := "name"
	if r.model == "Badge" {
		name = "text"
	}
	deleted := ""
	if r.deleted {
		deleted = `,"_deleted":true`
	}
	return fmt.Sprintf(`{"id":%q,%q:%q,%s"_version":%d,"_lastChangedAt":%d%s}`, r.id, name, r.name, points, r.version, r.atMs, deleted)
}

// shows reports whether a row is to be seen.
func (w *cascadeWorld) shows(r *cascadeRow) bool {
	return r != nil && !r.deleted && !r.outside() && w.goneMs(r, 0) == 0
}

func (r *cascadeRow) outside() bool { return r.model == "Member" && !r.deleted && r.name == "out" }

// goneMs is when a row went, by itself or with its owners, 0 when it is there, or not known.
func (w *cascadeWorld) goneMs(r *cascadeRow, depth int) int64 {
	switch {
	case r == nil || r.outside() || depth > 10:
		return 0
	case r.deleted:
		return r.atMs
	}
	var atMs int64
	for _, owner := range w.newest {
		if owner.points == r.id && owner.model == "Team" || r.points == owner.id && r.model != "Team" {
			if ms := w.goneMs(owner, depth+1); ms > r.atMs {
				atMs = max(atMs, ms)
			}
		}
	}
	return atMs
}
