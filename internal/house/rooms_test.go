package house

import (
	"path"
	"slices"
	"strings"
	"testing"
)

const roomLinesMax = 2_500

// TestEngineRoomsAreSmall: each room of the engine says in doc.go what it is, has an entry of its own in
// the import rule, and can be read in one go.
func TestEngineRoomsAreSmall(t *testing.T) {
	rooms := 0
	for _, p := range list(t, nil, "./sync/...") {
		if p.room() == "sync" {
			continue
		}
		rooms++
		if _, own := mayImport[p.room()]; !own {
			t.Errorf("%s has no entry in mayImport: what does it build on?", p.room())
		}
		if !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go that says which events it answers, what it owns and whom it tells", p.room())
		}
		lines := 0
		for _, name := range p.GoFiles {
			lines += strings.Count(read(t, path.Join(p.room(), name)), "\n")
		}
		if lines > roomLinesMax {
			t.Errorf("%s has %d lines, at most %d; find the seam in it", p.room(), lines, roomLinesMax)
		}
	}
	if rooms < 16 {
		t.Errorf("only %d rooms were found below sync/", rooms)
	}
}
