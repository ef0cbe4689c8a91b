package server

import (
	"container/list"
	"fmt"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/deltabase/deltabase/appsync"
)

// documents parses and validates GraphQL text and keeps what was valid, the latest used first,
// within CachedDocumentsMax and CachedDocumentBytesMax. Kept documents are only read.
type documents struct {
	types *ast.Schema

	mu    sync.Mutex
	byKey map[string]*list.Element
	used  list.List // of *cachedDocument
	bytes int
}

type cachedDocument struct {
	text  string
	query *ast.QueryDocument
}

// get returns the document of a text. A *appsync.RequestError means that it is not GraphQL or
// too much of it; validation errors are a response of their own.
func (d *documents) get(text string) (*ast.QueryDocument, []appsync.Error, error) {
	if query := d.cached(text); query != nil {
		return query, nil, nil
	}
	if len(text) > DocumentBytesMax {
		return nil, nil, badRequest("The document has %d bytes; at most %d are accepted.", len(text), DocumentBytesMax)
	}
	query, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, DocumentTokens)
	if err != nil || len(query.Operations) == 0 {
		return nil, nil, &appsync.RequestError{Type: "MalformedHttpRequestException", Message: "Unable to parse GraphQL query."}
	}
	if err := checkExtent(query); err != nil {
		return nil, nil, err
	}
	if failures := validator.ValidateWithRules(d.types, query, nil); len(failures) > 0 {
		return nil, validationErrors(query, failures), nil
	}
	d.keep(text, query)
	return query, nil, nil
}

func (d *documents) cached(text string) *ast.QueryDocument {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.byKey[text]
	if !ok {
		return nil
	}
	d.used.MoveToFront(e)
	return e.Value.(*cachedDocument).query
}

func (d *documents) keep(text string, query *ast.QueryDocument) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.byKey[text]; ok {
		return
	}
	if d.byKey == nil {
		d.byKey = map[string]*list.Element{}
	}
	d.byKey[text] = d.used.PushFront(&cachedDocument{text, query})
	d.bytes += len(text)
	for d.used.Len() > CachedDocumentsMax || d.bytes > CachedDocumentBytesMax {
		oldest := d.used.Remove(d.used.Back()).(*cachedDocument)
		delete(d.byKey, oldest.text)
		d.bytes -= len(oldest.text)
	}
}

func badRequest(format string, arguments ...any) error {
	return &appsync.RequestError{Type: "BadRequestException", Message: fmt.Sprintf(format, arguments...)}
}

// operationOf picks the operation to run.
func operationOf(query *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	if name == "" && len(query.Operations) > 1 {
		return nil, badRequest("The document has %d operations; operationName must name one.", len(query.Operations))
	}
	if name == "" {
		return query.Operations[0], nil
	}
	operation := query.Operations.ForName(name)
	if operation == nil {
		return nil, badRequest("The document has no operation %q.", name)
	}
	return operation, nil
}

// checkExtent bounds what a document expands to. It runs before validation, whose work grows
// with the expansion.
func checkExtent(query *ast.QueryDocument) error {
	if len(query.Operations) > OperationsMax || len(query.Fragments) > FragmentsMax {
		return badRequest("The document has %d operations and %d fragments; at most %d and %d are accepted.",
			len(query.Operations), len(query.Fragments), OperationsMax, FragmentsMax)
	}
	x := extent{query: query, open: map[string]bool{}, known: map[string]measure{}}
	for _, fragment := range query.Fragments { // those that are not used are validated, too
		if m := x.fragment(fragment.Name); m.own+m.below > FieldsPerRootMax {
			return tooManyFields(m.own + m.below)
		}
	}
	for _, operation := range query.Operations {
		m := x.set(operation.SelectionSet)
		if m.own > RootFieldsMax {
			return badRequest("The operation has %d root fields; at most %d are accepted.", m.own, RootFieldsMax)
		}
		if widest := x.widest(operation.SelectionSet, map[string]int{}); widest > FieldsPerRootMax {
			return tooManyFields(widest)
		}
		if m.depth-1 > DepthMax {
			return badRequest("The selections are %d levels deep; at most %d are accepted.", m.depth-1, DepthMax)
		}
	}
	return nil
}

func tooManyFields(n int) error {
	return badRequest("A root field selects %d fields or more; at most %d are accepted.", n, FieldsPerRootMax)
}

// widest is the greatest number of fields below one response key of a root selection set, which
// is known to be small. Fields under one key are compared with one another.
func (x *extent) widest(set ast.SelectionSet, below map[string]int) int {
	most := 0
	for _, one := range set {
		switch one := one.(type) {
		case *ast.Field:
			m := x.set(one.SelectionSet)
			below[one.Alias] += m.own + m.below
			most = max(most, below[one.Alias])
		case *ast.InlineFragment:
			most = max(most, x.widest(one.SelectionSet, below))
		case *ast.FragmentSpread:
			fragment := x.query.Fragments.ForName(one.Name)
			if fragment != nil && !x.open[one.Name] {
				x.open[one.Name] = true
				most = max(most, x.widest(fragment.SelectionSet, below))
				delete(x.open, one.Name)
			}
		}
	}
	return most
}

