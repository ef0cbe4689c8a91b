package sync_test

import (
	"slices"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// addAdopting: what a page takes over from another store.
func addAdopting(add adder) {
	// adopt A was mark row Post {...} | create e1 Post {...} [if {...}] [sent] [new] [unqueued] | update ... | delete ...
	// was "-" is the first batch; mark "-" only asks.
	add("adopt", func(h *host, args []string) error {
		ev := engine.Adopt{Call: h.newCall(args[0]), Was: markOf(args[1]), Mark: markOf(args[2])}
		for _, words := range split(args[3:], "|") {
			if len(words) == 0 {
				continue
			}
			if words[0] == "row" {
				row, _ := value(words, 2)
				ev.Rows = append(ev.Rows, engine.AdoptedRow{Model: words[1], Row: row})
				continue
			}
			change := engine.AdoptedChange{ID: words[1], Model: words[2], Operation: conflict.Operation(words[0])}
			for _, flag := range []struct {
				name string
				set  *bool
			}{{"sent", &change.Sent}, {"new", &change.NewID}, {"unqueued", &change.Unqueued}} {
				if i := slices.Index(words, flag.name); i >= 0 {
					words, *flag.set = slices.Delete(slices.Clone(words), i, i+1), true
				}
			}
			var rest []string
			change.Fields, rest = value(words, 3)
			change.RecordID = change.Fields.Field("id").Str()
			if len(rest) > 1 {
				change.Condition, _ = value(rest, 1)
			}
			ev.Changes = append(ev.Changes, change)
		}
		h.step(ev)
		return nil
	})
}

func markOf(word string) record.Value {
	if word == "-" {
		return record.Value{}
	}
	return record.OfString(word)
}
