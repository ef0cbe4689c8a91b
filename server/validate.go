package server

import (
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema"
)

// validationRules are the library's, except two: "OverlappingFieldsCanBeMerged" compares every pair of fields, and
// measure does the work of "NoFragmentCycles". Suggestions are left out: they reveal names to callers, and their cost
// grows with the length of the names.
var validationRules = []validator.Rule{
	named("FieldsOnCorrectType", rules.FieldsOnCorrectTypeRuleWithoutSuggestions),
	rules.FragmentsOnCompositeTypesRule,
	named("KnownArgumentNames", rules.KnownArgumentNamesRuleWithoutSuggestions),
	rules.KnownDirectivesRule,
	rules.KnownFragmentNamesRule,
	rules.KnownRootTypeRule,
	named("KnownTypeNames", rules.KnownTypeNamesRuleWithoutSuggestions),
	rules.LoneAnonymousOperationRule,
	rules.MaxIntrospectionDepth,
	rules.NoUndefinedVariablesRule,
	rules.NoUnusedFragmentsRule,
	rules.NoUnusedVariablesRule,
	rules.PossibleFragmentSpreadsRule,
	rules.ProvidedRequiredArgumentsRule,
	named("ScalarLeafs", rules.ScalarLeafsRuleWithoutSuggestions),
	rules.SingleFieldSubscriptionsRule,
	rules.UniqueArgumentNamesRule,
	rules.UniqueDirectivesPerLocationRule,
	rules.UniqueFragmentNamesRule,
	rules.UniqueInputFieldNamesRule,
	rules.UniqueOperationNamesRule,
	rules.UniqueVariableNamesRule,
	named("ValuesOfCorrectType", rules.ValuesOfCorrectTypeRuleWithoutSuggestions),
	rules.VariablesAreInputTypesRule,
	rules.VariablesInAllowedPositionRule,
}

func named(name string, rule validator.Rule) validator.Rule {
	return validator.Rule{Name: name, RuleFunc: rule.RuleFunc}
}

// enough ends the library's walk from inside, for which the library has no other way: when enough mistakes were found,
// or the deadline has passed.
type enough struct{ expired bool }

// validate checks a document that was measured. It stops after ValidationErrorsMax mistakes.
func validate(types *ast.Schema, unserved []schema.Unserved, query *ast.QueryDocument, w *work) ([]appsync.Error, error) {
	var found []*gqlerror.Error
	observers := &validator.Events{}
	for _, rule := range validationRules {
		rule.RuleFunc(observers, func(options ...validator.ErrorOption) {
			e := &gqlerror.Error{Rule: rule.Name}
			for _, option := range options {
				option(e)
			}
			if found = append(found, e); len(found) == ValidationErrorsMax {
				panic(enough{})
			}
		})
	}
	look := func() {
		if !w.step() {
			panic(enough{expired: true})
		}
	}
	observers.OnField(func(*validator.Walker, *ast.Field) { look() })
	observers.OnValue(func(*validator.Walker, *ast.Value) { look() })
	observers.OnDirective(func(*validator.Walker, *ast.Directive) { look() })
	if walkUntil(func() { validator.Walk(types, query, observers) }) {
		return nil, errLate
	}
	if len(found) == 0 {
		merging := merging{work: w, seed: maphash.MakeSeed(), prints: map[*ast.Field]uint64{}}
		for _, operation := range query.Operations {
			merging.check([]ast.SelectionSet{operation.SelectionSet})
		}
		if found = merging.found; merging.expired {
			return nil, errLate
		}
	}
	return validationErrors(query, unserved, found), nil
}

func walkUntil(walk func()) (expired bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case enough:
			expired = r.expired
		default:
			panic(r)
		}
	}()
	walk()
	return false
}

// merging checks that fields under one response key have the same name and arguments. All types are objects, so it
// compares each field with the first, and merges their selections. It takes one step per field, with fragments
// expanded.
type merging struct {
	work    *work
	seed    maphash.Seed
	prints  map[*ast.Field]uint64
	found   []*gqlerror.Error
	expired bool
}

func (m *merging) check(sets []ast.SelectionSet) {
	firsts := map[string]*ast.Field{}
	below := map[string][]ast.SelectionSet{}
	var keys []string
	for _, set := range sets {
		m.collect(set, func(f *ast.Field) {
			first := firsts[f.Alias]
			if first == nil {
				first, keys = f, append(keys, f.Alias)
				firsts[f.Alias] = f
			}
			if first != f && m.print(first) != m.print(f) {
				m.conflict(first, f)
			}
			if len(f.SelectionSet) > 0 {
				below[f.Alias] = append(below[f.Alias], f.SelectionSet)
			}
		})
	}
	for _, key := range keys {
		if len(below[key]) > 0 && !m.stopped() {
			m.check(below[key])
		}
	}
}

