package sdl

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

type argumentKind int

const (
	anyValue argumentKind = iota
	oneString
	stringOrNull
	stringList // a list of strings; one string counts as a list of one
	wholeNumber
)

// directive says where a directive may stand and what its arguments are.
type directive struct {
	onType, onField, repeatable bool
	arguments                   map[string]argumentKind
	// unserved says of a directive that is accepted what becomes of it; its arguments are not read.
	unserved string
}

var directives = map[string]directive{
	"model": {onType: true, arguments: map[string]argumentKind{
		"queries": anyValue, "mutations": anyValue, "subscriptions": anyValue, "timestamps": anyValue}},
	"auth":       {onType: true, onField: true, arguments: map[string]argumentKind{"rules": anyValue}},
	"primaryKey": {onField: true, arguments: map[string]argumentKind{"sortKeyFields": stringList}},
	"index": {onField: true, repeatable: true, arguments: map[string]argumentKind{
		"name": oneString, "sortKeyFields": stringList, "queryField": stringOrNull, "projection": anyValue}},
	"hasOne": {onField: true, arguments: map[string]argumentKind{"fields": stringList, "references": stringList}},
	"hasMany": {onField: true, arguments: map[string]argumentKind{
		"indexName": oneString, "fields": stringList, "references": stringList, "limit": wholeNumber}},
	"belongsTo": {onField: true, arguments: map[string]argumentKind{
		"fields": stringList, "references": stringList, "overrideIndexName": oneString}},
	"manyToMany": {onField: true, arguments: map[string]argumentKind{"relationName": oneString, "limit": wholeNumber}},
	"default":    {onField: true, arguments: map[string]argumentKind{"value": oneString}},

	"searchable": {onType: true, unserved: "Search queries are not served; use list queries with a filter, or an @index."},
	"versioned":  {onType: true, unserved: "Every model is versioned; remove it."},
	"mapsTo":     {onType: true, unserved: "Tables are named by the type; remove it."},
	"refersTo":   {onType: true, onField: true, unserved: "Tables and columns are named by the type and its fields; remove it."},
	"deprecated": {onField: true, unserved: "Nothing is generated from it."},
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkDirectives reports unknown and misplaced directives and arguments.
func (c *compiler) checkDirectives(list ast.DirectiveList, onField bool) {
	seen := map[string]bool{}
	for _, d := range list {
		known, ok := directives[d.Name]
		switch {
		case !ok && c.first && (d.Name == "key" || d.Name == "connection"):
			continue // was reported when it could not be translated
		case !ok && strings.HasPrefix(d.Name, "aws_"):
			c.wrong(d.Position, "@"+d.Name+" does not say who may do what with a model.", "Write it as a rule of @auth.")
			continue
		case !ok:
			c.wrong(d.Position, "There is no directive @"+d.Name+".", didYouMean(d.Name, sortedKeys(directives)))
			continue
		case onField && !known.onField:
			c.wrong(d.Position, "@"+d.Name+" cannot stand on a field.", "Write it after the name of the type.")
		case !onField && !known.onType:
			c.wrong(d.Position, "@"+d.Name+" cannot stand on a type.", "Write it after the type of a field.")
		case known.unserved != "":
			c.notice(d.Position, "@"+d.Name+" has no effect.", known.unserved)
			continue
		case seen[d.Name] && !known.repeatable:
			c.wrong(d.Position, "@"+d.Name+" stands here twice.", "Keep one of them.")
		}
		seen[d.Name] = true
		c.checkArguments(d, known)
	}
}

func (c *compiler) checkArguments(d *ast.Directive, known directive) {
	seen := map[string]bool{}
	for _, a := range d.Arguments {
		kind, ok := known.arguments[a.Name]
		switch {
		case !ok:
			c.wrong(a.Position, "@"+d.Name+" has no argument "+a.Name+".", didYouMean(a.Name, sortedKeys(known.arguments)))
		case seen[a.Name]:
			c.wrong(a.Position, "The argument "+a.Name+" is given twice.", "Keep one of them.")
		case kind == oneString && a.Value.Kind != ast.StringValue,
			kind == stringOrNull && a.Value.Kind != ast.StringValue && a.Value.Kind != ast.NullValue:
			c.wrong(a.Position, "The argument "+a.Name+" of @"+d.Name+" is not a string.", `Write it in quotes: `+a.Name+`: "..."`)
		case kind == stringList && !isStrings(a.Value):
			c.wrong(a.Position, "The argument "+a.Name+" of @"+d.Name+" is not a list of names.", `Write `+a.Name+`: ["..."]`)
		case kind == wholeNumber && a.Value.Kind != ast.IntValue:
			c.wrong(a.Position, "The argument "+a.Name+" of @"+d.Name+" is not a number.", "Write "+a.Name+": 100")
		}
		seen[a.Name] = true
	}
}

func isStrings(v *ast.Value) bool {
	if v.Kind == ast.StringValue {
		return true
	}
	if v.Kind != ast.ListValue || len(v.Children) == 0 {
		return false
	}
	for _, e := range v.Children {
		if e.Value.Kind != ast.StringValue {
			return false
		}
	}
	return true
}

// stringArgument reads an argument that is a string, "" when it is absent.
func stringArgument(d *ast.Directive, name string) string {
	if a := d.Arguments.ForName(name); a != nil && a.Value.Kind == ast.StringValue {
		return a.Value.Raw
	}
	return ""
}

// stringsArgument reads a list of strings, nil when it is absent.
func stringsArgument(d *ast.Directive, name string) []string {
	a := d.Arguments.ForName(name)
	if a == nil {
		return nil
	}
	return stringsOf(a.Value)
}

func stringsOf(v *ast.Value) []string {
	if v.Kind == ast.StringValue || v.Kind == ast.EnumValue {
		return []string{v.Raw}
	}
	var list []string
	for _, e := range v.Children {
		list = append(list, e.Value.Raw)
	}
	return list
}

func positionOf(d *ast.Directive, argument string) *ast.Position {
	if a := d.Arguments.ForName(argument); a != nil {
		return a.Position
	}
	return d.Position
}

func quoted(s string) string { return strconv.Quote(s) }
