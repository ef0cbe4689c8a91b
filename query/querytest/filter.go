package querytest

import "strings"

// Filter is the text of a filter that the Client dialect reads. A Typed one means the same in the
// Client and the Server dialect.
func (s *Source) Filter() string {
	s.left = comparisonsMax
	return s.group(3, true)
}

// SubscriptionFilter is a Typed filter without "not" and with one operator per field, so that it
// means the same in all three dialects.
func (s *Source) SubscriptionFilter() string {
	s.left = comparisonsMax
	return s.group(2, false)
}

// comparisonsMax keeps filters small enough to be read.
const comparisonsMax = 8

func (s *Source) group(depth int, not bool) string {
	var parts []string
	used := map[string]bool{}
	for range s.few() {
		name, part := s.part(depth, not)
		if !used[name] {
			used[name] = true
			parts = append(parts, `"`+name+`":`+part)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// few is how many parts a group gets.
func (s *Source) few() int {
	if s.left <= 0 {
		return 1
	}
	return 1 + s.IntN(3)
}

func (s *Source) part(depth int, not bool) (name, text string) {
	if depth > 0 && s.left > 0 && s.IntN(3) == 0 {
		switch pick := s.IntN(5); {
		case pick < 2:
			return "and", s.groups(depth, not)
		case pick < 4:
			return "or", s.groups(depth, not)
		case not:
			return "not", s.group(depth-1, not)
		}
	}
	name = s.of(names)
	if s.Typed && name == "place" {
		name = "year" // servers have no filters on embedded types
	}
	comparison := s.comparison(name)
	if not && s.IntN(4) == 0 {
		if more := s.comparison(name); operatorIn(more) != operatorIn(comparison) {
			comparison += "," + more
		}
	}
	return name, "{" + comparison + "}"
}

func operatorIn(comparison string) string {
	name, _, _ := strings.Cut(comparison, ":")
	return name
}

func (s *Source) groups(depth int, not bool) string {
	var parts []string
	for range s.few() {
		parts = append(parts, s.group(depth-1, not))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

var ordered = []string{"lt", "le", "gt", "ge"}

// comparison is `"operator":operand` for a field.
func (s *Source) comparison(name string) string {
	s.left--
	operand := func() string {
		if s.Typed {
			return s.scalar(name)
		}
		return s.value(name)
	}
	list := func() string {
		parts := []string{operand()}
		for range s.IntN(12) {
			parts = append(parts, operand())
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	array, texts := name == "tags" || name == "scores", true
	switch name {
	case "year", "rating", "seen", "_version", "scores":
		texts = false
	}
	for {
		switch s.IntN(9) {
		case 0, 1:
			if !array || !s.Typed {
				return `"` + s.of([]string{"eq", "ne"}) + `":` + operand()
			}
			return `"` + s.of([]string{"eq", "ne"}) + `":` + s.list(name)
		case 2, 3:
			if !s.Typed || !array && name != "seen" {
				return `"` + s.of(ordered) + `":` + operand()
			}
		case 4:
			if !s.Typed || !array && name != "seen" {
				return `"between":[` + operand() + "," + operand() + "]"
			}
		case 5, 6:
			if !s.Typed || array || texts {
				return `"` + s.of([]string{"contains", "notContains"}) + `":` + operand()
			}
		case 7:
			if !s.Typed || texts && !array {
				return `"beginsWith":` + operand()
			}
		case 8:
			if !s.Typed || !array {
				return `"` + s.of([]string{"in", "notIn"}) + `":` + list()
			}
		}
	}
}
