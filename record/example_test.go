package record_test

import (
	"fmt"

	"github.com/deltabase/deltabase/record"
)

// A record is read out of its text, and what changed is a record again. Numbers keep their digits.
func Example() {
	before, err := record.Parse([]byte(`{"id":"p1","title":"Hello","views":12345678901234567890}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	after := record.Overlay(before, record.TrustString(`{"title":"Hello again"}`))
	fmt.Println(after.Field("title").Str())
	fmt.Println(after)
	fmt.Println(record.Changed(before, after))
	// Output:
	// Hello again
	// {"id":"p1","title":"Hello again","views":12345678901234567890}
	// {"title":"Hello again"}
}
