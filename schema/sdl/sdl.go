// Package sdl reads a GraphQL schema with the Amplify directives and makes a schema.Schema of it,
// in the form that Amplify's codegen would write: with plural names, implicit keys, timestamps
// and foreign keys. Server and command line only; the page loads the compiled form.
package sdl

import (
	"errors"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/deltabase/deltabase/schema"
)

// CodegenVersion is the version of Amplify's codegen whose shape the compiled form has.
const CodegenVersion = "3.4.4"

// Reading is what a file says.
type Reading struct {
	Schema *schema.Schema
	// Notices name what is read in another form than it is written, and what is not served, in the order of the lines.
	Notices Errors
	// Upgraded is the text with today's directives in the place of those of Amplify's first transformer; nil
	// when it has none of them.
	Upgraded []byte
}

// Parse is Read for callers who want the schema alone.
func Parse(file string, text []byte) (*schema.Schema, error) {
	r, err := Read(file, text)
	if err != nil {
		return nil, err
	}
	return r.Schema, nil
}

// Read reads one SDL file; file is its name for messages. The error, an Errors, lists everything
// that is wrong with it at once (but only the first syntax error, after which nothing is read).
func Read(file string, text []byte) (*Reading, error) {
	c := &compiler{file: file, models: map[string]*model{}, types: map[string]*ast.Definition{}, unread: map[string]string{}}
	if len(text) > schema.SchemaBytesMax {
		c.wrong(nil, "The file is larger than 8 MiB.", "Check that this is the schema; split off what is not.")
		return nil, c.errors
	}
	doc, err := parser.ParseSchemaWithLimit(&ast.Source{Name: file, Input: string(text)}, tokensMax)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	r := &Reading{}
	if upgraded := c.upgrade(doc, string(text)); upgraded != nil {
		c.first = true
		r.Upgraded = []byte(upgraded.readable())
		if doc, err = parser.ParseSchemaWithLimit(&ast.Source{Name: file, Input: upgraded.sameLines()}, tokensMax); err != nil {
			return nil, syntaxError(file, err)
		}
	}
	r.Schema = c.compile(doc)
	if len(c.errors) > 0 {
		c.errors.sort()
		return nil, c.errors
	}
	c.notices.sort()
	r.Notices = c.notices
	return r, nil
}

func (l Errors) sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i], l[j]
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
}

func syntaxError(file string, err error) error {
	e := &Error{File: file, Line: 1, Column: 1, What: err.Error(),
		Instead: "Write GraphQL schema language, for example: type Post @model { title: String! }"}
	var syntax *gqlerror.Error
	if errors.As(err, &syntax) {
		e.What = sentence(syntax.Message)
		if len(syntax.Locations) > 0 {
			e.Line, e.Column = syntax.Locations[0].Line, syntax.Locations[0].Column
		}
	}
	return Errors{e}
}

// compiler goes through a file in stages: names, fields, keys, relations, the rest. Each stage
// reports what it finds and goes on, so that all errors come at once.
type compiler struct {
	file    string
	errors  Errors
	notices Errors
	// unread names what kind of type was left aside: custom operations alone use it.
	unread     map[string]string
	types      map[string]*ast.Definition
	order      []*model
	models     map[string]*model
	schema     *schema.Schema
	globalAuth []schema.AuthRule
	// simplePlurals is an option of old projects.
	simplePlurals bool
	first         bool // the file is of Amplify's first transformer
}

// model is a @model type on its way.
type model struct {
	*schema.Model
	source    *ast.Definition
	fields    map[string]*ast.FieldDefinition
	relations []*relation
	added     []*schema.Field // foreign keys; they come after the timestamps
}

func (c *compiler) compile(doc *ast.SchemaDocument) *schema.Schema {
	c.schema = &schema.Schema{CodegenVersion: CodegenVersion}
	c.manyToMany(doc)
	c.collect(doc)
	for _, m := range c.order {
		if c.simplePlurals {
			m.Plural = m.Name + "s"
		}
		c.modelFields(m)
		c.modelSettings(m)
	}
	c.embeddedEndless()
	for _, m := range c.order {
		c.keys(m)
	}
	c.relations()
	for _, m := range c.order {
		c.timestamps(m)
		m.Fields = append(m.Fields, m.added...)
		c.modelAuth(m)
		c.schema.Models = append(c.schema.Models, m.Model)
	}
	c.operationNames()
	c.generatedNames()
	if len(c.errors) > 0 {
		return nil
	}
	if err := c.schema.Complete(); err != nil {
		c.wrong(nil, err.Error(), "Break the circle: two models cannot both belong to each other.")
		return nil
	}
	c.schema.Version = c.schema.Hash()
	return c.schema
}
