package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// TestEachNamingAgreesWithEachRow: over random commits, staged and durable, the index finds what reading every
// base row finds, deleted ones included, in the same order.
func TestEachNamingAgreesWithEachRow(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 11))
	i := NewImage(nil)
	s := NewStage(i)
	owners := []string{`"a"`, `"b"`, `"c"`, `null`, `7`, `"7"`, `["a"]`}
	seq := uint64(0)
	for step := range 2_000 {
		seq++
		c := &Commit{Seq: seq}
		for range 1 + draw.IntN(4) {
			id := fmt.Sprint(draw.IntN(60))
			if draw.IntN(5) == 0 {
				c.Removed = append(c.Removed, Key{"Child", id})
				continue
			}
			c.Rows = append(c.Rows, Row{Model: "Child", ID: id, Base: record.TrustString(fmt.Sprintf(
				`{"id":%q,"owner":%s,"_version":1,"_deleted":%v}`, id, owners[draw.IntN(len(owners))], draw.IntN(3) == 0))})
		}
		s.Add(c)
		if draw.IntN(3) > 0 {
			s.Take()
			s.Done()
		}
		for _, owner := range owners[:3] {
			value := record.TrustString(owner)
			var want, got []string
			s.EachRow("Child", func(row Row) bool {
				if record.Equal(row.Base.Field("owner"), value) {
					want = append(want, row.ID)
				}
				return true
			})
			s.EachNaming("Child", "owner", []record.Value{value}, func(row Row) {
				if record.Equal(row.Base.Field("owner"), value) {
					got = append(got, row.ID)
				}
			})
			if !slices.Equal(got, want) {
				t.Fatalf("step %d, owner %s: got %v, want %v", step, owner, got, want)
			}
		}
		count := 0
		s.EachRow("Child", func(row Row) bool {
			if isTombstone(row.Base) {
				count++
			}
			return true
		})
		if s.AnyTombstone("Child") != (count > 0) && s.Len() == 0 {
			t.Fatalf("step %d: %d tombstones, AnyTombstone says %v", step, count, s.AnyTombstone("Child"))
		}
	}
}