// measure of a selection set: its own fields with those of its fragments, all fields below them,
// and its depth.
type measure struct{ own, below, depth int }

type extent struct {
	query *ast.QueryDocument
	open  map[string]bool // fragments on the way here: a cycle, which validation reports
	known map[string]measure
}

// extentCap keeps the sums of nested fragments from overflowing; it is above every limit.
const extentCap = 1_000_000

func (x *extent) set(set ast.SelectionSet) measure {
	var m measure
	for _, one := range set {
		switch one := one.(type) {
		case *ast.Field:
			if strings.HasPrefix(one.Name, "__") && one.Name != "__typename" {
				m.own++ // introspection has its own bounds
				continue
			}
			sub := x.set(one.SelectionSet)
			m.own++
			m.below += sub.own + sub.below
			m.depth = max(m.depth, sub.depth+1)
		case *ast.InlineFragment:
			m = m.with(x.set(one.SelectionSet))
		case *ast.FragmentSpread:
			m = m.with(x.fragment(one.Name))
		}
		m.own, m.below = min(m.own, extentCap), min(m.below, extentCap)
	}
	return m
}

func (m measure) with(other measure) measure {
	return measure{m.own + other.own, m.below + other.below, max(m.depth, other.depth)}
}

func (x *extent) fragment(name string) measure {
	if m, ok := x.known[name]; ok {
		return m
	}
	fragment := x.query.Fragments.ForName(name)
	if fragment == nil || x.open[name] {
		return measure{}
	}
	x.open[name] = true
	m := x.set(fragment.SelectionSet)
	delete(x.open, name)
	x.known[name] = m
	return m
}

// validationErrors words the library's findings as AppSync does; clients look for these texts.
func validationErrors(query *ast.QueryDocument, failures gqlerror.List) []appsync.Error {
	var errs []appsync.Error
	for _, failure := range failures[:min(len(failures), ValidationErrorsMax)] {
		e := appsync.Error{}
		if len(failure.Locations) > 0 {
			e.Line, e.Column = failure.Locations[0].Line, failure.Locations[0].Column
		}
		e.Message = validationMessage(failure, pathAt(query, e.Line, e.Column))
		errs = append(errs, e)
	}
	return errs
}

var validationTypes = map[string]string{
	"FieldsOnCorrectType":          "FieldUndefined",
	"KnownArgumentNames":           "UnknownArgument",
	"KnownDirectives":              "UnknownDirective",
	"KnownFragmentNames":           "UndefinedFragment",
	"KnownTypeNames":               "UnknownType",
	"ScalarLeafs":                  "SubSelectionRequired",
	"ProvidedRequiredArguments":    "MissingFieldArgument",
	"ValuesOfCorrectType":          "WrongType",
	"VariablesInAllowedPosition":   "VariableTypeMismatch",
	"VariablesAreInputTypes":       "NonInputTypeOnVariable",
	"NoUndefinedVariables":         "UndefinedVariable",
	"NoUnusedVariables":            "UnusedVariable",
	"NoUnusedFragments":            "UnusedFragment",
	"OverlappingFieldsCanBeMerged": "FieldsConflict",
	"LoneAnonymousOperation":       "LoneAnonymousOperationViolation",
	"KnownRootType":                "OperationNotSupported",
}

func validationMessage(failure *gqlerror.Error, path string) string {
	kind := validationTypes[failure.Rule]
	if kind == "" {
		kind = failure.Rule
	}
	text := failure.Message
	quoted := strings.Split(text, `"`)
	switch {
	case kind == "FieldUndefined" && len(quoted) > 3:
		text = fmt.Sprintf("Field '%s' in type '%s' is undefined", quoted[1], quoted[3])
	case kind == "UnknownArgument" && len(quoted) > 3:
		text = "Unknown field argument " + quoted[1]
	}
	return fmt.Sprintf("Validation error of type %s: %s @ '%s'", kind, text, path)
}

// pathAt names the field that a place in the document is in: "getTodo/title".
func pathAt(query *ast.QueryDocument, line, column int) string {
	path := ""
	var walk func(set ast.SelectionSet, prefix string)
	walk = func(set ast.SelectionSet, prefix string) {
		for _, one := range set {
			at := one.GetPosition()
			if at == nil || at.Line > line || at.Line == line && at.Column > column {
				return // fields stand in the order of the text
			}
			switch one := one.(type) {
			case *ast.Field:
				path = strings.TrimPrefix(prefix+"/"+one.Name, "/")
				walk(one.SelectionSet, prefix+"/"+one.Name)
			case *ast.InlineFragment:
				walk(one.SelectionSet, prefix)
			}
		}
	}
	for _, operation := range query.Operations {
		walk(operation.SelectionSet, "")
	}
	for _, fragment := range query.Fragments {
		if at := fragment.Position; at != nil && (at.Line < line || at.Line == line && at.Column <= column) {
			path = fragment.Name
			walk(fragment.SelectionSet, fragment.Name)
		}
	}
	return path
}
