package sdl

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// firstTransformer translates @key and @connection, the directives of Amplify's first transformer, to
// those of today. It edits the text, so that the file that it makes for a person says the same as what
// is compiled.
type firstTransformer struct {
	c      *compiler
	doc    *ast.SchemaDocument
	text   []rune
	tokens []lexer.Token
	at     map[int]int // the place in tokens, by where a token starts
	edits  []edit
	added  map[string]*addedField // by type and name
	order  []*addedField
}

// addedField is a field that the first transformer kept without a declaration.
type addedField struct {
	name, typeName string
	directives     []string
	at             int // where it is inserted
}

// upgrade writes a text with today's directives, nil when it has none of the first transformer. What it
// can't translate is reported.
func (c *compiler) upgrade(doc *ast.SchemaDocument, text string) *edited {
	if !ofFirstTransformer(doc) {
		return nil
	}
	t := &firstTransformer{c: c, doc: doc, text: []rune(text), at: map[int]int{}, added: map[string]*addedField{}}
	read := lexer.New(&ast.Source{Input: text})
	for {
		token, err := read.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			break
		}
		t.at[token.Pos.Start] = len(t.tokens)
		t.tokens = append(t.tokens, token)
	}
	for _, d := range doc.Definitions {
		for _, key := range d.Directives {
			if key.Name == "key" {
				t.key(d, key)
			}
		}
	}
	for _, d := range doc.Definitions {
		for _, f := range d.Fields {
			if connection := f.Directives.ForName("connection"); connection != nil {
				t.connection(d, f, connection)
			}
		}
	}
	for _, f := range t.order {
		t.edits = append(t.edits, edit{start: f.at, end: f.at, text: f.name + ": " + strings.Join(append([]string{f.typeName}, f.directives...), " "), field: true})
	}
	return &edited{text: t.text, edits: t.edits}
}

func ofFirstTransformer(doc *ast.SchemaDocument) bool {
	for _, d := range doc.Definitions {
		if d.Directives.ForName("key") != nil {
			return true
		}
		for _, f := range d.Fields {
			if f.Directives.ForName("connection") != nil {
				return true
			}
		}
	}
	return false
}

func (t *firstTransformer) wrong(d *ast.Directive, what, instead string) {
	t.c.wrong(d.Position, what, instead)
}

func (t *firstTransformer) told(d *ast.Directive, as string) {
	t.c.notice(d.Position, "@"+d.Name+" is a directive of the first transformer.", "It is read as "+as+
		"; `deltabase schema --upgrade` rewrites the file.")
}

// key translates @key(name, fields, queryField) on a type, which is a primary key without a name.
func (t *firstTransformer) key(d *ast.Definition, key *ast.Directive) {
	t.c.checkArguments(key, directive{arguments: map[string]argumentKind{"name": oneString, "fields": stringList, "queryField": stringOrNull}})
	fields := stringsArgument(key, "fields")
	if len(fields) == 0 {
		t.wrong(key, "@key of "+d.Name+" names no fields.", `Write @key(fields: ["..."]).`)
		return
	}
	var arguments []string
	name := "primaryKey"
	if index := stringArgument(key, "name"); index != "" {
		name = "index"
		arguments = append(arguments, "name: "+quoted(index))
	}
	if len(fields) > 1 {
		arguments = append(arguments, "sortKeyFields: "+listed(fields[1:]))
	}
	if name == "index" { // without a name for the query, the first transformer made none
		query := "null"
		if field := stringArgument(key, "queryField"); field != "" {
			query = quoted(field)
		}
		arguments = append(arguments, "queryField: "+query)
	}
	text := "@" + name
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	switch f := d.Fields.ForName(fields[0]); {
	case f != nil:
		t.insert(t.afterType(f), " "+text)
	case fields[0] == "id":
		t.addField(d, "id", "ID!", t.beforeFields(d)).also(text)
	default:
		t.wrong(key, "The key field "+fields[0]+" does not exist in "+d.Name+".", "Declare it, or name another field.")
		return
	}
	t.remove(key)
	t.told(key, text+" on the field "+fields[0])
}

func listed(names []string) string { return `["` + strings.Join(names, `", "`) + `"]` }

// primaryKey is the key of a type as @key declares it.
func primaryKey(d *ast.Definition) []string {
	for _, key := range d.Directives {
		if key.Name == "key" && stringArgument(key, "name") == "" {
			return stringsArgument(key, "fields")
		}
	}
	return namesOf(keyFields(d))
}

// indexFields are those of an index, declared in either way.
func indexFields(d *ast.Definition, name string) []string {
	for _, key := range d.Directives {
		if key.Name == "key" && stringArgument(key, "name") == name {
			return stringsArgument(key, "fields")
		}
	}
	for _, f := range d.Fields {
		for _, index := range f.Directives {
			if index.Name == "index" && stringArgument(index, "name") == name {
				return append([]string{f.Name}, stringsArgument(index, "sortKeyFields")...)
			}
		}
	}
	return nil
}

func (f *addedField) also(directive string) {
	for _, known := range f.directives {
		if known == directive {
			return
		}
	}
	f.directives = append(f.directives, directive)
}

// addField declares a field once; directives of a declared one are written behind its type.
func (t *firstTransformer) addField(d *ast.Definition, name, typeName string, at int) *addedField {
	id := d.Name + "." + name
	if t.added[id] == nil {
		f := &addedField{name: name, typeName: typeName, at: at}
		t.added[id] = f
		t.order = append(t.order, f)
	}
	return t.added[id]
}

func (t *firstTransformer) keyField(d *ast.Definition, name, typeName, directive string, at int) {
	if f := d.Fields.ForName(name); f != nil {
		if directive != "" {
			t.insert(t.afterType(f), " "+directive)
		}
		return
	}
	f := t.addField(d, name, typeName, at)
	if directive != "" {
		f.also(directive)
	}
}
