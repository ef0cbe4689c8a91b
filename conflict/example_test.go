package conflict_test

import (
	"fmt"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
)

// Somebody sends a change that was made on version 1, and the server has version 2: what happens is up
// to the strategy.
func ExampleDecide() {
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model { id: ID! title: String tags: [String] }`))
	if err != nil {
		fmt.Println(err)
		return
	}
	attempt := conflict.Attempt{
		Operation: conflict.Update,
		Version:   1,
		Input:     record.TrustString(`{"id":"p1","title":"mine","tags":["b"]}`),
		Stored:    record.TrustString(`{"id":"p1","title":"theirs","tags":["a"],"_version":2,"_lastChangedAt":1,"_deleted":null}`),
	}
	for _, strategy := range []conflict.Strategy{conflict.Automerge, conflict.Optimistic} {
		attempt.Strategy = strategy
		switch outcome := conflict.Decide(s.Model("Post"), attempt); outcome.Verdict {
		case conflict.Apply:
			fmt.Println(strategy, "writes", outcome.Row, "and rejects", outcome.Rejected)
		default:
			fmt.Println(strategy, "refuses")
		}
	}
	// Output:
	// AUTOMERGE writes {"id":"p1","title":"theirs","tags":["a","b"]} and rejects [title]
	// OPTIMISTIC_CONCURRENCY refuses
}
