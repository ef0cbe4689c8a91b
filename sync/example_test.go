package sync_test

import (
	"fmt"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/store/memory"
	engine "github.com/deltabase/deltabase/sync"
)

// A whole host: step, carry out, answer. This one keeps the database in memory and has no server, so a clock that
// stands still and no randomness are enough. The query, asked right behind the save, is answered first and without
// it: what is not on the disk is not seen.
func Example() {
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model { id: ID! title: String! }`))
	if err != nil {
		fmt.Println(err)
		return
	}
	e, disk := engine.New(), memory.Open(&memory.Disk{})
	events := []engine.Event{
		engine.TabJoined{Tab: "A"},
		engine.Configure{Call: engine.Call{Tab: "A", ID: 1}, Schema: s, Config: record.TrustString(`{}`)},
		engine.Save{Call: engine.Call{Tab: "A", ID: 2}, MutationID: "m1", Model: "Post", NewID: true,
			Record: record.TrustString(`{"id":"p1","title":"Hello"}`), Fields: record.TrustString(`{"id":"p1","title":"Hello"}`)},
		engine.Query{Call: engine.Call{Tab: "A", ID: 3}, Model: "Post"},
	}
	for len(events) > 0 {
		event := events[0]
		events = events[1:]
		for _, effect := range e.Step(engine.Moment{NowMs: 1714557600000}, event) {
			switch f := effect.(type) {
			case engine.Load:
				image, faults, err := disk.Load(s)
				if err != nil {
					fmt.Println(err)
					return
				}
				events = append(events, engine.Loaded{Effect: f.ID, Image: image, Faults: faults})
			case engine.Commit:
				if err := disk.Commit(f.Commit); err != nil {
					fmt.Println(err)
					return
				}
				fmt.Println("committed:", f.Commit.Name)
				events = append(events, engine.Committed{Effect: f.ID})
			case engine.Reply:
				fmt.Println("answer", f.Call.ID, string(f.Body))
			}
		}
	}
	// Output:
	// answer 1 null
	// committed: open epoch
	// answer 3 []
	// committed: save+outbox
	// answer 2 {"id":"p1","title":"Hello","createdAt":null,"updatedAt":null,"_version":null,"_lastChangedAt":null,"_deleted":null}
}
