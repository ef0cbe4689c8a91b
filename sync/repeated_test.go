package sync_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRepeatedAmongMany: an id that was taken changes nothing again, also when so many have ended that the
// engine remembers the newest only.
func TestRepeatedAmongMany(t *testing.T) {
	h := upHost(t, "offline")
	h.saved("p1", "first")
	edit := func(id, rating int) {
		h.lines = nil
		told(t, h, fmt.Sprintf(`save A e%d Post {"id":"p1","rating":%d} fields {"rating":%d}`, id, rating, rating))
	}
	for i := range 20_003 {
		edit(i, i)
		edit(i, -1)
		if answer := strings.Join(h.lines, "\n"); strings.Contains(answer, "commit") || !strings.Contains(answer, "reply A") {
			t.Fatalf("edit %d, repeated when it had ended: %s", i, answer)
		}
	}
}
