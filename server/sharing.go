package server

import "github.com/vektah/gqlparser/v2/ast"

// sharing is what subscriptions with the same text share: thousands of pages subscribe with the same one.
type sharing struct {
	x     *execution
	shape *shape
	count int // of subscriptions
}

// listen adds a subscription to its topic, with what it shares with others of the same text.
func (h *Hub) listen(s *subscription) {
	if s.shared != "" {
		one := h.shared[s.shared]
		if one == nil {
			one = &sharing{x: s.x, shape: s.shape}
			h.shared[s.shared] = one
		}
		one.count++
		s.x, s.shape = one.x, one.shape
	}
	h.count++
	h.topics[s.topic] = append(h.topics[s.topic], s)
}

// usesVariables reports whether anything below a root field depends on the variables of the request.
func usesVariables(s *selection) bool {
	for _, f := range s.fields {
		if setUsesVariables(f.SelectionSet) {
			return true
		}
	}
	return false
}

func setUsesVariables(set ast.SelectionSet) bool {
	for _, one := range set {
		var arguments ast.ArgumentList
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch one := one.(type) {
		case *ast.Field:
			arguments, directives, inner = one.Arguments, one.Directives, one.SelectionSet
		case *ast.InlineFragment:
			directives, inner = one.Directives, one.SelectionSet
		case *ast.FragmentSpread:
			directives, inner = one.Directives, one.Definition.SelectionSet
		}
		for _, d := range directives {
			arguments = append(arguments[:len(arguments):len(arguments)], d.Arguments...)
		}
		for _, a := range arguments {
			if a.Value.Kind == ast.Variable || len(a.Value.Children) > 0 {
				return true
			}
		}
		if setUsesVariables(inner) {
			return true
		}
	}
	return false
}
