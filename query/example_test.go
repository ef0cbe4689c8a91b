package query_test

import (
	"fmt"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema/sdl"
)

// A predicate is AppSync's filter, evaluated as the page does.
func Example() {
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model { id: ID! title: String! rating: Int }`))
	if err != nil {
		fmt.Println(err)
		return
	}
	post := s.Model("Post")
	good, err := query.Parse(post, record.TrustString(`{"rating":{"ge":4}}`), query.Client)
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := query.ParseSort(post, record.TrustString(`[{"field":"rating","direction":"DESCENDING"}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var found []record.Value
	for _, text := range []string{
		`{"id":"a","title":"Good","rating":4}`,
		`{"id":"b","title":"Bad","rating":1}`,
		`{"id":"c","title":"Best","rating":5}`,
		`{"id":"d","title":"Nobody rated it","rating":null}`,
	} {
		if row := record.TrustString(text); good.Match(row) {
			found = append(found, row)
		}
	}
	query.Sort(found, keys)
	for _, row := range found {
		fmt.Println(row.Field("title").Str())
	}
	// Output:
	// Best
	// Good
}
