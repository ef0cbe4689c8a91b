package sdl_test

import (
	"fmt"

	"github.com/deltabase/deltabase/schema/sdl"
)

// A schema has more than its text says: plural names, timestamps, and a foreign key for each relation.
func ExampleParse() {
	s, err := sdl.Parse("schema.graphql", []byte(`
		type Person @model { id: ID! name: String! posts: [Post] @hasMany }
		type Post @model { id: ID! title: String! }
	`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, model := range s.Models {
		fmt.Print(model.Name, " (", model.Plural, "):")
		for _, field := range model.Fields {
			fmt.Print(" ", field.Name)
		}
		fmt.Println()
	}
	// Output:
	// Person (People): id name posts createdAt updatedAt
	// Post (Posts): id title createdAt updatedAt personPostsId
}

// A mistake is told with its place and what to do.
func ExampleParse_mistake() {
	_, err := sdl.Parse("schema.graphql", []byte(`type Post @model { id: ID! tag: String @hasMany }`))
	fmt.Println(err)
	// Output:
	// schema.graphql:1:41: @hasMany on tag leads to String, which is not a model. Make the field's type a @model, or remove @hasMany.
}
