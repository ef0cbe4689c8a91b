package sync_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// TestWritesAreLinear saves and deletes many records with children in one call, in many calls at once, and where the
// server had refused their creates: four times as many cost about four times as much. What is counted is the memory that
// is asked for, which a walk through what is queued or staged asks for anew.
func TestWritesAreLinear(t *testing.T) {
	for name, write := range map[string]func(h *host, n int){
		"one call": func(h *host, n int) {
			h.step(engine.WriteAll{Call: h.newCall("A"), Writes: families(n)})
			h.step(engine.WriteAll{Call: h.newCall("A"), Writes: deletesOf(n)})
		},
		"one call while another transaction is under way": func(h *host, n int) {
			h.command("hold")
			h.step(engine.WriteAll{Call: h.newCall("A"), Writes: families(n)})
			h.step(engine.WriteAll{Call: h.newCall("A"), Writes: deletesOf(n)})
			h.command("free")
		},
		"many calls": func(h *host, n int) {
			h.step(engine.WriteAll{Call: h.newCall("A"), Writes: families(n)})
			h.command("hold")
			for _, write := range deletesOf(n) {
				ev := write.(engine.Delete)
				ev.Call = h.newCall("A")
				h.step(ev)
			}
			h.command("free")
		},
	} {
		cost := func(n int) uint64 {
			h := upHost(t, "offline")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			write(h, n)
			settle()
			runtime.ReadMemStats(&after)
			if left := h.lastLine("reply A [[{"); name != "many calls" && strings.Count(left, `"b`) == 0 {
				t.Fatalf("%s: nothing was deleted", name)
			}
			if h.command("query A Blog"); h.lastLine("reply A [") != "reply A []" {
				t.Fatalf("%s: some are left", name)
			}
			return after.TotalAlloc - before.TotalAlloc
		}
		few, many := cost(300), cost(1200)
		t.Logf("%s: %d kB, %d kB", name, few/1000, many/1000)
		if many > 7*few {
			t.Errorf("%s: 1200 families take %d times the memory of 300", name, many/few)
		}
	}
}

// families are n blogs, each with a post.
func families(n int) (writes []engine.Event) {
	save := func(model, id, rest string) {
		row := record.TrustString(`{"id":"` + id + `","title":"t"` + rest + `}`)
		writes = append(writes, engine.Save{MutationID: "save-" + id, Model: model, Record: row, Fields: row})
	}
	for i := range n {
		save("Blog", fmt.Sprint("b", i), "")
		save("Post", fmt.Sprint("p", i), fmt.Sprintf(`,"blogID":"b%d"`, i))
	}
	return writes
}

func deletesOf(n int) (writes []engine.Event) {
	for i := range n {
		writes = append(writes, engine.Delete{MutationID: fmt.Sprint("delete-", i), Model: "Blog", ID: fmt.Sprint("b", i)})
	}
	return writes
}
