package sim

import (
	"strings"
	"sync"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
)

// The models of every world: a parent, its children over HAS_MANY and HAS_ONE, a grandchild with
// a composite key, and one that stands alone with an embedded type and AWSJSON.
const sdlText = `
type Blog @model {
  id: ID!
  name: String!
  rank: Int
  tags: [String]
  extra: String
  posts: [Post] @hasMany(indexName: "byBlog", fields: ["id"])
  profile: Profile @hasOne(references: ["blogID"])
}
type Post @model {
  id: ID!
  title: String!
  body: String
  rank: Int
  tags: [String!]
  extra: String
  blogID: ID @index(name: "byBlog")
  blog: Blog @belongsTo(fields: ["blogID"])
  comments: [Comment] @hasMany(indexName: "byPost", fields: ["id"])
}
type Comment @model {
  thread: ID! @primaryKey(sortKeyFields: ["number"])
  number: Int!
  text: String!
  rank: Int
  marks: [Int!]!
  postID: ID @index(name: "byPost")
  post: Post @belongsTo(fields: ["postID"])
}
type Profile @model {
  id: ID!
  motto: String!
  rank: Int
  blogID: ID
  blog: Blog @belongsTo(references: ["blogID"])
}
type Note @model {
  id: ID!
  text: String!
  rank: Int
  list: [String]
  place: Place
  data: AWSJSON
}
type Place { street: String city: String }
`

// modelNames are the models, parents first.
var modelNames = []string{"Blog", "Post", "Comment", "Profile", "Note"}

// shapeOf says what the drawing of operations and the oracle know of a model. The oracle reads
// this table and not the schema under test.
type modelShape struct {
	key     []string
	text    string   // a required text
	texts   []string // optional ones
	list    string   // a list of texts, or of numbers
	numbers bool     // the list is one of numbers, and required
	parent  string   // the model of parentField
	foreign string   // the foreign key of a BELONGS_TO
	plural  string
}

var modelShapes = map[string]modelShape{
	"Blog":    {key: []string{"id"}, text: "name", texts: []string{"extra"}, list: "tags", plural: "Blogs"},
	"Post":    {key: []string{"id"}, text: "title", texts: []string{"body", "extra"}, list: "tags", parent: "Blog", foreign: "blogID", plural: "Posts"},
	"Comment": {key: []string{"thread", "number"}, text: "text", list: "marks", numbers: true, parent: "Post", foreign: "postID", plural: "Comments"},
	"Profile": {key: []string{"id"}, text: "motto", parent: "Blog", foreign: "blogID", plural: "Profiles"},
	"Note":    {key: []string{"id"}, text: "text", list: "list", plural: "Notes"},
}

// children lists for each model the models whose foreign key points at it: what a delete on a
// device takes along.
var children = map[string][]string{"Blog": {"Post", "Profile"}, "Post": {"Comment"}}

// schemas are the newest schema, which the server runs, and an older one without the field extra,
// which some devices still have (rule 11).
type schemas struct{ newest, older *schema.Schema }

var parsed = sync.OnceValue(func() schemas {
	parse := func(text string) *schema.Schema {
		s, err := sdl.Parse("simulation.graphql", []byte(text))
		if err != nil {
			panic(err) // the text above is not valid
		}
		return s
	}
	return schemas{newest: parse(sdlText), older: parse(strings.ReplaceAll(sdlText, "  extra: String\n", ""))}
})

var strategies = []conflict.Strategy{conflict.Automerge, conflict.Optimistic, conflict.Lambda, conflict.None, conflict.Automerge}

// strategiesOf gives each model its own strategy; turn lets them take turns between seeds.
func strategiesOf(turn int) map[string]conflict.Strategy {
	given := map[string]conflict.Strategy{}
	for i, name := range modelNames {
		given[name] = strategies[(i+turn)%len(strategies)]
	}
	return given
}
