package importer

import (
	"errors"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
)

const shop = `
type Item @model {
  name: String!
  price: Float
  count: Int
  kind: Kind
  tags: [String!]
  place: Place
  raw: AWSJSON
  sold: Boolean
  ownerID: ID
}
type Shelf @model { sku: ID! @primaryKey(sortKeyFields: ["number"]) number: Int! createdAt: AWSDateTime! }
enum Kind { BIG SMALL }
type Place { cityName: String! zip: String codes: [Int] kind: Kind }
`

func parse(t *testing.T, text string) *schema.Schema {
	t.Helper()
	s, err := sdl.Parse("test.graphql", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, model, text string, change func(*Options)) (*Plan, error) {
	t.Helper()
	s := parse(t, shop)
	o := Options{Schema: s, Model: s.Model(model)}
	if change != nil {
		change(&o)
	}
	return Read("rows.json", []byte(text), o)
}

func TestRead(t *testing.T) {
	skip := func(o *Options) { o.SkipBad = true }
	coerce := func(o *Options) { o.Coerce = true }
	mapped := func(o *Options) { o.Map = map[string]string{"Cost in €": "price", "Note": ""} }
	for _, c := range []struct {
		name, model, text string
		options           func(*Options)
		want              string // the records without generated ids, or the error
	}{
		{"array", "Item", `[{"name":"a","Price":1.5,"Owner ID":"x"},{"name":"b"}]`, nil,
			`{"name":"a","price":1.5,"ownerID":"x"} {"name":"b"}`},
		{"lines", "Item", "\xef\xbb\xbf{\"name\":\"a\"}\r\n\n{\"name\":\"b\"}", nil, `{"name":"a"} {"name":"b"}`},
		{"one object over several lines", "Item", "{\n\"name\":\n\"a\"}\n", nil, `{"name":"a"}`},
		{"nulls are left out", "Item", `[{"name":"a","price":null,"tags":[]}]`, nil, `{"name":"a","tags":[]}`},
		{"map", "Item", `[{"name":"a","Cost in €":2,"Note":"x"}]`, mapped, `{"name":"a","price":2}`},
		{"coerce", "Item", `[{"name":12,"tags":["a",1.50],"place":{"City Name":5,"zip":8000,"codes":[1]},"ownerID":7}]`, coerce,
			`{"name":"12","tags":["a","1.50"],"place":{"cityName":"5","zip":"8000","codes":[1]},"ownerID":"7"}`},
		{"json", "Item", `[{"name":"a","raw":{"x":[1]}},{"name":"b","raw":"[1]"}]`, nil,
			`{"name":"a","raw":"{\"x\":[1]}"} {"name":"b","raw":"[1]"}`},
		{"own key", "Shelf", `[{"sku":"a","number":1},{"sku":"a","number":2}]`, nil, `{"sku":"a","number":1} {"sku":"a","number":2}`},

		{"wrong type", "Item", `[{"name":"a"},{"name":1}]`, nil, "index 1: Field name should be of type string, number received. 1"},
		{"line", "Item", "{\"name\":\"a\"}\n{\"name\":null}", nil, "line 2: Field name is required"},
		{"not an object", "Item", `[5]`, nil, "index 0: A row is an object of fields"},
		{"broken line", "Item", "{\"name\":\"a\"}\n{\"name\":", nil, "line 2: invalid JSON at byte 8"},
		{"broken array", "Item", "[{\"name\":\"a\"},\n{\"name\":]", nil, "line 2 is not JSON"},
		{"names twice", "Item", `[{"name":"a","name":"b"}]`, nil, "index 0: invalid JSON at byte 12: This field name is in the object twice."},
		{"empty", "Item", " \n", nil, "the file is empty"},
		{"enum", "Item", `[{"name":"a","kind":"HUGE"}]`, nil, `index 0: Field kind: "HUGE" is none of BIG, SMALL.`},
		{"Int", "Item", `[{"name":"a","count":3000000000}]`, nil, "index 0: Field count: An Int is a whole number"},
		{"inner enum", "Item", `[{"name":"a","place":{"cityName":"x","kind":"y"}}]`, nil, "Field place: kind: \"y\" is none of"},
		{"inner field", "Item", `[{"name":"a","place":{"cityName":"x","street":"y"}}]`, nil, "Place has no field street"},
		{"inner twice", "Item", `[{"name":"a","place":{"cityName":"x","City Name":"y"}}]`, nil, "cityName of Place is there twice"},
		{"list element", "Item", `[{"name":"a","tags":["\ud800"]}]`, nil, "Field tags: The string holds half of a surrogate pair"},
		{"json text", "Item", `[{"name":"a","raw":"{"}]`, nil, "Field raw is an invalid JSON object. {"},
		{"too large", "Item", `[{"name":"` + strings.Repeat("a", recordBytesMax) + `"}]`, nil, "larger than 400 kB"},
		{"key missing", "Shelf", `[{"sku":"a"}]`, nil, "index 0: Field number is required"},
		{"key twice", "Shelf", `[{"sku":"a","number":1},{"sku":"a","number":1}]`, nil, "index 1: The key a#1 is already in index 0."},
		{"key empty", "Item", `[{"id":"","name":"a"}]`, nil, "An index field cannot contain an empty string value"},
		{"skip", "Item", `[{"name":"a"},{"name":1},7]`, skip, `{"name":"a"}`},

		{"no such column", "Item", `[{"name":"a","Foo Bar":1}]`, skip, "Item has no field fooBar for the column 'Foo Bar': add it to the schema"},
		{"two columns", "Item", `[{"name":"a","Name":"b"}]`, nil, "The columns 'name' and 'Name' both go to the field name"},
		{"server's column", "Item", `[{"name":"a","createdAt":"2024-01-01T00:00:00Z"}]`, nil, "Item has no field createdAt"},
		{"bad map", "Item", `[{"name":"a","x":1}]`, func(o *Options) { o.Map = map[string]string{"x": "y"} }, "--map 'x=y': Item has no field y"},
		{"a map of no column", "Item", `[{"name":"a"}]`, func(o *Options) { o.Map = map[string]string{"nmae": "name"} }, "no row has the column 'nmae'"},
	} {
		plan, err := read(t, c.model, c.text, c.options)
		got := ""
		if err != nil {
			got = err.Error()
			if !strings.Contains(got, c.want) {
				t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
			}
			continue
		}
		for _, r := range plan.Records {
			text := r.Value.String()
			if strings.HasPrefix(text, `{"id":`) {
				text = "{" + text[len(`{"id":"00000000-0000-0000-0000-000000000000",`):]
			}
			got += " " + text
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s:%s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestCamelCase(t *testing.T) {
	for column, want := range map[string]string{
		"US Gross": "usGross", "IMDB Rating": "imdbRating", "Rotten Tomatoes Rating": "rottenTomatoesRating",
		"MPAA Rating": "mpaaRating", "US DVD Sales": "usDvdSales", "Running Time min": "runningTimeMin", "Title": "title",
		"release_date": "releaseDate", "createdAt": "createdAt", "ID": "id", "Ölpreis (€)": "ölpreis", "a-b.c": "aBC", "": "", "§": "",
	} {
		if got := camelCase(column); got != want {
			t.Errorf("%q: %q, want %q", column, got, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	ids := func(text string, change func(*Options)) []string {
		plan, err := read(t, "Item", text, change)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, r := range plan.Records {
			list = append(list, r.ID)
		}
		return list
	}
	one := ids(`[{"name":"a","price":1.50},{"name":"b"},{"name":"a","price":1.5}]`, nil)
	if one[0] == one[1] || one[0] == one[2] || len(one[0]) != 36 {
		t.Errorf("equal rows of a file get ids of their own: %v", one)
	}
	lines := ids("{\"price\":15e-1,\"name\":\"\\u0061\"}\n{\"name\":\"b\"}\n{\"name\":\"a\",\"price\":1.5}", nil)
	for i := range one {
		if one[i] != lines[i] {
			t.Errorf("the same rows written in another way get other ids: %v %v", one, lines)
		}
	}
	if again := ids(`[{"name":"a","price":1.5}]`, func(o *Options) { o.Map = map[string]string{"price": ""} }); again[0] != one[0] {
		t.Error("the id depends on how columns are mapped, not on the row")
	}
	if given := ids(`[{"id":"mine","name":"a"}]`, nil); given[0] != "mine" {
		t.Errorf("an id of the row is kept, not replaced by %s", given[0])
	}
	if other := recordID("Other", []byte("x"), 0); other == recordID("Item", []byte("x"), 0) {
		t.Error("two models share an id")
	}
	if got := string(canonical(record.TrustString(`{"b":[1.0,{"d":null,"c":true}],"a":"\u00e9"}`))); got != `{"a":"é","b":[1,{"c":true,"d":null}]}` {
		t.Error(got)
	}
}

func TestManyBadRows(t *testing.T) {
	_, err := read(t, "Item", strings.Repeat("7\n", badRowsMax+5), nil)
	var refused *Refused
	if !errors.As(err, &refused) || refused.RowCount != badRowsMax+5 || len(refused.Rows) != badRowsMax ||
		!strings.Contains(err.Error(), "and 5 more") {
		t.Errorf("%.200v", err)
	}
}
