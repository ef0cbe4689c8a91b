package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/deltabase/deltabase/schema/sdl"
)

const measuredModels = `type Todo @model { id: ID! title: String list: List @belongsTo }
type List @model { id: ID! name: String todos: [Todo] @hasMany }`

func apiOf(t testing.TB) *apiSchema {
	t.Helper()
	s, err := sdl.Parse("schema.graphql", []byte(measuredModels))
	if err != nil {
		t.Fatal(err)
	}
	api, err := buildAPI(s)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// stepsMost is what all walks over a document may take: a look at each selection and value in measuring,
// and what it expands to in validating and merging.
func stepsMost(document string) int { return len(document) + 5*DocumentNodesMax }

// TestStepsAreBounded counts the steps of documents that expand. Twice the document is not four times
// the work.
func TestStepsAreBounded(t *testing.T) {
	api := apiOf(t)
	steps := func(document string) int {
		w := &work{}
		d := newDocuments(api.types, nil)
		d.get(document, w)
		if w.steps > stepsMost(document) {
			t.Errorf("%.60s: %d steps for %d bytes", document, w.steps, len(document))
		}
		return w.steps
	}
	for _, n := range []int{10, 20, 40, 80} {
		var doubling, wide, cycles strings.Builder
		doubling.WriteString("{...f0 ...f0}")
		cycles.WriteString("{...f0}")
		for i := range n {
			fmt.Fprintf(&doubling, " fragment f%d on Query{...f%d ...f%d}", i, i+1, i+1)
			fmt.Fprintf(&cycles, " fragment f%d on Query{%s}", i, strings.Repeat("...f0 ", n))
		}
		fmt.Fprintf(&doubling, " fragment f%d on Query{nope}", n)
		fmt.Fprintf(&wide, "{%s}", strings.Repeat("getTodo(id:1){"+strings.Repeat("id ", n)+"} ", 90))
		if got := steps(doubling.String()); got > 10*n {
			t.Errorf("%d doubling fragments took %d steps", n, got)
		}
		if got := steps(cycles.String()); got > 10*n*n {
			t.Errorf("%d fragments in cycles took %d steps", n, got)
		}
		if once, twice := steps(wide.String()), steps(strings.ReplaceAll(wide.String(), "id ", "id id ")); twice > 3*once {
			t.Errorf("%d fields under one key took %d steps, twice as many %d", n, once, twice)
		}
	}
}

// FuzzDocument: whatever a document is, looking through it takes a bounded number of steps and tells at
// most ten mistakes, which repeat a bounded part of it.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"{ getTodo(id: 1) { id list { todos { items { id } } } } }",
		"{...f0 ...f0} fragment f0 on Query{...f1 ...f1} fragment f1 on Query{nope}",
		"{...a} fragment a on Query{...b ...b} fragment b on Query{...a ...a}",
		"{__schema{types{a:name b:kind}} __schema{types{a:kind b:name}}}",
		"query q($v: ID = [[1]]) @skip(if: $v) { getTodo(id: $v) { id id: title } }",
		`{ listTodos(filter: {and: [{title: {eq: "#"}}]}) { nextToken } } # c` + "\r\n",
		`{ listTodos(filter: {title: {eq: """ # "" \""" """}}) { nextToken } }`,
		"subscription { onCreateTodo { id } }", "{", `{a(b:"`, "#",
	} {
		f.Add(seed)
	}
	api := apiOf(f)
	f.Fuzz(func(t *testing.T, document string) {
		for _, text := range []string{document, document + document, strings.ReplaceAll(document, "}", document+"}")} {
			_, whole := parser.ParseQuery(&ast.Source{Input: text})
			if _, bare := parser.ParseQuery(&ast.Source{Input: withoutComments(text)}); (whole == nil) != (bare == nil) {
				t.Fatalf("with comments: %v, without: %v", whole, bare)
			}
			w := &work{}
			d := newDocuments(api.types, nil)
			query, invalid, err := d.get(text, w)
			if w.steps > stepsMost(text) {
				t.Fatalf("%d steps for %d bytes", w.steps, len(text))
			}
			if len(invalid) > ValidationErrorsMax {
				t.Fatalf("%d errors", len(invalid))
			}
			for _, e := range invalid {
				if len(e.Message) > 3*QuotedBytesMax {
					t.Fatalf("an error of %d bytes", len(e.Message))
				}
			}
			if err == nil && invalid == nil && query == nil {
				t.Fatal("neither a document nor what is wrong with it")
			}
		}
	})
}