func (m *merging) stopped() bool { return m.expired || len(m.found) >= ValidationErrorsMax }

func (m *merging) collect(set ast.SelectionSet, visit func(*ast.Field)) {
	for _, one := range set {
		if m.expired = m.expired || !m.work.step(); m.stopped() {
			return
		}
		switch one := one.(type) {
		case *ast.Field:
			visit(one)
		case *ast.InlineFragment:
			m.collect(one.SelectionSet, visit)
		case *ast.FragmentSpread:
			m.collect(one.Definition.SelectionSet, visit)
		}
	}
}

// print identifies the name and arguments of a field, in whatever order the arguments are written.
func (m *merging) print(f *ast.Field) uint64 {
	sum, known := m.prints[f]
	if known {
		return sum
	}
	sum = maphash.String(m.seed, f.Name)
	for _, argument := range f.Arguments {
		sum += maphash.String(m.seed, argument.Name+":"+argument.Value.String())
	}
	m.prints[f] = sum
	return sum
}

func (m *merging) conflict(first, f *ast.Field) {
	reason := "they have differing arguments"
	if first.Name != f.Name {
		reason = fmt.Sprintf("\"%s\" and \"%s\" are different fields", first.Name, f.Name)
	}
	m.found = append(m.found, &gqlerror.Error{
		Rule:      "OverlappingFieldsCanBeMerged",
		Message:   fmt.Sprintf("Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.", f.Alias, reason),
		Locations: []gqlerror.Location{{Line: f.Position.Line, Column: f.Position.Column}},
	})
}

// validationErrors rewords the library's errors as AppSync's. Clients look for these texts.
func validationErrors(query *ast.QueryDocument, unserved []schema.Unserved, failures []*gqlerror.Error) []appsync.Error {
	var errs []appsync.Error
	for _, failure := range failures {
		e := appsync.Error{}
		if len(failure.Locations) > 0 {
			e.Line, e.Column = failure.Locations[0].Line, failure.Locations[0].Column
		}
		e.Message = validationMessage(failure, unserved, pathAt(query, e.Line, e.Column))
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

func validationMessage(failure *gqlerror.Error, unserved []schema.Unserved, path string) string {
	kind := validationTypes[failure.Rule]
	if kind == "" {
		kind = failure.Rule
	}
	text := failure.Message
	quoted := strings.SplitN(text, `"`, 5)
	switch {
	case kind == "FieldUndefined" && len(quoted) > 3:
		text = undefinedField(unserved, quoted[1], quoted[3])
	case kind == "UnknownArgument" && len(quoted) > 3:
		text = "Unknown field argument " + quoted[1]
	}
	return fmt.Sprintf("Validation error of type %s: %s @ '%s'", kind, clipped(text), path)
}

// undefinedField tells a field that does not exist from one that the app declares and this server does not answer.
func undefinedField(unserved []schema.Unserved, field, of string) string {
	for _, u := range unserved {
		switch {
		case u.Type != of || u.Field != field:
		case u.By == "":
			return fmt.Sprintf("Field '%s' in type '%s' is declared in the schema, and this server does not serve it", field, of)
		default:
			return fmt.Sprintf("Field '%s' in type '%s' is declared in the schema, and this server does not serve %s", field, of, u.By)
		}
	}
	return fmt.Sprintf("Field '%s' in type '%s' is undefined", field, of)
}

// pathAt is the path of the field at a place in the document: "getTodo/title".
func pathAt(query *ast.QueryDocument, line, column int) string {
	var path, here []string
	before := func(at *ast.Position) bool {
		return at != nil && (at.Line < line || at.Line == line && at.Column <= column)
	}
	var walk func(set ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, one := range set {
			if !before(one.GetPosition()) {
				return // fields come in the order of the text
			}
			switch one := one.(type) {
			case *ast.Field:
				here = append(here, one.Name)
				path = append(path[:0], here...)
				walk(one.SelectionSet)
				here = here[:len(here)-1]
			case *ast.InlineFragment:
				walk(one.SelectionSet)
			}
		}
	}
	for _, operation := range query.Operations {
		walk(operation.SelectionSet)
	}
	for _, fragment := range query.Fragments {
		if before(fragment.Position) {
			path, here = append(path[:0], fragment.Name), []string{fragment.Name}
			walk(fragment.SelectionSet)
			here = nil
		}
	}
	return clipped(strings.Join(path, "/"))
}

// clipped shortens what an error quotes of a request.
func clipped(text string) string {
	if len(text) <= QuotedBytesMax {
		return text
	}
	return strings.ToValidUTF8(text[:QuotedBytesMax], "") + "…"
}
