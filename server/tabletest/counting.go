package tabletest

import (
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
)

// testCount is for back ends that bring server.Counter.
func testCount(t *testing.T, tables server.Tables) {
	put(t, tables, "Post", "a", 1, 1_000, conflict.Create)
	put(t, tables, "Post", "a", 2, 2_000, conflict.Update)
	put(t, tables, "Post", "b", 2, 3_000, conflict.Delete)
	put(t, tables, "Tag", "a", 1, 4_000, conflict.Create)
	view(t, tables, func(r server.Reader) error {
		c, ok := r.(server.Counter)
		if !ok {
			t.Skip("this back end does not count")
		}
		for model, want := range map[string]int64{"Post": 2, "Tag": 1, "Blog": 0} {
			if n, err := c.Count(model); n != want || err != nil {
				t.Errorf("%d rows of %s (%v), %d were written", n, model, err, want)
			}
		}
		return nil
	})
}
